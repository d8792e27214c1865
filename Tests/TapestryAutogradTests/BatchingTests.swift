import TapestryTestSupport
import Testing

@testable import TapestryAutograd

/// Batches beside the suite of all primitives.
@Suite struct BatchingTests {
    private static let count = 3

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
        #expect(vmap(over: indices) { table.rows(at: $0) } == table.rows(at: indices))
        let tables = stack([table, table * 10])
        let each = vmap(over: tables, indices) { $0.rows(at: $1) }
        #expect(each == Tensor([[[1, 2], [5, 6]], [[30, 40], [30, 40]]]))
        let gradients = vmap(over: tables, indices) { table, indices in
            gradient(at: table) { square($0.rows(at: indices)).sum() }
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

    private func expectEqual(_ a: [Tensor<Double>], _ b: [Tensor<Double>], _ comment: String) {
        for (index, (a, b)) in zip(a, b).enumerated() {
            #expect(a.shape == b.shape, "\(comment), tensor \(index)")
            #expect(
                a.isClose(to: b, relativeTolerance: 1e-11, absoluteTolerance: 1e-12),
                "\(comment), tensor \(index): \(a.scalars), one by one \(b.scalars)")
        }
    }
}
