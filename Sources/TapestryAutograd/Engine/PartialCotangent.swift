import TapestryArrays

/// Cotangents of slices of one value, gathered in one buffer: T slices of a sequence cost T copies, not T sums of the
/// whole, and no copy at all where a cotangent was made in the room that had been reserved for it. The buffer is not
/// cleared first: what a slice is the first to reach is assigned, and only the gaps that are left in the end are
/// filled with zeros.
struct PartialCotangent {
    private let whole: Layout
    private var buffer: NDArray?
    /// The runs of positions along `axis` that have been taken: sorted, apart from each other.
    private var taken: [Range<Int>] = []
    private var axis = 0
    /// Contributions that reach what others had taken, and wait until these are complete.
    private var late: [(g: Value, place: SliceAttributes)] = []
    /// Contributions that are tracked themselves, by a tape further out.
    private var tracked: [(g: Value, place: SliceAttributes)] = []

    init(of whole: Layout) { self.whole = whole }

    /// The cotangent of the whole, where that of a slice is to be made if nobody else has reached the slice; `nil` if
    /// somebody has.
    mutating func reserve(_ place: SliceAttributes, _ elementType: ElementType) -> NDArray? {
        if buffer == nil {
            buffer = NDArray(uninitialized: whole.contiguous, elementType)
            axis = place.slice.axis
        }
        guard place.slice.axis == axis, place.slice.step == 1 else { return nil }
        return take(place.slice.start..<(place.slice.start + place.slice.count)) ? buffer : nil
    }

    mutating func add(_ g: Value, at place: SliceAttributes) {
        if g.tape != nil {
            tracked.append((g, place))
        } else if let whole = reserve(place, g.elementType) {
            place.part(of: whole).assign(g.array)
        } else {
            late.append((g, place))
        }
    }

    /// The complete cotangent of a slice for which room was reserved, whether it was made there or not.
    mutating func complete(_ g: Value, at place: SliceAttributes) {
        if g.tape != nil {
            tracked.append((g, place))
            place.part(of: buffer!).assign(NDArray(scalar: 0, g.elementType))
        } else if !g.array.startsAt(place.contiguousPart, of: buffer!) {
            place.part(of: buffer!).assign(g.array)
        }
    }

    /// Takes a run unless it overlaps another; joins it to those that it touches.
    private mutating func take(_ run: Range<Int>) -> Bool {
        if run.isEmpty { return true }
        let position = taken.firstIndex { $0.upperBound > run.lowerBound } ?? taken.count
        if position < taken.count, taken[position].lowerBound < run.upperBound { return false }
        let joinsNext = position < taken.count && taken[position].lowerBound == run.upperBound
        let joinsPrevious = position > 0 && taken[position - 1].upperBound == run.lowerBound
        switch (joinsPrevious, joinsNext) {
        case (false, false): taken.insert(run, at: position)
        case (false, true): taken[position] = run.lowerBound..<taken[position].upperBound
        case (true, false): taken[position - 1] = taken[position - 1].lowerBound..<run.upperBound
        case (true, true): taken[position - 1] = taken[position - 1].lowerBound..<taken.remove(at: position).upperBound
        }
        return true
    }

    private func fillGaps(of buffer: NDArray) {
        let extent = whole.shape[axis]
        if taken.count == 1, taken[0].count == extent { return }
        let zero = NDArray(scalar: 0, buffer.elementType)
        var position = 0
        for run in taken + [extent..<extent] {
            let gap = AxisSlice(axis: axis, start: position, count: run.lowerBound - position)
            if gap.count > 0 { buffer.sliced(gap).assign(zero) }
            position = run.upperBound
        }
    }

    /// The sum of all contributions, as a cotangent of the whole.
    consuming func assembled() -> Value {
        var result: Value?
        if let buffer {
            fillGaps(of: buffer)
            for (g, place) in late { place.part(of: buffer).add(g.array) }
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
