import Foundation

/// The LSTM (Hochreiter and Schmidhuber, 1997, with the forget gate of Gers et al., 2000), for one step with the
/// previous state (h', C'):
///
///     f = σ(x·W_f + h'·U_f + b_f)        forget gate
///     i = σ(x·W_i + h'·U_i + b_i)        input gate
///     C̃ = tanh(x·W_C + h'·U_C + b_C)     candidate
///     C = f ⊙ C' + i ⊙ C̃                 cell
///     o = σ(x·W_o + h'·U_o + b_o)        output gate
///     h = o ⊙ tanh(C)                    hidden
///
/// x·W + h'·U is [h', x]·W of the usual figures with the matrix cut in two.
package struct HandDerivedLSTM: HandDerivedCell {
    package struct Parameters: GatedParameters {
        package var forget: GateParameters
        package var input: GateParameters
        package var candidate: GateParameters
        package var output: GateParameters

        package static var gates: [(name: String, path: WritableKeyPath<Self, GateParameters> & Sendable)] {
            [("forget", \.forget), ("input", \.input), ("candidate", \.candidate), ("output", \.output)]
        }

        package init(_ gate: (_ name: String) -> GateParameters) {
            forget = gate("forget")
            input = gate("input")
            candidate = gate("candidate")
            output = gate("output")
        }
    }

    package struct Step: NamedStep {
        package var forget: ScalarMatrix
        package var input: ScalarMatrix
        package var candidate: ScalarMatrix
        package var cell: ScalarMatrix
        package var output: ScalarMatrix
        package var hidden: ScalarMatrix

        package var state: HandDerivedState { HandDerivedState(hidden: hidden, cell: cell) }

        package static var values: [(name: String, path: KeyPath<Self, ScalarMatrix> & Sendable)] {
            [
                ("forget", \.forget), ("input", \.input), ("candidate", \.candidate), ("cell", \.cell),
                ("output", \.output), ("hidden", \.hidden),
            ]
        }
    }

    /// The parts of the equations that are not a gate's sum. They can be replaced, to obtain wrong cells on purpose;
    /// `stepBackward` is derived for the right ones.
    package struct Equations: Sendable {
        package var candidateActivation = HandDerivedActivation.tanh

        package var cell:
            @Sendable (_ forget: Double, _ input: Double, _ candidate: Double, _ previousCell: Double) -> Double =
                { forget, input, candidate, previousCell in forget * previousCell + input * candidate }

        /// The right equation does not look at the previous cell state; a wrong one may.
        package var hidden: @Sendable (_ output: Double, _ cell: Double, _ previousCell: Double) -> Double =
            { output, cell, _ in output * tanh(cell) }

        package init() {}
    }

    package var equations = Equations()

    package init() {}

    package func step(_ parameters: Parameters, x: ScalarMatrix, previous: HandDerivedState) -> Step {
        let forget = parameters.forget.value(.sigmoid, x: x, h: previous.hidden)
        let input = parameters.input.value(.sigmoid, x: x, h: previous.hidden)
        let candidate = parameters.candidate.value(equations.candidateActivation, x: x, h: previous.hidden)
        let output = parameters.output.value(.sigmoid, x: x, h: previous.hidden)
        var cell = previous.cell
        var hidden = previous.hidden
        for row in cell.indices {
            for unit in cell[row].indices {
                let previousCell = previous.cell[row][unit]
                cell[row][unit] = equations.cell(
                    forget[row][unit], input[row][unit], candidate[row][unit], previousCell)
                hidden[row][unit] = equations.hidden(output[row][unit], cell[row][unit], previousCell)
            }
        }
        return Step(forget: forget, input: input, candidate: candidate, cell: cell, output: output, hidden: hidden)
    }

    /// The derivatives of h = o ⊙ tanh(C), given ∂h:
    ///
    ///     ∂o = ∂h ⊙ tanh(C)
    ///     ∂C = ∂h ⊙ o ⊙ (1 − tanh²(C))
    package static func hiddenDerivatives(
        output: Double, cell: Double, cotangent: Double
    ) -> (output: Double, cell: Double) {
        let squashed = tanh(cell)
        return (cotangent * squashed, cotangent * output * (1 - squashed * squashed))
    }

    /// The derivatives of C = f ⊙ C' + i ⊙ C̃, given ∂C:
    ///
    ///     ∂f = ∂C ⊙ C'    ∂i = ∂C ⊙ C̃    ∂C̃ = ∂C ⊙ i    ∂C' = ∂C ⊙ f
    package static func cellDerivatives(
        forget: Double, input: Double, candidate: Double, previousCell: Double, cotangent: Double
    ) -> (forget: Double, input: Double, candidate: Double, previousCell: Double) {
        (cotangent * previousCell, cotangent * candidate, cotangent * input, cotangent * forget)
    }

    /// C has two consumers, the hidden state and the next step, so
    ///
    ///     ∂C = (∂C' of the next step) + (∂C from the hidden state)
    ///
    /// Each gate then gives its ∂W, ∂U and ∂b as `GateParameters.backward` derives them, and
    ///
    ///     ∂x  = Σ over the gates of ∂z·Wᵀ
    ///     ∂h' = Σ over the gates of ∂z·Uᵀ
    package func stepBackward(
        _ parameters: Parameters, x: ScalarMatrix, previous: HandDerivedState, step: Step,
        cotangent: HandDerivedState, gradient: inout Parameters
    ) -> (step: Step, x: ScalarMatrix, previous: HandDerivedState) {
        var d = step
        d.hidden = cotangent.hidden
        var previousCell = previous.cell
        for row in previousCell.indices {
            for unit in previousCell[row].indices {
                let fromHidden = Self.hiddenDerivatives(
                    output: step.output[row][unit], cell: step.cell[row][unit], cotangent: cotangent.hidden[row][unit])
                d.output[row][unit] = fromHidden.output
                d.cell[row][unit] = cotangent.cell[row][unit] + fromHidden.cell
                let fromCell = Self.cellDerivatives(
                    forget: step.forget[row][unit], input: step.input[row][unit],
                    candidate: step.candidate[row][unit], previousCell: previous.cell[row][unit],
                    cotangent: d.cell[row][unit])
                d.forget[row][unit] = fromCell.forget
                d.input[row][unit] = fromCell.input
                d.candidate[row][unit] = fromCell.candidate
                previousCell[row][unit] = fromCell.previousCell
            }
        }
        let forget = parameters.forget.backward(
            .sigmoid, x: x, h: previous.hidden, value: step.forget, cotangent: d.forget, gradient: &gradient.forget)
        let input = parameters.input.backward(
            .sigmoid, x: x, h: previous.hidden, value: step.input, cotangent: d.input, gradient: &gradient.input)
        let candidate = parameters.candidate.backward(
            .tanh, x: x, h: previous.hidden, value: step.candidate, cotangent: d.candidate,
            gradient: &gradient.candidate)
        let output = parameters.output.backward(
            .sigmoid, x: x, h: previous.hidden, value: step.output, cotangent: d.output, gradient: &gradient.output)
        return (
            d, forget.x.adding(input.x).adding(candidate.x.adding(output.x)),
            HandDerivedState(
                hidden: forget.h.adding(input.h).adding(candidate.h.adding(output.h)), cell: previousCell)
        )
    }
}
