import TapestryTestSupport
import Testing

@testable import TapestryAutograd

/// A function of a batch, all at once, against the same function example by example.
@Suite struct BatchingTests {
    private static let count = 3

    @Test(arguments: Primitive.ID.allCases)
    func isTheFunctionOfEachExample(_ id: Primitive.ID) {
        forEachChoice(id) { testCase, batch, function in
            let result = vmap(over: batch.batched) { function(batch.leaves($0)) }
            let expected = stack((0..<Self.count).map { function(batch.example($0)) })
            expectEqual([result], [expected], "\(testCase), batched \(batch.chosen)")
        }
    }

    @Test(arguments: Primitive.ID.allCases)
    func gradientForEachExample(_ id: Primitive.ID) {
        forEachChoice(id) { testCase, batch, function in
            func loss(_ leaves: [Tensor<Double>]) -> Tensor<Double> {
                let result = function(leaves)
                return (result + result * result * 0.5).sum()
            }
            let result = vmap(over: batch.batched) { gradient(at: batch.leaves($0), of: loss) }
            let expected = (0..<Self.count).map { gradient(at: batch.example($0), of: loss) }
            expectEqual(result, batch.stacked(expected), "\(testCase), gradients, batched \(batch.chosen)")
        }
    }

    @Test(arguments: Primitive.ID.allCases)
    func tangentOfEachExample(_ id: Primitive.ID) {
        forEachChoice(id) { testCase, batch, function in
            let result = vmap(over: batch.batched) { part in
                jvp(at: batch.leaves(part), along: batch.leaves(part)) { function($0) }.tangent
            }
            let expected = stack(
                (0..<Self.count).map { jvp(at: batch.example($0), along: batch.example($0), of: function).tangent })
            expectEqual([result], [expected], "\(testCase), tangents, batched \(batch.chosen)")
        }
    }

    /// A derivative of a batched function, in both modes.
    @Test(arguments: Primitive.ID.allCases)
    func derivativesOfTheBatch(_ id: Primitive.ID) {
        forEachChoice(id) { testCase, batch, function in
            func atOnce(_ leaves: [Tensor<Double>]) -> Tensor<Double> {
                square(vmap(over: leaves) { function(batch.leaves($0)) }).sum()
            }
            func oneByOne(_ leaves: [Tensor<Double>]) -> Tensor<Double> {
                (0..<Self.count).reduce(Tensor(0)) { sum, number in
                    sum + square(function(batch.leaves(leaves.map { $0[number] }))).sum()
                }
            }
            expectEqual(
                gradient(at: batch.batched, of: atOnce), gradient(at: batch.batched, of: oneByOne),
                "\(testCase), gradient of the batch, batched \(batch.chosen)")
            expectEqual(
                [jvp(at: batch.batched, along: batch.batched, of: atOnce).tangent],
                [jvp(at: batch.batched, along: batch.batched, of: oneByOne).tangent],
                "\(testCase), tangent of the batch, batched \(batch.chosen)")
        }
    }

    @Test(arguments: Primitive.ID.allCases)
    func batchesOfBatches(_ id: Primitive.ID) {
        for testCase in PrimitiveCases.byPrimitive[id] ?? [] {
            let leaves = testCase.leaves(testCase.shapes.map { [2, Self.count] + $0 }, seed: 3)
            let result = vmap(over: leaves) { row in vmap(over: row) { testCase.function($0) } }
            let expected = stack(
                (0..<2).map { i in
                    stack((0..<Self.count).map { j in testCase.function(leaves.map { $0[i, j] }) })
                })
            expectEqual([result], [expected], "\(testCase), batches of batches")
            // The inner batch is the same for all examples of the outer one, or the other way round.
            guard leaves.count > 1 else { continue }
            let crossed = vmap(over: leaves[0][0...1, 0]) { a in
                vmap(over: leaves[1][0]) { b in testCase.function([a, b] + leaves[2...].map { $0[0, 0] }) }
            }
            let expectedCrossed = stack(
                (0..<2).map { i in
                    stack(
                        (0..<Self.count).map { j in
                            testCase.function([leaves[0][i, 0], leaves[1][0, j]] + leaves[2...].map { $0[0, 0] })
                        })
                })
            expectEqual([crossed], [expectedCrossed], "\(testCase), crossed batches")
        }
    }

    @Test func anEmptyBatch() {
        let result = vmap(over: Tensor<Double>.zeros([0, 2, 3])) { matmul($0, $0.transposed()).sum(axes: [0]) }
        #expect(result.shape == [0, 2])
    }

    @Test func axesOfTheBatch() {
        let x = Tensor<Double>([[1, 2, 3], [4, 5, 6]])
        #expect(vmap(over: x, axis: 1) { $0 * 2 } == (x * 2).transposed())
        #expect(vmap(over: x, axis: -1, outputAxis: 1) { $0 * 2 } == x * 2)
        #expect(vmap(over: x, outputAxis: -1) { _ in Tensor<Double>(7) } == Tensor([7, 7]))
    }

    @Test func indicesOfEachExample() {
        let table = Tensor<Double>([[1, 2], [3, 4], [5, 6]])
        let indices = Tensor<Int32>([[0, 2], [1, 1]])
        #expect(vmap(over: indices) { table.gatheringRows(at: $0) } == table.gatheringRows(at: indices))
        let tables = stack([table, table * 10])
        let each = vmap(over: tables, indices) { $0.gatheringRows(at: $1) }
        #expect(each == Tensor([[[1, 2], [5, 6]], [[30, 40], [30, 40]]]))
        let gradients = vmap(over: tables, indices) { table, indices in
            gradient(at: table) { square($0.gatheringRows(at: indices)).sum() }
        }
        #expect(gradients == Tensor([[[2, 4], [0, 0], [10, 12]], [[0, 0], [120, 160], [0, 0]]]))
    }

    /// Slices that each example takes by indices of its own, and where their cotangents go.
    @Test(arguments: 0..<3) func slicesByIndicesOfEachExample(_ axis: Int) {
        let shape = [2, 3, 2]
        let x = randomLike(Tensor<Double>.zeros([Self.count] + shape), seed: 5)
        let indices = Tensor<Int32>([[[0, -1], [1, 1]], [[-2, 0], [0, 1]], [[1, 0], [-1, -1]]])
        func taken(_ x: Tensor<Double>, _ indices: Tensor<Int32>) -> Tensor<Double> {
            Tensor(x.value.taken(axis: axis, indices.value))
        }
        func slope(_ x: Tensor<Double>, _ indices: Tensor<Int32>) -> Tensor<Double> {
            gradient(at: x) { x in pow(taken(x, indices), 3).sum() }
        }
        for function in [taken, slope] {
            let each = (0..<Self.count).map { function(x[$0], indices[$0]) }
            expectEqual([vmap(over: x, indices) { function($0, $1) }], [stack(each)], "both batched")
            let shared = (0..<Self.count).map { function(x[0], indices[$0]) }
            expectEqual([vmap(over: indices) { function(x[0], $0) }], [stack(shared)], "indices batched")
        }
    }

    // MARK: Parts

    /// Some operands of a case as batches, the others the same for all examples.
    private struct SomeBatched {
        let chosen: [Int]
        let fixed: [Tensor<Double>]
        let batched: [Tensor<Double>]

        /// All operands, with the chosen ones given.
        func leaves(_ part: [Tensor<Double>]) -> [Tensor<Double>] {
            var leaves = fixed
            for (index, tensor) in zip(chosen, part) { leaves[index] = tensor }
            return leaves
        }

        func example(_ number: Int) -> [Tensor<Double>] { leaves(batched.map { $0[number] }) }

        func stacked(_ examples: [[Tensor<Double>]]) -> [Tensor<Double>] {
            fixed.indices.map { index in stack(examples.map { $0[index] }) }
        }
    }

    private func forEachChoice(
        _ id: Primitive.ID,
        _ body: (PrimitiveCase, SomeBatched, @escaping ([Tensor<Double>]) -> Tensor<Double>) -> Void
    ) {
        for testCase in PrimitiveCases.byPrimitive[id] ?? [] {
            let operands = Array(testCase.shapes.indices)
            let choices = operands.count == 1 ? [operands] : operands.map { [$0] } + [operands]
            for chosen in choices {
                let fixed = testCase.leaves(testCase.shapes, seed: 3)
                let all = testCase.leaves(testCase.shapes.map { [Self.count] + $0 }, seed: 4)
                body(testCase, SomeBatched(chosen: chosen, fixed: fixed, batched: chosen.map { all[$0] })) {
                    testCase.function($0)
                }
            }
        }
    }

    private func expectEqual(_ a: [Tensor<Double>], _ b: [Tensor<Double>], _ comment: String) {
        for (index, (a, b)) in zip(a, b).enumerated() {
            #expect(a.shape == b.shape, "\(comment), tensor \(index)")
            #expect(
                a.isClose(to: b, relativeTolerance: 1e-11, absoluteTolerance: 1e-12),
                "\(comment), tensor \(index): \(a.scalars), one by one \(b.scalars)")
        }
    }
}
