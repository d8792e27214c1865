import CTapestryKernels
import TapestryTestSupport
import Testing

@Suite struct ElementsByIndexTests {
    /// The strides of a loop: over an indexed side, the other side, and the indices.
    private struct Steps {
        let aRow, aColumn, aIndex, row, column, indexRow, indexColumn: Int
    }

    /// Indices for whole rows, with contiguous columns and others, and for each element.
    private static let steps = [
        Steps(aRow: 0, aColumn: 1, aIndex: 20, row: 10, column: 1, indexRow: 2, indexColumn: 0),
        Steps(aRow: 0, aColumn: 2, aIndex: 40, row: 20, column: 2, indexRow: 1, indexColumn: 0),
        Steps(aRow: 20, aColumn: 0, aIndex: 1, row: 10, column: 1, indexRow: 10, indexColumn: 1),
        Steps(aRow: 4, aColumn: 1, aIndex: 20, row: 1, column: 7, indexRow: 1, indexColumn: 5),
    ]

    private func bytes<Element>(_ type: Element.Type) -> Int32 {
        switch MemoryLayout<Element>.size {
        case 1: Int32(TAPESTRY_BOOL)
        case 8: Int32(TAPESTRY_FLOAT64)
        default: Element.self == Float.self ? Int32(TAPESTRY_FLOAT32) : Int32(TAPESTRY_INT32)
        }
    }

    private func gathersAndSets<Element: Numeric & BitwiseCopyable>(_ type: Element.Type, _ number: (Int) -> Element) {
        var generator = SeededGenerator(seed: 1)
        for steps in Self.steps {
            for (rows, columns) in [(5, 7), (1, 1), (0, 3), (5, 0)] {
                let indices = (0..<100).map { _ in Int32.random(in: 0..<4, using: &generator) }
                let a = (0..<200).map { number(Int.random(in: 0..<100, using: &generator) + 0 * $0) }
                var gathered = [Element](repeating: 1, count: 200)
                var wanted = gathered
                tapestry_gather(
                    bytes(type), rows, columns, &gathered, steps.row, steps.column, a, steps.aRow, steps.aColumn,
                    steps.aIndex, indices, steps.indexRow, steps.indexColumn)
                var set = [Element](repeating: 1, count: 200)
                var wantedSet = set
                tapestry_scatter_set(
                    bytes(type), rows, columns, &set, steps.aRow, steps.aColumn, steps.aIndex, a, steps.row,
                    steps.column, indices, steps.indexRow, steps.indexColumn)
                for r in 0..<rows {
                    for c in 0..<columns {
                        let index = Int(indices[r * steps.indexRow + c * steps.indexColumn])
                        let place = r * steps.aRow + c * steps.aColumn + index * steps.aIndex
                        wanted[r * steps.row + c * steps.column] = a[place]
                        wantedSet[place] = a[r * steps.row + c * steps.column]
                    }
                }
                #expect(gathered == wanted)
                #expect(set == wantedSet)
            }
        }
    }

    private func adds<Element: Numeric & BitwiseCopyable>(_ type: Element.Type, _ number: (Int) -> Element) {
        var generator = SeededGenerator(seed: 2)
        for steps in Self.steps {
            let indices = (0..<100).map { _ in Int32.random(in: 0..<4, using: &generator) }
            let values = (0..<200).map { _ in number(Int.random(in: 0..<100, using: &generator)) }
            var sums = [Element](repeating: 1, count: 200)
            var wanted = sums
            tapestry_scatter_add(
                bytes(type), 5, 7, &sums, steps.aRow, steps.aColumn, steps.aIndex, values, steps.row, steps.column,
                indices, steps.indexRow, steps.indexColumn)
            for r in 0..<5 {
                for c in 0..<7 {
                    let index = Int(indices[r * steps.indexRow + c * steps.indexColumn])
                    wanted[r * steps.aRow + c * steps.aColumn + index * steps.aIndex] +=
                        values[r * steps.row + c * steps.column]
                }
            }
            #expect(sums == wanted)
        }
    }

    @Test func inFloat() {
        gathersAndSets(Float.self) { Float($0) }
        adds(Float.self) { Float($0) }
    }

    @Test func inDouble() {
        gathersAndSets(Double.self) { Double($0) }
        adds(Double.self) { Double($0) }
    }

    @Test func inIntegers() {
        gathersAndSets(Int32.self) { Int32($0) }
        adds(Int32.self) { Int32($0) - 50 }
    }

    @Test func inBytes() {
        gathersAndSets(UInt8.self) { UInt8($0 % 2) }
    }
}
