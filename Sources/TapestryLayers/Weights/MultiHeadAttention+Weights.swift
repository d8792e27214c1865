import TapestryAutograd

extension MultiHeadAttention: PortableModule {
    /// ONNX has no names for layers.
    public func counterpartMissing(in layout: WeightLayout) -> String? { layerMissing(in: layout) }

    /// Takes the matrices and biases of all projections. Throws, and leaves the layer as it is, if an array is missing,
    /// not expected, or of another shape. Traps for ONNX, which has no names for them.
    public mutating func load(
        _ arrays: [String: Tensor<Scalar>], from layout: WeightLayout, prefix: String = ""
    ) throws(WeightConversionError) {
        let own = try own(of: arrays, from: layout, prefix: prefix)
        if layout == .pyTorch { readPyTorch(own) } else { readHeads(own, outputName: outputName(in: layout)) }
    }

    /// The matrices and biases of all projections. Traps for ONNX, which has no names for them.
    public func arrays(for layout: WeightLayout, prefix: String = "") -> [String: Tensor<Scalar>] {
        let own = layout == .pyTorch ? pyTorchArrays : arraysOfHeads(outputName: outputName(in: layout))
        return Dictionary(uniqueKeysWithValues: own.map { (prefix + $0.key, $0.value) })
    }

    private func outputName(in layout: WeightLayout) -> String {
        switch layout {
        case .keras: "attention_output"
        case .flax: "out"
        case .pyTorch, .onnx: trap("weights", "\(layout.rawValue) has no names for \(Self.self)")
        }
    }

    // MARK: PyTorch, with one matrix for all three projections where they fit side by side

    private var hasOneSize: Bool { key.weights.shape == query.weights.shape }

    private var pyTorchArrays: [String: Tensor<Scalar>] {
        var arrays = ["out_proj.weight": output.weights.transposed()]
        arrays["out_proj.bias"] = output.bias
        let matrices = [query, key, value].map { $0.weights.transposed() }
        if hasOneSize {
            arrays["in_proj_weight"] = concatenate(matrices)
        } else {
            for (letter, matrix) in zip("qkv", matrices) { arrays["\(letter)_proj_weight"] = matrix }
        }
        let biases = [query, key, value].map(\.bias)
        if biases.contains(where: { $0 != nil }) {
            let none = Tensor<Scalar>.zeros([output.weights.shape[0]])
            arrays["in_proj_bias"] = concatenate(biases.map { $0 ?? none })
        }
        return arrays
    }

    private mutating func readPyTorch(_ arrays: [String: Tensor<Scalar>]) {
        output.weights = arrays["out_proj.weight"]!.transposed()
        output.bias = arrays["out_proj.bias"]
        let matrices =
            arrays["in_proj_weight"]?.split(count: 3) ?? "qkv".map { arrays["\($0)_proj_weight"]! }
        let biases = arrays["in_proj_bias"]?.split(count: 3)
        (query.weights, query.bias) = (matrices[0].transposed(), biases?[0])
        (key.weights, key.bias) = (matrices[1].transposed(), biases?[1])
        (value.weights, value.bias) = (matrices[2].transposed(), biases?[2])
    }

    // MARK: Keras and Flax, with an axis of heads

    private static var projections: [(name: String, path: WritableKeyPath<MultiHeadAttention, Linear<Scalar>>)] {
        [("query", \.query), ("key", \.key), ("value", \.value)]
    }

    private func arraysOfHeads(outputName: String) -> [String: Tensor<Scalar>] {
        let size = output.weights.shape[0]
        let heads = [headCount, size / headCount]
        var arrays = ["\(outputName)/kernel": output.weights.reshaped(to: heads + [size])]
        arrays["\(outputName)/bias"] = output.bias
        for (name, path) in Self.projections {
            let projection = self[keyPath: path]
            arrays["\(name)/kernel"] = projection.weights.reshaped(to: [projection.weights.shape[0]] + heads)
            arrays["\(name)/bias"] = projection.bias?.reshaped(to: heads)
        }
        return arrays
    }

    private mutating func readHeads(_ arrays: [String: Tensor<Scalar>], outputName: String) {
        output.weights = arrays["\(outputName)/kernel"]!.flattened(to: 1)
        output.bias = arrays["\(outputName)/bias"]
        for (name, path) in Self.projections {
            self[keyPath: path].weights = arrays["\(name)/kernel"]!.flattened(from: 1)
            self[keyPath: path].bias = arrays["\(name)/bias"]?.flattened()
        }
    }
}
