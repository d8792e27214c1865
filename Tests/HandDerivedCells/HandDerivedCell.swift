/// The shapes that all hand-derived cells share. Everything in this folder is plain arrays of `Double` and loops; it
/// computes nothing with the library, so that the library can be held against it.

/// `[time][batch][unit]`
package typealias ScalarSequence = [[[Double]]]

/// The state that a cell hands from step to step; `cell` is empty for the cells that have none.
package struct HandDerivedState: Equatable, Sendable {
    package var hidden: ScalarMatrix
    package var cell: ScalarMatrix

    package init(hidden: ScalarMatrix, cell: ScalarMatrix = []) {
        self.hidden = hidden
        self.cell = cell
    }
}

/// Parameters of a cell, by gate.
package protocol GatedParameters: Equatable, Sendable {
    static var gates: [(name: String, path: WritableKeyPath<Self, GateParameters> & Sendable)] { get }

    /// The parameters that `gate` gives for each gate's name.
    init(_ gate: (_ name: String) -> GateParameters)
}

/// The named values of one step, in the order in which they are computed, each `[batch][hidden]`.
package protocol NamedStep: Sendable {
    static var values: [(name: String, path: KeyPath<Self, ScalarMatrix> & Sendable)] { get }
    var state: HandDerivedState { get }
}

/// All that a run of a cell starts from. The gradient with respect to it has the same type.
package struct HandDerivedOperands<Parameters: GatedParameters>: Equatable, Sendable {
    package var parameters: Parameters
    package var inputs: ScalarSequence
    package var initial: HandDerivedState

    package init(parameters: Parameters, inputs: ScalarSequence, initial: HandDerivedState) {
        self.parameters = parameters
        self.inputs = inputs
        self.initial = initial
    }
}

/// What a run of a cell computed.
package struct HandDerivedTrace<Step: NamedStep>: Sendable {
    package var steps: [Step]

    package init(steps: [Step]) { self.steps = steps }

    /// `[time][batch][hidden]`
    package var outputs: ScalarSequence { steps.map(\.state.hidden) }

    /// A value at every step: `[time][batch][hidden]`.
    package func values(of path: KeyPath<Step, ScalarMatrix>) -> ScalarSequence { steps.map { $0[keyPath: path] } }
}

/// The derivatives of the loss with respect to the outputs of every step and, apart from those, to the final state.
package struct HandDerivedCotangents: Sendable {
    package var outputs: ScalarSequence
    package var final: HandDerivedState

    package init(outputs: ScalarSequence, final: HandDerivedState) {
        self.outputs = outputs
        self.final = final
    }
}

/// The derivatives of the loss with respect to the operands, and to every named value at every step.
package struct HandDerivedGradients<Parameters: GatedParameters, Step: NamedStep>: Sendable {
    package var operands: HandDerivedOperands<Parameters>
    package var steps: [Step]
}

/// A cell as plain scalar equations, with its back-propagation through time derived by hand.
package protocol HandDerivedCell: Sendable {
    associatedtype Parameters: GatedParameters
    associatedtype Step: NamedStep

    /// One step on a batch `x` `[batch][input]`.
    func step(_ parameters: Parameters, x: ScalarMatrix, previous: HandDerivedState) -> Step

    /// The derivatives of one step, given the derivatives with respect to the state that it hands on.
    ///
    /// Adds to `gradient` what the step contributes to the parameters.
    func stepBackward(
        _ parameters: Parameters, x: ScalarMatrix, previous: HandDerivedState, step: Step,
        cotangent: HandDerivedState, gradient: inout Parameters
    ) -> (step: Step, x: ScalarMatrix, previous: HandDerivedState)
}

extension HandDerivedCell {
    package func forward(_ operands: HandDerivedOperands<Parameters>) -> HandDerivedTrace<Step> {
        var steps: [Step] = []
        var state = operands.initial
        for x in operands.inputs {
            let step = step(operands.parameters, x: x, previous: state)
            steps.append(step)
            state = step.state
        }
        return HandDerivedTrace(steps: steps)
    }

    /// Back-propagation through time: from the last step to the first,
    ///
    ///     ∂L/∂h_t = (cotangent of output t) + (what step t + 1 hands back for its previous hidden state)
    ///
    /// where the cotangent of the final state takes the place of a step after the last.
    package func backward(
        _ operands: HandDerivedOperands<Parameters>, trace: HandDerivedTrace<Step>, cotangents: HandDerivedCotangents
    ) -> HandDerivedGradients<Parameters, Step> {
        var parameters = operands.parameters
        for (_, path) in Parameters.gates {
            parameters[keyPath: path].clear()
        }
        var inputs = operands.inputs
        var steps = trace.steps
        var state = cotangents.final
        for time in operands.inputs.indices.reversed() {
            state.hidden = state.hidden.adding(cotangents.outputs[time])
            let back = stepBackward(
                operands.parameters, x: operands.inputs[time],
                previous: time == 0 ? operands.initial : trace.steps[time - 1].state,
                step: trace.steps[time], cotangent: state, gradient: &parameters)
            steps[time] = back.step
            inputs[time] = back.x
            state = back.previous
        }
        return HandDerivedGradients(
            operands: HandDerivedOperands(parameters: parameters, inputs: inputs, initial: state), steps: steps)
    }
}
