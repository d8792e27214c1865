import TapestryTestSupport
import Testing

@testable import TapestryAutograd

/// Functions as full tapes recorded them.
@Suite struct ReplayableFunctionTests {
    private let point = [Tensor<Double>([[0.5, -1], [2, 0.3]]), Tensor<Double>([1.5, -0.4])]

    private func function(_ x: [Tensor<Double>]) -> Tensor<Double> {
        let z = withScope("layer") { tanh(matmul(x[0], x[0]) + x[1]).named("z") }
        return concatenate([z * x[1], x[0].max(axes: [1], keepingAxes: true)], axis: 1)
    }

    private var recorded: ReplayableFunction { ReplayableFunction(of: function, at: point, mode: .inference) }

    @Test func operationsStandAtTheirNumbers() throws {
        let tape = Tape(recording: .full)
        _ = function(tape.watch(point))
        let operations = recorded.operations
        #expect(operations.map(\.primitive) == tape.recordedNames)
        #expect(operations[0].isInput && operations[1].isInput && !operations[2].isInput)
        let z = try #require(operations.first { $0.name == "z" })
        #expect(z.scope == ["layer"] && z.primitive == "tanh")
        guard case .record(let last) = recorded.results[0] else { return #expect(Bool(false)) }
        #expect(last == operations.count - 1)
    }

    @Test func replayedItIsTheFunction() {
        let other = [point[0] * 2, point[1] - 1]
        let replayed = recorded.replayed(at: other.map(\.value)) { _, _, operand in operand }
        #expect(Tensor<Double>(replayed[0]) == function(other))
        let gradients = gradient(at: other) { x in
            Tensor<Double>(recorded.replayed(at: x.map(\.value)) { _, _, operand in operand }[0]).sum()
        }
        #expect(gradients == gradient(at: other) { function($0).sum() })
    }

    @Test func operandsCanBeReplaced() {
        let recorded = recorded
        let gradients = gradient(at: point) { x in
            let result = recorded.replayed(at: x.map(\.value)) { _, _, operand in
                if case .record(1) = operand { .constant(point[1].value) } else { operand }
            }
            return Tensor<Double>(result[0]).sum()
        }
        #expect(gradients[1] == Tensor([0, 0]) && gradients[0] == gradient(at: point) { function($0).sum() }[0])
    }
}
