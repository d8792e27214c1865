import TapestryTestSupport
import Testing

@testable import TapestryArrays

@Suite struct IndexingTests {
    private static let shapes: [[Int]] = [[5], [3, 4], [2, 3, 4], [1, 3], [0, 3]]

    /// Indices for positions along an axis of `extent`, from the front or from the end.
    private func indices(_ shape: [Int], _ extent: Int, _ generator: inout SeededGenerator) -> [Sample] {
        Sample.inAllLayouts(shape, .int32, in: -extent...extent - 1, using: &generator)
    }

    private func place(_ index: Double, _ extent: Int) -> Int { index < 0 ? Int(index) + extent : Int(index) }

    @Test(arguments: shapes, ElementType.allCases)
    func gathersAndScattersAlongEveryAxis(_ shape: [Int], _ type: ElementType) {
        var generator = SeededGenerator(seed: 1)
        for axis in shape.indices where shape[axis] > 0 {
            for count in [0, 1, 2, 6] {
                let shapeOfIndices = shape.replacing(axis, by: count)
                for sample in Sample.inAllLayouts(shape, type, in: 0...(type == .bool ? 1 : 99), using: &generator) {
                    for indices in indices(shapeOfIndices, shape[axis], &generator) {
                        let expected = ReferenceArray(shape: shapeOfIndices) { position in
                            let index = place(indices.reference[position], shape[axis])
                            return sample.reference[position.replacing(axis, by: index)]
                        }
                        #expect(sample.array.gathered(axis: axis, indices: indices.array).plain == expected)
                    }
                }
                for values in Sample.inAllLayouts(
                    shapeOfIndices, type, in: 0...(type == .bool ? 1 : 99), using: &generator)
                {
                    for indices in indices(shapeOfIndices, shape[axis], &generator) {
                        checkScatter(shape, axis, indices, values, type, &generator)
                    }
                }
            }
        }
    }

    private func checkScatter(
        _ shape: [Int], _ axis: Int, _ indices: Sample, _ values: Sample, _ type: ElementType,
        _ generator: inout SeededGenerator
    ) {
        for adding in type == .bool ? [false] : [false, true] {
            // Every second position of a larger array, and backwards.
            let target = Sample.random(shape.map { 2 * $0 }, type, in: 0...1, using: &generator)
            let view = shape.indices.reduce(target) { $0.flipped($1, step: 2) }
            let expected = ReferenceArray(shape: shape) { position in
                ReferenceArray.positions(in: values.shape).reduce(view.reference[position]) { result, source in
                    let index = place(indices.reference[source], shape[axis])
                    if source.replacing(axis, by: index) != position { return result }
                    return adding ? result + values.reference[source] : values.reference[source]
                }
            }
            if adding {
                view.array.scatterAdd(axis: axis, indices: indices.array, values: values.array)
            } else {
                view.array.scatterSet(axis: axis, indices: indices.array, values: values.array)
            }
            #expect(view.array.plain == expected, "\(adding) \(shape) along \(axis)")
        }
    }

    @Test(arguments: shapes, ElementType.allCases)
    func selectsAndAddsAlongEveryAxis(_ shape: [Int], _ type: ElementType) {
        var generator = SeededGenerator(seed: 2)
        for axis in shape.indices where shape[axis] > 0 {
            for shapeOfIndices in [[], [3], [2, 2], [0]] as [[Int]] {
                for indices in indices(shapeOfIndices, shape[axis], &generator) {
                    let inner = axis..<axis + shapeOfIndices.count
                    let resultShape = shape[..<axis] + shapeOfIndices + shape[(axis + 1)...]
                    func source(_ position: [Int]) -> [Int] {
                        let index = place(indices.reference[Array(position[inner])], shape[axis])
                        return position[..<axis] + [index] + position[inner.upperBound...]
                    }
                    for sample in Sample.inAllLayouts(shape, type, in: 0...(type == .bool ? 1 : 99), using: &generator)
                    {
                        let expected = ReferenceArray(shape: Array(resultShape)) { sample.reference[source($0)] }
                        #expect(sample.array.selected(axis: axis, indices: indices.array).plain == expected)
                    }
                    if type == .bool { continue }
                    for values in Sample.inAllLayouts(Array(resultShape), type, using: &generator) {
                        let target = Sample.random(shape.map { 2 * $0 }, type, using: &generator)
                        let view = shape.indices.reduce(target) { $0.flipped($1, step: 2) }
                        let expected = ReferenceArray(shape: shape) { position in
                            ReferenceArray.positions(in: values.shape).reduce(view.reference[position]) {
                                source($1) == position ? $0 + values.reference[$1] : $0
                            }
                        }
                        view.array.selectAdd(axis: axis, indices: indices.array, values: values.array)
                        #expect(view.array.plain == expected)
                    }
                }
            }
        }
    }

    /// Neither of these depends on threads; rounded sums show the order of the additions.
    @Test func doesNotDependOnThreads() async {
        await #expect(processExitsWith: .success) {
            var generator = SeededGenerator(seed: 3)
            let values = NDArray(generator.numbers(400 * 300).map { Float($0) }, shape: [400, 300])
            let positions = NDArray(
                (0..<400 * 300).map { _ in Int32.random(in: 0..<7, using: &generator) }, shape: [400, 300])
            let rows = positions.sliced(AxisSlice(axis: 1, start: 0, count: 1)).reshaped(to: [400])
            let results = [1, 2, 3].map { threads in
                Parallel.threadCount = threads
                let table = NDArray(repeating: 0, shape: [7, 300], .float32)
                table.scatterAdd(axis: 0, indices: positions, values: values)
                table.selectAdd(axis: 0, indices: rows, values: values)
                return (table, table.gathered(axis: 0, indices: positions), table.selected(axis: 0, indices: rows))
            }
            for result in results.dropFirst() {
                #expect(result.0.hasSameElements(as: results[0].0))
                #expect(result.1.hasSameElements(as: results[0].1))
                #expect(result.2.hasSameElements(as: results[0].2))
            }
        }
    }
}
