import Foundation
import Tapestry

/// A cell whose equations are written out a second time, one unit at a time, for the equation check to compare.
protocol EquationsByHand {
    static func equations(_ step: EquationStep) -> EquationResult
}

extension EquationStep {
    /// W · [h, x] + b of one gate.
    fileprivate func preactivation(_ gate: String, _ h: [Double]) -> [Double] {
        let fromInput = product(input, weights("input.weights", gate: gate))
        let fromState = product(h, weights("recurrent.weights", gate: gate))
        let bias = vector("input.bias", gate: gate)
        return bias.indices.map { fromInput[$0] + fromState[$0] + bias[$0] }
    }
}

extension LSTMCell: EquationsByHand {
    static func equations(_ step: EquationStep) -> EquationResult {
        let (h, c) = (step.previous("hidden"), step.previous("cell"))
        let f = step.yield("forget", step.preactivation("forget", h).map(sigmoid))
        let i = step.yield("input", step.preactivation("input", h).map(sigmoid))
        let candidate = step.yield("candidate", step.preactivation("candidate", h).map(tanh))
        let cell = step.yield("cell") { f[$0] * c[$0] + i[$0] * candidate[$0] }
        let o = step.yield("output", step.preactivation("output", h).map(sigmoid))
        let hidden = step.yield("hidden") { o[$0] * tanh(cell[$0]) }
        return EquationResult(output: hidden, state: ["hidden": hidden, "cell": cell])
    }
}

extension GRUCell: EquationsByHand {
    static func equations(_ step: EquationStep) -> EquationResult {
        let h = step.previous()
        let r = step.yield("reset", step.preactivation("reset", h).map(sigmoid))
        let z = step.yield("update", step.preactivation("update", h).map(sigmoid))
        let fromInput = step.product(step.input, step.weights("input.weights", gate: "candidate"))
        let fromState = step.product(h, step.weights("recurrent.weights", gate: "candidate"))
        let (bias, recurrentBias) = (step.vector("input.bias", gate: "candidate"), step.vector("candidateBias"))
        let n = step.yield("candidate") {
            tanh(fromInput[$0] + bias[$0] + r[$0] * (fromState[$0] + recurrentBias[$0]))
        }
        let hidden = step.yield("hidden") { (1 - z[$0]) * n[$0] + z[$0] * h[$0] }
        return EquationResult(output: hidden, state: hidden)
    }
}

extension RNNCell: EquationsByHand {
    static func equations(_ step: EquationStep) -> EquationResult {
        let hidden = step.yield("hidden", step.preactivation("hidden", step.previous()).map(tanh))
        return EquationResult(output: hidden, state: hidden)
    }
}
