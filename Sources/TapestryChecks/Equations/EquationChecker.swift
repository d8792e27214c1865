import TapestryAutograd
import TapestryRecurrent

/// One equation check: a cell and everything it starts from.
struct EquationChecker<Cell: RecurrentCell> {
    let cell: Cell
    /// `[time, batch, features]`
    let inputs: Tensor<Cell.Scalar>
    let initialState: Cell.State
    let tolerance: Double

    func report(reference: (EquationStep) -> EquationResult, seed: UInt64) -> EquationReport {
        var comparer = EquationComparer(tolerance: tolerance)
        var problem: EquationProblem?
        do throws(EquationProblem) {
            try run(reference, &comparer)
            try comparer.requireComparison()
        } catch {
            problem = error
        }
        return EquationReport(
            problem: problem, deviation: comparer.deviation, comparisons: comparer.comparisons,
            namesOnlyInReference: comparer.namesOnlyInReference, namesOnlyInCell: comparer.namesOnlyInCell,
            subject: "\(Cell.self)", tolerance: tolerance, seed: seed)
    }

    /// Runs cell and reference side by side, each on its own states.
    private func run(
        _ reference: (EquationStep) -> EquationResult, _ comparer: inout EquationComparer
    ) throws(EquationProblem) {
        let parameters = ScalarTree(of: cell, owner: "\(Cell.self)")
        var state = initialState
        let initial = ScalarTree(of: initialState, owner: "\(Cell.State.self)")
        var expectedStates = (0..<inputs.shape[1]).map(initial.row)
        for (time, input) in inputs.unstacked().enumerated() {
            let (returned, values) = tracing { cell.step(input, state) }
            state = returned.state
            let rows: [[Double]] = input.converted(to: Double.self).nestedArray()
            let steps = rows.indices.map { row in
                EquationStep(
                    time: time, row: row, input: rows[row], states: expectedStates[row], parameters: parameters)
            }
            let results = steps.map(reference)
            try comparer.compare(values: values, with: steps)
            try comparer.compare(
                .output, returned.output.converted(to: Double.self), with: results.map(\.output), step: time)
            let computed = ScalarTree(of: returned.state, owner: initial.owner)
            try comparer.compare(state: computed, with: results.map(\.state), step: time)
            for row in rows.indices { expectedStates[row] = expectedStates[row].replacing(results[row].state) }
        }
    }
}

extension ScalarTree {
    /// The same tensors with other scalars, of the same paths and counts.
    fileprivate func replacing(_ scalars: [String: [Double]]) -> ScalarTree {
        ScalarTree(
            entries: entries.map { entry in
                Entry(
                    path: entry.path,
                    tensor: Tensor(shape: entry.tensor.shape, scalars: scalars[entry.path] ?? entry.tensor.scalars),
                    blockNames: entry.blockNames)
            }, owner: owner)
    }
}
