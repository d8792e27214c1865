import TapestryTestSupport
import Testing

@testable import TapestryAutograd

/// Forward mode against reverse mode, which is checked by differences: ⟨c, J v⟩ = ⟨Jᵀ c, v⟩ needs no step.
@Suite struct ForwardModeTests {
    @Test(arguments: Primitive.ID.allCases)
    func isTheAdjointOfReverseMode(_ id: Primitive.ID) {
        forEachCase(id) { testCase, layout in
            let (leaves, function) = testCase.withOperands(layout)
            let directions = directions(of: leaves)
            let (value, tangent) = jvp(at: leaves, along: directions, of: function)
            let (expected, pullback) = vjp(at: leaves, of: function)
            #expect(value.isClose(to: expected, relativeTolerance: 1e-14), "\(testCase), \(layout)")
            #expect(tangent.shape == expected.shape, "\(testCase), \(layout)")
            let cotangent = randomLike(expected, seed: 9)
            expectEqual(
                inner(cotangent, tangent), inner(pullback(cotangent), directions), scale(cotangent, tangent), testCase,
                "\(layout)")
        }
    }

    /// With some operands constant.
    @Test(arguments: Primitive.ID.allCases)
    func alongOneOperand(_ id: Primitive.ID) {
        for testCase in PrimitiveCases.byPrimitive[id] ?? [] where testCase.shapes.count > 1 {
            let leaves = testCase.leaves(testCase.shapes, seed: 3)
            for index in leaves.indices {
                let direction = randomLike(leaves[index], seed: 8)
                func function(_ leaf: Tensor<Double>) -> Tensor<Double> {
                    var leaves = leaves
                    leaves[index] = leaf
                    return testCase.function(leaves)
                }
                let tangent = jvp(at: leaves[index], along: direction, of: function).tangent
                let (value, pullback) = vjp(at: leaves[index], of: function)
                let cotangent = randomLike(value, seed: 9)
                expectEqual(
                    inner(cotangent, tangent), inner(pullback(cotangent), direction), scale(cotangent, tangent),
                    testCase,
                    "operand \(index)")
            }
        }
    }

    /// Forward over reverse, reverse over forward, and reverse over reverse mode give one Hessian.
    @Test(arguments: Primitive.ID.allCases)
    func secondOrder(_ id: Primitive.ID) {
        forEachCase(id) { testCase, layout in
            let (leaves, function) = testCase.withOperands(layout)
            let directions = directions(of: leaves)
            let cotangent = randomLike(function(leaves), seed: 9)
            func loss(_ leaves: [Tensor<Double>]) -> Tensor<Double> {
                let result = function(leaves)
                return (cotangent * (result + result * result * 0.5)).sum()
            }
            let forwardOverReverse = hessianVectorProduct(at: leaves, along: directions, of: loss)
            let reverseOverReverse = vectorHessianProduct(at: leaves, along: directions, of: loss)
            let reverseOverForward = gradient(at: leaves) { jvp(at: $0, along: directions, of: loss).tangent }
            let forwardOverForward = jvp(at: leaves, along: directions) {
                jvp(at: $0, along: directions, of: loss).tangent
            }.tangent
            for (index, expected) in reverseOverReverse.enumerated() {
                #expect(
                    blockError(forwardOverReverse[index].scalars, expected.scalars, floor: 1e-3)
                        < (id == .convert ? 1e-6 : 1e-10),
                    "\(testCase), \(layout), operand \(index), forward over reverse")
                #expect(
                    blockError(reverseOverForward[index].scalars, expected.scalars, floor: 1e-3)
                        < (id == .convert ? 1e-6 : 1e-10),
                    "\(testCase), \(layout), operand \(index), reverse over forward")
            }
            expectEqual(
                forwardOverForward.scalar, inner(reverseOverReverse, directions),
                zip(reverseOverReverse, directions).map { scale($0, $1) }.reduce(0, +), testCase,
                "forward over forward, \(layout)")
        }
    }

    @Test func whatDoesNotDependOnTheInputHasNoTangent() {
        let x = Tensor<Double>([1, 2, 3])
        let (value, tangent) = jvp(at: x, along: x) { [$0.sum(), Tensor([5, 6]), x, sign($0)] }
        #expect(value == [Tensor(6), Tensor([5, 6]), x, Tensor([1, 1, 1])])
        #expect(tangent == [Tensor(6), Tensor([0, 0]), Tensor([0, 0, 0]), Tensor([0, 0, 0])])
    }

    // MARK: Parts

    private func forEachCase(_ id: Primitive.ID, _ body: (PrimitiveCase, OperandLayout) -> Void) {
        for testCase in PrimitiveCases.byPrimitive[id] ?? [] {
            for layout in OperandLayout.allCases where testCase.shapes.contains(where: layout.applies) {
                body(testCase, layout)
            }
        }
    }

    private func directions(of leaves: [Tensor<Double>]) -> [Tensor<Double>] {
        leaves.enumerated().map { randomLike($1, seed: 8 + UInt64($0)) }
    }

    private func inner(_ a: Tensor<Double>, _ b: Tensor<Double>) -> Double { (a * b).sum().scalar }

    private func inner(_ a: [Tensor<Double>], _ b: [Tensor<Double>]) -> Double {
        zip(a, b).reduce(0) { $0 + inner($1.0, $1.1) }
    }

    /// The size of the terms of an inner product.
    private func scale(_ a: Tensor<Double>, _ b: Tensor<Double>) -> Double { abs(a * b).sum().scalar }

    private func expectEqual(_ a: Double, _ b: Double, _ scale: Double, _ testCase: PrimitiveCase, _ comment: String) {
        // Through Float, rounding is another in each direction.
        let tolerance = testCase.id == .convert ? 1e-6 : 1e-12
        #expect(abs(a - b) <= tolerance * Swift.max(scale, 1e-3), "\(testCase), \(comment): \(a) and \(b)")
    }
}
