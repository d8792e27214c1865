import Foundation
import Tapestry

// Cells that know what time it is, or normalise by it; and variants of frameworks.

extension CellEquations {
    /// `LSTMCell` with gates 0.2 z + ½ in 0 … 1, as in ONNX, and z / (1 + |z|) for the cell state.
    public static let lstmHardSigmoid: Equations = { step in
        func hard(_ z: Double) -> Double { min(max(0.2 * z + 0.5, 0), 1) }
        let (h, c) = (step.previous("hidden"), step.previous("cell"))
        let f = step.yield("forget", preactivation(step, "forget", h).map(hard))
        let i = step.yield("input", preactivation(step, "input", h).map(hard))
        let candidate = step.yield("candidate", preactivation(step, "candidate", h).map(tanh))
        let cell = step.yield("cell") { f[$0] * c[$0] + i[$0] * candidate[$0] }
        let o = step.yield("output", preactivation(step, "output", h).map(hard))
        let hidden = step.yield("hidden") { o[$0] * cell[$0] / (1 + cell[$0].magnitude) }
        return EquationResult(output: hidden, state: ["hidden": hidden, "cell": cell])
    }

    /// `LiGRUCell`: M. Ravanelli et al., "Light gated recurrent units for speech recognition", 2018.
    public static let liGRU: Equations = { step in
        let h = step.previous()
        let w = layerNorm(step, "inputNorm", step.product(step.input, step.weights("input.weights")))
        let u = step.product(h, step.weights("recurrent.weights", gate: "update"))
        let v = step.product(h, step.weights("recurrent.weights", gate: "candidate"))
        let z = step.yield("update") { sigmoid(w[$0] + u[$0]) }
        // The gates lie side by side.
        let candidate = step.yield("candidate") { max(w[h.count + $0] + v[$0], 0) }
        let hidden = step.yield("hidden") { z[$0] * h[$0] + (1 - z[$0]) * candidate[$0] }
        return EquationResult(output: hidden, state: hidden)
    }

    /// `BatchNormLSTMCell` while inferring: T. Cooijmans et al., "Recurrent batch normalization", 2017.
    public static let batchNormLSTM: Equations = { step in
        let (h, c) = (step.previous("hidden"), step.previous("cell"))
        func normalized(_ v: [Double], _ norm: String) -> [Double] {
            let (means, variances) = (step.weights("\(norm).mean"), step.weights("\(norm).variance"))
            let (mean, variance) = (means[min(step.time, means.count - 1)], variances[min(step.time, means.count - 1)])
            let gain = step.vector("\(norm).gain")
            return v.indices.map { gain[$0] * (v[$0] - mean[$0]) / (variance[$0] + 1e-5).squareRoot() }
        }
        let x = step.yield("input product", step.product(step.input, step.weights("input.weights")))
        let u = step.yield("recurrent product", step.product(h, step.weights("recurrent.weights")))
        let (w, v, b) = (normalized(x, "inputNorm"), normalized(u, "recurrentNorm"), step.vector("input.bias"))
        // The gates lie side by side, in this order.
        func z(_ gate: Int) -> [Double] {
            let first = gate * c.count
            return (first..<first + c.count).map { w[$0] + v[$0] + b[$0] }
        }
        let f = step.yield("forget", z(0).map(sigmoid))
        let i = step.yield("input", z(1).map(sigmoid))
        let candidate = step.yield("candidate", z(2).map(tanh))
        let cell = step.yield("cell") { f[$0] * c[$0] + i[$0] * candidate[$0] }
        let o = step.yield("output", z(3).map(sigmoid))
        let (scaled, shift) = (normalized(cell, "cellNorm"), step.vector("cellNorm.bias"))
        let hidden = step.yield("hidden") { o[$0] * tanh(scaled[$0] + shift[$0]) }
        return EquationResult(output: hidden, state: ["hidden": hidden, "cell": cell])
    }

    /// `ClockworkRNNCell` with the periods 1, 2 and 3, or as many as it has units: J. Koutník et al., "A clockwork
    /// RNN", 2014.
    public static let clockworkRNN: Equations = { step in
        let h = step.previous("hidden")
        let moduleCount = min(h.count, 3)
        let period = h.indices.map { 1 + $0 * moduleCount / h.count }
        let (w, b) = (fromInput(step, "hidden"), step.weights("recurrentWeights"))
        let candidate = step.yield("candidate") { unit in
            let seen = h.indices.filter { period[$0] >= period[unit] }
            return tanh(w[unit] + seen.reduce(0) { $0 + h[$1] * b[$1][unit] })
        }
        let hidden = step.yield("hidden") { step.time % period[$0] == 0 ? candidate[$0] : h[$0] }
        return EquationResult(output: hidden, state: ["hidden": hidden])
    }

    /// `PhasedLSTMCell` with r = 0.6, while inferring: D. Neil, M. Pfeiffer and S.-C. Liu, "Phased LSTM", 2016.
    public static let phasedLSTM: Equations = { step in
        let (x, time, h, c) = (
            step.input("features"), step.input("time")[0], step.previous("hidden"), step.previous("cell")
        )
        let (logPeriod, shift) = (step.vector("logPeriod"), step.vector("shift"))
        func z(_ gate: String) -> [Double] { CellEquations.preactivation(step, gate, of: x, h) }
        func seen(_ cell: [Double], _ gate: String) -> [Double] {
            let (z, p) = (z(gate), step.vector("\(gate)Peephole"))
            return z.indices.map { sigmoid(z[$0] + p[$0] * cell[$0]) }
        }
        let phase = step.yield("phase") { unit in
            let turns = (time - shift[unit]) / exp(logPeriod[unit])
            return turns - floor(turns)
        }
        let k = step.yield("time gate") { unit in
            if phase[unit] < 0.3 { return phase[unit] / 0.3 }
            return phase[unit] < 0.6 ? 2 - phase[unit] / 0.3 : 0
        }
        let f = step.yield("forget", seen(c, "forget"))
        let i = step.yield("input", seen(c, "input"))
        let candidate = step.yield("candidate", z("candidate").map(tanh))
        let proposedCell = step.yield("proposed cell") { f[$0] * c[$0] + i[$0] * candidate[$0] }
        let o = step.yield("output", seen(proposedCell, "output"))
        let proposedHidden = step.yield("proposed hidden") { o[$0] * tanh(proposedCell[$0]) }
        let cell = step.yield("cell") { k[$0] * proposedCell[$0] + (1 - k[$0]) * c[$0] }
        let hidden = step.yield("hidden") { k[$0] * proposedHidden[$0] + (1 - k[$0]) * h[$0] }
        return EquationResult(output: hidden, state: ["hidden": hidden, "cell": cell])
    }

    /// `TimeAwareLSTMCell` with 1 / ln(e + Δ): I. M. Baytas et al., "Patient subtyping via time-aware LSTM
    /// networks", 2017.
    public static let timeAwareLSTM: Equations = { step in
        let (x, elapsed, h, c) = (
            step.input("features"), step.input("elapsed")[0], step.previous("hidden"), step.previous("cell")
        )
        func z(_ gate: String) -> [Double] { CellEquations.preactivation(step, gate, of: x, h) }
        let (d, b) = (step.product(c, step.weights("decomposition.weights")), step.vector("decomposition.bias"))
        let shortTerm = step.yield("short-term memory") { tanh(d[$0] + b[$0]) }
        let left = 1 / log(exp(1) + elapsed)
        let adjusted = step.yield("adjusted memory") { c[$0] - shortTerm[$0] + left * shortTerm[$0] }
        let f = step.yield("forget", z("forget").map(sigmoid))
        let i = step.yield("input", z("input").map(sigmoid))
        let candidate = step.yield("candidate", z("candidate").map(tanh))
        let cell = step.yield("cell") { f[$0] * adjusted[$0] + i[$0] * candidate[$0] }
        let o = step.yield("output", z("output").map(sigmoid))
        let hidden = step.yield("hidden") { o[$0] * tanh(cell[$0]) }
        return EquationResult(output: hidden, state: ["hidden": hidden, "cell": cell])
    }
}
