import TapestryAutograd
import TapestryLayers

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

    /// The parameters with the numbers of arrays, among which are those that `arrays(of:)` gives, by names and shapes.
    func reading(
        _ arrays: [String: Tensor<Scalar>], into layers: [[PortableWeights<Scalar>]]
    ) -> [[PortableWeights<Scalar>]] {
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

    // MARK: Names

    private func fullName(
        of name: String, _ layer: Int, _ direction: Int, in layers: [[PortableWeights<Scalar>]]
    ) -> String {
        if isCell { return prefix + name }
        let number = layers.count > 1 ? layer : nil
        let side = layers[layer].count == 2 ? ["forward", "backward"][direction] + "_" : nil
        return switch layout {
        case .pyTorch: "\(prefix)\(name)_l\(layer)\(direction == 1 ? "_reverse" : "")"
        case .keras: prefix + kerasPath(layers[...layer], number, side) + name
        case .onnx: prefix + (number.map { "\($0)/" } ?? "") + name
        case .flax: prefix + (number.map { "layers_\($0)/" } ?? "") + (side.map { "\($0)rnn/" } ?? "") + "cell/" + name
        }
    }

    /// The path of the last layer's cell. A layer in both directions is one by itself, which counts, around two others.
    private func kerasPath(_ layers: ArraySlice<[PortableWeights<Scalar>]>, _ number: Int?, _ side: String?) -> String {
        let kind = layers.last![0].kerasName
        let own = numbered(kind, layers.dropLast().filter { $0[0].kerasName == kind }.count)
        let outer = numbered("bidirectional", layers.dropLast().filter { $0.count == 2 }.count)
        let path = side.map { [outer, $0 + own] } ?? [own]
        return ((number == nil ? path.dropFirst() : path[...]) + ["\(kind)_cell/"]).joined(separator: "/")
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
