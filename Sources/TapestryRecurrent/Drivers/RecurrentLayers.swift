import TapestryAutograd
import TapestryLayers

/// One or several layers of one kind of cell over a sequence, each layer fed with the outputs of the one before.
///
/// ```swift
/// let lstm = LSTM<Float>(inputSize: 10, hiddenSize: 20, layers: 2, batchFirst: true)
/// let result = lstm(Tensor.normal([5, 7, 10]))         // batch 5, 7 steps
/// result.outputs                                       // [5, 7, 20], of the last layer
/// result.finalState.hidden                             // [2, 5, 20], of each layer
/// ```
public struct RecurrentLayers<Cell: RecurrentCell>: RecurrentLayer {
    /// The type of the elements of parameters.
    public typealias Scalar = Cell.Scalar

    /// The layers, the first one first.
    public var layers: [Recurrent<Cell>]
    /// What is done to the outputs of every layer but the last while training.
    public let dropout: Dropout<Scalar>

    /// Layers over given cells, the first one first. Traps if there is none.
    public init(cells: [Cell], batchFirst: Bool = false, dropout: Double = 0) {
        if cells.isEmpty { trap("\(Cell.self)", "there is no cell to make layers of") }
        layers = cells.map { Recurrent($0, batchFirst: batchFirst) }
        self.dropout = Dropout(rate: dropout)
    }

    /// Runs all layers over a sequence; see `callAsFunction(_:initialState:mask:)`.
    ///
    /// - Parameters:
    ///   - inputs: `[time, batch, features]`, or `[batch, time, features]` if batch comes first.
    ///   - initialState: each part `[layers, batch, …]`; what the cells begin with by default.
    ///   - mask: which steps of which sequences are there.
    /// - Returns: the outputs of the last layer, and the final state of all layers, each part `[layers, batch, …]`.
    public func run(
        _ inputs: Tensor<Scalar>, initialState: Cell.State?, mask: SequenceMask?
    ) -> RecurrentResult<Tensor<Scalar>, Cell.State> {
        let initialStates = initialState.map { $0.unstacked(count: layers.count, "initial state") }
        var outputs = inputs
        var finalStates: [Cell.State] = []
        for (index, layer) in layers.enumerated() {
            let result = withScope("layer \(index)") {
                layer(index == 0 ? outputs : dropout(outputs), initialState: initialStates?[index], mask: mask)
            }
            outputs = result.outputs
            finalStates.append(result.finalState)
        }
        return RecurrentResult(outputs: outputs, finalState: .stacked(finalStates))
    }

    /// One step of all layers, as generation takes it.
    ///
    /// - Parameters:
    ///   - input: xₜ, `[batch, features]`.
    ///   - state: each part `[layers, batch, …]`; what the cells begin with if it is `nil`.
    /// - Returns: the output of the last layer, `[batch, units]`, and the state of all layers.
    public func step(
        _ input: Tensor<Scalar>, _ state: Cell.State? = nil
    ) -> (output: Tensor<Scalar>, state: Cell.State) {
        let batchSize = input.shape.first ?? 0
        let states =
            state.map { $0.unstacked(count: layers.count, "state") }
            ?? layers.map { $0.cell.initialState(batchSize: batchSize) }
        var output = input
        var next: [Cell.State] = []
        for (index, (layer, state)) in zip(layers, states).enumerated() {
            let input = index == 0 ? output : dropout(output)
            let result = layer.cell.prepared(for: input, state).step(input, state)
            output = result.output
            next.append(result.state)
        }
        return (output, .stacked(next))
    }
}

extension RecurrentLayers where Cell: SizedRecurrentCell {
    /// Layers over new cells, the first one first.
    ///
    /// - Parameters:
    ///   - inputSize: the features of the first layer's input.
    ///   - hiddenSize: the units of every layer.
    ///   - layers: 1 or more, else it traps.
    ///   - bias: whether cells have biases. Traps if there are to be none, and a cell has one that cannot be left out.
    ///   - batchFirst: whether sequences are `[batch, time, features]`; else `[time, batch, features]`.
    ///   - dropout: the probability with which elements of the outputs between layers become zero while training.
    public init(
        inputSize: Int, hiddenSize: Int, layers: Int = 1, bias: Bool = true, batchFirst: Bool = false,
        dropout: Double = 0
    ) {
        if layers < 1 || inputSize < 1 || hiddenSize < 1 {
            trap(
                "\(Cell.self)",
                "sizes must be positive: input \(inputSize), hidden \(hiddenSize), layers \(layers)")
        }
        let cells = (0..<layers).map { layer in
            let cell = Cell(inputSize: layer == 0 ? inputSize : hiddenSize, hiddenSize: hiddenSize)
            return bias ? cell : cell.withoutBiases()
        }
        self.init(cells: cells, batchFirst: batchFirst, dropout: dropout)
    }
}
