import TapestryTestSupport
import Testing

@testable import TapestryAutograd

/// What `gradient(at:)` makes of its arguments: frozen and tied parts, and several arguments.
@Suite struct ArgumentTests {
    private struct Pair: Module {
        var a: Tensor<Double>
        var b: Tensor<Double>
    }

    private struct Twins: Module {
        var left: Tied<Tensor<Double>>
        var right: Tied<Tensor<Double>>
    }

    @Test("copies of a tied part in two arguments are not tied: a teacher keeps its own values")
    func tiesEndWithTheArgument() {
        let student = Tied(Pair(a: Tensor(1), b: Tensor(2)))
        var teacher = student
        teacher.wrapped.a = Tensor(10)
        let (value, (first, second)) = valueAndGradient(at: student, teacher) { $0.a * $0.b + $1.a * $1.a }
        #expect(value.scalar == 102)
        #expect(first.wrapped.a.scalar == 2 && first.wrapped.b.scalar == 1)
        #expect(second.wrapped.a.scalar == 20 && second.wrapped.b.scalar == 0)
    }

    @Test func tiedPartsThatAreEqualButNotTheSameArrayAreOne() {
        let shared = Tied(Tensor([2.0, 3]))
        var twins = Twins(left: shared, right: shared)
        twins.right.wrapped = Tensor([2.0, 3])
        #expect(gradient(at: twins) { ($0.left.wrapped * $0.right.wrapped).sum() }.left.wrapped.scalars == [4, 6])
    }

    @Test("a full tape lists the constants that were named")
    func namedConstants() {
        let tape = Tape(recording: .full)
        let x = tape.watch(Tensor<Double>([1, 2]))
        let gate = tanh(Tensor<Double>([3, 4])).named("gate")
        _ = x * gate
        withScope("t = 0") { _ = Tensor<Double>(5).named("unused") }
        #expect(
            tape.description == """
                %0 = input  float64 [2]
                %1 = multiply(%0, #0)  float64 [2]  keeps #0
                #0 = constant  float64 [2]  "gate"
                # = constant  float64 []  "unused"  in t = 0
                """)
    }

    @Test("a value of an explicit tape can be used inside a derivative")
    func explicitTapeAroundADerivative() {
        let tape = Tape()
        let x = tape.watch(Tensor<Double>(3))
        let slope = gradient(at: Tensor<Double>(2)) { y in x * y * y }
        #expect(slope.scalar == 12)
        #expect(tape.gradient(of: slope, at: x).scalar == 4)
    }
}
