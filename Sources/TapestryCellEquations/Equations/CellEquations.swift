import Foundation
import Tapestry

/// The equations of the library's cells, each written out a second time from its paper, one unit at a time: what the
/// equation check compares the cells with.
public enum CellEquations {
    /// What computes one step of one row of the batch.
    public typealias Equations = @Sendable (EquationStep) -> EquationResult

    /// W · [h, x] + b of one gate.
    public static func preactivation(_ step: EquationStep, _ gate: String, _ h: [Double]) -> [Double] {
        preactivation(step, gate, of: step.input, h)
    }

    /// The same of an x that is a part of the input.
    static func preactivation(_ step: EquationStep, _ gate: String, of x: [Double], _ h: [Double]) -> [Double] {
        let fromInput = step.product(x, step.weights("input.weights", gate: gate))
        let fromState = step.product(h, step.weights("recurrent.weights", gate: gate))
        let bias = step.vector("input.bias", gate: gate)
        return bias.indices.map { fromInput[$0] + fromState[$0] + bias[$0] }
    }

    /// `LSTMCell`: F. Gers, J. Schmidhuber and F. Cummins, "Learning to forget", 2000.
    public static let lstm: Equations = { step in
        let (h, c) = (step.previous("hidden"), step.previous("cell"))
        let f = step.yield("forget", preactivation(step, "forget", h).map(sigmoid))
        let i = step.yield("input", preactivation(step, "input", h).map(sigmoid))
        let candidate = step.yield("candidate", preactivation(step, "candidate", h).map(tanh))
        let cell = step.yield("cell") { f[$0] * c[$0] + i[$0] * candidate[$0] }
        let o = step.yield("output", preactivation(step, "output", h).map(sigmoid))
        let hidden = step.yield("hidden") { o[$0] * tanh(cell[$0]) }
        return EquationResult(output: hidden, state: ["hidden": hidden, "cell": cell])
    }

    /// `GRUCell` whose reset acts before the product: K. Cho et al., "Learning phrase representations using RNN
    /// encoder–decoder", 2014.
    public static let gruResetBefore: Equations = { step in
        let h = step.previous()
        let r = step.yield("reset", preactivation(step, "reset", h).map(sigmoid))
        let z = step.yield("update", preactivation(step, "update", h).map(sigmoid))
        let n = step.yield("candidate", preactivation(step, "candidate", zip(r, h).map(*)).map(tanh))
        let hidden = step.yield("hidden") { (1 - z[$0]) * n[$0] + z[$0] * h[$0] }
        return EquationResult(output: hidden, state: hidden)
    }

    /// `GRUCell` whose reset acts after the product and its bias, as in cuDNN and PyTorch.
    public static let gruResetAfter: Equations = { step in
        let h = step.previous()
        let r = step.yield("reset", preactivation(step, "reset", h).map(sigmoid))
        let z = step.yield("update", preactivation(step, "update", h).map(sigmoid))
        let fromInput = step.product(step.input, step.weights("input.weights", gate: "candidate"))
        let fromState = step.product(h, step.weights("recurrent.weights", gate: "candidate"))
        let (b, c) = (step.vector("input.bias", gate: "candidate"), step.vector("candidateBias"))
        let n = step.yield("candidate") { tanh(fromInput[$0] + b[$0] + r[$0] * (fromState[$0] + c[$0])) }
        let hidden = step.yield("hidden") { (1 - z[$0]) * n[$0] + z[$0] * h[$0] }
        return EquationResult(output: hidden, state: hidden)
    }

    /// `RNNCell` with an activation: J. Elman, "Finding structure in time", 1990.
    public static func rnn(_ activation: @escaping @Sendable (Double) -> Double) -> Equations {
        { step in
            let hidden = step.yield("hidden", preactivation(step, "hidden", step.previous()).map(activation))
            return EquationResult(output: hidden, state: hidden)
        }
    }
}
