import TapestryAutograd

/// A part of a model that other frameworks have, too, so that its parameters can come from there and go there:
/// `Linear`, `Embedding`, `LayerNorm`, `MultiHeadAttention`, and the recurrent layers over cells that others have.
///
/// Of a whole model, `load(_:from:prefix:names:)` finds these parts itself.
public protocol PortableModule<Scalar>: Module {
    /// The type of the parameters.
    associatedtype Scalar: DifferentiableScalar

    /// What a framework lacks for this part, such as `LSTM with peepholes`; `nil` if it has a counterpart, and by
    /// default. In a whole model a part without one keeps its tensors as they are, as a part of your own does.
    ///
    /// - Parameter layout: which framework it is.
    func counterpartMissing(in layout: WeightLayout) -> String?

    /// Takes the parameters from another framework's. The part decides what it needs; it stays as it is if an array is
    /// missing, not expected, or of another shape.
    ///
    /// - Parameters:
    ///   - arrays: by the names that `WeightLayout` lists. Those whose names don't begin with `prefix` are left alone.
    ///   - layout: whose arrays they are. Traps if that framework has no such part.
    ///   - prefix: what stands in front of the names, its last dot or slash included.
    mutating func load(
        _ arrays: [String: Tensor<Scalar>], from layout: WeightLayout, prefix: String
    ) throws(WeightConversionError)

    /// The parameters as another framework has them; the inverse of `load`. Traps if that framework has no such part.
    func arrays(for layout: WeightLayout, prefix: String) -> [String: Tensor<Scalar>]
}

extension PortableModule {
    public func counterpartMissing(in layout: WeightLayout) -> String? { nil }

    /// What a layer lacks in ONNX, which has names for recurrent ones only.
    func layerMissing(in layout: WeightLayout) -> String? { layout == .onnx ? "\(Self.self)" : nil }

    /// The arrays of this part by their names without the prefix. Throws unless all of them are there, and no others.
    func own(
        of arrays: [String: Tensor<Scalar>], from layout: WeightLayout, prefix: String
    ) throws(WeightConversionError) -> [String: Tensor<Scalar>] {
        try check(arrays, from: layout, prefix: prefix)
        let own = arrays.filter { $0.key.hasPrefix(prefix) }.map { (String($0.key.dropFirst(prefix.count)), $0.value) }
        return Dictionary(uniqueKeysWithValues: own)
    }

    /// Throws unless the arrays whose names begin with the prefix are those of this part.
    package func check(
        _ arrays: [String: Tensor<Scalar>], from layout: WeightLayout, prefix: String
    ) throws(WeightConversionError) {
        let shapes = arrays.mapValues(\.shape)
        let expected = self.arrays(for: layout, prefix: prefix).mapValues(\.shape)
        do throws(WeightConversionError) {
            try WeightConversionError.check(shapes, areThoseOf: expected, layout, prefix: prefix)
        } catch {
            let given = WeightReading(layout: layout, prefix: prefix)
            let search = WeightSearch(model: self, shapes: shapes, realOnly: true, given: given, label: "from")
            throw error.suggesting(search.suggestion)
        }
    }
}

/// A part of a model each of whose parameters is one array in other frameworks, under another name. A layer of your own
/// needs no more than its table:
///
/// ```swift
/// struct Scale<Scalar: DifferentiableScalar>: Module { var factor: Tensor<Scalar> }
///
/// extension Scale: PortableByName {
///     var portableArrays: [PortableArray<Scale>] {
///         [PortableArray(\.factor, pyTorch: "weight", keras: "gamma", flax: "scale")]
///     }
/// }
/// ```
///
/// One of a single scalar type says which, `typealias Scalar = Float`.
public protocol PortableByName: PortableModule {
    /// A line for each parameter.
    var portableArrays: [PortableArray<Self>] { get }
}

/// A part of a model that is made of others, some of which have other names in another framework. A table says which;
/// parts that are not in it have the names of their properties:
///
/// ```swift
/// extension Block: PortableByParts {
///     static func partNames(in layout: WeightLayout) -> [String: String] {
///         layout == .pyTorch ? ["attention": "self_attn", "residual.norm": "norm1"] : [:]
///     }
/// }
/// ```
public protocol PortableByParts: Module {
    /// What parts inside of this one are called in a framework, by their paths from it.
    ///
    /// - Parameter layout: whose names they are.
    static func partNames(in layout: WeightLayout) -> [String: String]
}

/// One parameter of a part, and its names in other frameworks.
public struct PortableArray<Part: PortableModule> {
    let parameter: WritableKeyPath<Part, Tensor<Part.Scalar>>
    private let names: [WeightLayout: String]
    private let isTransposedInPyTorch: Bool

    /// A parameter with its names.
    ///
    /// - Parameters:
    ///   - parameter: which it is.
    ///   - pyTorch: its name in PyTorch.
    ///   - keras: its name in Keras.
    ///   - flax: its name in Flax.
    ///   - isTransposedInPyTorch: whether PyTorch has a matrix `[output, input]` where it is `[input, output]` here.
    public init(
        _ parameter: WritableKeyPath<Part, Tensor<Part.Scalar>>, pyTorch: String, keras: String, flax: String,
        isTransposedInPyTorch: Bool = false
    ) {
        self.parameter = parameter
        names = [.pyTorch: pyTorch, .keras: keras, .flax: flax]
        self.isTransposedInPyTorch = isTransposedInPyTorch
    }

    /// The parameters of x · W + b, without b if it has none.
    package static func linear(
        _ weights: WritableKeyPath<Part, Tensor<Part.Scalar>>, _ bias: WritableKeyPath<Part, Tensor<Part.Scalar>>?
    ) -> [PortableArray] {
        let weights = PortableArray(
            weights, pyTorch: "weight", keras: "kernel", flax: "kernel", isTransposedInPyTorch: true)
        guard let bias else { return [weights] }
        return [weights, PortableArray(bias, pyTorch: "bias", keras: "bias", flax: "bias")]
    }

    func name(in layout: WeightLayout) -> String {
        guard let name = names[layout] else { trap("weights", "\(layout.rawValue) has no names for \(Part.self)") }
        return name
    }

    /// The parameter as a framework has it, and back.
    func arranged(_ array: Tensor<Part.Scalar>, for layout: WeightLayout) -> Tensor<Part.Scalar> {
        layout == .pyTorch && isTransposedInPyTorch ? array.transposed() : array
    }
}

extension PortableByName {
    /// ONNX has no names for layers.
    public func counterpartMissing(in layout: WeightLayout) -> String? { layerMissing(in: layout) }

    /// Takes the parameters from the arrays of the table. Throws, and leaves the part as it is, if one is missing, not
    /// expected, or of another shape. Traps for ONNX, which has no names for them.
    public mutating func load(
        _ arrays: [String: Tensor<Scalar>], from layout: WeightLayout, prefix: String = ""
    ) throws(WeightConversionError) {
        let own = try own(of: arrays, from: layout, prefix: prefix)
        for line in portableArrays {
            self[keyPath: line.parameter] = line.arranged(own[line.name(in: layout)]!, for: layout)
        }
    }

    /// The parameters by the names of the table. Traps for ONNX, which has no names for them.
    public func arrays(for layout: WeightLayout, prefix: String = "") -> [String: Tensor<Scalar>] {
        let named = portableArrays.map { line in
            (prefix + line.name(in: layout), line.arranged(self[keyPath: line.parameter], for: layout))
        }
        return Dictionary(uniqueKeysWithValues: named)
    }
}

// MARK: Layers

extension Linear: PortableByName {
    /// W and b.
    public var portableArrays: [PortableArray<Linear>] { PortableArray.linear(\.weights, bias == nil ? nil : \.bias!) }
}

extension Embedding: PortableByName {
    /// The table of vectors.
    public var portableArrays: [PortableArray<Embedding>] {
        [PortableArray(\.weights, pyTorch: "weight", keras: "embeddings", flax: "embedding")]
    }
}

extension LayerNorm: PortableByName {
    /// γ and β.
    public var portableArrays: [PortableArray<LayerNorm>] {
        [
            PortableArray(\.gain, pyTorch: "weight", keras: "gamma", flax: "scale"),
            PortableArray(\.bias, pyTorch: "bias", keras: "beta", flax: "bias"),
        ]
    }
}

extension TransformerEncoderLayer: PortableByParts {
    /// The names in `torch.nn.TransformerEncoderLayer`, whose `norm_first` is `normalization` here.
    public static func partNames(in layout: WeightLayout) -> [String: String] {
        if layout != .pyTorch { return [:] }
        return [
            "attention": "self_attn", "attentionResidual.norm": "norm1",
            "feedForward.hidden": "linear1", "feedForward.output": "linear2", "feedForwardResidual.norm": "norm2",
        ]
    }
}

extension TransformerDecoderLayer: PortableByParts {
    /// The names in `torch.nn.TransformerDecoderLayer`, whose `norm_first` is `normalization` here.
    public static func partNames(in layout: WeightLayout) -> [String: String] {
        if layout != .pyTorch { return [:] }
        return [
            "selfAttention": "self_attn", "selfResidual.norm": "norm1",
            "crossAttention": "multihead_attn", "crossResidual.norm": "norm2",
            "feedForward.hidden": "linear1", "feedForward.output": "linear2", "feedForwardResidual.norm": "norm3",
        ]
    }
}
