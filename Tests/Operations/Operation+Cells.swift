import TapestryAutograd
import TapestryGoldenCells
import TapestryRecurrent
import TapestryTestSupport

extension Operation<Double> {
    /// Recurrent cells: whole sequences, one step, and each equation; of some sequences alone.
    static var cells: [Operation] {
        [
            Operation("ugrnn") { try SequenceForm<UGRNNCell<Double>>().results(nil, $0.blocks) },
            Operation("lru") { try StateSpaceForm.lru($0.blocks) },
            Operation("s5") { call in
                let name = try call.required("discretization", as: String.self)
                guard let discretization = Discretization(rawValue: name) else {
                    throw GoldenError("discretization \(name) is not known")
                }
                return try StateSpaceForm.s5(call.blocks, discretization)
            },
        ] + parts("lstm", ["forget", "input", "candidate", "cell", "output", "hidden"]) { _ in LSTMForm() }
            + parts("gru", ["reset", "update", "candidate", "hidden"]) { call in
                switch try call.required("reset", as: String.self) {
                case "before": GRUForm(reset: .beforeProduct)
                case "after": GRUForm(reset: .afterProduct)
                case let other: throw GoldenError("reset \(other) is not known")
                }
            }
            + parts("rnn", ["hidden"]) { call in
                switch try call.required("activation", as: String.self) {
                case "tanh": RNNForm(activation: .tanh)
                case "relu": RNNForm(activation: .relu)
                case let other: throw GoldenError("activation \(other) is not known")
                }
            }
    }

    private static func parts(
        _ name: String, _ equations: [String],
        _ form: @escaping @Sendable (OperationCall<Double>) throws -> any CellForm
    ) -> [Operation] {
        [nil, "step"].map { (part: Substring?) in part }.map { part in
            Operation(part.map { "\(name).\($0)" } ?? name) { try form($0).results(part, $0.blocks) }
        }
            + equations.map { equation in
                Operation("\(name).\(equation)") { try form($0).results(Substring(equation), $0.blocks) }
            }
    }
}

extension OperationCall<Double> {
    fileprivate var blocks: Blocks { Blocks(Dictionary(zip(names, reals)) { _, last in last }) }
}
