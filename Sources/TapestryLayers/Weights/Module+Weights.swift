import TapestryAutograd

extension Module {
    /// Takes the parameters of a whole model of another framework, by their names: of each part that others have (see
    /// `WeightLayout`) in that framework's form, and every other tensor of real numbers as it is.
    ///
    /// The names are the paths of the properties, as PyTorch makes them of attributes, and Keras and Flax of the
    /// layers' names: a property `encoder` that is an `LSTM` takes `encoder.weight_ih_l0` and so on. The layers of a
    /// `Sequential` and of an array are numbered as in PyTorch and in Flax, `head.0.weight` and `head/layers_0/kernel`.
    /// A part that has another name there is given it by `names`:
    ///
    /// ```swift
    /// try tagger.load(arrays, from: .pyTorch, names: ["output": "fc", "encoder.lstm": "rnn"])
    /// ```
    ///
    /// The model stays as it is if an array is missing, not expected, or of another shape. Arrays that are tracked stay
    /// so. Where the framework lacks a part, such as an LSTM with peepholes, its tensors are taken as they are, like
    /// those of a part of your own.
    ///
    /// A tied part has arrays at each of its places in PyTorch's state dictionaries, and at one of them in files of
    /// Keras, of Flax and of `safetensors.torch.save_model` (of which `load(from:layout:prefix:names:)` reads the
    /// metadata, too, where the names are that are left out). At least one must be there, and those of the first one
    /// count. Where a file has another name for it, give that to all places:
    /// `names: ["source": "embedding", "target": "embedding"]`.
    ///
    /// - Parameters:
    ///   - arrays: by their names. Those whose names don't begin with `prefix` are left alone.
    ///   - layout: whose arrays they are. ONNX has names for recurrent layers only.
    ///   - prefix: what stands in front of all names, its last dot or slash included.
    ///   - names: what parts are called there, by their paths here, in which the layers of a `Sequential` may be
    ///     counted as PyTorch counts them, `head.0`; what is inside of them keeps its own names. A name for something
    ///     inside of a part takes the part to pieces: `["encoder.cell": "LSTMCell_0"]` has a cell of Flax where
    ///     `encoder` would be a layer. Traps if the model has no such part, or if two parameters get the same name.
    @_disfavoredOverload
    public mutating func load<Scalar: DifferentiableScalar>(
        _ arrays: [String: Tensor<Scalar>], from layout: WeightLayout, prefix: String = "",
        names: [String: String] = [:]
    ) throws(WeightConversionError) {
        let reading = WeightReading(layout: layout, prefix: prefix, names: names)
        let parts = try parts(fitting: arrays.mapValues(\.shape), reading, realOnly: true, label: "from")
        self = try parts.loading(arrays.mapValues(\.value), into: self)
    }

    /// The parts that arrays of these shapes are for, as `ModelParts.fitting(_:aliases:)` finds them.
    ///
    /// - Parameter label: what the function that was called has before the layout.
    func parts(
        fitting shapes: [String: [Int]], aliases: [String: String] = [:], _ reading: WeightReading, realOnly: Bool,
        label: String
    ) throws(WeightConversionError) -> ModelParts {
        let names = WeightNames(reading.layout!, prefix: reading.prefix, reading.names)
        let parts = ModelParts(of: self, names, realOnly: realOnly)
        do throws(WeightConversionError) {
            return try parts.fitting(shapes, aliases: names.layout == .pyTorch ? aliases : [:])
        } catch {
            let search = WeightSearch(
                model: self, shapes: shapes, aliases: aliases, realOnly: realOnly, given: reading, label: label)
            throw error.suggesting(search.suggestion)
        }
    }

    /// The parameters of a whole model as another framework has them; the inverse of `load(_:from:prefix:names:)`. What
    /// is tied is there at each of its places for PyTorch, and else at the first one; what the framework lacks is as it
    /// is here. Traps if `names` has a part that the model lacks, or if two parameters get the same name.
    ///
    /// - Parameters:
    ///   - layout: whose names and forms the arrays have.
    ///   - type: the scalar type of the arrays.
    ///   - prefix: what stands in front of all names, its last dot or slash included.
    ///   - names: what parts are called there, by their paths here.
    @_disfavoredOverload
    public func arrays<Scalar: DifferentiableScalar>(
        for layout: WeightLayout, as type: Scalar.Type = Scalar.self, prefix: String = "", names: [String: String] = [:]
    ) -> [String: Tensor<Scalar>] {
        ModelParts(of: self, WeightNames(layout, prefix: prefix, names), realOnly: true).asWritten.arrays.mapValues {
            value in
            Tensor(value.converted(to: Scalar.elementType))
        }
    }
}
