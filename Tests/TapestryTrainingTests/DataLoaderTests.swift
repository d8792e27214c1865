import Foundation
import Synchronization
import TapestryArrays
import TapestryAutograd
import TapestryTraining
import Testing

@Suite struct DataLoaderTests {
    /// Squares, of which some cannot be read. Counts what was asked for.
    private final class Source: Dataset, Sendable {
        struct Unreadable: Error, Equatable { let index: Int }
        let count: Int
        let broken: Int?
        let reads = Mutex<[Int]>([])

        init(_ count: Int, broken: Int? = nil) { (self.count, self.broken) = (count, broken) }

        func example(at index: Int) throws -> Int {
            reads.withLock { $0.append(index) }
            if index == broken { throw Unreadable(index: index) }
            return index * index
        }
    }

    @Test func inOrder() throws {
        let loader = DataLoader([1, 2, 3, 4, 5], batchSize: 2)
        #expect(try loader.epoch().map { try $0.get() } == [[1, 2], [3, 4], [5]])
        let sums = DataLoader([1, 2, 3, 4, 5], batchSize: 2, dropsLast: true) { $0.reduce(0, +) }
        #expect(try sums.epoch().map { try $0.get() } == [3, 7] && sums.epoch().count == 2)
        #expect(Array(DataLoader([Int](), batchSize: 2).epoch()).isEmpty)
    }

    @Test func epochsDifferAndCanBeHadAgain() throws {
        let loader = DataLoader(Array(0..<100), batchSize: 7, order: .shuffled(seed: 3))
        func epoch(_ number: Int, from first: Int = 0) throws -> [[Int]] {
            try loader.epoch(number, from: first).map { try $0.get() }
        }
        let first = try epoch(0), again = try epoch(0), second = try epoch(1), fifth = try epoch(4)
        #expect(first.joined().sorted() == Array(0..<100) && first == again && first != second)
        let rest = try epoch(4, from: 10), nothing = try epoch(4, from: 15)
        #expect(rest == Array(fifth[10...]) && nothing == [])
        let other = DataLoader(Array(0..<100), batchSize: 7, order: .shuffled(seed: 4))
        #expect(try other.epoch(0).map { try $0.get() } != first)
    }

    /// However many batches are fetched ahead, they are the same in the same order.
    @Test(arguments: [0, 1, 2, 5, 100]) func fetchingAheadChangesNothing(count: Int) throws {
        let plain = DataLoader(Array(0..<50), batchSize: 4, order: .shuffled(seed: 1))
        let ahead = DataLoader(Array(0..<50), batchSize: 4, order: .shuffled(seed: 1), prefetching: count)
        for epoch in 0..<3 {
            #expect(try ahead.epoch(epoch).map { try $0.get() } == plain.epoch(epoch).map { try $0.get() })
        }
    }

    @Test(arguments: [0, 3]) func aFailureArrivesWhereItHappenedAndIsTheLast(prefetching: Int) {
        let loader = DataLoader(Source(12, broken: 7), batchSize: 2, prefetching: prefetching)
        let batches = Array(loader.epoch())
        #expect(batches.count == 4 && batches.prefix(3).map { try? $0.get() } == [[0, 1], [4, 9], [16, 25]])
        #expect(throws: Source.Unreadable(index: 7)) { try batches[3].get() }
    }

    /// No more is held than what was asked for, and a loop that is left reads no further: the thread waits for room, which
    /// it never gets.
    @Test func memoryIsBoundedAndALoopCanBeLeft() throws {
        let source = Source(1000)
        let loader = DataLoader(source, batchSize: 1, prefetching: 3)
        for (index, batch) in loader.epoch().enumerated() {
            #expect(try batch.get() == [index * index])
            // What was taken, what is ready, and at most one that is being read.
            #expect(source.reads.withLock { $0.count } <= index + 1 + 3 + 1)
            if index == 4 { break }
        }
        let reads = source.reads.withLock { $0 }
        #expect(reads.count <= 9 && reads == Array(0..<reads.count))
    }

    /// Copies of an iterator share its batches, fetched ahead or not: each goes to the one that asks, and none of them
    /// waits for what the other has. Twenty seconds are enough for any machine; a process that hangs is ended by the
    /// alarm.
    @Test func copiesOfAnIteratorShareItsBatches() async {
        await #expect(processExitsWith: .success) {
            alarm(20)
            for prefetching in [0, 1, 3, 9] {
                let loader = DataLoader(Array(0..<7), batchSize: 1, prefetching: prefetching)
                let first = loader.epoch().makeIterator()
                var batches = [try first.next()?.get()]
                let second = first
                for _ in 0..<3 {
                    batches.append(try second.next()?.get())
                    batches.append(try first.next()?.get())
                }
                #expect(batches == (0..<7).map { [$0] })
                #expect(first.next() == nil && second.next() == nil && first.next() == nil)
            }
        }
    }

    @Test func copiesOfAStreamShareItsBatchesAndThePositionAfterEach() async {
        await #expect(processExitsWith: .success) {
            alarm(20)
            for prefetching in [0, 2] {
                let loader = DataLoader(Array(0..<6), batchSize: 2, order: .shuffled(seed: 4), prefetching: prefetching)
                let first = loader.batches().makeIterator()
                let expected = Array(loader.batches().prefix(8))
                let second = first
                for (number, expected) in expected.enumerated() {
                    let found = try #require(number % 3 == 1 ? second.next() : first.next())
                    let batch = try found.batch.get()
                    #expect(try batch == expected.batch.get() && found.next == expected.next)
                }
            }
        }
    }

    @Test func afterAFailureNoCopyReadsOn() async {
        await #expect(processExitsWith: .success) {
            alarm(20)
            for prefetching in [0, 2] {
                let loader = DataLoader(Source(6, broken: 1), batchSize: 1, prefetching: prefetching)
                let first = loader.epoch().makeIterator()
                let second = first
                let batch = try second.next()?.get()
                #expect(batch == [0])
                #expect(throws: Source.Unreadable(index: 1)) { try first.next()?.get() }
                #expect(second.next() == nil && first.next() == nil)
            }
        }
    }

    @Test(arguments: [0, 2]) func aStoppedRunGoesOnInTheSameOrder(prefetching: Int) throws {
        let loader = DataLoader(Array(0..<10), batchSize: 3, order: .shuffled(seed: 9), prefetching: prefetching)
        let whole = try loader.batches().prefix(11).map { try $0.batch.get() }
        var position = DataPosition()
        var batches: [[Int]] = []
        for stop in [3, 4, 1, 3] {
            // As a checkpoint has it.
            position = try JSONDecoder().decode(DataPosition.self, from: JSONEncoder().encode(position))
            for (batch, next) in loader.batches(from: position).prefix(stop) {
                batches.append(try batch.get())
                position = next
            }
        }
        #expect(batches == whole && position == DataPosition(epoch: 2, batch: 3))
        #expect(Array(DataLoader([Int](), batchSize: 1).batches().prefix(1)).isEmpty)
    }

    @Test func weightsDecideHowOftenExamplesAreDrawn() throws {
        let sampler = OrderedBatches(count: 3, size: 1000, order: .weighted([1, 0, 3], count: 10_000, seed: 5))
        let drawn = sampler.batches(inEpoch: 0).joined()
        let share = Double(drawn.filter { $0 == 2 }.count) / 10_000
        // Three standard deviations of a share of 0.75.
        #expect(drawn.count == 10_000 && !drawn.contains(1) && abs(share - 0.75) < 0.013)
    }

    @Test func bucketsHaveSimilarLengths() throws {
        let lengths = RandomSource(seed: 2).integers(below: 40, count: 1000)
        let sampler = LengthBuckets(lengths: lengths, size: 10, seed: 1, poolSize: 25)
        let batches = sampler.batches(inEpoch: 0)
        #expect(batches.joined().sorted() == Array(0..<1000) && batches != sampler.batches(inEpoch: 1))
        let spread = batches.map { batch in batch.map { lengths[$0] }.max()! - batch.map { lengths[$0] }.min()! }
        #expect(spread.max()! <= 6 && batches == sampler.batches(inEpoch: 0))
    }

    @Test func partsOfDatasets() throws {
        let odd = Array(0..<10).examples(at: [1, 3, 5])
        #expect(try odd.count == 3 && odd.example(at: 2) == 5)
        let doubled = odd.mappingExamples { $0 * 2 }
        #expect(try DataLoader(doubled, batchSize: 3).epoch().map { try $0.get() } == [[2, 6, 10]])
    }

    @Test func masksSayWhatIsPadding() {
        let batch = PaddedSequences([[1, 2, 3], [4], []])
        #expect(
            batch.mask == Tensor(shape: [3, 3], scalars: [true, true, false, true, false, false, true, false, false]))
        let features = PaddedFeatures([Tensor<Float>([[1, 2], [3, 4]]), Tensor<Float>([[5, 6]])])
        #expect(features.values == Tensor(shape: [2, 2, 2], scalars: [1, 2, 5, 6, 3, 4, 0, 0]))
        #expect(features.lengths == [2, 1] && features.mask.scalars == [true, true, true, false])
        #expect(PaddedFeatures([Tensor<Double>([[1, 2], [3, 4]])], length: 1).values.scalars == [1, 2])
    }

    @Test func windowsOfSeveralSeries() {
        let windows = SeriesWindows<Double>(
            features: [[1, 2, 3, 4, 5, 6], [10, 20, 30, 40, 50, 60]], target: 1, length: 2, stride: 2)
        #expect(windows.positions == [2, 4] && windows.inputs.shape == [2, 2, 2])
        #expect(windows.inputs.scalars == [1, 10, 3, 30, 2, 20, 4, 40] && windows.targets.scalars == [30, 50])
    }

    @Test func mistakesTrap() async {
        await #expect(processExitsWith: .failure) { _ = DataLoader([1], batchSize: 0) }
        await #expect(processExitsWith: .failure) { _ = DataLoader([1], batchSize: 1, prefetching: -1) }
        await #expect(processExitsWith: .failure) { _ = [1].examples(at: [1]) }
        await #expect(processExitsWith: .failure) {
            _ = OrderedBatches(count: 2, size: 1, order: .weighted([1], count: 1, seed: 0))
        }
        await #expect(processExitsWith: .failure) {
            _ = OrderedBatches(count: 1, size: 1, order: .weighted([0], count: 1, seed: 0))
        }
        await #expect(processExitsWith: .failure) { _ = LengthBuckets(lengths: [1], size: 0, seed: 0) }
        await #expect(processExitsWith: .failure) {
            _ = SeriesWindows<Float>(features: [[1, 2], [1]], target: 0, length: 1)
        }
    }
}

@Suite struct SplitTests {
    @Test func classesHaveTheirSharesInEachPart() {
        let elements = (0..<100).map { (index: $0, label: $0 % 10 == 0 ? "rare" : "common") }
        let parts = elements.split([0.7, 0.2, 0.1], stratifiedBy: \.label, shuffledBy: RandomSource(seed: 1))
        #expect(parts.map(\.count) == [70, 20, 10])
        #expect(parts.map { $0.filter { $0.label == "rare" }.count } == [7, 2, 1])
        #expect(parts.joined().map(\.index).sorted() == Array(0..<100))
        #expect(parts.allSatisfy { $0.map(\.index) == $0.map(\.index).sorted() })
        let other = elements.split([0.7, 0.2, 0.1], stratifiedBy: \.label, shuffledBy: RandomSource(seed: 2))
        #expect(other[1].map(\.index) != parts[1].map(\.index))
        // Classes of one: no part gets them all.
        let single = (0..<10).split([0.5, 0.5], stratifiedBy: { $0 }, shuffledBy: RandomSource(seed: 1))
        #expect(single.map(\.count) == [5, 5])
        let half = elements.split([0.5], stratifiedBy: \.label, shuffledBy: RandomSource(seed: 1))
        #expect(half.map(\.count) == [50])
    }

    @Test func groupsStayTogether() {
        let elements = (0..<300).map { (index: $0, speaker: $0 * $0 % 37) }
        let parts = elements.split([0.6, 0.2, 0.2], groupedBy: \.speaker, shuffledBy: RandomSource(seed: 3))
        #expect(parts.joined().map(\.index).sorted() == Array(0..<300))
        let speakers = parts.map { Set($0.map(\.speaker)) }
        #expect(
            speakers[0].isDisjoint(with: speakers[1]) && speakers[0].union(speakers[1]).isDisjoint(with: speakers[2]))
        #expect(zip(parts.map(\.count), [180, 60, 60]).allSatisfy { abs($0 - $1) <= 9 })
    }

    @Test func mistakesTrap() async {
        await #expect(processExitsWith: .failure) {
            _ = [1].split([0.6, 0.6], stratifiedBy: { $0 }, shuffledBy: RandomSource(seed: 1))
        }
        await #expect(processExitsWith: .failure) {
            _ = [1].split([-0.1], groupedBy: { $0 }, shuffledBy: RandomSource(seed: 1))
        }
    }
}
