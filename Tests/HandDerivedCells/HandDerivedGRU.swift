import Foundation

/// The gated recurrent unit (Cho et al., 2014), for one step with the previous state h':
///
///     r = σ(x·W_r + h'·U_r + b_r)                reset gate
///     z = σ(x·W_z + h'·U_z + b_z)                update gate
///     n = tanh(x·W_n + (r ⊙ h')·U_n + b_n)       candidate, reset before the product
///     n = tanh(x·W_n + b_n + r ⊙ (h'·U_n + b_u)) candidate, reset after the product
///     h = (1 − z) ⊙ n + z ⊙ h'                   hidden
package struct HandDerivedGRU: HandDerivedCell {
    package enum Reset: String, Sendable {
        case before
        case after
    }

    package struct Parameters: GatedParameters {
        package var reset: GateParameters
        package var update: GateParameters
        /// With a `recurrentBias` if the reset comes after the product.
        package var candidate: GateParameters

        package static var gates: [(name: String, path: WritableKeyPath<Self, GateParameters> & Sendable)] {
            [("reset", \.reset), ("update", \.update), ("candidate", \.candidate)]
        }

        package init(_ gate: (_ name: String) -> GateParameters) {
            reset = gate("reset")
            update = gate("update")
            candidate = gate("candidate")
        }
    }

    package struct Step: NamedStep {
        package var reset: ScalarMatrix
        package var update: ScalarMatrix
        package var candidate: ScalarMatrix
        package var hidden: ScalarMatrix

        package var state: HandDerivedState { HandDerivedState(hidden: hidden) }

        package static var values: [(name: String, path: KeyPath<Self, ScalarMatrix> & Sendable)] {
            [("reset", \.reset), ("update", \.update), ("candidate", \.candidate), ("hidden", \.hidden)]
        }
    }

    /// The parts of the equations that are not a gate's sum. They can be replaced, to obtain wrong cells on purpose;
    /// `stepBackward` is derived for the right ones.
    package struct Equations: Sendable {
        package var candidateActivation = HandDerivedActivation.tanh

        /// What the candidate multiplies the state by.
        package var resetFactor: @Sendable (_ reset: Double) -> Double = { $0 }

        package var hidden: @Sendable (_ update: Double, _ candidate: Double, _ previousHidden: Double) -> Double =
            { update, candidate, previousHidden in (1 - update) * candidate + update * previousHidden }

        package init() {}
    }

    package var reset: Reset
    package var equations = Equations()

    package init(reset: Reset) { self.reset = reset }

    package func step(_ parameters: Parameters, x: ScalarMatrix, previous: HandDerivedState) -> Step {
        let reset = parameters.reset.value(.sigmoid, x: x, h: previous.hidden)
        let update = parameters.update.value(.sigmoid, x: x, h: previous.hidden)
        let candidate = candidate(parameters.candidate, x: x, previousHidden: previous.hidden, reset: reset)
        var hidden = previous.hidden
        for row in hidden.indices {
            for unit in hidden[row].indices {
                hidden[row][unit] = equations.hidden(
                    update[row][unit], candidate[row][unit], previous.hidden[row][unit])
            }
        }
        return Step(reset: reset, update: update, candidate: candidate, hidden: hidden)
    }

    package func candidate(
        _ gate: GateParameters, x: ScalarMatrix, previousHidden: ScalarMatrix, reset: ScalarMatrix
    ) -> ScalarMatrix {
        switch self.reset {
        case .before:
            let kept = reset.combined(with: previousHidden) { equations.resetFactor($0) * $1 }
            return gate.value(equations.candidateActivation, x: x, h: kept)
        case .after:
            let recurrent = previousHidden.times(gate.recurrentWeights, plus: gate.recurrentBias)
            let kept = reset.combined(with: recurrent) { equations.resetFactor($0) * $1 }
            return x.times(gate.inputWeights, plus: gate.bias).combined(with: kept) {
                equations.candidateActivation.value($0 + $1)
            }
        }
    }

    /// The derivatives of h = (1 − z) ⊙ n + z ⊙ h', given ∂h:
    ///
    ///     ∂z = ∂h ⊙ (h' − n)    ∂n = ∂h ⊙ (1 − z)    ∂h' = ∂h ⊙ z
    package static func hiddenDerivatives(
        update: Double, candidate: Double, previousHidden: Double, cotangent: Double
    ) -> (update: Double, candidate: Double, previousHidden: Double) {
        (cotangent * (previousHidden - candidate), cotangent * (1 - update), cotangent * update)
    }

    /// h' has four consumers: the last equation, the candidate and the two gates. `candidateBackward` also gives ∂r;
    /// the two gates give their ∂W, ∂U, ∂b, ∂x and ∂h' as `GateParameters.backward` derives them.
    package func stepBackward(
        _ parameters: Parameters, x: ScalarMatrix, previous: HandDerivedState, step: Step,
        cotangent: HandDerivedState, gradient: inout Parameters
    ) -> (step: Step, x: ScalarMatrix, previous: HandDerivedState) {
        var d = step
        d.hidden = cotangent.hidden
        var direct = previous.hidden
        for row in direct.indices {
            for unit in direct[row].indices {
                let fromHidden = Self.hiddenDerivatives(
                    update: step.update[row][unit], candidate: step.candidate[row][unit],
                    previousHidden: previous.hidden[row][unit], cotangent: cotangent.hidden[row][unit])
                d.update[row][unit] = fromHidden.update
                d.candidate[row][unit] = fromHidden.candidate
                direct[row][unit] = fromHidden.previousHidden
            }
        }
        let candidate = candidateBackward(
            parameters.candidate, x: x, previousHidden: previous.hidden, reset: step.reset, value: step.candidate,
            cotangent: d.candidate, gradient: &gradient.candidate)
        d.reset = candidate.reset
        let reset = parameters.reset.backward(
            .sigmoid, x: x, h: previous.hidden, value: step.reset, cotangent: d.reset, gradient: &gradient.reset)
        let update = parameters.update.backward(
            .sigmoid, x: x, h: previous.hidden, value: step.update, cotangent: d.update, gradient: &gradient.update)
        return (
            d, candidate.x.adding(reset.x.adding(update.x)),
            HandDerivedState(hidden: direct.adding(candidate.previousHidden).adding(reset.h.adding(update.h)))
        )
    }

    /// Reset before, with k = r ⊙ h' in the place of the state, so that `GateParameters.backward` gives ∂k:
    ///
    ///     ∂r = ∂k ⊙ h'    ∂h' = ∂k ⊙ r
    ///
    /// Reset after, with u = h'·U + b_u and a = x·W + b + r ⊙ u, so that ∂a = ∂n ⊙ (1 − n²):
    ///
    ///     ∂W = xᵀ·∂a    ∂b = Σ ∂a    ∂x = ∂a·Wᵀ
    ///     ∂r = ∂a ⊙ u   ∂u = ∂a ⊙ r
    ///     ∂U = h'ᵀ·∂u   ∂b_u = Σ ∂u  ∂h' = ∂u·Uᵀ
    package func candidateBackward(
        _ gate: GateParameters, x: ScalarMatrix, previousHidden: ScalarMatrix, reset: ScalarMatrix,
        value: ScalarMatrix, cotangent: ScalarMatrix, gradient: inout GateParameters
    ) -> (x: ScalarMatrix, previousHidden: ScalarMatrix, reset: ScalarMatrix) {
        switch self.reset {
        case .before:
            let kept = reset.combined(with: previousHidden) { $0 * $1 }
            let back = gate.backward(
                .tanh, x: x, h: kept, value: value, cotangent: cotangent, gradient: &gradient)
            return (
                back.x, back.h.combined(with: reset) { $0 * $1 }, back.h.combined(with: previousHidden) { $0 * $1 }
            )
        case .after:
            let recurrent = previousHidden.times(gate.recurrentWeights, plus: gate.recurrentBias)
            let da = cotangent.combined(with: value) { $0 * (1 - $1 * $1) }
            let du = da.combined(with: reset) { $0 * $1 }
            x.addOuterProducts(with: da, to: &gradient.inputWeights)
            da.addRows(to: &gradient.bias)
            previousHidden.addOuterProducts(with: du, to: &gradient.recurrentWeights)
            du.addRows(to: &gradient.recurrentBias)
            return (
                da.timesTransposed(gate.inputWeights), du.timesTransposed(gate.recurrentWeights),
                da.combined(with: recurrent) { $0 * $1 }
            )
        }
    }
}
