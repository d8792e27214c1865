import Foundation
import Tapestry

// Cells with gates whose state is one vector.

extension CellEquations {
    /// W · x + b of one gate.
    static func fromInput(_ step: EquationStep, _ gate: String) -> [Double] {
        let (z, b) = (
            step.product(step.input, step.weights("input.weights", gate: gate)), step.vector("input.bias", gate: gate)
        )
        return z.indices.map { z[$0] + b[$0] }
    }

    private static func hidden(_ step: EquationStep, _ value: (Int) -> Double) -> EquationResult {
        let hidden = step.yield("hidden", value)
        return EquationResult(output: hidden, state: hidden)
    }

    /// `LayerNormGRUCell`: J. L. Ba, J. R. Kiros and G. E. Hinton, "Layer normalization", 2016.
    public static let layerNormGRU: Equations = { step in
        let h = step.previous()
        func products(_ v: [Double], _ path: String, _ gates: [String]) -> [Double] {
            gates.flatMap { step.product(v, step.weights(path, gate: $0)) }
        }
        let fromInput = layerNorm(step, "inputNorm", products(step.input, "input.weights", ["reset", "update"]))
        let fromState = layerNorm(step, "recurrentNorm", products(h, "recurrent.weights", ["reset", "update"]))
        let r = step.yield("reset") { sigmoid(fromInput[$0] + fromState[$0]) }
        let z = step.yield("update") { sigmoid(fromInput[h.count + $0] + fromState[h.count + $0]) }
        let a = layerNorm(step, "candidateNorm", products(step.input, "input.weights", ["candidate"]))
        let u = layerNorm(step, "candidateRecurrentNorm", products(h, "recurrent.weights", ["candidate"]))
        let n = step.yield("candidate") { tanh(a[$0] + r[$0] * u[$0]) }
        return hidden(step) { (1 - z[$0]) * n[$0] + z[$0] * h[$0] }
    }

    /// `JANETCell` with β = 1: J. van der Westhuizen and J. Lasenby, "The unreasonable effectiveness of the forget
    /// gate", 2018.
    public static let janet: Equations = { step in
        let h = step.previous()
        let s = preactivation(step, "forget", h)
        let f = step.yield("forget", s.map(sigmoid))
        let i = step.yield("input", s.map { 1 - sigmoid($0 - 1) })
        let candidate = step.yield("candidate", preactivation(step, "candidate", h).map(tanh))
        return hidden(step) { f[$0] * h[$0] + i[$0] * candidate[$0] }
    }

    /// `MGUCell`: G.-B. Zhou et al., "Minimal gated unit for recurrent neural networks", 2016.
    public static let mgu: Equations = { step in
        let h = step.previous()
        let f = step.yield("forget", preactivation(step, "forget", h).map(sigmoid))
        let candidate = step.yield("candidate", preactivation(step, "candidate", zip(f, h).map(*)).map(tanh))
        return hidden(step) { (1 - f[$0]) * h[$0] + f[$0] * candidate[$0] }
    }

    /// `MinimalRNNCell`: M. Chen, "MinimalRNN: toward more interpretable and trainable recurrent neural
    /// networks", 2017.
    public static let minimalRNN: Equations = { step in
        let h = step.previous()
        let (a, b) = (step.product(step.input, step.weights("embedding.weights")), step.vector("embedding.bias"))
        let z = step.yield("embedding") { tanh(a[$0] + b[$0]) }
        let (fromState, fromInput) = (
            step.product(h, step.weights("recurrentWeights")), step.product(z, step.weights("updateWeights"))
        )
        let c = step.vector("updateBias")
        let u = step.yield("update") { sigmoid(fromState[$0] + fromInput[$0] + c[$0]) }
        return hidden(step) { u[$0] * h[$0] + (1 - u[$0]) * z[$0] }
    }

    /// `UGRNNCell`: J. Collins, J. Sohl-Dickstein and D. Sussillo, "Capacity and trainability in recurrent neural
    /// networks", 2017.
    public static let ugrnn: Equations = { step in
        let h = step.previous()
        let candidate = step.yield("candidate", preactivation(step, "candidate", h).map(tanh))
        let g = step.yield("update", preactivation(step, "update", h).map(sigmoid))
        return hidden(step) { g[$0] * h[$0] + (1 - g[$0]) * candidate[$0] }
    }

    /// `MUT1Cell`: R. Jozefowicz, W. Zaremba and I. Sutskever, "An empirical exploration of recurrent network
    /// architectures", 2015.
    public static let mut1: Equations = { step in
        let h = step.previous()
        let z = step.yield("update", fromInput(step, "update").map(sigmoid))
        let r = step.yield("reset", preactivation(step, "reset", h).map(sigmoid))
        let squashed = step.product(step.input, step.weights("input.weights", gate: "candidate")).map(tanh)
        let product = step.product(zip(r, h).map(*), step.weights("recurrent.weights", gate: "candidate"))
        let b = step.vector("input.bias", gate: "candidate")
        let n = step.yield("candidate") { tanh(product[$0] + squashed[$0] + b[$0]) }
        return hidden(step) { z[$0] * n[$0] + (1 - z[$0]) * h[$0] }
    }

    /// `MUT2Cell`: the same paper.
    public static let mut2: Equations = { step in
        let h = step.previous()
        let z = step.yield("update", preactivation(step, "update", h).map(sigmoid))
        let r = step.yield("reset", preactivation(step, "reset", h).map(sigmoid))
        let n = step.yield("candidate", preactivation(step, "candidate", zip(r, h).map(*)).map(tanh))
        return hidden(step) { z[$0] * n[$0] + (1 - z[$0]) * h[$0] }
    }

    /// `MUT3Cell`: the same paper.
    public static let mut3: Equations = { step in
        let h = step.previous()
        let z = step.yield("update", preactivation(step, "update", h.map(tanh)).map(sigmoid))
        let r = step.yield("reset", preactivation(step, "reset", h).map(sigmoid))
        let n = step.yield("candidate", preactivation(step, "candidate", zip(r, h).map(*)).map(tanh))
        return hidden(step) { z[$0] * n[$0] + (1 - z[$0]) * h[$0] }
    }

    /// `RHNCell` of depth 3: J. G. Zilly et al., "Recurrent highway networks", 2017.
    public static let rhn: Equations = { step in
        var s = step.previous()
        for layer in 0..<3 {
            func z(_ gate: String) -> [Double] {
                let (u, b) = (
                    step.product(s, step.weights("layers.\(layer).weights", gate: gate)),
                    step.vector("layers.\(layer).bias", gate: gate)
                )
                if layer > 0 { return zip(u, b).map(+) }
                let w = step.product(step.input, step.weights("input.weights", gate: gate))
                return u.indices.map { u[$0] + b[$0] + w[$0] }
            }
            let n = step.yield("candidate \(layer + 1)", z("candidate").map(tanh))
            let t = step.yield("transform \(layer + 1)", z("transform").map(sigmoid))
            let before = s
            s = step.yield("state \(layer + 1)") { n[$0] * t[$0] + before[$0] * (1 - t[$0]) }
        }
        return EquationResult(output: s, state: s)
    }

    /// `SGRNCell`: X. Zu and K. Wei, "A simple gated recurrent network for detection of power quality
    /// disturbances", 2021.
    public static let sgrn: Equations = { step in
        let h = step.previous()
        let (w, u) = (
            step.product(step.input, step.weights("inputWeights")), step.product(h, step.weights("recurrentWeights"))
        )
        let b = step.vector("bias")
        let f = step.yield("forget") { sigmoid(w[$0] + u[$0] + b[$0]) }
        let i = step.yield("input") { 1 - f[$0] }
        return hidden(step) { tanh(i[$0] * w[$0] + f[$0] * h[$0]) }
    }

    /// `CFNCell`: T. Laurent and J. von Brecht, "A recurrent neural network without chaos", 2017.
    public static let cfn: Equations = { step in
        let h = step.previous()
        let theta = step.yield("forget", preactivation(step, "forget", h).map(sigmoid))
        let eta = step.yield("input", preactivation(step, "input", h).map(sigmoid))
        let content = step.product(step.input, step.weights("content"))
        return hidden(step) { theta[$0] * tanh(h[$0]) + eta[$0] * tanh(content[$0]) }
    }

    /// `STARCell`: M. O. Turkoglu et al., "Gating revisited: deep multi-layer RNNs that can be trained", 2021.
    public static let star: Equations = { step in
        let h = step.previous()
        let z = step.yield("candidate", fromInput(step, "candidate").map(tanh))
        let (w, u) = (fromInput(step, "gate"), step.product(h, step.weights("recurrentWeights")))
        let k = step.yield("gate") { sigmoid(w[$0] + u[$0]) }
        return hidden(step) { tanh((1 - k[$0]) * h[$0] + k[$0] * z[$0]) }
    }

    /// `FastRNNCell`: A. Kusupati et al., "FastGRNN: a fast, accurate, stable and tiny kilobyte sized gated recurrent
    /// neural network", 2018.
    public static let fastRNN: Equations = { step in
        let h = step.previous()
        let (a, c) = (sigmoid(step.vector("candidateWeight")[0]), sigmoid(step.vector("stateWeight")[0]))
        let candidate = step.yield("candidate", preactivation(step, "hidden", h).map(tanh))
        return hidden(step) { a * candidate[$0] + c * h[$0] }
    }

    /// `FastGRNNCell`: the same paper.
    public static let fastGRNN: Equations = { step in
        let h = step.previous()
        let (w, u) = (
            step.product(step.input, step.weights("input.weights", gate: "hidden")),
            step.product(h, step.weights("recurrent.weights", gate: "hidden"))
        )
        let (gateBias, candidateBias) = (step.vector("gateBias"), step.vector("candidateBias"))
        let z = step.yield("gate") { sigmoid(w[$0] + u[$0] + gateBias[$0]) }
        let candidate = step.yield("candidate") { tanh(w[$0] + u[$0] + candidateBias[$0]) }
        let (zeta, nu) = (sigmoid(step.vector("zeta")[0]), sigmoid(step.vector("nu")[0]))
        return hidden(step) { (zeta * (1 - z[$0]) + nu) * candidate[$0] + z[$0] * h[$0] }
    }
}
