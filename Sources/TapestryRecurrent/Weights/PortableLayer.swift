import TapestryAutograd
import TapestryLayers

/// A layer, or several one after the other, that other frameworks have, too: `Recurrent`, `RecurrentLayers`,
/// `Bidirectional` and `RecurrentSequential` over cells that are `PortableCell`s.
public protocol PortableLayer<Scalar>: RecurrentLayer, PortableModule {
    /// The parameters of each layer, the first one first, and in each of its directions, forward first; what is set has
    /// the same ones in the same shapes.
    var portableWeights: [[PortableWeights<Scalar>]] { get set }
}

extension PortableLayer {
    /// Takes the parameters of a layer of another framework, with all its layers and directions. The layer here decides
    /// what it needs; it stays as it is if an array is missing, not expected, or of another shape than the layer's.
    ///
    /// ```swift
    /// var lstm = LSTM<Float>(inputSize: 10, hiddenSize: 20, layers: 2, batchFirst: true)
    /// try lstm.load(arrays, from: .pyTorch, prefix: "encoder.lstm.")     // encoder.lstm.weight_ih_l0, …
    /// ```
    ///
    /// Arrays that are tracked stay so: a gradient by them has the names that they have.
    ///
    /// - Parameters:
    ///   - arrays: by the names that `WeightLayout` lists. Those whose names don't begin with `prefix` are left alone.
    ///   - layout: whose arrays they are. Traps if that framework has no such cell.
    ///   - prefix: what stands in front of the names, its last dot or slash included.
    public mutating func load(
        _ arrays: [String: Tensor<Scalar>], from layout: WeightLayout, prefix: String = ""
    ) throws(WeightConversionError) {
        let conversion = WeightConversion<Scalar>(layout: layout, prefix: prefix, isCell: false)
        try check(arrays, from: layout, prefix: prefix)
        portableWeights = conversion.reading(arrays, into: portableWeights)
    }

    /// The parameters as another framework has them; the inverse of `load`. Traps if that framework has no such cell.
    public func arrays(for layout: WeightLayout, prefix: String = "") -> [String: Tensor<Scalar>] {
        WeightConversion(layout: layout, prefix: prefix, isCell: false).arrays(of: portableWeights)
    }
}

// MARK: Layers

extension Recurrent: PortableLayer, PortableModule where Cell: PortableCell {
    /// What is missing for the cell.
    public func counterpartMissing(in layout: WeightLayout) -> String? { cell.counterpartMissing(in: layout) }

    /// Those of the cell.
    public var portableWeights: [[PortableWeights<Scalar>]] {
        get { [[cell.portableWeights]] }
        set { cell.portableWeights = newValue[0][0] }
    }
}

extension RecurrentLayers: PortableLayer, PortableModule where Cell: PortableCell {
    /// What is missing for the cells.
    public func counterpartMissing(in layout: WeightLayout) -> String? { layers[0].counterpartMissing(in: layout) }

    /// Those of each layer.
    public var portableWeights: [[PortableWeights<Scalar>]] {
        get { layers.map { [$0.cell.portableWeights] } }
        set { for (index, weights) in newValue.enumerated() { layers[index].cell.portableWeights = weights[0] } }
    }
}

extension Bidirectional: PortableLayer, PortableModule where Forward: PortableLayer, Backward: PortableLayer {
    /// What is missing for one of the directions, or for several layers in each: other frameworks merge the directions
    /// of each layer before the next.
    public func counterpartMissing(in layout: WeightLayout) -> String? {
        if let missing = forward.counterpartMissing(in: layout) ?? backward.counterpartMissing(in: layout) {
            return missing
        }
        return hasSingleLayers ? nil : "directions of several layers"
    }

    private var hasSingleLayers: Bool {
        [forward.portableWeights, backward.portableWeights].allSatisfy { $0.map(\.count) == [1] }
    }

    /// Those of both directions. Traps unless each is a single layer.
    public var portableWeights: [[PortableWeights<Scalar>]] {
        get {
            if !hasSingleLayers { trap("weights", "each direction must be a single layer for other frameworks") }
            return [[forward.portableWeights[0][0], backward.portableWeights[0][0]]]
        }
        set {
            forward.portableWeights = [[newValue[0][0]]]
            backward.portableWeights = [[newValue[0][1]]]
        }
    }
}

/// Dropout between layers, which has no parameters, and so no number in the names.
extension TimeDistributed: PortableLayer, PortableModule where Step == Dropout<Scalar> {
    /// None.
    public var portableWeights: [[PortableWeights<Scalar>]] {
        get { [] }
        set {}
    }
}

extension RecurrentLayerPair: PortableLayer, PortableModule where First: PortableLayer, Second: PortableLayer {
    /// What is missing for one of the layers.
    public func counterpartMissing(in layout: WeightLayout) -> String? {
        first.counterpartMissing(in: layout) ?? second.counterpartMissing(in: layout)
    }

    /// Those of the first and then those of the second.
    public var portableWeights: [[PortableWeights<Scalar>]] {
        get { first.portableWeights + second.portableWeights }
        set {
            let count = first.portableWeights.count
            first.portableWeights = Array(newValue.prefix(count))
            second.portableWeights = Array(newValue.dropFirst(count))
        }
    }
}

extension RecurrentSequential: PortableLayer, PortableModule where Layers: PortableLayer {
    /// What is missing for one of the layers.
    public func counterpartMissing(in layout: WeightLayout) -> String? { layers.counterpartMissing(in: layout) }

    /// Those of all its layers.
    public var portableWeights: [[PortableWeights<Scalar>]] {
        get { layers.portableWeights }
        set { layers.portableWeights = newValue }
    }
}
