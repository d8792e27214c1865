import TapestryArrays

/// The attributes of the slices that a tape has seen last. A cell takes the same ones in the same order at each step,
/// so the search begins after the one that was found last.
struct SliceCache: ~Copyable {
    private let entries: UnsafeMutablePointer<SliceAttributes?>
    private var next = 0
    private static let capacity = 16

    init() {
        entries = .allocate(capacity: SliceCache.capacity)
        entries.initialize(repeating: nil, count: SliceCache.capacity)
    }

    deinit {
        entries.deinitialize(count: SliceCache.capacity)
        entries.deallocate()
    }

    @inline(__always)
    mutating func attributes(_ slice: AxisSlice, droppingAxis dropsAxis: Bool, of whole: Layout) -> SliceAttributes {
        for _ in 0..<SliceCache.capacity {
            guard let entry = entries[next] else { break }
            if entry.slice == slice, entry.dropsAxis == dropsAxis, entry.whole === whole {
                advance()
                return entry
            }
            advance()
        }
        let new = SliceAttributes(slice, droppingAxis: dropsAxis, of: whole)
        entries[next] = new
        advance()
        return new
    }

    @inline(__always)
    private mutating func advance() { next = (next + 1) % SliceCache.capacity }

    mutating func forgetAll() {
        entries.update(repeating: nil, count: SliceCache.capacity)
        next = 0
    }
}
