import TapestryTestSupport
import Testing

@testable import TapestryArrays

@Suite struct ProductTests {
    static let shapes: [([Int], [Int])] = [
        ([2, 3], [3, 4]), ([1, 3], [3, 1]), ([4, 1], [1, 5]), ([2, 2, 3], [3, 2]), ([2, 3], [2, 3, 2]),
        ([2, 3], [4, 3, 2]), ([2, 2, 3], [1, 3, 2]), ([1, 2, 3], [4, 3, 2]), ([2, 1, 2, 3], [2, 3, 2]),
        ([0, 3], [3, 2]), ([2, 3], [3, 0]), ([2, 0], [0, 3]), ([0, 2, 3], [1, 3, 2]), ([2, 2, 0], [0, 2]),
        ([17, 33], [33, 19]),
    ]

    @Test(arguments: shapes, [ElementType.float32, .float64])
    func allRanksAndLayouts(_ shapes: ([Int], [Int]), _ type: ElementType) {
        var generator = SeededGenerator(seed: 1)
        let rights = Sample.inAllLayouts(shapes.1, type, using: &generator)
        for left in Sample.inAllLayouts(shapes.0, type, using: &generator) {
            for right in rights {
                let product = NDArray.matmul(left.array, right.array)
                #expect(product.plain == reference(left.reference, right.reference), "\(shapes), \(type)")
                #expect(product.elementType == type)
                #expect(product.layout.isContiguous)
            }
        }
    }

    private func reference(_ left: ReferenceArray, _ right: ReferenceArray) -> ReferenceArray {
        let batch = Layout.broadcastShape(Array(left.shape.dropLast(2)), Array(right.shape.dropLast(2)))!
        let (m, k, n) = (left.shape[left.shape.count - 2], left.shape.last!, right.shape.last!)
        return ReferenceArray(shape: batch + [m, n]) { position in
            let (row, column) = (position[batch.count], position[batch.count + 1])
            return (0..<k).reduce(0) { sum, inner in
                sum + element(left, batch: position.dropLast(2), row, inner)
                    * element(right, batch: position.dropLast(2), inner, column)
            }
        }
    }

    private func element(_ array: ReferenceArray, batch: ArraySlice<Int>, _ row: Int, _ column: Int) -> Double {
        let extents = array.shape.dropLast(2)
        let position = zip(batch.suffix(extents.count), extents).map { $1 == 1 ? 0 : $0 }
        return array[position + [row, column]]
    }

    @Test func accumulatesIntoAMatrix() {
        var generator = SeededGenerator(seed: 2)
        for a in Sample.inAllLayouts([4, 3], using: &generator) {
            for b in Sample.inAllLayouts([3, 5], using: &generator) {
                let sum = Sample.random([4, 5], using: &generator)
                let product = reference(a.reference, b.reference)
                sum.array.product(a.array, b.array, accumulate: true)
                let expected = ReferenceArray(shape: [4, 5]) { sum.reference[$0] + product[$0] }
                #expect(sum.array.plain == expected)
            }
        }
    }

    /// One, two and three terms of different depths, none at all, and a depth of zero.
    @Test(arguments: [[3], [3, 5], [4, 0, 2], [], [0]])
    func sumsOfProductsFromEveryInitialValue(_ depths: [Int]) {
        var generator = SeededGenerator(seed: 4)
        let factors = depths.map { depth in
            (Sample.random([4, depth], using: &generator), Sample.random([depth, 5], using: &generator))
        }
        let terms = factors.map { ProductTerm($0.0.array, $0.1.array) }
        let matrix = Sample.random([4, 5], using: &generator)
        let row = Sample.random([1, 5], using: &generator)
        let zeros = ReferenceArray(shape: [4, 5]) { _ in 0 }
        let rows = ReferenceArray(shape: [4, 5]) { row.reference[[0, $0[1]]] }

        func check(_ initial: NDArray?, _ reference: ReferenceArray) {
            let expected = ReferenceArray(shape: [4, 5]) { place in
                factors.reduce(reference[place]) { $0 + self.reference($1.0.reference, $1.1.reference)[place] }
            }
            let result = NDArray(uninitialized: Layout([4, 5]), .float64)
            result.setToProducts(terms, initial: initial)
            #expect(result.plain == expected)
            if terms.count == 1 {
                result.setToProduct(terms[0], initial: initial)
                #expect(result.plain == expected)
            }
        }
        check(nil, zeros)
        check(matrix.array, matrix.reference)
        check(row.array, rows)
        check(row.array.reshaped(to: [5]), rows)
        let itself = matrix.array.copied()
        itself.setToProducts(terms, initial: itself)
        let sum = NDArray(uninitialized: Layout([4, 5]), .float64)
        sum.setToProducts(terms, initial: matrix.array)
        #expect(itself.hasSameElements(as: sum))
    }

    /// Sums of thousands of numbers of one sign, by tiles and by dots, whose errors would add up in one running sum.
    @Test(arguments: [(16, 3200, 1.2e-5), (16, 100_000, 3e-5), (2, 100_000, 4e-6), (2, 1_000_000, 1e-5)])
    func longSumsStayAccurate(_ rows: Int, _ depth: Int, _ tolerance: Double) {
        var generator = SeededGenerator(seed: 5)
        for numbers in [generator.numbers(depth).map { Float(abs($0)) }, [Float](repeating: 0.1, count: depth)] {
            let a = NDArray([[Float]](repeating: numbers, count: rows).flatMap { $0 }, shape: [rows, depth])
            let ones = NDArray([Float](repeating: 1, count: 16 * depth), shape: [16, depth])
            let exact = numbers.reduce(0) { $0 + Double($1) }
            let result = NDArray.matmul(a, ones.transposed).numbers
            #expect(result.allSatisfy { abs($0 - exact) < tolerance * exact }, "\((result[0] - exact) / exact)")
        }
    }

    /// A sum that grows by many products loses no more than one rounding to each.
    @Test func whatIsAddedIsSummedFirst() {
        let (large, small) = (Float(1 << 20), Float(0.01))
        let sum = NDArray([Float](repeating: large, count: 16), shape: [1, 16])
        let ones = NDArray([Float](repeating: 1, count: 128), shape: [1, 128])
        sum.product(ones, NDArray([Float](repeating: small, count: 128 * 16), shape: [128, 16]), accumulate: true)
        #expect(sum.elements(as: Float.self).allSatisfy { $0 == large + 128 * small })
    }

    /// Large enough for every blocking and for several threads, whose number belongs to the process.
    @Test func largeProductsDoNotDependOnThreads() async {
        await #expect(processExitsWith: .success) {
            var generator = SeededGenerator(seed: 3)
            let a = NDArray(generator.numbers(300 * 257).map { Float($0) }, shape: [300, 257])
            let b = NDArray(generator.numbers(257 * 130).map { Float($0) }, shape: [257, 130])
            let results = [1, 2, 5].map { threads in
                Parallel.threadCount = threads
                return NDArray.matmul(a, b).elements(as: Float.self)
            }
            #expect(results[0] == results[1])
            #expect(results[0] == results[2])
            let exact = NDArray.matmul(a.converted(to: .float64), b.converted(to: .float64))
            #expect(blockError(results[0].map { Double($0) }, exact.numbers) < 1e-6)
        }
    }
}
