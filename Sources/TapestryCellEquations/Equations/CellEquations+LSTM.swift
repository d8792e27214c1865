import Foundation
import Tapestry

// Relatives of the LSTM.

extension CellEquations {
    /// `PeepholeLSTMCell`: F. Gers, N. Schraudolph and J. Schmidhuber, "Learning precise timing with LSTM recurrent
    /// networks", 2002.
    public static let peepholeLSTM: Equations = { step in
        let (h, c) = (step.previous("hidden"), step.previous("cell"))
        func preactivation(_ gate: String, _ peephole: String, _ seen: [Double]) -> [Double] {
            let p = step.vector(peephole)
            let z = CellEquations.preactivation(step, gate, h)
            return z.indices.map { z[$0] + p[$0] * seen[$0] }
        }
        let f = step.yield("forget", preactivation("forget", "forgetPeephole", c).map(sigmoid))
        let i = step.yield("input", preactivation("input", "inputPeephole", c).map(sigmoid))
        let candidate = step.yield("candidate", CellEquations.preactivation(step, "candidate", h).map(tanh))
        let cell = step.yield("cell") { f[$0] * c[$0] + i[$0] * candidate[$0] }
        let o = step.yield("output", preactivation("output", "outputPeephole", cell).map(sigmoid))
        let hidden = step.yield("hidden") { o[$0] * tanh(cell[$0]) }
        return EquationResult(output: hidden, state: ["hidden": hidden, "cell": cell])
    }

    /// `CoupledLSTMCell`: K. Greff et al., "LSTM: a search space odyssey", 2017.
    public static let coupledLSTM: Equations = { step in
        let (h, c) = (step.previous("hidden"), step.previous("cell"))
        let f = step.yield("forget", preactivation(step, "forget", h).map(sigmoid))
        let i = step.yield("input") { 1 - f[$0] }
        let candidate = step.yield("candidate", preactivation(step, "candidate", h).map(tanh))
        let cell = step.yield("cell") { f[$0] * c[$0] + i[$0] * candidate[$0] }
        let o = step.yield("output", preactivation(step, "output", h).map(sigmoid))
        let hidden = step.yield("hidden") { o[$0] * tanh(cell[$0]) }
        return EquationResult(output: hidden, state: ["hidden": hidden, "cell": cell])
    }

    /// `OriginalLSTMCell`: S. Hochreiter and J. Schmidhuber, "Long short-term memory", 1997.
    public static let originalLSTM: Equations = { step in
        let (h, c) = (step.previous("hidden"), step.previous("cell"))
        let i = step.yield("input", preactivation(step, "input", h).map(sigmoid))
        let candidate = step.yield("candidate", preactivation(step, "candidate", h).map { 4 * sigmoid($0) - 2 })
        let cell = step.yield("cell") { c[$0] + i[$0] * candidate[$0] }
        let o = step.yield("output", preactivation(step, "output", h).map(sigmoid))
        let hidden = step.yield("hidden") { o[$0] * (2 * sigmoid(cell[$0]) - 1) }
        return EquationResult(output: hidden, state: ["hidden": hidden, "cell": cell])
    }

    /// `ProjectedLSTMCell`: H. Sak, A. Senior and F. Beaufays, "Long short-term memory recurrent neural network
    /// architectures for large scale acoustic modeling", 2014.
    public static let projectedLSTM: Equations = { step in
        let (h, c) = (step.previous("hidden"), step.previous("cell"))
        let f = step.yield("forget", preactivation(step, "forget", h).map(sigmoid))
        let i = step.yield("input", preactivation(step, "input", h).map(sigmoid))
        let candidate = step.yield("candidate", preactivation(step, "candidate", h).map(tanh))
        let cell = step.yield("cell", c.indices.map { f[$0] * c[$0] + i[$0] * candidate[$0] })
        let o = step.yield("output", preactivation(step, "output", h).map(sigmoid))
        let given = c.indices.map { o[$0] * tanh(cell[$0]) }
        let hidden = step.yield("hidden", step.product(given, step.weights("projection")))
        return EquationResult(output: hidden, state: ["hidden": hidden, "cell": cell])
    }

    /// γ (v − μ) / √(σ² + 10⁻⁵) + β over all of v.
    static func layerNorm(_ step: EquationStep, _ norm: String, _ v: [Double]) -> [Double] {
        step.layerNorm(v, gain: step.vector("\(norm).gain"), bias: step.vector("\(norm).bias"), epsilon: 1e-5)
    }

    /// `LayerNormLSTMCell`: J. L. Ba, J. R. Kiros and G. E. Hinton, "Layer normalization", 2016.
    public static let layerNormLSTM: Equations = { step in
        let (h, c) = (step.previous("hidden"), step.previous("cell"))
        let fromInput = layerNorm(step, "inputNorm", step.product(step.input, step.weights("input.weights")))
        let fromState = layerNorm(step, "recurrentNorm", step.product(h, step.weights("recurrent.weights")))
        // The gates lie side by side, in this order.
        func z(_ gate: Int) -> [Double] {
            c.indices.map { fromInput[gate * c.count + $0] + fromState[gate * c.count + $0] }
        }
        let f = step.yield("forget", z(0).map(sigmoid))
        let i = step.yield("input", z(1).map(sigmoid))
        let candidate = step.yield("candidate", z(2).map(tanh))
        let cell = step.yield("cell") { f[$0] * c[$0] + i[$0] * candidate[$0] }
        let o = step.yield("output", z(3).map(sigmoid))
        let normalized = layerNorm(step, "cellNorm", cell)
        let hidden = step.yield("hidden") { o[$0] * tanh(normalized[$0]) }
        return EquationResult(output: hidden, state: ["hidden": hidden, "cell": cell])
    }

    /// `MultiplicativeLSTMCell`: B. Krause, L. Lu, I. Murray and S. Renals, "Multiplicative LSTM for sequence
    /// modelling", 2016.
    public static let multiplicativeLSTM: Equations = { step in
        let (h, c) = (step.previous("hidden"), step.previous("cell"))
        let fromInput = step.product(step.input, step.weights("inputFactor"))
        let fromState = step.product(h, step.weights("recurrentFactor"))
        let m = step.yield("intermediate") { fromInput[$0] * fromState[$0] }
        let f = step.yield("forget", preactivation(step, "forget", m).map(sigmoid))
        let i = step.yield("input", preactivation(step, "input", m).map(sigmoid))
        let candidate = step.yield("candidate", preactivation(step, "candidate", m).map(tanh))
        let cell = step.yield("cell") { f[$0] * c[$0] + i[$0] * candidate[$0] }
        let o = step.yield("output", preactivation(step, "output", m).map(sigmoid))
        let hidden = step.yield("hidden") { o[$0] * tanh(cell[$0]) }
        return EquationResult(output: hidden, state: ["hidden": hidden, "cell": cell])
    }

    /// `NASCell`: B. Zoph and Q. V. Le, "Neural architecture search with reinforcement learning", 2017.
    public static let nas: Equations = { step in
        let (h, c) = (step.previous("hidden"), step.previous("cell"))
        func a(_ block: String) -> [Double] {
            let (z, b) = (
                step.product(step.input, step.weights("input.weights", gate: block)),
                step.vector("input.bias", gate: block)
            )
            return z.indices.map { z[$0] + b[$0] }
        }
        func m(_ block: String) -> [Double] { step.product(h, step.weights("recurrent.weights", gate: block)) }
        func sum(_ block: String) -> [Double] { zip(a(block), m(block)).map(+) }
        let (s1, s2, s3, s5) = (sum("first"), sum("second"), sum("third"), sum("fifth"))
        let (s6, s7, s8) = (sum("sixth"), sum("seventh"), sum("eighth"))
        let product = zip(a("fourth"), m("fourth")).map(*)
        let l1 = step.yield("first") { tanh(sigmoid(s1[$0]) * max(s2[$0], 0)) }
        let l2 = step.yield("second") { tanh(sigmoid(s3[$0]) + max(product[$0], 0)) }
        let l3 = step.yield("third") { tanh(tanh(s5[$0]) * sigmoid(s6[$0])) }
        let l4 = step.yield("fourth") { sigmoid(tanh(s7[$0]) + sigmoid(s8[$0])) }
        let cell = step.yield("cell") { tanh(l1[$0] + c[$0]) * l2[$0] }
        let hidden = step.yield("hidden") { tanh(cell[$0] * tanh(l3[$0] + l4[$0])) }
        return EquationResult(output: hidden, state: ["hidden": hidden, "cell": cell])
    }

    /// `RANCell`: K. Lee, O. Levy and L. Zettlemoyer, "Recurrent additive networks", 2017.
    public static let ran: Equations = { step in
        let (h, c) = (step.previous("hidden"), step.previous("cell"))
        let content = step.yield("content", step.product(step.input, step.weights("content")))
        let i = step.yield("input", preactivation(step, "input", h).map(sigmoid))
        let f = step.yield("forget", preactivation(step, "forget", h).map(sigmoid))
        let cell = step.yield("cell") { i[$0] * content[$0] + f[$0] * c[$0] }
        let hidden = step.yield("hidden") { tanh(cell[$0]) }
        return EquationResult(output: hidden, state: ["hidden": hidden, "cell": cell])
    }
}
