import Foundation
import Tapestry

// Cells that can be scanned, and the scalar LSTM, which belongs to one of them.

extension CellEquations {
    /// z + ½ for z ≥ 0, σ(z) for z < 0.
    private static func positive(_ z: Double) -> Double { z >= 0 ? z + 0.5 : sigmoid(z) }

    /// `MinGRUCell`: L. Feng et al., "Were RNNs all we needed?", 2024, whose candidates go through a function.
    public static func minGRU(_ candidate: @escaping @Sendable (Double) -> Double) -> Equations {
        { step in
            let h = step.previous()
            let z = step.yield("update", fromInput(step, "update").map(sigmoid))
            let new = step.yield("candidate", fromInput(step, "candidate").map(candidate))
            let hidden = step.yield("hidden") { (1 - z[$0]) * h[$0] + z[$0] * new[$0] }
            return EquationResult(output: hidden, state: hidden)
        }
    }

    /// `MinGRUCell` with positive candidates.
    public static let minGRU = minGRU(positive)

    /// `MinLSTMCell` with positive candidates: the same paper.
    public static let minLSTM: Equations = { step in
        let h = step.previous()
        let (open, letIn) = (fromInput(step, "forget").map(sigmoid), fromInput(step, "input").map(sigmoid))
        let f = step.yield("forget") { open[$0] / (open[$0] + letIn[$0]) }
        let i = step.yield("input") { letIn[$0] / (open[$0] + letIn[$0]) }
        let candidate = step.yield("candidate", fromInput(step, "candidate").map(positive))
        let hidden = step.yield("hidden") { f[$0] * h[$0] + i[$0] * candidate[$0] }
        return EquationResult(output: hidden, state: hidden)
    }

    /// One state of a diagonal state space: a complex factor and a term, and the state before.
    private static func states(
        _ step: EquationStep, _ factor: (Int) -> (Double, Double), _ term: (Int) -> (Double, Double)
    ) -> (real: [Double], imaginary: [Double]) {
        let (re, im) = (step.previous("real"), step.previous("imaginary"))
        let real = step.yield("real") { factor($0).0 * re[$0] - factor($0).1 * im[$0] + term($0).0 }
        let imaginary = step.yield("imaginary") { factor($0).0 * im[$0] + factor($0).1 * re[$0] + term($0).1 }
        return (real, imaginary)
    }

    /// scale · Re(C x) + D u.
    private static func realOutput(
        _ step: EquationStep, _ x: (real: [Double], imaginary: [Double]), scale: Double
    ) -> [Double] {
        let fromReal = step.product(x.real, step.weights("output.weights", gate: "real"))
        let fromImaginary = step.product(x.imaginary, step.weights("output.weights", gate: "imaginary"))
        let skipped = step.product(step.input, step.weights("skip"))
        return step.yield("output", skipped.indices.map { scale * (fromReal[$0] - fromImaginary[$0]) + skipped[$0] })
    }

    /// B u, the parts apart.
    private static func complexInput(_ step: EquationStep) -> (real: [Double], imaginary: [Double]) {
        (
            step.product(step.input, step.weights("input.weights", gate: "real")),
            step.product(step.input, step.weights("input.weights", gate: "imaginary"))
        )
    }

    /// `LRUCell`: A. Orvieto et al., "Resurrecting recurrent neural networks for long sequences", 2023.
    public static let lru: Equations = { step in
        let (nu, theta, gamma) = (step.vector("logDecay"), step.vector("logPhase"), step.vector("logNormalization"))
        let bu = complexInput(step)
        let x = states(
            step, { (exp(-exp(nu[$0])) * cos(exp(theta[$0])), exp(-exp(nu[$0])) * sin(exp(theta[$0]))) },
            { (exp(gamma[$0]) * bu.real[$0], exp(gamma[$0]) * bu.imaginary[$0]) })
        return EquationResult(
            output: realOutput(step, x, scale: 1), state: ["real": x.real, "imaginary": x.imaginary])
    }

    /// `S5Cell`: J. T. H. Smith et al., "Simplified state space layers for sequence modeling", 2023; Λ̄ and what B is
    /// multiplied by for one state from Λ, its parts apart, and Δ.
    private static func s5(
        _ discretized:
            @escaping @Sendable (_ re: Double, _ im: Double, _ step: Double) -> (
                factor: (Double, Double), scale: (Double, Double)
            )
    ) -> Equations {
        { step in
            let (re, im) = (
                step.vector("eigenvalues", gate: "real"), step.vector("eigenvalues", gate: "imaginary")
            )
            let logStep = step.vector("logStep")
            let bu = complexInput(step)
            let system = re.indices.map { discretized(re[$0], im[$0], exp(logStep[$0])) }
            let x = states(
                step, { system[$0].factor },
                { unit in
                    let (a, b) = system[unit].scale
                    return (
                        a * bu.real[unit] - b * bu.imaginary[unit], a * bu.imaginary[unit] + b * bu.real[unit]
                    )
                })
            return EquationResult(
                output: realOutput(step, x, scale: 2), state: ["real": x.real, "imaginary": x.imaginary])
        }
    }

    /// (a + b i) / (c + d i)
    private static func quotient(_ a: Double, _ b: Double, _ c: Double, _ d: Double) -> (Double, Double) {
        let size = c * c + d * d
        return ((a * c + b * d) / size, (b * c - a * d) / size)
    }

    /// `S5Cell` with held steps.
    public static let s5 = s5 { re, im, step in
        let (real, imaginary) = (exp(re * step) * cos(im * step), exp(re * step) * sin(im * step))
        return ((real, imaginary), quotient(real - 1, imaginary, re, im))
    }

    /// `S5Cell` with the trapezoidal rule.
    public static let s5Bilinear = s5 { re, im, step in
        let (real, imaginary) = (re * step / 2, im * step / 2)
        return (quotient(1 + real, imaginary, 1 - real, -imaginary), quotient(step, 0, 1 - real, -imaginary))
    }

    /// `SLSTMCell`: M. Beck et al., "xLSTM: extended long short-term memory", 2024; ln f from the pre-activation.
    public static func sLSTM(_ logForget: @escaping @Sendable (Double) -> Double) -> Equations {
        { step in
            let (h, c) = (step.previous("hidden"), step.previous("cell"))
            let (n, m) = (step.previous("normalizer"), step.previous("stabilizer"))
            let (zi, zf) = (preactivation(step, "input", h), preactivation(step, "forget", h).map(logForget))
            let stabilizer = step.yield("stabilizer") { max(zf[$0] + m[$0], zi[$0]) }
            let i = step.yield("input") { exp(zi[$0] - stabilizer[$0]) }
            let f = step.yield("forget") { exp(zf[$0] + m[$0] - stabilizer[$0]) }
            let candidate = step.yield("candidate", preactivation(step, "candidate", h).map(tanh))
            let cell = step.yield("cell") { f[$0] * c[$0] + i[$0] * candidate[$0] }
            let normalizer = step.yield("normalizer") { f[$0] * n[$0] + i[$0] }
            let o = step.yield("output", preactivation(step, "output", h).map(sigmoid))
            let hidden = step.yield("hidden") { o[$0] * cell[$0] / normalizer[$0] }
            return EquationResult(
                output: hidden,
                state: ["hidden": hidden, "cell": cell, "normalizer": normalizer, "stabilizer": stabilizer])
        }
    }

    /// `SLSTMCell` with a logistic forget gate.
    public static let sLSTM = sLSTM { log(sigmoid($0)) }

    /// `MLSTMCell` with a logistic forget gate: the same paper, equations 19 to 27.
    public static let mLSTM: Equations = { step in
        func projected(_ path: String, _ gate: String) -> [Double] {
            let z = step.product(step.input, step.weights("\(path).weights", gate: gate))
            return zip(z, step.vector("\(path).bias", gate: gate)).map(+)
        }
        let (zi, zf) = (projected("gates", "input"), projected("gates", "forget"))
        let (c, n, m) = (step.previous("memory"), step.previous("normalizer"), step.previous("stabilizer"))
        let (heads, units) = (m.count, n.count)
        let size = units / heads
        let k = step.yield("key", projected("storage", "key").map { $0 / Double(size).squareRoot() })
        let v = step.yield("value", projected("storage", "value"))
        let stabilizer = (0..<heads).map { max(log(sigmoid(zf[$0])) + m[$0], zi[$0]) }
        let i = step.yield("input", (0..<heads).map { exp(zi[$0] - stabilizer[$0]) })
        let f = step.yield("forget", (0..<heads).map { sigmoid(zf[$0]) * exp(m[$0] - stabilizer[$0]) })
        let memory = step.yield(
            "memory",
            c.indices.map { index in
                let (head, row, column) = (index / (size * size), index / size % size, index % size)
                return f[head] * c[index] + i[head] * v[head * size + row] * k[head * size + column]
            })
        let normalizer = step.yield("normalizer", n.indices.map { f[$0 / size] * n[$0] + i[$0 / size] * k[$0] })
        step.yield("stabilizer", stabilizer)
        let q = step.yield("query", projected("reading", "query"))
        let o = step.yield("output", projected("reading", "output").map(sigmoid))
        let hidden = step.yield(
            "hidden",
            (0..<units).map { unit in
                let (head, row) = (unit / size, unit % size)
                let own = (0..<size).map { head * size + $0 }
                let found = own.reduce(0) { $0 + memory[(head * size + row) * size + $1 % size] * q[$1] }
                let weight = own.reduce(0) { $0 + normalizer[$1] * q[$1] }
                return o[unit] * found / max(abs(weight), exp(-stabilizer[head]))
            })
        return EquationResult(
            output: hidden, state: ["memory": memory, "normalizer": normalizer, "stabilizer": stabilizer])
    }
}
