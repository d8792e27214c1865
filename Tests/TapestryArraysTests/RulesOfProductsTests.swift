import CTapestryKernels
import TapestryArrays
import TapestryTestSupport
import Testing

/// `rule(g · factor, y)` in one pass, as a whole and into a part of a larger array.
@Suite struct RulesOfProductsTests {
    /// Long enough for several threads, whose number belongs to the process.
    @Test(arguments: [1, 2, 3])
    func theyAreTheTwoSteps(_ threads: Int) async {
        await #expect(processExitsWith: .success) { [threads] in
            Parallel.threadCount = threads
            let (rows, columns) = (300, 1000)
            var generator = SeededGenerator(seed: 6)
            func random() -> NDArray { NDArray(generator.numbers(rows * columns), shape: [rows, columns]) }
            let (g, factor, y) = (random(), random(), random())
            let product = NDArray.binary(TAPESTRY_MULTIPLY, "multiply", g, factor)
            let expected = NDArray.binary(TAPESTRY_TANH_RULE, "tanh rule", product, y)

            let whole = NDArray(repeating: 1, shape: [rows, columns], .float64)
            #expect(whole.setToRule(TAPESTRY_TANH_RULE, ofProduct: g, factor, y, accumulate: false))
            #expect(whole.hasSameElements(as: expected))
            #expect(whole.setToRule(TAPESTRY_TANH_RULE, ofProduct: g, factor, y, accumulate: true))
            #expect(whole.numbers == expected.numbers.map { 2 * $0 })

            // One gate of four; the others stay.
            let gates = NDArray(repeating: 7, shape: [rows, 4 * columns], .float64)
            let slice = AxisSlice(axis: 1, start: 2 * columns, count: columns)
            let part = gates.layout.part(slice, droppingAxis: false)
            #expect(gates.setPartToRule(part, TAPESTRY_TANH_RULE, ofProduct: g, factor, y))
            #expect(gates.sliced(slice).contiguous().hasSameElements(as: expected))
            for other in [0, 1, 3] {
                let rest = gates.sliced(AxisSlice(axis: 1, start: other * columns, count: columns))
                #expect(rest.contiguous().numbers.allSatisfy { $0 == 7 })
            }
        }
    }
}
