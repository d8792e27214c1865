import TapestryAutograd
import TapestryRecurrent

/// What a cell starts from and what it computed, step by step.
struct EquationTrace {
    struct Step {
        /// What the cell has named, in order.
        let values: [(name: String, tensor: Tensor<Double>)]
        /// Each tensor `[batch, …]`.
        let output: ScalarTree
        /// What the step returned, where that can be seen: a driver shows the state after the last step alone.
        let state: ScalarTree?
    }

    let parameters: ScalarTree
    /// `[time][row]`
    let inputs: [[ScalarTree]]
    let initialState: ScalarTree
    let steps: [Step]

    var batchSize: Int { inputs[0].count }

    /// Whether a quantity can be seen at a step. What a driver does with the state after the last step says nothing of
    /// what it carries from step to step.
    func shows(_ quantity: EquationQuantity, at time: Int) -> Bool {
        if case .state = quantity { steps[time].state != nil } else { true }
    }

    /// Runs a cell step by step over the inputs of the steps, as drivers do.
    init<Cell: StructuredRecurrentCell>(stepping cell: Cell, inputs: [Cell.Input], initialState: Cell.State) {
        var state = initialState
        let prepared = cell.prepared(for: inputs[0], state)
        let steps = inputs.map { input in
            let (returned, values) = tracing { prepared.step(input, state) }
            state = returned.state
            return Step(
                values: values.map { ($0.name, $0.tensor()) },
                output: ScalarTree(of: returned.output, owner: "\(Cell.Output.self)"),
                state: ScalarTree(of: returned.state, owner: "\(Cell.State.self)"))
        }
        self.init(cell, inputs, initialState, steps)
    }

    /// Runs a cell by a driver. The values of a step are those that share the outermost scope, such as `t = 0`; throws
    /// unless there is such a scope, and an output, for each step.
    init<Cell: RecurrentCell>(
        driving cell: Cell, inputs: [Tensor<Cell.Scalar>], initialState: Cell.State, by drive: EquationDriver<Cell>
    ) throws(EquationProblem) {
        let (result, values) = tracing { drive(cell, stack(inputs), initialState) }
        var groups: [(scope: String?, values: [(name: String, tensor: Tensor<Double>)])] = []
        for value in values {
            if groups.isEmpty || groups.last!.scope != value.scope.first { groups.append((value.scope.first, [])) }
            groups[groups.count - 1].values.append((value.name, value.tensor()))
        }
        let count = inputs.count
        if groups.count != count || result.outputs.shape.first != count {
            throw .stepsDiffer(expected: count, scopes: groups.count, outputs: result.outputs.shape)
        }
        let outputs = result.outputs.unstacked().map { ScalarTree(of: $0, owner: "\(Cell.Output.self)") }
        let final = ScalarTree(of: result.finalState, owner: "\(Cell.State.self)")
        let steps = zip(groups, outputs).enumerated().map { time, step in
            Step(values: step.0.values, output: step.1, state: time == count - 1 ? final : nil)
        }
        self.init(cell, inputs, initialState, steps)
    }

    /// What a run starts from, without the run.
    init<Cell: StructuredRecurrentCell>(_ operands: CellRun<Cell>) {
        self.init(operands.cell, operands.inputs, operands.initialState, [])
    }

    private init<Cell: StructuredRecurrentCell>(
        _ cell: Cell, _ inputs: [Cell.Input], _ initialState: Cell.State, _ steps: [Step]
    ) {
        parameters = ScalarTree(of: cell, owner: "\(Cell.self)")
        self.inputs = inputs.map { input in
            let tree = ScalarTree(of: input, owner: "the input", numbersOnly: false)
            return (0..<(tree.entries.first?.tensor.shape.first ?? 0)).map(tree.row)
        }
        self.initialState = ScalarTree(of: initialState, owner: "\(Cell.State.self)")
        let rows = self.inputs.first?.count ?? 0
        self.steps = steps.map { step in
            Step(
                values: step.values.map { ($0.name, $0.tensor.withRows(rows)) }, output: step.output,
                state: step.state)
        }
    }
}

extension Tensor {
    /// A value that is the same for all rows of the batch, such as a function of parameters alone, for each of them.
    fileprivate func withRows(_ count: Int) -> Tensor {
        rank == 0 || rank == 1 && shape[0] != count ? expanded(to: [count] + shape) : self
    }
}

/// Runs a cell over inputs `[time, batch, features]` from an initial state.
typealias EquationDriver<Cell: RecurrentCell> =
    (Cell, Tensor<Cell.Scalar>, Cell.State) -> RecurrentResult<Tensor<Cell.Scalar>, Cell.State>
