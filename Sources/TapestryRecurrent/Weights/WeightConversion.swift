import TapestryAutograd

/// The way between the parameters of all layers and directions and the arrays of a framework.
struct WeightConversion<Scalar: DifferentiableScalar> {
    let layout: WeightLayout
    let prefix: String
    /// Whether it is a cell alone, which has no names around its own.
    let isCell: Bool

    /// All arrays by their full names.
    func arrays(of layers: [[PortableWeights<Scalar>]]) -> [String: Tensor<Scalar>] {
        var arrays: [String: [Tensor<Scalar>]] = [:]
        for (layer, directions) in layers.enumerated() {
            for (direction, weights) in directions.enumerated() {
                for (name, array) in weights.arrays(for: layout) {
                    arrays[fullName(of: name, layer, direction, in: layers), default: []].append(array)
                }
            }
        }
        // Directions have names of their own, except in ONNX.
        return arrays.mapValues { $0.count == 1 ? $0[0] : concatenate($0) }
    }

    /// The parameters with the numbers of arrays. Throws unless these are what `arrays(of:)` gives, by names and shapes.
    func reading(
        _ arrays: [String: Tensor<Scalar>], into layers: [[PortableWeights<Scalar>]]
    ) throws(WeightConversionError) -> [[PortableWeights<Scalar>]] {
        try check(arrays.mapValues(\.shape), self.arrays(of: layers).mapValues(\.shape))
        var result = layers
        for (layer, directions) in layers.enumerated() {
            for (direction, weights) in directions.enumerated() {
                let names = weights.arrays(for: layout).keys
                let own = names.map { name in
                    let array = arrays[fullName(of: name, layer, direction, in: layers)]!
                    return (name, layout == .onnx ? array[direction..<direction + 1] : array)
                }
                result[layer][direction] = weights.reading(Dictionary(uniqueKeysWithValues: own), from: layout)
            }
        }
        return result
    }

    private func check(_ shapes: [String: [Int]], _ expected: [String: [Int]]) throws(WeightConversionError) {
        let found = shapes.filter { $0.key.hasPrefix(prefix) }
        let problems = Set(found.keys).union(expected.keys).sorted().compactMap { name in
            WeightConversionError.Problem(name, shape: found[name], expected: expected[name])
        }
        if !problems.isEmpty { throw WeightConversionError(layout: layout, problems: problems) }
    }

    // MARK: Names

    private func fullName(
        of name: String, _ layer: Int, _ direction: Int, in layers: [[PortableWeights<Scalar>]]
    ) -> String {
        if isCell { return prefix + name }
        let isBidirectional = layers[layer].count == 2
        let isNumbered = layers.count > 1
        switch layout {
        case .pyTorch: return "\(prefix)\(name)_l\(layer)\(direction == 1 ? "_reverse" : "")"
        case .onnx: return prefix + (isNumbered ? "\(layer)/" : "") + name
        case .flax:
            let side = isBidirectional ? "\(["forward", "backward"][direction])_rnn/" : ""
            return prefix + (isNumbered ? "layers_\(layer)/" : "") + side + "cell/" + name
        case .keras:
            // A layer in both directions is one by itself, which counts, around two others.
            let kind = layers[layer][direction].kerasName
            let same = layers[..<layer].filter { $0[0].kerasName == kind }.count
            let around = layers[..<layer].filter { $0.count == 2 }.count
            let own = isNumbered ? numbered(kind, same) + "/" : ""
            if !isBidirectional { return prefix + own + "\(kind)_cell/" + name }
            let outer = isNumbered ? numbered("bidirectional", around) + "/" : ""
            return prefix + outer + "\(["forward", "backward"][direction])_\(numbered(kind, same))/\(kind)_cell/" + name
        }
    }

    private func numbered(_ name: String, _ number: Int) -> String { number == 0 ? name : "\(name)_\(number)" }
}

extension PortableWeights {
    /// The name of a layer of such cells, as Keras gives it.
    fileprivate var kerasName: String {
        switch kind {
        case .rnn: "simple_rnn"
        case .lstm: "lstm"
        case .gru: "gru"
        }
    }
}
