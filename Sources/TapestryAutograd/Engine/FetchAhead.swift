import CTapestryKernels
import TapestryArrays

/// Lets the products on the way back fetch what the rules after them will read, for a tape that keeps more than the
/// caches hold.
struct FetchAhead {
    /// Memory in use from which a tape counts as such.
    private static let leastBytesInUse = 4 << 20
    /// How far ahead of the walk, in bytes that are kept: a part of a second-level cache, in which weights want to
    /// stay.
    private static let distance = 256 << 10
    /// How far ahead in records, where few keep anything: a product looks at so many, however long the tape is.
    private static let recordDistance = 64
    /// Smaller values are not worth the trouble.
    private static let smallestValue = 4 << 10

    /// The record whose value was announced last.
    private var announced = Int.max

    /// `nil` if there is nothing to be gained.
    init?() {
        if BufferPool.statistics.liveBytes < FetchAhead.leastBytesInUse { return nil }
        tapestry_forget_fetches()
    }

    /// Announces values that rules before record `index` read.
    mutating func announce(before index: Int, of records: UnsafeMutablePointer<TapeMemory.Record>) {
        let farthest = max(0, index - FetchAhead.recordDistance)
        var (index, bytes) = (index, 0)
        while index > farthest, bytes < FetchAhead.distance {
            index -= 1
            guard let memory = records[index].saved?.contiguousBytes, memory.count >= FetchAhead.smallestValue
            else { continue }
            bytes += memory.count
            if index < announced {
                let count = min(memory.count, FetchAhead.distance)
                guard tapestry_fetch_ahead(memory.baseAddress, count) else { return }
                announced = index
            }
        }
    }
}
