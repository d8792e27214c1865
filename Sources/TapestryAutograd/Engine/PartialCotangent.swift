import TapestryArrays

/// Cotangents of slices of one value, gathered in one buffer: T slices of a sequence cost T copies, not T sums of the
/// whole. The buffer is not cleared first: what a slice is the first to reach is assigned, and only the gaps that
/// are left in the end are filled with zeros.
struct PartialCotangent {
    private let whole: Layout
    private var buffer: NDArray?
    /// The runs of positions along `axis` that have been written: sorted, apart from each other.
    private var written: [Range<Int>] = []
    private var axis = 0
    /// Contributions that are tracked themselves, by a tape further out.
    private var tracked: [(g: Value, place: SliceAttributes)] = []

    init(of whole: Layout) { self.whole = whole }

    mutating func add(_ g: Value, at place: SliceAttributes) {
        if g.tape != nil {
            tracked.append((g, place))
            return
        }
        let buffer = startedBuffer(like: g, place)
        let target = place.part(of: buffer)
        if place.slice.axis == axis, place.slice.step == 1 {
            let run = place.slice.start..<(place.slice.start + place.slice.count)
            if written.allSatisfy({ !$0.overlaps(run) }) {
                target.assign(g.array)
                insert(run)
                return
            }
        }
        fillGaps(of: buffer)
        target.add(g.array)
    }

    private mutating func startedBuffer(like g: Value, _ place: SliceAttributes) -> NDArray {
        if let buffer { return buffer }
        let buffer = NDArray(uninitialized: whole.contiguous, g.elementType)
        self.buffer = buffer
        axis = place.slice.axis
        return buffer
    }

    /// Adds a run that overlaps none, joined to those that it touches.
    private mutating func insert(_ run: Range<Int>) {
        if run.isEmpty { return }
        let position = written.firstIndex { $0.lowerBound >= run.upperBound } ?? written.count
        var joined = run
        if position < written.count, written[position].lowerBound == joined.upperBound {
            joined = joined.lowerBound..<written.remove(at: position).upperBound
        }
        if position > 0, written[position - 1].upperBound == joined.lowerBound {
            written[position - 1] = written[position - 1].lowerBound..<joined.upperBound
        } else {
            written.insert(joined, at: position)
        }
    }

    private mutating func fillGaps(of buffer: NDArray) {
        let extent = whole.shape[axis]
        if written.count == 1, written[0].count == extent { return }
        let zero = NDArray(scalar: 0, buffer.elementType)
        var position = 0
        for run in written + [extent..<extent] {
            let gap = AxisSlice(axis: axis, start: position, count: run.lowerBound - position)
            if gap.count > 0 { buffer.sliced(gap).assign(zero) }
            position = run.upperBound
        }
        written = [0..<extent]
    }

    /// The sum of all contributions, as a cotangent of the whole.
    consuming func assembled() -> Value {
        var result: Value?
        if let buffer {
            fillGaps(of: buffer)
            result = Value(buffer)
        }
        if !tracked.isEmpty {
            let attributes = AssemblyAttributes(tracked.map(\.place), of: whole)
            let sum = Value.nary(.assembleSlices, tracked.map(\.g), attributes)
            result = result.map { sum + $0 } ?? sum
        }
        return result!
    }
}
