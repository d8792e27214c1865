import Foundation
import Tapestry

/// A way in which a driver can run a cell wrongly over a sequence.
enum DriverMutation: String, Sendable, CaseIterable {
    case none
    case reversed, late, lateFromZero, early, firstInputOnly, inputRowsMixed
    case initialStateIgnored, stateNotCarried, stateOneStepOld, statesExchanged
    case outputsLate, finalStateBeforeLastStep
    case outputsReversed, initialStateReturned, restartedHalfWay, stateDropped

    /// Runs a cell over a sequence, wrongly.
    func run<Cell: RecurrentCell>(
        _ cell: Cell, _ inputs: Tensor<Double>, _ initialState: Cell.State, exchanging: (Cell.State) -> Cell.State
    ) -> RecurrentResult<Tensor<Double>, Cell.State> where Cell.Scalar == Double {
        var states = [self == .initialStateIgnored ? initialState.zerosLike : initialState]
        var outputs: [Tensor<Double>] = []
        for (t, input) in sequence(inputs).enumerated() {
            let before = previous(states, exchanging)
            let (output, next) = withScope("t = \(t)") { cell.step(input, before) }
            outputs.append(output)
            states.append(next)
        }
        if self == .outputsLate { outputs = [outputs[0]] + outputs.dropLast() }
        if self == .outputsReversed { outputs.reverse() }
        let final =
            switch self {
            case .finalStateBeforeLastStep: states[states.count - 2]
            case .initialStateReturned: states[0]
            default: states[states.count - 1]
            }
        return RecurrentResult(outputs: stack(outputs), finalState: final)
    }

    private func sequence(_ inputs: Tensor<Double>) -> [Tensor<Double>] {
        let steps = inputs.unstacked()
        switch self {
        case .reversed: return steps.reversed()
        case .late: return [steps[0]] + steps.dropLast()
        case .lateFromZero: return [0 * steps[0]] + steps.dropLast()
        case .early: return steps.dropFirst() + [steps[steps.count - 1]]
        case .firstInputOnly: return steps.map { _ in steps[0] }
        case .inputRowsMixed: return steps.map { concatenate([$0[1...], $0[0..<1]]) }
        default: return steps
        }
    }

    /// The state that a step starts from, given all so far.
    private func previous<State>(_ states: [State], _ exchanging: (State) -> State) -> State {
        switch self {
        case .stateNotCarried: states[0]
        case .stateOneStepOld: states[max(states.count - 2, 0)]
        case .statesExchanged: states.count > 1 ? exchanging(states[states.count - 1]) : states[0]
        case .restartedHalfWay: states.count == 3 ? states[0] : states[states.count - 1]
        case .stateDropped: states.count == 4 ? states[2] : states[states.count - 1]
        default: states[states.count - 1]
        }
    }

    /// The value and step of an LSTM that are the first to come out wrong.
    var wrong: (quantity: EquationQuantity, step: Int) {
        switch self {
        case .late, .firstInputOnly, .stateNotCarried, .stateOneStepOld, .statesExchanged:
            (.named("forget", number: 0), 1)
        case .outputsLate: (.output, 1)
        case .finalStateBeforeLastStep, .initialStateReturned: (.state("hidden"), 3)
        case .outputsReversed: (.output, 0)
        case .restartedHalfWay: (.named("forget", number: 0), 2)
        case .stateDropped: (.named("forget", number: 0), 3)
        default: (.named("forget", number: 0), 0)
        }
    }

    /// What the check should say of it.
    var statement: String {
        switch self {
        case .none: ""
        case .reversed: "the steps of the input are read in reverse order"
        case .late: "every step reads the input of the step before"
        case .lateFromZero: "every step reads the input of the step before, the first one 0"
        case .early: "every step reads the input of the next step"
        case .firstInputOnly: "every step reads the first input"
        case .inputRowsMixed: "the rows of the input are taken 1 further"
        case .initialStateIgnored: "the initial states are taken for 0"
        case .stateNotCarried: "every step starts from the initial state"
        case .stateOneStepOld: "every step starts from the state of one step earlier"
        case .statesExchanged: "the states hidden and cell are exchanged from one step to the next"
        case .outputsLate: "returned output is that of the step before"
        case .finalStateBeforeLastStep: "returned state hidden is the previous hidden"
        case .outputsReversed: "the outputs are in reverse order"
        case .initialStateReturned: "returned state hidden is the initial hidden"
        case .restartedHalfWay: "step 2 starts from the initial state again"
        case .stateDropped: "step 3 starts from the state that step 2 started from"
        }
    }
}

extension EquationMutant {
    static let drivers = DriverMutation.allCases.filter { $0 != .none }.map { mutation in
        EquationMutant(
            name: "driver \(mutation)", quantity: mutation.wrong.quantity, step: mutation.wrong.step,
            statement: mutation.statement
        ) { scale in
            checkEquations(
                of: LSTMCell<Double>(inputSize: 5, hiddenSize: 4), inputSize: 5,
                drivenBy: { cell, inputs, state in
                    mutation.run(cell, inputs, state) { LSTMState(hidden: $0.cell, cell: $0.hidden) }
                }, stepCount: scale.stepCount, seed: scale.seed, against: Reference.lstm)
        }
    }
}
