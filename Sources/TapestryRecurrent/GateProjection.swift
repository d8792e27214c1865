import TapestryArrays
import TapestryAutograd
import TapestryLayers

/// The gates of a cell by name. The order of the cases is the order of their blocks in packed tensors.
public typealias GateName = CaseIterable & Hashable & RawRepresentable & Sendable

/// A block for each gate side by side along the last axis of one tensor, `[…, gates × units]`: weights, biases, or
/// pre-activations. Each gate's block is read, and written, by its name.
///
/// ```swift
/// let forget = sigmoid(z[.forget])                    // a view of the packed product
/// cell.input.bias![.forget] = .ones([hiddenSize])     // one gate's bias
/// ```
public struct Gated<Gate: GateName, Scalar: DifferentiableScalar>: NamedBlocks where Gate.RawValue == String {
    private var content: GatedContent
    private let order: GateOrder

    /// All blocks, `[…, gates × units]`.
    public var packed: Tensor<Scalar> {
        get {
            switch content {
            case .packed(let packed): Tensor(packed)
            case .pending(let sum): Tensor(sum.value)
            }
        }
        set { content = .packed(newValue.value) }
    }

    /// Traps unless the last axis divides evenly among the gates.
    public init(packed: Tensor<Scalar>) {
        content = .packed(packed.value)
        order = GateOrder(of: Gate.self)
        if let problem = Gated.problem(with: packed, order) { trap("gates", problem) }
    }

    /// Why a tensor has not the shape of packed blocks; `nil` if it has.
    private static func problem(with packed: Tensor<Scalar>, _ order: GateOrder) -> String? {
        if order.count == 0 { return "\(Gate.self) has no gates" }
        if let extent = packed.shape.last, extent % order.count == 0 { return nil }
        return "\(packed.shape) does not divide into the \(order.count) gates of \(Gate.self)"
    }

    /// The number of units of each gate.
    public var unitCount: Int {
        switch content {
        case .packed(let packed): packed.shape.last! / order.count
        case .pending(let sum): sum.columnCount / order.count
        }
    }

    /// The block of one gate, `[…, units]`. Writing traps unless the block has this shape.
    public subscript(_ gate: Gate) -> Tensor<Scalar> {
        get {
            let packed = packed.value
            let axis = packed.layout.rank - 1
            let units = packed.layout.shape[axis] / order.count
            let slice = AxisSlice(axis: axis, start: order.position(of: gate) * units, count: units)
            return Tensor((consume packed).sliced(slice))
        }
        set {
            let shape = Array(packed.shape.dropLast()) + [unitCount]
            if newValue.shape != shape {
                trap("gates", "a block of shape \(newValue.shape) does not fit gate \(gate.rawValue) of shape \(shape)")
            }
            packed = concatenate(Gate.allCases.map { $0 == gate ? newValue : self[$0] }, axis: -1)
        }
    }

    /// The names of the gates, in the order of their blocks.
    public static var blockNames: [String] { Gate.allCases.map(\.rawValue) }

    /// Pre-activations from two sources added up. Products that nobody has looked at yet become one sum of products,
    /// and layer norms one sum of layer norms.
    public static func + (a: Gated, b: Gated) -> Gated {
        if case .pending(let left) = a.content, case .pending(let right) = b.content,
            let sum = PendingSum(left, right)
        {
            return Gated(pending: sum, a.order)
        }
        return Gated(packed: a.packed + b.packed)
    }

    fileprivate init(pending sum: PendingSum, _ order: GateOrder) {
        content = .pending(sum)
        self.order = order
    }

    /// Pre-activations x · W + b that are computed when they are looked at, W being these weights.
    fileprivate func product(_ x: Tensor<Scalar>, bias: Gated?) -> Gated {
        Gated(pending: PendingSum(x.value, packed.value, bias: bias?.packed.value), order)
    }

    /// Pre-activations that are normalised over all gates together when they are looked at.
    fileprivate func normalized(_ norm: LayerNorm<Scalar>) -> Gated {
        let x = packed.value
        let sum = PendingSum(norm: x, gain: norm.gain.value, bias: norm.bias.value, epsilon: norm.epsilon)
        return Gated(pending: sum, order)
    }

    // In a module's tree the packed tensor stands in its own place, without a level for this wrapper.
    /// Writes the packed tensor.
    public func encode(to encoder: any Encoder) throws { try packed.encode(to: encoder, blocks: Self.self) }
    /// Reads the packed tensor. Throws unless its last axis divides evenly among the gates.
    public init(from decoder: any Decoder) throws {
        let packed = try Tensor<Scalar>(from: decoder)
        order = GateOrder(of: Gate.self)
        if let problem = Gated.problem(with: packed, order) {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: problem))
        }
        content = .packed(packed.value)
    }
}

extension Gated: CustomStringConvertible {
    /// The gates and the shape of all blocks together.
    public var description: String {
        "\(Gated.blockNames.joined(separator: ", ")) \(packed.shape)"
    }
}

/// Blocks side by side, or the sum that they will be.
private enum GatedContent {
    case packed(Value)
    case pending(PendingSum)
}

/// z = x · W + b for all gates of a cell in one product: `[…, input]` to `[…, gates × units]`.
///
/// The parameters of each gate have a name, `projection.weights[.forget]`, and so has each part of the result,
/// `projection(x)[.forget]`.
public struct GateProjection<Gate: GateName, Scalar: DifferentiableScalar>: Module where Gate.RawValue == String {
    /// W of every gate, `[input, gates × units]`.
    public var weights: Gated<Gate, Scalar>
    /// b of every gate, `[gates × units]`, if there is one.
    public var bias: Gated<Gate, Scalar>?

    /// Weights and bias start uniformly in ±1/√units unless an initialiser is given for the weights; it sees each gate
    /// as a matrix `[input, units]` of its own. Traps if a size is negative.
    public init(_ inputSize: Int, _ unitCount: Int, bias: Bool = true, initializer: Initializer? = nil) {
        if inputSize < 0 || unitCount < 0 {
            trap("gates", "sizes must not be negative: input \(inputSize), units \(unitCount)")
        }
        let uniform = Initializer.inverseRoot(of: unitCount)
        if ModuleTree.isRebuilding {
            weights = Gated(packed: uniform.tensor([inputSize, Gate.allCases.count * unitCount]))
        } else {
            let blocks: [Tensor<Scalar>] = Gate.allCases.map { _ in
                (initializer ?? uniform).tensor([inputSize, unitCount])
            }
            weights = Gated(packed: concatenate(blocks, axis: 1))
        }
        self.bias = bias ? Gated(packed: uniform.tensor([Gate.allCases.count * unitCount])) : nil
    }

    /// The number of features of the input.
    public var inputSize: Int { weights.packed.value.layout.shape[0] }
    /// The number of units of each gate.
    public var unitCount: Int { weights.unitCount }

    /// x · W + b of all gates in one product: `[…, input]` to `[…, gates × units]`. Traps unless the last axis is the
    /// input's.
    public func callAsFunction(_ x: Tensor<Scalar>) -> Gated<Gate, Scalar> { weights.product(x, bias: bias) }

    /// x · W + b of one gate alone: `[…, input]` to `[…, units]`. Traps unless the last axis is the input's.
    public func callAsFunction(_ x: Tensor<Scalar>, _ gate: Gate) -> Tensor<Scalar> {
        PendingSum.checkFeatures(of: x.value, weights.packed.value)
        let product = matmul(x, weights[gate])
        return bias.map { product + $0[gate] } ?? product
    }
}

extension LayerNorm {
    /// The normalised pre-activations of all gates together, `[…, gates × units]` to the same. The sum of several,
    /// `inputNorm(input(x)) + recurrentNorm(recurrent(h))`, is one operation if their ε is the same. Traps unless
    /// `featureCount` is gates × units.
    public func callAsFunction<Gate: GateName>(_ z: Gated<Gate, Scalar>) -> Gated<Gate, Scalar>
    where Gate.RawValue == String {
        checkFeatures(of: z.packed)
        return z.normalized(self)
    }
}
