import Testing

@testable import TapestryAutograd

/// Forward mode beside the suite of all primitives.
@Suite struct ForwardModeTests {
    @Test func whatDoesNotDependOnTheInputHasNoTangent() {
        let x = Tensor<Double>([1, 2, 3])
        let (value, tangent) = jvp(at: x, along: x) { [$0.sum(), Tensor([5, 6]), x, sign($0)] }
        #expect(value == [Tensor(6), Tensor([5, 6]), x, Tensor([1, 1, 1])])
        #expect(tangent == [Tensor(6), Tensor([0, 0]), Tensor([0, 0, 0]), Tensor([0, 0, 0])])
    }
}
