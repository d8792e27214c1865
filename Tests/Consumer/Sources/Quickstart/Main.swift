import Foundation
import Layers
import Tapestry
import Training

/// Checks the user's derivatives, checks and trains the user's cell, and fails when one of them goes wrong.
@main
enum Main {
    static func main() throws {
        checkOwnDerivatives()
        try readOwnTable()
        let cell = Recurrent(LeakyCell<Double>(inputSize: 3, hiddenSize: 4))
        let inputs = Tensor<Double>.normal([5, 2, 3])
        let gradients = checkGradients(of: cell) { $0(inputs).outputs }
        print(gradients)
        try gradients.requireCorrect()

        let equations = checkEquations(of: LeakyCell<Double>.self, against: leakyEquations)
        print(equations)
        try equations.requireCorrect()

        let run = trainMemoryTask(steps: 400)
        print("the user's own Quickstart: loss \(run.first) at first, \(run.last) in the end")
        guard run.last < 0.2, run.last < run.first else { fatalError("the user's cell does not learn: \(run)") }
    }

    private static func leakyEquations(_ step: EquationStep) -> EquationResult {
        let h = step.previous()
        func z(_ gate: String) -> [Double] {
            let fromInput = step.product(step.input, step.weights("input.weights", gate: gate))
            let fromState = step.product(h, step.weights("recurrent.weights", gate: gate))
            let bias = step.vector("input.bias", gate: gate)
            return bias.indices.map { fromInput[$0] + fromState[$0] + bias[$0] }
        }
        let leak = step.yield("leak", z("leak").map { sigmoid($0) })
        let candidate = step.yield("candidate", z("candidate").map { tanh($0) })
        let next = h.indices.map { leak[$0] * h[$0] + (1 - leak[$0]) * candidate[$0] }
        return EquationResult(output: next, state: next)
    }
}
