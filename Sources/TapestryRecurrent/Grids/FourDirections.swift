import TapestryAutograd

/// Four layers over the same grid, one from each corner, so that every place sees all others; their outputs lie side by
/// side. What `Bidirectional` is for sequences.
///
/// ```swift
/// let layer = FourDirections { _ in MultidimensionalLSTMCell<Float>(inputSize: 3, hiddenSize: 16) }
/// layer(images)                                       // [batch, height, width, 3] to [batch, height, width, 64]
/// ```
///
/// Reference: A. Graves, S. Fernández and J. Schmidhuber, "Multi-dimensional recurrent neural networks", 2007.
public struct FourDirections<Cell: GridCell>: Module {
    /// One from each corner, in the order of `GridCorner`.
    public var layers: [GridRecurrent<Cell>]

    /// A cell with parameters of its own for each corner.
    public init(_ cell: (GridCorner) -> Cell) {
        layers = GridCorner.allCases.map { GridRecurrent(cell($0), from: $0) }
    }

    /// The outputs of all four, `[batch, height, width, 4 × units]`; see `GridRecurrent.callAsFunction(_:mask:)`.
    public func callAsFunction(_ inputs: Tensor<Cell.Scalar>, mask: Tensor<Bool>? = nil) -> Tensor<Cell.Scalar> {
        let outputs = layers.map { layer in withScope("from \(layer.corner.rawValue)") { layer(inputs, mask: mask) } }
        return concatenate(outputs, axis: 3)
    }
}
