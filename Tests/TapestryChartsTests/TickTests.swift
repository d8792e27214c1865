import Testing

@testable import TapestryCharts

/// Ticks as one would choose them by hand.
@Suite struct TickTests {
    @Test(arguments: [
        (0.0, 10.0, 5, [0.0, 2, 4, 6, 8, 10]),
        (0, 1, 5, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (-0.35, 0.35, 4, [-0.2, 0, 0.2]),
        (3, 97, 4, [20, 40, 60, 80]),
        (1001, 1004, 3, [1001, 1002, 1003, 1004]),
        (0, 0.0007, 3, [0, 0.0002, 0.0004, 0.0006]),
        (-5e6, 5e6, 2, [-5e6, 0, 5e6]),
        (0.1, 0.3, 2, [0.1, 0.2, 0.3]),
        (-1e300, 1e300, 4, [-1e300, -5e299, 0, 5e299, 1e300]),
    ]) func linear(lower: Double, upper: Double, count: Int, expected: [Double]) {
        #expect(LinearTicks(lower, upper, count: count).values == expected)
    }

    @Test func wholeNumbersHaveNoFractionsBetweenThem() {
        #expect(LinearTicks(1, 3, count: 8, isWhole: true).values == [1, 2, 3])
        #expect(LinearTicks(1, 3, count: 8).values.count == 11)
    }

    @Test func endsMoveOutwardsToRoundNumbers() {
        #expect(LinearTicks(around: 0.13, 9.2, count: 5).values == [0, 2, 4, 6, 8, 10])
        #expect(LinearTicks(around: -3, 42, count: 5).values == [-10, 0, 10, 20, 30, 40, 50])
        #expect(LinearTicks(around: -1e300, 1e300, count: 1).values == [-2e300, 0, 2e300])
        // What is round already stays.
        #expect(LinearTicks(around: 0, 0.3, count: 3).values == [0, 0.1, 0.2, 0.3])
        #expect(LogarithmicTicks.rounded(0.0032, 1.4, count: 5) == (0.002, 2))
        #expect(LogarithmicTicks.rounded(0.01, 100, count: 5) == (0.01, 100))
        #expect(LogarithmicTicks.rounded(1.0012, 1.0029, count: 4) == (1.001, 1.003))
        #expect(LogarithmicTicks.rounded(0.61, 1.22, count: 4) == (0.5, 2))
        #expect(LogarithmicTicks.rounded(0.61, 1.19, count: 3) == (0.6, 1.2))
    }

    @Test(arguments: [
        (0.001, 1000.0, 8, [0.001, 0.01, 0.1, 1, 10, 100, 1000.0]),
        (1, 1e12, 5, [1, 1e3, 1e6, 1e9, 1e12]),
        (0.02, 1, 6, [0.02, 0.05, 0.1, 0.2, 0.5, 1]),
        (2, 5, 3, [2, 3, 4, 5]),
    ]) func logarithmic(lower: Double, upper: Double, count: Int, expected: [Double]) {
        #expect(LogarithmicTicks(lower, upper, count: count).values == expected)
    }

    @Test func decadesHaveLinesBetweenThem() {
        #expect(LogarithmicTicks(1, 10, count: 8).minor == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
        #expect(LogarithmicTicks(1e-6, 1e6, count: 8).minor == [])
    }

    @Test(
        arguments: [
            ([0, 0.2, 0.4], 0.2, ["0", "0.2", "0.4"]),
            ([-1, -0.5, 0, 0.5], 0.5, ["−1.0", "−0.5", "0", "0.5"]),
            ([0, 5000], 5000, ["0", "5000"]),
            ([0, 20_000, 40_000], 20_000, ["0", "20k", "40k"]),
            ([9500, 10_000, 10_500], 500, ["9.5k", "10.0k", "10.5k"]),
            ([1_000_000, 1_500_000], 500_000, ["1.0M", "1.5M"]),
            ([1_000_000, 1_000_001], 1, ["1000000", "1000001"]),
            ([0, 2e-4, 4e-4], 2e-4, ["0", "2×10⁻⁴", "4×10⁻⁴"]),
            ([1e15, 2e15], 1e15, ["10¹⁵", "2×10¹⁵"]),
            ([1.25, 1.3], 0.05, ["1.25", "1.30"]),
        ] as [([Double], Double, [String])]) func labels(values: [Double], step: Double, expected: [String])
    {
        #expect(TickLabels.linear(values, step: step) == expected)
    }

    @Test func labelsOfPowers() {
        #expect(TickLabels.logarithmic([0.001, 0.1, 10, 1000]) == ["0.001", "0.1", "10", "1000"])
        #expect(TickLabels.logarithmic([1e-6, 1, 1e6]) == ["10⁻⁶", "10⁰", "10⁶"])
        #expect(TickLabels.logarithmic([2e-5, 5e-5, 1e-4]) == ["2×10⁻⁵", "5×10⁻⁵", "10⁻⁴"])
    }

    @Test func shortNumbersHaveThreeDigits() {
        let values = [0, 1, 0.5, 12.345, 1234.5, 0.00123, -2.5, 1e-9, 123_456_789, .infinity, .nan]
        let texts = ["0", "1", "0.5", "12.3", "1234", "0.00123", "−2.5", "10⁻⁹", "1.23×10⁸", "∞", "NaN"]
        #expect(values.map(TickLabels.short) == texts)
    }
}
