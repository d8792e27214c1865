import TapestryAutograd
import TapestryRecurrent

/// All that a run of a cell depends on, as one module.
struct EquationOperands<Cell: RecurrentCell>: Module {
    var cell: Cell
    /// `[time, batch, features]`
    var inputs: Tensor<Cell.Scalar>
    var initialState: Cell.State
}

/// The derivatives of a scalar reference, as golden values for the gradient of a cell.
///
/// The reference is plain code on `Double`, so its derivatives are differences: central ones, extrapolated to step 0 with
/// an estimate of their own error, those of the gradient check. They say nothing of the cell's own rules.
struct EquationGradients<Cell: RecurrentCell> {
    let operands: EquationOperands<Cell>
    let reference: (EquationStep) -> EquationResult
    let elements: CheckedElements
    let seed: UInt64

    func report() -> GradientReport {
        let settings = GradientCheckSettings(
            frozen: [], elements: elements, tolerance: .standard, mode: .inference, seed: seed, orders: 1)
        return GradientChecker(
            function: { Recurrent($0.cell)($0.inputs, initialState: $0.initialState) }, point: operands,
            subject: CheckedSubject(name: "\(Cell.self) against its equations"), settings: settings,
            reference: referenceResult
        ).report()
    }

    /// What the reference says of a run: every output, and the state after the last step.
    private func referenceResult(_ operands: EquationOperands<Cell>) -> RecurrentResult<Tensor<Cell.Scalar>, Cell.State>
    {
        let trace = EquationTrace(operands)
        let replay = EquationReplay(
            trace: trace, reference: reference, tolerance: EquationTolerance(relative: 0, rounding: 0))
        var history = EquationHistory(trace)
        for _ in trace.inputs { replay.advance(&history) }
        let results = history.records.map { $0.map(\.result) }
        let outputs = results.flatMap { $0.flatMap(\.output) }
        var state = ModuleTree(of: operands.initialState)
        for index in state.leaves.indices where state.leaves[index].isParameter {
            let path = state.leaves[index].path
            let scalars = results.last!.flatMap { $0.state[path]! }
            state.leaves[index].value = Tensor(shape: state.leaves[index].value.shape, scalars: scalars).value
        }
        return RecurrentResult(
            outputs: Tensor<Double>(
                shape: [trace.inputs.count, trace.batchSize, outputs.count / trace.inputs.count / trace.batchSize],
                scalars: outputs
            ).converted(to: Cell.Scalar.self),
            finalState: state.module())
    }
}
