import Foundation
import Tapestry
import Testing

/// Cells with more gates than have few enough orders to try them all.
@Suite struct ManyGatesTests {
    private enum Gate: String, CaseIterable { case first, second, third, fourth, fifth, sixth }

    private struct Cell: SizedRecurrentCell {
        var input, recurrent: GateProjection<Gate, Double>
        /// For each gate, the gate whose block it reads.
        var order = Array(0..<6)

        init(inputSize: Int, hiddenSize: Int) {
            input = GateProjection(inputSize, hiddenSize)
            recurrent = GateProjection(hiddenSize, hiddenSize, bias: false)
        }

        func initialState(batchSize: Int) -> Tensor<Double> { .zeros([batchSize, recurrent.unitCount]) }

        func step(_ x: Tensor<Double>, _ h: Tensor<Double>) -> (output: Tensor<Double>, state: Tensor<Double>) {
            let z = input(x) + recurrent(h)
            let gates = order.indices.map { number in
                tanh(z[Gate.allCases[order[number]]]).named(Gate.allCases[number].rawValue)
            }
            let next = gates.reduce(0 * h) { $0 * 0.5 + $1 }
            return (next, next)
        }
    }

    private func reference(_ step: EquationStep) -> EquationResult {
        let h = step.previous()
        let gates = Gate.allCases.map { gate in
            let fromInput = step.product(step.input, step.weights("input.weights", gate: gate.rawValue))
            let fromState = step.product(h, step.weights("recurrent.weights", gate: gate.rawValue))
            let bias = step.vector("input.bias", gate: gate.rawValue)
            return step.yield(gate.rawValue, bias.indices.map { tanh(fromInput[$0] + fromState[$0] + bias[$0]) })
        }
        let next = h.indices.map { unit in gates.reduce(0) { $0 * 0.5 + $1[unit] } }
        return EquationResult(output: next, state: next)
    }

    @Test func anyOrderIsNamed() {
        for seed in 0..<20 as Range<UInt64> {
            var cell = Cell(inputSize: 5, hiddenSize: 4)
            let order = RandomSource(seed: seed).permutation(6)
            cell.order = order
            let report = checkEquations(of: cell, inputSize: 5, against: reference)
            let moved = order.indices.filter { order[$0] != $0 }
            #expect(report.diagnosis?.kind == .gates && report.diagnosis?.nextDeviation == nil, "\(order): \(report)")
            if moved.count > 2 {
                let names = Gate.allCases.map(\.rawValue)
                let text = moved.map { "\(names[$0]) those of \(names[order[$0]])" }.joined(separator: ", ")
                let statement = "the gates have other gates' parameters, \(text)"
                #expect(report.diagnosis?.statement == statement, "\(report)")
            }
        }
    }
}
