import Foundation
import Tapestry

/// The equations of the cells as plain scalar references.
enum Reference {
    typealias Equations = @Sendable (EquationStep) -> EquationResult

    /// x · W + h · U + b of one gate.
    private static func sum(_ step: EquationStep, _ gate: String, _ h: [Double]) -> [Double] {
        let fromInput = step.product(step.input, step.weights("input.weights", gate: gate))
        let fromState = step.product(h, step.weights("recurrent.weights", gate: gate))
        let bias = step.vector("input.bias", gate: gate)
        return bias.indices.map { fromInput[$0] + fromState[$0] + bias[$0] }
    }

    static let lstm: Equations = { step in
        let (h, c) = (step.previous("hidden"), step.previous("cell"))
        let f = step.yield("forget", sum(step, "forget", h).map(sigmoid))
        let i = step.yield("input", sum(step, "input", h).map(sigmoid))
        let candidate = step.yield("candidate", sum(step, "candidate", h).map(tanh))
        let cell = step.yield("cell") { f[$0] * c[$0] + i[$0] * candidate[$0] }
        let o = step.yield("output", sum(step, "output", h).map(sigmoid))
        let hidden = step.yield("hidden") { o[$0] * tanh(cell[$0]) }
        return EquationResult(output: hidden, state: ["hidden": hidden, "cell": cell])
    }

    static let peephole: Equations = { step in
        let (h, c) = (step.previous("hidden"), step.previous("cell"))
        func gate(_ name: String, _ cell: [Double]) -> [Double] {
            let peephole = step.vector("\(name)Peephole")
            let a = sum(step, name, h)
            return a.indices.map { sigmoid(a[$0] + peephole[$0] * cell[$0]) }
        }
        let f = step.yield("forget", gate("forget", c))
        let i = step.yield("input", gate("input", c))
        let candidate = step.yield("candidate", sum(step, "candidate", h).map(tanh))
        let cell = step.yield("cell") { f[$0] * c[$0] + i[$0] * candidate[$0] }
        let o = step.yield("output", gate("output", cell))
        let hidden = step.yield("hidden") { o[$0] * tanh(cell[$0]) }
        return EquationResult(output: hidden, state: ["hidden": hidden, "cell": cell])
    }

    static let gruResetBefore: Equations = { step in
        let h = step.previous()
        let r = step.yield("reset", sum(step, "reset", h).map(sigmoid))
        let z = step.yield("update", sum(step, "update", h).map(sigmoid))
        let n = step.yield("candidate", sum(step, "candidate", zip(r, h).map(*)).map(tanh))
        let hidden = step.yield("hidden") { (1 - z[$0]) * n[$0] + z[$0] * h[$0] }
        return EquationResult(output: hidden, state: hidden)
    }

    static let gruResetAfter: Equations = { step in
        let h = step.previous()
        let r = step.yield("reset", sum(step, "reset", h).map(sigmoid))
        let z = step.yield("update", sum(step, "update", h).map(sigmoid))
        let fromInput = step.product(step.input, step.weights("input.weights", gate: "candidate"))
        let fromState = step.product(h, step.weights("recurrent.weights", gate: "candidate"))
        let (b, c) = (step.vector("input.bias", gate: "candidate"), step.vector("candidateBias"))
        let n = step.yield("candidate") { tanh(fromInput[$0] + b[$0] + r[$0] * (fromState[$0] + c[$0])) }
        let hidden = step.yield("hidden") { (1 - z[$0]) * n[$0] + z[$0] * h[$0] }
        return EquationResult(output: hidden, state: hidden)
    }

    static func rnn(_ activation: @escaping @Sendable (Double) -> Double) -> Equations {
        { step in
            let hidden = step.yield("hidden", sum(step, "hidden", step.previous()).map(activation))
            return EquationResult(output: hidden, state: hidden)
        }
    }

    static let leaky: Equations = { step in
        let h = step.previous()
        let leak = step.yield("leak", sum(step, "leak", h).map(sigmoid))
        let candidate = step.yield("candidate", sum(step, "candidate", h).map(tanh))
        let next = h.indices.map { leak[$0] * h[$0] + (1 - leak[$0]) * candidate[$0] }
        return EquationResult(output: next, state: next)
    }
}
