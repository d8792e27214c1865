import CTapestryKernels
import Testing

@Suite struct RowsByIndexTests {
    @Test func gather() {
        for columns in 0...20 {
            let table = (0..<9 * (columns + 1)).map { Float($0) }
            let indices: [Int32] = [8, 99, 0, 99, 3, 99, 3, 99, 7]
            var out = [Float](repeating: -1, count: 5 * (columns + 2))
            let failure = tapestry_gather_rows(
                5, columns, 4, &out, columns + 2, table, columns + 1, 9, indices, 2)
            #expect(failure == -1)
            for r in 0..<5 {
                for c in 0..<columns + 2 {
                    let wanted = c < columns ? table[Int(indices[2 * r]) * (columns + 1) + c] : -1
                    #expect(out[r * (columns + 2) + c] == wanted)
                }
            }
        }
    }

    @Test func gatherRefusesIndicesOutside() {
        let table: [Double] = [1, 2, 3]
        for (bad, place) in [(Int32(3), 0), (-1, 1), (.max, 2), (.min, 1)] {
            var indices: [Int32] = [2, 1, 0]
            indices[place] = bad
            var out = [Double](repeating: -1, count: 3)
            #expect(tapestry_gather_rows(3, 1, 8, &out, 1, table, 1, 3, indices, 1) == place)
            #expect(out[place...].allSatisfy { $0 == -1 })
        }
        var out: Double = -1
        #expect(tapestry_gather_rows(1, 1, 8, &out, 1, table, 1, 0, [0], 1) == 0)
    }

    @Test func scatterAdd() {
        for columns in 0...40 {
            let indices: [Int32] = [2, 0, 2, 2, 1]
            let a = (0..<5 * columns * 2).map { Float($0 % 13) }
            var table = [Float](repeating: 0.5, count: 3 * (columns + 1))
            var wanted = table
            for r in 0..<5 {
                for c in 0..<columns { wanted[Int(indices[r]) * (columns + 1) + c] += a[(r * columns + c) * 2] }
            }
            tapestry_scatter_add_rows(0, 5, columns, &table, columns + 1, a, columns * 2, 2, indices, 1)
            #expect(table == wanted)
            var doubles = [Double](repeating: 0.5, count: 3 * (columns + 1))
            tapestry_scatter_add_rows(
                1, 5, columns, &doubles, columns + 1, a.map(Double.init), columns * 2, 2, indices, 1)
            #expect(doubles == wanted.map(Double.init))
        }
    }
}
