import Foundation
import Tapestry
import TapestryCellEquations

/// One step of the cell, recorded in full and printed: every operation is a numbered line.
func showTape<Cell: SizedRecurrentCell>(of cell: Cell.Type) {
    heading("The tape: one step of \(cell), recorded")
    let tape = Tape(recording: .full)
    let watched = tape.watch(Cell(inputSize: 2, hiddenSize: 3))
    let input = Tensor<Cell.Scalar>.normal([1, 2])
    let (output, _) = withScope("t = 0") { watched.step(input, watched.initialState(batchSize: 1)) }
    let loss = square(output).sum().named("loss")
    print(tape)
    _ = tape.gradient(of: loss, at: watched)
}

/// The two checks of the cell, in double precision: is the gradient that of the function written, and is the function
/// the one that its equations mean?
func showChecks<Cell: SizedRecurrentCell>(
    of type: Cell.Type, against equations: CellEquations.Equations
) where Cell.Scalar == Double {
    heading("The gradient check: is the derivative that of the function that was written?")
    let cell = Cell(inputSize: 3, hiddenSize: 4)
    let start = CheckedSequence(
        cell: cell, inputs: .normal([5, 2, 3]), initialState: cell.initialState(batchSize: 2))
    print(checkGradients(of: { Recurrent($0.cell)($0.inputs, initialState: $0.initialState).outputs }, at: start))

    heading("The equation check: is the function the one that was meant?")
    print(checkEquations(of: Cell.self, against: equations))
}

/// Everything that the outputs of a sequence depend on.
private struct CheckedSequence<Cell: RecurrentCell>: Module {
    var cell: Cell
    var inputs: Tensor<Cell.Scalar>
    var initialState: Cell.State
}
