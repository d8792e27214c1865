import Foundation
import Tapestry

/// A wrong cell, and what the check should say of it.
struct EquationMutant: Sendable, CustomStringConvertible {
    let name: String
    /// The value that is the first to come out wrong, and the step.
    let quantity: EquationQuantity
    var step = 0
    /// The likely mistake.
    let statement: String
    let check: @Sendable (EquationMutantScale) -> EquationReport
    /// Where it first differs from the right cell of the same type, in the numbers of the check.
    var firstDifference: @Sendable (EquationMutantScale) -> (quantity: EquationQuantity, step: Int)? = { _ in nil }

    var description: String { name }
}

/// Where a wrong cell is checked: on parameters that the check draws, or on the cell's own, as large as this.
struct EquationMutantScale: Sendable, CustomStringConvertible {
    /// The largest magnitude of the cell's own parameters; `nil` for those that the check draws.
    var parameters: Double?
    var stepCount = 4
    var seed: UInt64 = 0

    var description: String {
        "\(parameters.map { "parameters up to \($0)" } ?? "drawn parameters"), \(stepCount) steps, seed \(seed)"
    }

    func check<Cell: RecurrentCell>(_ cell: Cell, _ reference: Reference.Equations) -> EquationReport {
        guard let parameters else {
            return checkEquations(of: cell, inputSize: 5, stepCount: stepCount, seed: seed, against: reference)
        }
        return checkEquations(
            of: own(cell, parameters), inputSize: 5, parameters: .given, stepCount: stepCount, seed: seed,
            against: reference)
    }

    private func own<Cell: RecurrentCell>(_ cell: Cell, _ largest: Double) -> Cell {
        withRandomSeed(seed &+ 17) {
            cell.mapValues { Tensor<Double>.uniform($0.shape, from: -largest, to: largest).value }
        }
    }

    /// Where a wrong cell first differs from the right one, each running on its own states. The check is only there to
    /// tell what it draws: it ends at the first step, with nothing to compare.
    func firstDifference<Cell: RecurrentCell>(
        _ wrong: Cell, _ right: Cell
    ) -> (quantity: EquationQuantity, step: Int)? where Cell.Scalar == Double {
        var difference: (EquationQuantity, Int)?
        let cells = parameters.map { (own(wrong, $0), own(right, $0)) } ?? (wrong, right)
        _ = checkEquations(
            of: cells.1, inputSize: 5,
            drivenBy: { drawn, inputs, initialState in
                var (a, b) = (initialState, initialState)
                // The wrong cell with the right one's parameters.
                var values = drawn.parameters.map { $0.tensor(as: Double.self).value }[...]
                let twin = cells.0.mapValues { _ in values.removeFirst() }
                for (time, input) in inputs.unstacked().enumerated() where difference == nil {
                    let (mine, theirs) = (quantities(twin, input, a), quantities(drawn, input, b))
                    let differing = zip(mine.values, theirs.values).first { differs($0.values, $1.values) }
                    difference = differing.map { ($0.0.quantity, time) }
                    (a, b) = (mine.state, theirs.state)
                }
                return Recurrent(drawn)(inputs, initialState: initialState)
            }, parameters: parameters == nil ? .drawn : .given, stepCount: stepCount, seed: seed
        ) { _ in EquationResult(output: [], state: [:]) }
        return difference
    }

    private func quantities<Cell: RecurrentCell>(
        _ cell: Cell, _ input: Tensor<Double>, _ state: Cell.State
    ) -> (values: [(quantity: EquationQuantity, values: [Double])], state: Cell.State) where Cell.Scalar == Double {
        let (returned, traced) = tracing { cell.step(input, state) }
        let named = traced.map { (EquationQuantity.named($0.name, number: 0), $0.tensor(as: Double.self).scalars) }
        let states = returned.state.parameters.map {
            (EquationQuantity.state($0.path), $0.tensor(as: Double.self).scalars)
        }
        return (named + [(.output, returned.output.scalars)] + states, returned.state)
    }

    /// By more than the check's tolerance.
    private func differs(_ a: [Double], _ b: [Double]) -> Bool {
        let scale = (a + b).reduce(0) { max($0, $1.magnitude) }
        return zip(a, b).contains { ($0 - $1).magnitude > 1e-10 * scale }
    }
}

extension EquationMutant {
    static let all = cells + drivers
    static let cells = lstm + gru + rnn + peephole

    private static func mutant<Cell: RecurrentCell>(
        _ name: String, _ quantity: EquationQuantity, _ statement: String, wrong: Cell, right: Cell,
        _ reference: @escaping Reference.Equations
    ) -> EquationMutant where Cell.Scalar == Double {
        EquationMutant(name: name, quantity: quantity, statement: statement) {
            $0.check(wrong, reference)
        } firstDifference: {
            $0.firstDifference(wrong, right)
        }
    }

    static let lstm = LSTMMutation.allCases.filter { $0 != .none }.map { mutation in
        mutant(
            "LSTM \(mutation)", mutation.wrongQuantity!, mutation.statement,
            wrong: MutantLSTMCell<Double>(inputSize: 5, hiddenSize: 4, mutation: mutation),
            right: MutantLSTMCell<Double>(inputSize: 5, hiddenSize: 4, mutation: .none), Reference.lstm)
    }

    static let gru = GRUMutation.allCases.filter { $0 != .none }.map { mutation in
        mutant(
            "GRU \(mutation)", mutation.wrongQuantity!, mutation.statement,
            wrong: MutantGRUCell<Double>(inputSize: 5, hiddenSize: 4, mutation: mutation),
            right: MutantGRUCell<Double>(inputSize: 5, hiddenSize: 4, mutation: .none), Reference.gruResetAfter)
    }

    static let rnn = RNNMutation.allCases.filter { $0 != .none }.map { mutation in
        mutant(
            "RNN \(mutation)", mutation.wrongQuantity!, mutation.statement,
            wrong: MutantRNNCell<Double>(inputSize: 5, hiddenSize: 4, mutation: mutation),
            right: MutantRNNCell<Double>(inputSize: 5, hiddenSize: 4, mutation: .none), Reference.rnn(tanh))
    }

    static let peephole = PeepholeMutation.allCases.filter { $0 != .none }.map { mutation in
        mutant(
            "Peephole \(mutation)", mutation.wrongQuantity!, mutation.statement,
            wrong: MutantPeepholeCell<Double>(inputSize: 5, hiddenSize: 4, mutation: mutation),
            right: MutantPeepholeCell<Double>(inputSize: 5, hiddenSize: 4, mutation: .none), Reference.peephole)
    }
}
