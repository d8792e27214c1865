/// The plain recurrent cell (Elman, 1990): h = φ(x·W + h'·U + b), with φ = tanh or relu.
package struct HandDerivedRNN: HandDerivedCell {
    package struct Parameters: GatedParameters {
        package var hidden: GateParameters

        package static var gates: [(name: String, path: WritableKeyPath<Self, GateParameters> & Sendable)] {
            [("hidden", \.hidden)]
        }

        package init(_ gate: (_ name: String) -> GateParameters) {
            hidden = gate("hidden")
        }
    }

    package struct Step: NamedStep {
        package var hidden: ScalarMatrix

        package var state: HandDerivedState { HandDerivedState(hidden: hidden) }

        package static var values: [(name: String, path: KeyPath<Self, ScalarMatrix> & Sendable)] {
            [("hidden", \.hidden)]
        }
    }

    package var activation: HandDerivedActivation

    package init(activation: HandDerivedActivation) { self.activation = activation }

    package func step(_ parameters: Parameters, x: ScalarMatrix, previous: HandDerivedState) -> Step {
        Step(hidden: parameters.hidden.value(activation, x: x, h: previous.hidden))
    }

    /// ∂z = ∂h ⊙ φ'(z), and from it all the rest, as `GateParameters.backward` derives it.
    package func stepBackward(
        _ parameters: Parameters, x: ScalarMatrix, previous: HandDerivedState, step: Step,
        cotangent: HandDerivedState, gradient: inout Parameters
    ) -> (step: Step, x: ScalarMatrix, previous: HandDerivedState) {
        let back = parameters.hidden.backward(
            activation, x: x, h: previous.hidden, value: step.hidden, cotangent: cotangent.hidden,
            gradient: &gradient.hidden)
        return (Step(hidden: cotangent.hidden), back.x, HandDerivedState(hidden: back.h))
    }
}
