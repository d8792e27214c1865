import Testing

@testable import TapestryFiles

@Suite struct OpenExtentsTests {
    private let open = OpenExtents(names: ["batch", "time"], format: "ONNX")

    @Test func whatANumberDependsOnIsFound() throws {
        let (batch, time) = (OpenExtents.samples(0), OpenExtents.samples(1))
        #expect(try open.extent(4, 4) == .fixed(4))
        #expect(try open.extent(batch.a, batch.b) == .open([0], factor: 1, offset: 0))
        #expect(try open.extent(4 * time.a, 4 * time.b) == .open([1], factor: 4, offset: 0))
        #expect(try open.extent(time.a - 1, time.b - 1) == .open([1], factor: 1, offset: -1))
        #expect(try open.extent(3 - batch.a, 3 - batch.b) == .open([0], factor: -1, offset: 3))
        #expect(try open.extent(2 * batch.a * time.a, 2 * batch.b * time.b) == .open([0, 1], factor: 2, offset: 0))
        #expect(throws: ExportError.self) { try open.extent(batch.a * batch.a, batch.b * batch.b + 1) }
    }

    /// No number below 1000 of one open extent is taken for one of another.
    @Test func samplesTellExtentsApart() throws {
        let all = OpenExtents(names: ["a", "b", "c", "d"], format: "ONNX")
        for number in 0..<OpenExtents.limit {
            let sample = OpenExtents.samples(number)
            for factor in 1..<1000 {
                #expect(
                    try all.extent(factor * sample.a, factor * sample.b) == .open([number], factor: factor, offset: 0))
            }
            for offset in -9...9 where offset != 0 {
                #expect(
                    try all.extent(sample.a + offset, sample.b + offset) == .open([number], factor: 1, offset: offset))
            }
        }
    }
}
