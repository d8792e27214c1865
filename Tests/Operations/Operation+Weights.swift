import TapestryAutograd
import TapestryGoldenCells
import TapestryLayers
import TapestryRecurrent
import TapestryTestSupport

extension Operation<Double> {
    /// Recurrent layers with the weights of other frameworks, by the names and in the shapes that these have there.
    static var frameworkLayers: [Operation] {
        [
            Operation("recurrentLayer") { call in
                let units = try call.named("initialHidden").shape[2]
                switch try call.required("cell", as: String.self) {
                case "rnn":
                    let name: String = try call.setting("activation") ?? "tanh"
                    guard let activation = ["tanh": ActivationFunction.tanh, "relu": .relu][name] else {
                        throw GoldenError("activation \(name) is not known")
                    }
                    return try run(call) { RNNCell(inputSize: $0, hiddenSize: units, activation: activation) }
                case "gru":
                    let name: String = try call.required("reset")
                    let resets: [String: GRUCell<Double>.Reset] = ["before": .beforeProduct, "after": .afterProduct]
                    guard let reset = resets[name] else { throw GoldenError("reset \(name) is not known") }
                    return try run(call) { GRUCell(inputSize: $0, hiddenSize: units, reset: reset) }
                case "lstm": return try run(call) { LSTMCell(inputSize: $0, hiddenSize: units) }
                case "peepholeLSTM": return try run(call) { PeepholeLSTMCell(inputSize: $0, hiddenSize: units) }
                case "projectedLSTM":
                    let cells = try call.named("initialCell").shape[2]
                    return try run(call) { ProjectedLSTMCell(inputSize: $0, cellSize: cells, hiddenSize: units) }
                case let other: throw GoldenError("cell \(other) is not known")
                }
            }
        ]
    }

    /// One or two layers of cells, in one direction or both, from a given number of features.
    private static func run<Cell: PortableCell>(
        _ call: OperationCall<Double>, _ makeCell: (_ inputSize: Int) -> Cell
    ) throws -> [Tensor<Double>] where Cell.Scalar == Double, Cell.State: GoldenState {
        let features = try call.named("x").shape[2]
        let units = try call.named("initialHidden").shape[2]
        let count: Int = try call.setting("layers") ?? 1
        let hasBias: Bool = try call.setting("hasBias") ?? true

        func cell(_ inputSize: Int) -> Cell {
            var cell = makeCell(inputSize)
            if !hasBias {
                var weights = cell.portableWeights
                (weights.bias, weights.recurrentBias) = (nil, nil)
                cell.portableWeights = weights
            }
            return cell
        }
        func bidirectional(_ inputSize: Int) -> Bidirectional<Recurrent<Cell>, Recurrent<Cell>> {
            Bidirectional(cell(inputSize), cell(inputSize))
        }
        func bidirectionalState(_ states: [Cell.State]) -> BidirectionalState<Cell.State, Cell.State> {
            BidirectionalState(forward: states[0], backward: states[1])
        }

        switch (try call.setting("bidirectional") ?? false, count) {
        case (false, _):
            let cells = (0..<count).map { cell($0 == 0 ? features : units) }
            return try run(call, RecurrentLayers(cells: cells)) {
                Cell.State.stacked($0)
            } from: {
                $0.unstacked()
            }
        case (true, 1):
            return try run(call, bidirectional(features)) {
                bidirectionalState($0)
            } from: {
                [$0.forward, $0.backward]
            }
        case (true, 2):
            let layers = RecurrentSequential {
                bidirectional(features)
                bidirectional(2 * units)
            }
            return try run(call, layers) {
                StatePair(bidirectionalState(Array($0[..<2])), bidirectionalState(Array($0[2...])))
            } from: {
                [$0.first.forward, $0.first.backward, $0.second.forward, $0.second.backward]
            }
        default: throw GoldenError("\(count) bidirectional layers")
        }
    }

    /// The results of a layer with the weights among the operands.
    private static func run<Layer: PortableLayer, State: GoldenState>(
        _ call: OperationCall<Double>, _ layer: Layer, _ together: ([State]) -> Layer.State,
        from apart: (Layer.State) -> [State]
    ) throws -> [Tensor<Double>]
    where Layer.Scalar == Double, Layer.Input == Tensor<Double>, Layer.Output == Tensor<Double> {
        let framework: String = try call.required("framework")
        guard let layout = WeightLayout(rawValue: framework) else {
            throw GoldenError("framework \(framework) is not known")
        }
        let operands = Dictionary(uniqueKeysWithValues: zip(call.names, call.reals))
        let states = State.parts.map { "initial\($0.name)" }
        var layer = layer
        try layer.load(
            operands.filter { $0.key != "x" && !states.contains($0.key) }, from: layout,
            prefix: try call.setting("prefix") ?? "")

        let initial = try State.parts.map { try call.named("initial\($0.name)").unstacked() }
        let initialStates = initial[0].indices.map { index in
            var state = State.empty
            for (part, values) in zip(State.parts, initial) { state[keyPath: part.path] = values[index] }
            return state
        }
        let mask = try call.setting("lengths", as: [Int].self).map { SequenceMask.lengths($0) }
        let result = layer(try call.named("x"), initialState: together(initialStates), mask: mask)
        let final = apart(result.finalState)
        return [result.outputs] + State.parts.map { part in stack(final.map { $0[keyPath: part.path] }) }
    }
}
