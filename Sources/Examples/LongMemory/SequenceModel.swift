import Tapestry

/// A recurrent layer, and a linear one over the outputs of the steps that are asked for.
struct SequenceModel<Cell: RecurrentCell<Float>>: Module {
    var recurrent: Recurrent<Cell>
    var output: Linear<Float>

    init(_ cell: Cell, outputSize: Int, inputSize: Int) {
        recurrent = Recurrent(cell)
        // Some cells give out more or fewer features than their size.
        let first = cell.step(.zeros([1, inputSize]), cell.initialState(batchSize: 1)).output
        output = Linear(inputSize: first.shape[1], outputSize: outputSize)
    }

    /// The outputs `[count, batch, outputs]` of the last `count` steps of `[time, batch, features]`.
    func callAsFunction(_ inputs: Tensor<Float>, last count: Int) -> Tensor<Float> {
        last(count, of: recurrent(inputs).outputs)
    }

    /// ‖∂L/∂sₜ‖ of the states, for the loss of the last step alone.
    func gradientFlow(of problem: Problem, _ batch: Problem.Batch) -> GradientFlow {
        recurrent.gradientFlow(batch.inputs) {
            problem.loss(last(1, of: $0.outputs), batch.targets[(-1)...])
        }
    }

    private func last(_ count: Int, of outputs: Tensor<Float>) -> Tensor<Float> {
        let steps = outputs.shape[0]
        return output(outputs.slice(axis: 0, steps - count..<steps))
    }
}
