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
        #expect(origin.primitive == "sqrt")
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

    /// Finite cotangents whose sum is not, of an input.
    @Test func aSumOfCotangentsOverflows() throws {
        let found = firstNonFinite(at: Tensor<Double>([1e-300, 0])) { x in (x * 1e308 + x * 1e308).sum() }
        let origin = try #require(found)
        #expect(origin.pass == .backward)
        #expect(origin.operand == nil)
        #expect(origin.element == [0])
        #expect(
            origin.description == """
                backward pass: sum of cotangents of input (record %0): element [0] is inf
                    cotangent from %2 [2]: 1e+308 to 1e+308
                    cotangent from %1 [2]: 1e+308 to 1e+308
                """)
    }

    /// Behind one more operation, whose rule is not to blame; the terms are slices, which overlap.
    @Test func aSumOfCotangentsOfSlicesOverflows() throws {
        let found = firstNonFinite(at: Tensor<Double>([1e-300, 0, 0])) { x in
            let y = withScope("inner") { (2 * x).named("doubled") }
            return 1e308 * (y[0..<2].sum() + y[1..<3].sum())
        }
        let origin = try #require(found)
        #expect(origin.primitive == "multiply")
        #expect(origin.operand == nil)
        #expect(origin.name == "doubled")
        #expect(origin.scope == ["inner"])
        #expect(origin.element == [1])
        #expect(origin.operands.map(\.shape) == [[2], [2]])
    }

    @Test func manyTermsAreCounted() throws {
        let found = firstNonFinite(at: Tensor<Double>(0)) { x in
            (0..<25).reduce(Tensor(0)) { sum, _ in sum + 1e307 * x }
        }
        let origin = try #require(found)
        #expect(origin.operands.count == 25)
        #expect(origin.description.hasSuffix("and 5 more"))
    }

    /// The cotangents of slices go into one array, however many there are.
    @Test func slicesOfASequenceTakeNoSumsOfTheWhole() {
        let x = Tensor<Float>(repeating: 1, shape: [50, 4])
        let rows = Tensor<Int32>([3, 3, 0])
        #expect(firstNonFinite(at: x) { x in (0..<50).reduce(Tensor(0)) { $0 + square(x[$1]).sum() } } == nil)
        #expect(firstNonFinite(at: x) { x in square(x.rows(at: rows)).sum() } == nil)
        let repeated = firstNonFinite(at: x * 1e-30) { x in (x.rows(at: rows) * 2e38).sum() }
        #expect(repeated?.primitive == "input" && repeated?.operand == nil && repeated?.element == [3, 0])
    }

    /// Inside of another derivative, where rules read values that are tracked further out.
    @Test func insideOfADerivative() {
        _ = gradient(at: Tensor<Double>([0, 1])) { y in
            let found = firstNonFinite(at: Tensor<Double>([4, 0])) { x in (sqrt(x * y + x) * y).sum() }
            #expect(found?.primitive == "sqrt")
            #expect(found?.pass == .backward)
            let product = firstNonFinite(at: Tensor<Double>([[1e-300], [0]])) { x in
                1e200 * matmul((y + 1e200).unsqueezed(axis: 0), x).sum()
            }
            #expect(product?.primitive == "matmul")
            return y.sum()
        }
    }

    @Test func inputsAndNothing() {
        #expect(firstNonFinite(at: Tensor<Float>([1, .nan])) { $0.sum() }?.primitive == "input")
        #expect(firstNonFinite(at: Tensor<Float>([1, 2])) { square($0).sum() } == nil)
        #expect(firstNonFinite(at: Tensor<Float>([1, 2])) { _ in Tensor<Float>(3) } == nil)
    }
}
