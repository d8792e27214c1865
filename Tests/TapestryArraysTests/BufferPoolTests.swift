import CTapestryKernels
import Testing

@testable import TapestryArrays

/// The pool is the process's own, so other tests' blocks come and go beside these; the sizes here are such that no
/// other test uses their class.
@Suite(.serialized) struct BufferPoolTests {
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

    @Test func theLastBlockReturnedIsTheFirstGivenOut() {
        let size = 123_456_789
        let first = BufferPool.allocate(size)
        #expect(UInt(bitPattern: first) % 64 == 0)
        BufferPool.deallocate(first, byteCount: size)
        let again = BufferPool.allocate(size - 1)
        #expect(again == first)
        BufferPool.deallocate(again, byteCount: size - 1)
        BufferPool.trim()
    }

    @Test func trimmingHandsEverythingBack() {
        let size = 98_765_432
        BufferPool.deallocate(BufferPool.allocate(size), byteCount: size)
        #expect(BufferPool.statistics.retainedBytes >= size)
        BufferPool.trim()
        #expect(BufferPool.statistics.retainedBytes < size)
    }

    @Test func noMoreThanTheLimitIsKept() {
        let size = BufferPool.retainedLimit / 3
        let blocks = (0..<4).map { _ in BufferPool.allocate(size) }
        for block in blocks { BufferPool.deallocate(block, byteCount: size) }
        #expect(BufferPool.statistics.retainedBytes <= BufferPool.retainedLimit)
        BufferPool.trim()
    }

    @Test func thePeakIsTheMostThatWasLiveSinceTheReset() {
        let size = 55_555_555
        BufferPool.resetPeak()
        let before = BufferPool.statistics.liveBytes
        let blocks = [BufferPool.allocate(size), BufferPool.allocate(size)]
        for block in blocks { BufferPool.deallocate(block, byteCount: size) }
        let capacity = BufferPool.sizeClass(for: size).capacity
        // Other tests' blocks are small beside these.
        #expect(BufferPool.statistics.peakLiveBytes - before > 2 * capacity - size)
        #expect(BufferPool.statistics.liveBytes < before + size)
        BufferPool.trim()
    }

    @Test func theSameWorkAgainTakesNoMoreMemory() {
        func work() {
            let a = NDArray(repeating: 1, shape: [1031, 4099], .float32)
            let b = NDArray.binary(TAPESTRY_ADD, "add", a, a)
            _ = NDArray.unary(TAPESTRY_EXP, b).reduced(TAPESTRY_SUM, over: [1], keepingAxes: false)
        }
        work()
        let retained = BufferPool.statistics.retainedBytes
        for _ in 0..<50 { work() }
        let block = BufferPool.sizeClass(for: 1031 * 4099 * 4).capacity
        #expect(BufferPool.statistics.retainedBytes < retained + block)
        BufferPool.trim()
    }
}
