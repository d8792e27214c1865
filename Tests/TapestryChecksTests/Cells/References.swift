import Foundation
import Tapestry
import TapestryCellEquations

/// The equations of the cells as plain scalar references.
typealias Reference = CellEquations

extension CellEquations {
    static let peephole: Equations = { step in
        let (h, c) = (step.previous("hidden"), step.previous("cell"))
        func gate(_ name: String, _ cell: [Double]) -> [Double] {
            let peephole = step.vector("\(name)Peephole")
            let a = preactivation(step, name, h)
            return a.indices.map { sigmoid(a[$0] + peephole[$0] * cell[$0]) }
        }
        let f = step.yield("forget", gate("forget", c))
        let i = step.yield("input", gate("input", c))
        let candidate = step.yield("candidate", preactivation(step, "candidate", h).map(tanh))
        let cell = step.yield("cell") { f[$0] * c[$0] + i[$0] * candidate[$0] }
        let o = step.yield("output", gate("output", cell))
        let hidden = step.yield("hidden") { o[$0] * tanh(cell[$0]) }
        return EquationResult(output: hidden, state: ["hidden": hidden, "cell": cell])
    }

    static let leaky: Equations = { step in
        let h = step.previous()
        let leak = step.yield("leak", preactivation(step, "leak", h).map(sigmoid))
        let candidate = step.yield("candidate", preactivation(step, "candidate", h).map(tanh))
        let next = h.indices.map { leak[$0] * h[$0] + (1 - leak[$0]) * candidate[$0] }
        return EquationResult(output: next, state: next)
    }
}
