import TapestryTestSupport
import Testing

@testable import TapestryArrays

@Suite struct RowsTests {
    @Test(arguments: ElementType.allCases)
    func gathersFromEveryLayout(_ type: ElementType) {
        var generator = SeededGenerator(seed: 1)
        for table in Sample.inAllLayouts([4, 3], type, in: 0...1, using: &generator) {
            for indices in Sample.inAllLayouts([2, 5], .int32, in: 0...3, using: &generator) {
                let expected = ReferenceArray(shape: [2, 5, 3]) { position in
                    table.reference[[Int(indices.reference[Array(position.prefix(2))]), position[2]]]
                }
                #expect(table.array.gatheredRows(indices.array).plain == expected)
            }
        }
    }

    @Test func gathersOneRowNoRowsAndNoColumns() {
        let table = NDArray((0..<6).map { Double($0) }, shape: [3, 2])
        #expect(table.gatheredRows(NDArray([2] as [Int32], shape: [])).plain.shape == [2])
        #expect(table.gatheredRows(NDArray([2] as [Int32], shape: [])).numbers == [4, 5])
        #expect(table.gatheredRows(NDArray([] as [Int32], shape: [0])).shape == [0, 2])
        let narrow = NDArray([] as [Double], shape: [3, 0])
        #expect(narrow.gatheredRows(NDArray([1] as [Int32], shape: [1])).shape == [1, 0])
        let column = NDArray([7, 8, 9] as [Double], shape: [3, 1])
        #expect(column.gatheredRows(NDArray([2, 0] as [Int32], shape: [2])).numbers == [9, 7])
    }

    @Test func scatteredRowsAddUp() {
        var generator = SeededGenerator(seed: 2)
        for values in Sample.inAllLayouts([2, 5, 3], using: &generator) {
            for indices in Sample.inAllLayouts([2, 5], .int32, in: 0...3, using: &generator) {
                let table = Sample.random([4, 3], using: &generator)
                table.array.scatterAddRows(indices.array, values.array)
                let expected = ReferenceArray(shape: [4, 3]) { position in
                    ReferenceArray.positions(in: [2, 5]).reduce(table.reference[position]) { sum, source in
                        Int(indices.reference[source]) == position[0]
                            ? sum + values.reference[source + [position[1]]] : sum
                    }
                }
                #expect(table.array.plain == expected)
            }
        }
    }

    @Test(arguments: 0..<3)
    func concatenatesAlongEveryAxis(_ axis: Int) {
        var generator = SeededGenerator(seed: 3)
        for first in Sample.inAllLayouts([2, 3, 2], using: &generator) {
            var shape = [2, 3, 2]
            shape[axis] = 4
            for second in Sample.inAllLayouts(shape, using: &generator) {
                shape[axis] = 0
                let empty = Sample.random(shape, using: &generator)
                shape[axis] = first.shape[axis] + 4
                let expected = ReferenceArray(shape: shape) { position in
                    var position = position
                    if position[axis] < first.shape[axis] { return first.reference[position] }
                    position[axis] -= first.shape[axis]
                    return second.reference[position]
                }
                let parts = [first.array, empty.array, second.array]
                #expect(NDArray.concatenated(parts, axis: axis).plain == expected)
            }
        }
    }
}
