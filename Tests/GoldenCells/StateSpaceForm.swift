import TapestryAutograd
import TapestryRecurrent
import TapestryTestSupport

/// The diagonal state spaces in the form that the goldens know: one sequence each.
package enum StateSpaceForm {
    /// `lru`
    package static func lru(_ blocks: Blocks) throws -> [Tensor<Double>] {
        let sizes = try Sizes(blocks)
        var cell = LRUCell<Double>(inputSize: sizes.input, stateSize: sizes.state, outputSize: sizes.output)
        cell.logDecay = try blocks("logDecay")
        cell.logPhase = try blocks("logPhase")
        cell.logNormalization = try blocks("logNormalization")
        cell.input.weights.packed = try packed(blocks, "input")
        cell.output.weights.packed = try packed(blocks, "output")
        cell.skip = try blocks("skip")
        return try run(cell, blocks)
    }

    /// `s5`
    package static func s5(_ blocks: Blocks, _ discretization: Discretization) throws -> [Tensor<Double>] {
        let sizes = try Sizes(blocks)
        var cell = S5Cell<Double>(
            inputSize: sizes.input, stateSize: sizes.state, outputSize: sizes.output, discretization: discretization)
        cell.eigenvalues.packed = try packed(blocks, "eigenvalues")
        cell.logStep = try blocks("logStep")
        cell.input.weights.packed = try packed(blocks, "input")
        cell.output.weights.packed = try packed(blocks, "output")
        cell.skip = try blocks("skip")
        return try run(cell, blocks)
    }

    private struct Sizes {
        let input, state, output: Int

        init(_ blocks: Blocks) throws {
            input = try blocks("skip").shape[0]
            state = try blocks("initialReal").shape[1]
            output = try blocks("skip").shape[1]
        }
    }

    private static func packed(_ blocks: Blocks, _ name: String) throws -> Tensor<Double> {
        concatenate([try blocks("\(name)Real"), try blocks("\(name)Imaginary")], axis: -1)
    }

    private static func run<Cell: RecurrentCell>(_ cell: Cell, _ blocks: Blocks) throws -> [Tensor<Double>]
    where Cell.Scalar == Double, Cell.State == ComplexTensor<Double> {
        let initial = ComplexTensor(real: try blocks("initialReal"), imaginary: try blocks("initialImaginary"))
        let result = Recurrent(cell)(try blocks("x"), initialState: initial)
        return [result.outputs, result.finalState.real, result.finalState.imaginary]
    }
}
