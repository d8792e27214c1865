import Foundation
import Tapestry
import Testing

/// Mistakes inside of an equation: with products and normalisations, which have no names, and with the terms of a sum.
@Suite struct EquationStructureTests {
    @Test(arguments: NormMutation.allCases)
    func normalization(mutation: NormMutation) {
        let cell = MutantNormCell(inputSize: 5, hiddenSize: 4, mutation: mutation)
        let report = checkEquations(of: cell, inputSize: 5) { step in
            func norm(_ v: [Double], _ path: String) -> [Double] {
                step.layerNorm(v, gain: step.vector("\(path).gain"), bias: step.vector("\(path).bias"))
            }
            let a = norm(step.product(step.input, step.weights("inputWeights")), "inputNorm")
            let u = norm(step.product(step.previous(), step.weights("recurrentWeights")), "stateNorm")
            let hidden = step.yield("hidden") { tanh(a[$0] + u[$0]) }
            return EquationResult(output: hidden, state: hidden)
        }
        #expect(report.isCorrect == (mutation == .none), "\(report)")
        #expect(report.diagnosis?.statement == mutation.statement, "\(report)")
        #expect(report.diagnosis?.nextDeviation == nil, "\(report)")
    }

    @Test(arguments: BlendMutation.allCases)
    func terms(mutation: BlendMutation) {
        let cell = MutantBlendCell(inputSize: 5, hiddenSize: 4, mutation: mutation)
        let report = checkEquations(of: cell, inputSize: 5) { step in
            let h = step.previous()
            func product(_ v: [Double], _ path: String) -> [Double] { step.product(v, step.weights(path)) }
            let z = step.yield("gate", product(step.input, "gateWeights").map(sigmoid))
            let r = step.yield("relevance", product(step.input, "relevanceWeights").map(sigmoid))
            let (w, u) = (product(step.input, "candidateWeights"), product(zip(r, h).map(*), "recurrentWeights"))
            let n = step.yield("candidate") { tanh(w[$0] + u[$0]) }
            let p = step.vector("peephole")
            let hidden = step.yield("hidden") {
                let (new, kept) = ((1 - z[$0]) * n[$0], z[$0] * h[$0])
                return new + kept + 0.5 * p[$0] * tanh(r[$0])
            }
            return EquationResult(output: hidden, state: hidden)
        }
        #expect(report.isCorrect == (mutation == .none), "\(report)")
        #expect(report.diagnosis?.statement == mutation.statement, "\(report)")
        #expect(report.diagnosis?.nextDeviation == nil, "\(report)")
    }
}
