/// The plain recurrent cell (Elman, 1990): h = φ(x·W + h'·U + b), with φ = tanh or relu.
struct HandDerivedRNN: HandDerivedCell {
    struct Parameters: GatedParameters {
        var hidden: GateParameters

        static var gates: [(name: String, path: WritableKeyPath<Self, GateParameters> & Sendable)] {
            [("hidden", \.hidden)]
        }

        init(_ gate: (_ name: String) -> GateParameters) {
            hidden = gate("hidden")
        }
    }

    struct Step: NamedStep {
        var hidden: ScalarMatrix

        var state: HandDerivedState { HandDerivedState(hidden: hidden) }

        static var values: [(name: String, path: KeyPath<Self, ScalarMatrix> & Sendable)] {
            [("hidden", \.hidden)]
        }
    }

    var activation: HandDerivedActivation

    func step(_ parameters: Parameters, x: ScalarMatrix, previous: HandDerivedState) -> Step {
        Step(hidden: parameters.hidden.value(activation, x: x, h: previous.hidden))
    }

    /// ∂z = ∂h ⊙ φ'(z), and from it all the rest, as `GateParameters.backward` derives it.
    func stepBackward(
        _ parameters: Parameters, x: ScalarMatrix, previous: HandDerivedState, step: Step,
        cotangent: HandDerivedState, gradient: inout Parameters
    ) -> (step: Step, x: ScalarMatrix, previous: HandDerivedState) {
        let back = parameters.hidden.backward(
            activation, x: x, h: previous.hidden, value: step.hidden, cotangent: cotangent.hidden,
            gradient: &gradient.hidden)
        return (Step(hidden: cotangent.hidden), back.x, HandDerivedState(hidden: back.h))
    }
}
