import CTapestryKernels
import Testing

/// Products fetch what was announced, and leave no trace of it in their results.
@Suite struct FetchAheadTests {
    /// A product that every instruction set computes as one tile: with so many steps along k.
    private func product(steps: Int, _ set: Int32) -> [Float] {
        let a = (0..<4 * steps).map { Float($0 % 7) }
        let b = (0..<4 * steps).map { Float($0 % 5) }
        return a.withUnsafeBufferPointer { a in
            b.withUnsafeBufferPointer { b in
                var term = tapestry_product_term(
                    a: a.baseAddress, a_row: steps, a_column: 1, b: b.baseAddress, b_row: 4, b_column: 1, k: steps)
                let all = tapestry_product_range(row_begin: 0, row_end: 4, column_begin: 0, column_end: 4)
                return [Float](unsafeUninitializedCapacity: 16) { c, count in
                    tapestry_product_kernel_of(set, 0)!(4, 4, &term, 1, nil, 0, c.baseAddress, 4, all)
                    count = 16
                }
            }
        }
    }

    private let memory = [UInt8](repeating: 0, count: 1 << 14)

    @Test(arguments: instructionSets) func everyStepFetchesALine(_ set: Int32) {
        tapestry_forget_fetches()
        let plain = product(steps: 50, set)
        memory.withUnsafeBytes { memory in
            // 101 lines, of which the last one is begun, and then 20. A product fetches of one announcement.
            #expect(tapestry_fetch_ahead(memory.baseAddress, 100 * 64 + 1))
            #expect(tapestry_fetch_ahead(memory.baseAddress, 20 * 64))
            #expect(tapestry_waiting_fetches() == 2)
            for waiting in [2, 2, 1, 0, 0] {
                #expect(product(steps: 50, set) == plain)
                #expect(tapestry_waiting_fetches() == waiting)
            }
        }
    }

    @Test func whatDoesNotFitIsNotAnnounced() {
        tapestry_forget_fetches()
        memory.withUnsafeBytes { memory in
            #expect(tapestry_fetch_ahead(memory.baseAddress, 0))
            #expect(tapestry_waiting_fetches() == 0)
            var count = 0
            while count < 1000, tapestry_fetch_ahead(memory.baseAddress, 64) { count += 1 }
            #expect(count > 1 && count < 1000 && tapestry_waiting_fetches() == count)
            // After a step there is room again.
            _ = product(steps: 1, 0)
            #expect(tapestry_waiting_fetches() == count - 1)
            #expect(tapestry_fetch_ahead(memory.baseAddress, 64))
            #expect(!tapestry_fetch_ahead(memory.baseAddress, 64))
        }
        tapestry_forget_fetches()
        #expect(tapestry_waiting_fetches() == 0)
    }
}
