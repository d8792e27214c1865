import Testing

@testable import TapestryAutograd

/// Where an infinity or NaN comes from.
@Suite struct NonFiniteTests {
    @Test func theForwardPass() throws {
        let x = Tensor<Double>([[1, 2], [3, 0]])
        let found = firstNonFinite(at: x) { x in
            withScope("t = 2") { (log(x * 2).named("surprise") * 0.5).sum() }
        }
        let origin = try #require(found)
        #expect(origin.pass == .forward)
        #expect(origin.primitive == "log")
        #expect(origin.name == "surprise")
        #expect(origin.scope == ["t = 2"])
        #expect(origin.element == [1, 1])
        #expect(origin.value == -.infinity)
        #expect(
            origin.description == """
                forward pass: log (record %2) "surprise" in t = 2: element [1, 1] is -inf
                    operand 0, %1 [2, 2]: 0.0 to 6.0
                """)
    }

    /// √x is finite at 0, and its slope is not.
    @Test func theBackwardPass() throws {
        let found = firstNonFinite(at: Tensor<Double>([4, 0, 1])) { x in
            withScope("norm") { sqrt(x[0..<2] * 1).named("root") }.sum() + x.sum()
        }
        let origin = try #require(found)
        #expect(origin.pass == .backward)
        #expect(origin.primitive == "squareRoot")
        #expect(origin.operand == 0)
        #expect(origin.name == "root")
        #expect(origin.element == [1])
        #expect(origin.value == .infinity)
        #expect(origin.operands.first == .init(name: "cotangent", shape: [2], range: 1...1, nonFiniteCount: 0))
    }

    /// 0 · ∞ in a rule that is an accumulation.
    @Test func aProductOfMatricesOverflows() throws {
        let large = Tensor<Double>([[1e200], [1e200]])
        let found = firstNonFinite(at: Tensor<Double>([[1e-300, 0]])) { x in
            1e200 * matmul(x, large).sum()
        }
        let origin = try #require(found)
        #expect(origin.pass == .backward)
        #expect(origin.primitive == "matmul")
        #expect(origin.element == [0, 0])
    }

    @Test func inputsAndNothing() {
        #expect(firstNonFinite(at: Tensor<Float>([1, .nan])) { $0.sum() }?.primitive == "input")
        #expect(firstNonFinite(at: Tensor<Float>([1, 2])) { square($0).sum() } == nil)
        #expect(firstNonFinite(at: Tensor<Float>([1, 2])) { _ in Tensor<Float>(3) } == nil)
    }
}
