import Foundation
import Synchronization

/// Blocks of memory that go around instead of back to the system: fresh large blocks cost page faults, which
/// take longer than most of the arithmetic on them.
///
/// Small blocks are left to the system's allocator, whose thread caches are hard to beat. Larger ones are kept by
/// size class (four classes to each power of two, so at most a fifth is wasted), the last one returned first,
/// since it is the likeliest to be in the cache.
///
/// Blocks are cut from regions for which the system is asked for huge pages: a training step goes through more memory
/// than the processor can translate the addresses of by small ones.
package enum BufferPool {
    /// Blocks of at most this many bytes are not pooled.
    static let smallLimit = 1024
    /// Free blocks beyond this many bytes in all are handed back to the system.
    static let retainedLimit = 1 << 30
    /// Blocks of at most this many bytes are cut from regions; larger ones are the system's own.
    static let largestCut = 1 << 20
    private static let regionSize = 8 << 20
    private static let hugePageSize = 2 << 20
    /// The largest size whose class does not overflow.
    private static let largestBlock = 7 << 60
    private static let alignment = 64

    /// The free blocks of a size class are a list that lies in the blocks themselves.
    private struct FreeBlock {
        var next: UnsafeMutablePointer<FreeBlock>?
        /// Whether its memory was handed back to the system, but for the page that this lies in. (What was cut from a
        /// region cannot be freed.)
        var isDiscarded: Bool
    }

    private struct State: ~Copyable {
        /// For each size class its free blocks.
        let free: UnsafeMutablePointer<UnsafeMutablePointer<FreeBlock>?>
        /// What is left of the region from which blocks are cut.
        var rest: Range<UInt> = 0..<0
        var retainedBytes = 0
        var liveBytes = 0
        var peakLiveBytes = 0

        /// The address of a fresh block.
        mutating func cut(_ capacity: Int) -> UInt {
            if rest.count < capacity {
                let region = UInt(bitPattern: BufferPool.fromSystem(regionSize))
                rest = region..<region + UInt(regionSize)
            }
            defer { rest = rest.lowerBound + UInt(capacity)..<rest.upperBound }
            return rest.lowerBound
        }

        init() {
            free = .allocate(capacity: BufferPool.classCount)
            free.initialize(repeating: nil, count: BufferPool.classCount)
        }
    }

    private static let classCount = 256

    private static let state = Mutex(State())

    /// The class that holds blocks of at least `byteCount`, and the size of its blocks.
    static func sizeClass(for byteCount: Int) -> (index: Int, capacity: Int) {
        let exponent = Int.bitWidth - 1 - (byteCount - 1).leadingZeroBitCount
        let quarter = exponent &- 2
        let steps = (byteCount &- 1 &- (1 &<< exponent)) &>> quarter
        return (exponent &* 4 &+ steps, (1 &<< exponent) &+ ((steps &+ 1) &<< quarter))
    }

    private static func capacity(of index: Int) -> Int {
        let (exponent, steps) = index.quotientAndRemainder(dividingBy: 4)
        return (1 << exponent) + ((steps + 1) << (exponent - 2))
    }

    /// Blocks of at most this many bytes go the shortest way: `smallLimit`, and none while blocks are metered, which so
    /// costs nothing at other times.
    private static let shortcutLimit = Atomic<Int>(smallLimit)
    private static let meterCount = Mutex(0)

    static func beginMetering() {
        meterCount.withLock {
            $0 += 1
            shortcutLimit.store(-1, ordering: .relaxed)
        }
    }

    static func endMetering() {
        meterCount.withLock {
            $0 -= 1
            if $0 == 0 { shortcutLimit.store(smallLimit, ordering: .relaxed) }
        }
    }

    package static func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer {
        let limit = shortcutLimit.load(ordering: .relaxed)
        if byteCount <= limit { return allocateSmall(byteCount) }
        if limit < 0 {
            AllocationMeter.current?.add(byteCount)
            if byteCount <= smallLimit { return allocateSmall(byteCount) }
        }
        if byteCount > largestBlock { trap("allocation", "\(byteCount) bytes: no memory") }
        let (index, capacity) = sizeClass(for: byteCount)
        let reused = state.withLock { state -> UInt in
            state.liveBytes += capacity
            state.peakLiveBytes = max(state.peakLiveBytes, state.liveBytes)
            guard let block = state.free[index] else { return capacity > largestCut ? 0 : state.cut(capacity) }
            state.free[index] = block.pointee.next
            if !block.pointee.isDiscarded { state.retainedBytes -= capacity }
            return UInt(bitPattern: block)
        }
        return UnsafeMutableRawPointer(bitPattern: reused) ?? fromSystem(capacity)
    }

    private static func fromSystem(_ byteCount: Int) -> UnsafeMutableRawPointer {
        let spansHugePages = byteCount >= hugePageSize
        var fresh: UnsafeMutableRawPointer?
        guard posix_memalign(&fresh, spansHugePages ? hugePageSize : alignment, byteCount) == 0, let fresh else {
            trap("allocation", "\(byteCount) bytes: no memory")
        }
        #if os(Linux)
            if spansHugePages { madvise(fresh, byteCount, MADV_HUGEPAGE) }
        #endif
        return fresh
    }

    @inline(__always)
    private static func allocateSmall(_ byteCount: Int) -> UnsafeMutableRawPointer {
        guard let pointer = malloc(max(byteCount, 16)) else { trap("allocation", "\(byteCount) bytes: no memory") }
        return pointer
    }

    package static func deallocate(_ pointer: UnsafeMutableRawPointer, byteCount: Int) {
        if byteCount <= smallLimit {
            free(pointer)
            return
        }
        let (index, capacity) = sizeClass(for: byteCount)
        let address = UInt(bitPattern: pointer)
        let isKept = state.withLock { state -> Bool in
            state.liveBytes -= capacity
            let isExcess = state.retainedBytes + capacity > retainedLimit
            if isExcess, capacity > largestCut { return false }
            let block = UnsafeMutablePointer<FreeBlock>(bitPattern: address)!
            block.initialize(to: FreeBlock(next: state.free[index], isDiscarded: isExcess))
            if isExcess { discard(block, capacity) } else { state.retainedBytes += capacity }
            state.free[index] = block
            return true
        }
        if !isKept { free(pointer) }
    }

    /// Hands the pages of a free block back to the system, but for the one that its first bytes lie in.
    private static func discard(_ block: UnsafeMutablePointer<FreeBlock>, _ capacity: Int) {
        let mask = UInt(getpagesize() - 1)
        let begin = (UInt(bitPattern: block + 1) + mask) & ~mask
        let end = (UInt(bitPattern: block) + UInt(capacity)) & ~mask
        if begin < end { madvise(UnsafeMutableRawPointer(bitPattern: begin), Int(end - begin), MADV_DONTNEED) }
        block.pointee.isDiscarded = true
    }

    /// Bytes of pooled blocks: in use, in use at most since the last reset, and kept for reuse.
    package static var statistics: (liveBytes: Int, peakLiveBytes: Int, retainedBytes: Int) {
        state.withLock { ($0.liveBytes, $0.peakLiveBytes, $0.retainedBytes) }
    }

    /// Starts a new measurement of the peak.
    package static func resetPeak() {
        state.withLock { $0.peakLiveBytes = $0.liveBytes }
    }

    /// Hands every block that is kept for reuse back to the system.
    package static func trim() {
        state.withLock { state in
            let firstOfSystem = sizeClass(for: largestCut + 1).index
            for index in firstOfSystem..<classCount {
                while let block = state.free[index] {
                    state.free[index] = block.pointee.next
                    Foundation.free(block)
                }
            }
            for index in 0..<firstOfSystem {
                var block = state.free[index]
                while let free = block {
                    if !free.pointee.isDiscarded { discard(free, capacity(of: index)) }
                    block = free.pointee.next
                }
            }
            state.retainedBytes = 0
        }
    }
}
