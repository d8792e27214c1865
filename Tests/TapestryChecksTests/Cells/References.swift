import Foundation
import Tapestry
import TapestryCellEquations

/// The equations of the cells as plain scalar references.
typealias Reference = CellEquations

extension CellEquations {
    static let leaky: Equations = { step in
        let h = step.previous()
        let leak = step.yield("leak", preactivation(step, "leak", h).map(sigmoid))
        let candidate = step.yield("candidate", preactivation(step, "candidate", h).map(tanh))
        let next = h.indices.map { leak[$0] * h[$0] + (1 - leak[$0]) * candidate[$0] }
        return EquationResult(output: next, state: next)
    }
}
