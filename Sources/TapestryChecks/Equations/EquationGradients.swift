import TapestryAutograd
import TapestryRecurrent

/// The derivatives of a scalar reference, as golden values for the gradient of a cell.
///
/// The reference is plain code on `Double`, so its derivatives are differences: central ones, extrapolated to step 0
/// with an estimate of their own error, those of the gradient check. They say nothing of the cell's own rules.
struct EquationGradients<Cell: StructuredRecurrentCell> {
    let run: CellRun<Cell>
    let reference: (EquationStep) -> EquationResult
    let elements: CheckedElements
    let seed: UInt64

    func report() -> GradientReport {
        let settings = GradientCheckSettings(
            frozen: [], elements: elements, tolerance: .standard, mode: .inference, seed: seed, orders: 1)
        return GradientChecker(
            function: \.result, point: run,
            subject: CheckedSubject(name: "\(Cell.self) against its equations"), settings: settings,
            reference: referenceResult
        ).report()
    }

    /// What the reference says of a run: every output, and the state after the last step.
    private func referenceResult(_ run: CellRun<Cell>) -> RecurrentResult<Cell.Output, Cell.State> {
        let trace = EquationTrace(run)
        let replay = EquationReplay(
            trace: trace, reference: reference, tolerance: EquationTolerance(relative: 0, rounding: 0))
        var history = EquationHistory(trace)
        for _ in trace.inputs { replay.advance(&history) }
        let results = history.records.map { $0.map(\.result) }
        var result = run.result
        result.outputs = result.outputs.replacing { path in results.flatMap { $0.flatMap { $0.outputs[path]! } } }
        result.finalState = result.finalState.replacing { path in results.last!.flatMap { $0.state[path]! } }
        return result
    }
}

extension Module {
    /// The same module with other numbers in its floating-point tensors, in row-major order.
    fileprivate func replacing(_ scalars: (_ path: String) -> [Double]) -> Self {
        mapLeaves { leaf in
            Tensor<Double>(shape: leaf.value.shape, scalars: scalars(leaf.path)).value
                .converted(to: leaf.value.elementType)
        }
    }
}
