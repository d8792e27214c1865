import Foundation
import Tapestry

// Cells without gates, or whose gates see the input alone; and discretised differential equations.

extension CellEquations {
    /// `IndRNNCell`: S. Li et al., "Independently recurrent neural network (IndRNN)", 2018.
    public static let indRNN: Equations = { step in
        let h = step.previous()
        let (z, u) = (fromInput(step, "hidden"), step.vector("recurrentWeights"))
        let hidden = step.yield("hidden") { max(z[$0] + u[$0] * h[$0], 0) }
        return EquationResult(output: hidden, state: hidden)
    }

    /// `MultiplicativeRNNCell`: I. Sutskever, J. Martens and G. Hinton, "Generating text with recurrent neural
    /// networks", 2011.
    public static let multiplicativeRNN: Equations = { step in
        let h = step.previous()
        let (a, b) = (
            step.product(step.input, step.weights("inputFactor")), step.product(h, step.weights("recurrentFactor"))
        )
        let m = step.yield("intermediate") { a[$0] * b[$0] }
        let hidden = step.yield("hidden", preactivation(step, "hidden", m).map(tanh))
        return EquationResult(output: hidden, state: hidden)
    }

    /// `SCRNCell` with α = 0.95: T. Mikolov et al., "Learning longer memory in recurrent neural networks", 2014.
    public static let scrn: Equations = { step in
        let (h, s) = (step.previous("hidden"), step.previous("context"))
        let b = step.product(step.input, step.weights("contextInput"))
        let context = step.yield("context") { 0.05 * b[$0] + 0.95 * s[$0] }
        let p = step.product(context, step.weights("contextRecurrent"))
        let (a, r) = (
            step.product(step.input, step.weights("hiddenInput")), step.product(h, step.weights("hiddenRecurrent"))
        )
        let hidden = step.yield("hidden") { sigmoid(p[$0] + a[$0] + r[$0]) }
        let (u, v) = (
            step.product(hidden, step.weights("hiddenOutput")), step.product(context, step.weights("contextOutput"))
        )
        let output = step.yield("output") { u[$0] + v[$0] }
        return EquationResult(output: output, state: ["hidden": hidden, "context": context])
    }

    /// `SRUCell`: T. Lei et al., "Simple recurrent units for highly parallelizable recurrence", 2018.
    public static let sru: Equations = { step in
        let c = step.previous()
        func gate(_ name: String) -> [Double] {
            let z = step.product(step.input, step.weights("input.weights", gate: name))
            let (v, b) = (step.vector("\(name)Peephole"), step.vector("\(name)Bias"))
            return z.indices.map { sigmoid(z[$0] + v[$0] * c[$0] + b[$0]) }
        }
        let f = step.yield("forget", gate("forget"))
        let r = step.yield("reset", gate("reset"))
        let content = step.product(step.input, step.weights("input.weights", gate: "candidate"))
        let cell = step.yield("cell") { f[$0] * c[$0] + (1 - f[$0]) * content[$0] }
        let through = step.product(step.input, step.weights("skip"))
        let hidden = step.yield("hidden") { r[$0] * cell[$0] + (1 - r[$0]) * through[$0] }
        return EquationResult(output: hidden, state: cell)
    }

    /// `QRNNCell`: J. Bradbury, S. Merity, C. Xiong and R. Socher, "Quasi-recurrent neural networks", 2017.
    public static let qrnn: Equations = { step in
        let (c, before) = (step.previous("cell"), step.previous("input"))
        func z(_ gate: String) -> [Double] {
            let (w, v) = (
                fromInput(step, gate), step.product(before, step.weights("previousInput.weights", gate: gate))
            )
            return w.indices.map { w[$0] + v[$0] }
        }
        let candidate = step.yield("candidate", z("candidate").map(tanh))
        let f = step.yield("forget", z("forget").map(sigmoid))
        let o = step.yield("output", z("output").map(sigmoid))
        let cell = step.yield("cell") { f[$0] * c[$0] + (1 - f[$0]) * candidate[$0] }
        let hidden = step.yield("hidden") { o[$0] * cell[$0] }
        return EquationResult(output: hidden, state: ["cell": cell, "input": step.input])
    }

    /// (W − Wᵀ − γ I) h with γ = 0.01.
    private static func antisymmetric(_ step: EquationStep, _ h: [Double]) -> [Double] {
        let w = step.weights("recurrentWeights")
        // A row for each hⱼ.
        let rows = h.indices.map { j in
            h.indices.map { i in w[i][j] - w[j][i] - (i == j ? 0.01 : 0) }
        }
        return step.product(h, rows)
    }

    /// `AntisymmetricRNNCell` with γ = ε = 0.01: B. Chang et al., "AntisymmetricRNN: a dynamical system view on
    /// recurrent neural networks", 2019.
    public static let antisymmetricRNN: Equations = { step in
        let h = step.previous()
        let (v, a) = (fromInput(step, "hidden"), antisymmetric(step, h))
        let change = step.yield("change") { tanh(v[$0] + a[$0]) }
        let hidden = step.yield("hidden") { h[$0] + 0.01 * change[$0] }
        return EquationResult(output: hidden, state: hidden)
    }

    /// `GatedAntisymmetricRNNCell` with γ = ε = 0.01: the same paper.
    public static let gatedAntisymmetricRNN: Equations = { step in
        let h = step.previous()
        let (gate, v, a) = (fromInput(step, "gate"), fromInput(step, "change"), antisymmetric(step, h))
        let z = step.yield("gate") { sigmoid(gate[$0] + a[$0]) }
        let change = step.yield("change") { tanh(v[$0] + a[$0]) }
        let hidden = step.yield("hidden") { h[$0] + 0.01 * z[$0] * change[$0] }
        return EquationResult(output: hidden, state: hidden)
    }

    /// `CoRNNCell` with Δt = 0.042, γ = 2.7, ε = 4.7: T. K. Rusch and S. Mishra, "Coupled oscillatory recurrent neural
    /// network", 2021.
    public static let coRNN: Equations = { step in
        let (y, z) = (step.previous("position"), step.previous("velocity"))
        let v = fromInput(step, "hidden")
        let (w, u) = (
            step.product(y, step.weights("positionWeights")), step.product(z, step.weights("velocityWeights"))
        )
        let force = step.yield("force") { tanh(w[$0] + u[$0] + v[$0]) }
        let velocity = step.yield("velocity") { z[$0] + 0.042 * (force[$0] - 2.7 * y[$0] - 4.7 * z[$0]) }
        let position = step.yield("position") { y[$0] + 0.042 * velocity[$0] }
        return EquationResult(output: position, state: ["position": position, "velocity": velocity])
    }

    /// `UnICORNNCell` with Δt = 0.19, α = 30.65: T. K. Rusch and S. Mishra, "UnICORNN: a recurrent model for learning
    /// very long time dependencies", 2021.
    public static let unICORNN: Equations = { step in
        let (y, z) = (step.previous("position"), step.previous("velocity"))
        let (v, w, c) = (fromInput(step, "hidden"), step.vector("recurrentWeights"), step.vector("control"))
        let size = c.map { 0.19 * (0.5 + 0.5 * tanh($0 / 2)) }
        let force = step.yield("force") { tanh(w[$0] * y[$0] + v[$0]) }
        let velocity = step.yield("velocity") { z[$0] - size[$0] * (force[$0] + 30.65 * y[$0]) }
        let position = step.yield("position") { y[$0] + size[$0] * velocity[$0] }
        return EquationResult(output: position, state: ["position": position, "velocity": velocity])
    }

    /// `LEMCell` with Δt = 1: T. K. Rusch et al., "Long expressive memory for sequence modeling", 2022.
    public static let lem: Equations = { step in
        let (y, z) = (step.previous("output"), step.previous("memory"))
        let a = step.yield("memory step", preactivation(step, "memoryStep", y).map(sigmoid))
        let c = step.yield("output step", preactivation(step, "outputStep", y).map(sigmoid))
        let target = preactivation(step, "memory", y).map(tanh)
        let memory = step.yield("memory") { (1 - a[$0]) * z[$0] + a[$0] * target[$0] }
        let goal = preactivation(step, "output", memory).map(tanh)
        let output = step.yield("output") { (1 - c[$0]) * y[$0] + c[$0] * goal[$0] }
        return EquationResult(output: output, state: ["output": output, "memory": memory])
    }
}
