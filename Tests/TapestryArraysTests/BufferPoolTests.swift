import CTapestryKernels
import Foundation
import TapestryTestSupport
import Testing

@testable import TapestryArrays

/// The pool belongs to the process, so every test that looks at it has one of its own.
@Suite struct BufferPoolTests {
    @Test func sizeClassesRiseAndHoldWhatTheyAreAskedFor() {
        var last = BufferPool.sizeClass(for: BufferPool.smallLimit + 1)
        for byteCount in (BufferPool.smallLimit + 1)...70_000 {
            let (index, capacity) = BufferPool.sizeClass(for: byteCount)
            #expect(capacity >= byteCount)
            #expect(capacity * 4 <= byteCount * 5, "at most a fifth of \(capacity) is wasted for \(byteCount)")
            #expect(
                index == last.index ? capacity == last.capacity : index == last.index + 1 && capacity > last.capacity)
            last = (index, capacity)
        }
    }

    @Test(arguments: 11..<61)
    func sizeClassesAroundPowersOfTwo(_ exponent: Int) {
        for byteCount in [(1 << exponent) - 1, 1 << exponent, (1 << exponent) + 1] {
            let (index, capacity) = BufferPool.sizeClass(for: byteCount)
            #expect(capacity >= byteCount)
            #expect((0..<256).contains(index))
        }
        #expect(BufferPool.sizeClass(for: 1 << exponent).capacity == 1 << exponent)
    }

    @Test func theLastBlockReturnedIsTheFirstGivenOut() async {
        await #expect(processExitsWith: .success) {
            let size = 123_456_789
            let first = BufferPool.allocate(size)
            #expect(UInt(bitPattern: first) % 64 == 0)
            let second = BufferPool.allocate(size)
            BufferPool.deallocate(second, byteCount: size)
            BufferPool.deallocate(first, byteCount: size)
            #expect(BufferPool.allocate(size - 1) == first)
            #expect(BufferPool.allocate(size - 1) == second)
        }
    }

    @Test func trimmingHandsEverythingBack() async {
        await #expect(processExitsWith: .success) {
            let sizes = [2_000, 98_765_432]
            for size in sizes { BufferPool.deallocate(BufferPool.allocate(size), byteCount: size) }
            let capacities = sizes.map { BufferPool.sizeClass(for: $0).capacity }
            #expect(BufferPool.statistics.retainedBytes == capacities.reduce(0, +))
            BufferPool.trim()
            #expect(BufferPool.statistics.retainedBytes == 0)
        }
    }

    /// What is free, small enough to be cut from a region, and handed back keeps one page.
    @Test(arguments: [false, true]) func smallerBlocksAreHandedBackByTheirPages(_ overLimit: Bool) async {
        await #expect(processExitsWith: .success) { [overLimit] in
            let size = BufferPool.largestCut
            let limit = BufferPool.retainedLimit / size
            let blocks = (0..<(overLimit ? limit + 100 : 100)).map { _ in BufferPool.allocate(size) }
            for block in blocks { memset(block, 1, size) }
            let before = residentByteCount
            for block in blocks { BufferPool.deallocate(block, byteCount: size) }
            if !overLimit { BufferPool.trim() }
            #expect(BufferPool.statistics.retainedBytes == (overLimit ? BufferPool.retainedLimit : 0))
            // The system may have put a few huge pages together again.
            if let before, let after = residentByteCount { #expect(before - after > 90 * size) }
            // They are there for reuse, in the order of their return, and are counted once.
            for block in blocks.reversed() {
                #expect(BufferPool.allocate(size) == block)
                memset(block, 2, size)
            }
            #expect(BufferPool.statistics.liveBytes == blocks.count * size)
            #expect(BufferPool.statistics.retainedBytes == 0)
        }
    }

    @Test func blocksOfARegionDoNotOverlap() async {
        await #expect(processExitsWith: .success) {
            var generator = SystemRandomNumberGenerator()
            var begins: [(UInt, Int)] = []
            for _ in 0..<2000 {
                let size = Int.random(in: (BufferPool.smallLimit + 1)...BufferPool.largestCut, using: &generator)
                begins.append((UInt(bitPattern: BufferPool.allocate(size)), size))
            }
            begins.sort { $0.0 < $1.0 }
            for (block, next) in zip(begins, begins.dropFirst()) { #expect(block.0 + UInt(block.1) <= next.0) }
            #expect(begins.allSatisfy { $0.0 % 64 == 0 })
        }
    }

    @Test func noMoreThanTheLimitIsKept() async {
        await #expect(processExitsWith: .success) {
            let size = BufferPool.retainedLimit / 4
            let blocks = (0..<5).map { _ in BufferPool.allocate(size) }
            for block in blocks { BufferPool.deallocate(block, byteCount: size) }
            #expect(BufferPool.statistics.retainedBytes == BufferPool.retainedLimit)
            #expect(BufferPool.statistics.liveBytes == 0)
        }
    }

    @Test func thePeakIsTheMostThatWasLiveSinceTheReset() async {
        await #expect(processExitsWith: .success) {
            let size = 55_555_555
            let capacity = BufferPool.sizeClass(for: size).capacity
            func useBlocks(_ count: Int) {
                let blocks = (0..<count).map { _ in BufferPool.allocate(size) }
                for block in blocks { BufferPool.deallocate(block, byteCount: size) }
            }
            useBlocks(3)
            #expect(BufferPool.statistics.peakLiveBytes == 3 * capacity)
            BufferPool.resetPeak()
            #expect(BufferPool.statistics.peakLiveBytes == 0)
            useBlocks(2)
            #expect(BufferPool.statistics.peakLiveBytes == 2 * capacity)
            #expect(BufferPool.statistics.liveBytes == 0)
        }
    }

    @Test func theSameWorkAgainTakesNoMoreMemory() async {
        await #expect(processExitsWith: .success) {
            func work() {
                let a = NDArray(repeating: 1, shape: [1031, 4099], .float32)
                let b = NDArray.binary(TAPESTRY_ADD, "add", a, a)
                _ = NDArray.unary(TAPESTRY_EXP, b).reduced(TAPESTRY_SUM, over: [1], keepingAxes: false)
            }
            work()
            let retained = BufferPool.statistics.retainedBytes
            for _ in 0..<50 { work() }
            #expect(BufferPool.statistics.retainedBytes == retained)
            #expect(BufferPool.statistics.liveBytes == 0)
        }
    }
}
