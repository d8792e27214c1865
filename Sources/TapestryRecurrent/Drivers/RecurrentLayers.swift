import TapestryAutograd

/// One or several layers of one kind of cell over a sequence, each layer fed with the outputs of the one before.
///
/// ```swift
/// let lstm = LSTM<Float>(inputSize: 10, hiddenSize: 20, layers: 2, batchFirst: true)
/// let result = lstm(Tensor.normal([5, 7, 10]))         // batch 5, 7 steps
/// result.outputs                                       // [5, 7, 20], of the last layer
/// result.finalState.hidden                             // [2, 5, 20], of each layer
/// ```
public struct RecurrentLayers<Cell: SizedRecurrentCell>: Module {
    /// The layers, the first one first.
    public var layers: [Recurrent<Cell>]

    /// Layers over new cells, the first one first.
    ///
    /// - Parameters:
    ///   - inputSize: the features of the first layer's input.
    ///   - hiddenSize: the units of every layer.
    ///   - layers: 1 or more, else it traps.
    ///   - batchFirst: whether sequences are `[batch, time, features]`; else `[time, batch, features]`.
    public init(inputSize: Int, hiddenSize: Int, layers: Int = 1, batchFirst: Bool = false) {
        if layers < 1 || inputSize < 1 || hiddenSize < 1 {
            trap(
                "\(Cell.self)",
                "sizes must be positive: input \(inputSize), hidden \(hiddenSize), layers \(layers)")
        }
        self.layers = (0..<layers).map { layer in
            Recurrent(
                Cell(inputSize: layer == 0 ? inputSize : hiddenSize, hiddenSize: hiddenSize), batchFirst: batchFirst)
        }
    }

    /// Layers over given cells, the first one first. Traps if there is none.
    public init(cells: [Cell], batchFirst: Bool = false) {
        if cells.isEmpty { trap("\(Cell.self)", "there is no cell to make layers of") }
        layers = cells.map { Recurrent($0, batchFirst: batchFirst) }
    }

    /// Runs all layers over a sequence.
    ///
    /// - Parameters:
    ///   - inputs: `[time, batch, features]`, or `[batch, time, features]` if batch comes first.
    ///   - initialState: each part `[layers, batch, …]`; zeros by default.
    /// - Returns: the outputs of the last layer, and the final state of all layers, each part `[layers, batch, …]`.
    public func callAsFunction(
        _ inputs: Tensor<Cell.Scalar>, initialState: Cell.State? = nil
    ) -> RecurrentResult<Cell.Scalar, Cell.State> {
        let initialStates = initialState.map { $0.unstacked(count: layers.count, "initial state") }
        var outputs = inputs
        var finalStates: [Cell.State] = []
        for (index, layer) in layers.enumerated() {
            let result = withScope("layer \(index)") {
                layer(outputs, initialState: initialStates?[index])
            }
            outputs = result.outputs
            finalStates.append(result.finalState)
        }
        return RecurrentResult(outputs: outputs, finalState: .stacked(finalStates))
    }
}
