import Tapestry
import Testing

@Suite struct BatchesTests {
    @Test func inOrder() {
        #expect((0..<7).batches(of: 3) == [[0, 1, 2], [3, 4, 5], [6]])
        #expect((0..<7).batches(of: 3, dropsLast: true) == [[0, 1, 2], [3, 4, 5]])
        #expect((0..<0).batches(of: 3) == [] && [1, 2].batches(of: 3, dropsLast: true) == [])
    }

    @Test func aShuffleHasEveryElementOnceAndIsDrawnAnew() {
        let source = RandomSource(seed: 1)
        let first = (0..<50).batches(of: 8, shuffledBy: source), second = (0..<50).batches(of: 8, shuffledBy: source)
        for batches in [first, second] {
            #expect(batches.map(\.count) == [8, 8, 8, 8, 8, 8, 2])
            #expect(batches.joined().sorted() == Array(0..<50))
        }
        #expect(first != second && Array(first.joined()) != Array(0..<50))
        #expect(first == (0..<50).batches(of: 8, shuffledBy: RandomSource(seed: 1)))
    }

    @Test func batchesByLengthHaveLittlePaddingAndEveryElementOnce() {
        let source = RandomSource(seed: 2)
        let lengths = source.integers(below: 40, count: 1000)
        let batches = Array(lengths.enumerated()).batches(
            of: 10, byLength: \.element, shuffledBy: source, poolSize: 25)
        #expect(batches.joined().map(\.offset).sorted() == Array(0..<1000))
        let spread = batches.map { $0.map(\.element).max()! - $0.map(\.element).min()! }
        #expect(spread.max()! <= 6 && batches.count == 100)
        // Mixed: neither do short batches come first, nor do neighbours of the collection stay together.
        let means = batches.map { $0.reduce(0) { $0 + $1.element } / 10 }
        let falls = zip(means, means.dropFirst()).filter { $0 > $1 }.count
        #expect((30...70).contains(falls))
        #expect(batches.contains { batch in abs(batch[0].offset - batch[1].offset) > 20 })
    }

    /// However large it is, a pool has no more than there is.
    @Test(arguments: [4, Int.max]) func onePoolOfAllSortsAll(poolSize: Int) {
        let lengths = (0..<40).map { $0 * 17 % 40 }
        let batches = lengths.batches(
            of: 10, byLength: \.self, shuffledBy: RandomSource(seed: 1), poolSize: poolSize)
        #expect(Set(batches) == Set((0..<4).map { Array($0 * 10..<$0 * 10 + 10) }))
        let buckets = LengthBuckets(lengths: lengths, size: 10, seed: 1, poolSize: poolSize)
        #expect(Set(buckets.batches(inEpoch: 0).map { $0.map { lengths[$0] } }) == Set(batches))
    }

    @Test func partsHaveTheirShares() {
        #expect((0..<10).split([0.8, 0.1, 0.1]) == [Array(0..<8), [8], [9]])
        #expect((0..<3).split([1.0 / 3, 1.0 / 3, 1.0 / 3]) == [[0], [1], [2]])
        #expect((0..<10).split([0.25, 0.25]) == [[0, 1, 2], [3, 4]])
    }

    @Test func shorterSequencesAreFilledUp() {
        let batch = PaddedSequences([[1, 2, 3], [4], []], padding: 9)
        #expect(batch.indices == Tensor([[1, 4, 9], [2, 9, 9], [3, 9, 9]]) && batch.lengths == [3, 1, 0])
        let cut = PaddedSequences([[1, 2, 3], [4]], length: 2)
        #expect(cut.indices == Tensor([[1, 4], [2, 0]]) && cut.lengths == [2, 1])
        #expect(PaddedSequences([[]]).indices == Tensor([[0]]))
    }

    @Test func aPoolWithoutBatchesIsNamed() async throws {
        let result = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = [1].batches(of: 2, byLength: \.self, shuffledBy: RandomSource(seed: 1), poolSize: 0)
        }
        let output = String(decoding: result.standardErrorContent, as: UTF8.self)
        #expect(output.contains("batches: a pool of 0 batches, expected at least 1"))
    }

    @Test func mistakesTrap() async {
        await #expect(processExitsWith: .failure) { _ = [1].batches(of: 0) }
        await #expect(processExitsWith: .failure) { _ = [1].split([0.5, 0.6]) }
        await #expect(processExitsWith: .failure) { _ = [1].split([-0.5, 0.6]) }
        await #expect(processExitsWith: .failure) { _ = PaddedSequences([]) }
        await #expect(processExitsWith: .failure) { _ = PaddedSequences([[1]], length: 0) }
    }
}

@Suite struct SeriesTests {
    private let series: [Double] = [10, 11, 13, 16, 20, 25]

    @Test func windowsAndWhatFollowsThem() {
        let windows = SeriesWindows<Double>(series, length: 2, horizon: 2)
        #expect(windows.positions == [2, 3, 4])
        #expect(windows.inputs.shape == [2, 3, 1] && windows.inputs.scalars == [10, 11, 13, 11, 13, 16])
        #expect(windows.targets == Tensor([[13, 16], [16, 20], [20, 25]]))
    }

    @Test func partsShareNoTarget() {
        let first = SeriesWindows<Float>(series, length: 2, targetsIn: 0..<4)
        let second = SeriesWindows<Float>(series, length: 2, targetsIn: 4..<6)
        #expect(first.positions == [2, 3] && first.targets.scalars == [13, 16])
        #expect(second.positions == [4, 5] && second.targets.scalars == [20, 25])
        #expect(second.inputs.scalars == [13, 16, 16, 20])
    }

    @Test func differencesAndBack() {
        let difference = SeasonalDifference(period: 2)
        #expect(difference.differences(of: series) == [3, 5, 7, 9])
        #expect(difference.values(of: [3, 5, 7, 9], after: [10, 11]) == [13, 16, 20, 25])
        #expect(difference.values(of: [7, 9], after: Array(series[..<4])) == [20, 25])
        #expect(difference.differences(of: [1]) == [])
    }

    @Test func scalesAreOfTheDataAlone() {
        let standard = Scaler.standard(of: [1, 2, 3, 4])
        #expect(standard == Scaler(offset: 2.5, scale: 1.25.squareRoot()))
        let range = Scaler.unitRange(of: [5, 3, 7])
        #expect(range.scaled([3, 5, 7, 11]) == [0, 0.5, 1, 2] && range.unscaled([0, 0.5, 2]) == [3, 5, 11])
        #expect(Scaler.standard(of: [0.1, 0.1, 0.1]).scale == 1 && Scaler.unitRange(of: [4]).scale == 1)
        // The sum of many is rounded more than one of them is.
        for value in [0.1, -1.1e-7, 3.3e12] {
            let equal = [Double](repeating: value, count: 1000)
            #expect(Scaler.standard(of: equal) == Scaler(offset: value, scale: 1))
        }
        #expect(Scaler.standard(of: [1e8, 1e8 + 1]).scaled([1e8, 1e8 + 1]) == [-1, 1])
    }

    @Test func mistakesTrap() async {
        await #expect(processExitsWith: .failure) { _ = SeriesWindows<Float>([1, 2], length: 2) }
        await #expect(processExitsWith: .failure) { _ = SeriesWindows<Float>([1, 2], length: 0) }
        await #expect(processExitsWith: .failure) { _ = SeriesWindows<Float>([1, 2, 3], length: 1, targetsIn: 3..<5) }
        await #expect(processExitsWith: .failure) { _ = SeasonalDifference(period: 0) }
        await #expect(processExitsWith: .failure) { _ = SeasonalDifference(period: 2).values(of: [1], after: [1]) }
        await #expect(processExitsWith: .failure) { _ = Scaler.standard(of: []) }
        await #expect(processExitsWith: .failure) { _ = Scaler.unitRange(of: [1, .nan]) }
        await #expect(processExitsWith: .failure) { _ = Scaler(offset: 0, scale: 0) }
    }
}
