import TapestryArrays

/// The growing sum of the cotangents of one value.
///
/// Contributions are added in place only while nobody else holds the buffer, so one buffer handed to two operands
/// can never be changed under either. Contributions to parts of the value (slices, rows) go into one buffer for
/// all of them. Inside a nested derivative, where the cotangents are tracked themselves, every path falls back to
/// differentiable operations whose cost stays linear in the number of contributions.
struct CotangentSum {
    private var total: Value?
    private var parts: PartialCotangent?

    /// Adds a cotangent of the whole value.
    mutating func add(_ contribution: consuming Value) {
        guard total != nil else {
            total = contribution
            return
        }
        if total!.tape == nil, contribution.tape == nil {
            if total!.layout.isContiguous, total!.array.isUnique() {
                total!.array.add(contribution.array)
                return
            }
            if contribution.layout.isContiguous, contribution.array.isUnique() {
                contribution.array.add(total!.array)
                total = contribution
                return
            }
        }
        total = total! + contribution
    }

    /// Adds the matrix product `a · b`: straight into the sum if it is a plain matrix of our own.
    mutating func addProduct(_ a: Value, _ b: Value) {
        if a.tape == nil, b.tape == nil, total != nil, total!.tape == nil, total!.layout.isContiguous,
            total!.array.isUnique()
        {
            total!.array.product(a.array, b.array, accumulate: true)
        } else {
            add(Value.matmul(a, b))
        }
    }

    /// Adds `g` at the place of a slice.
    mutating func addSlice(_ g: Value, at slices: [AxisSlice], of whole: Layout) {
        if parts == nil { parts = PartialCotangent(of: whole) }
        parts!.add(g, at: slices)
    }

    /// Adds the rows of `g` to the rows of a matrix that `indices` name.
    mutating func addRows(_ g: Value, at indices: NDArray, of table: Layout) {
        if g.tape == nil, total == nil || total!.tape == nil && total!.layout.isContiguous && total!.array.isUnique() {
            if total == nil { total = Value(NDArray(repeating: 0, layout: table, g.elementType)) }
            total!.array.scatterAddRows(indices, g.array)
        } else {
            add(Value.unary(.scatterRows, g, RowsAttributes(indices, of: table)))
        }
    }

    /// The sum, which is given away; `nil` when nothing was added.
    mutating func take() -> Value? {
        if let parts {
            self.parts = nil
            add(parts.assembled())
        }
        defer { total = nil }
        return total
    }
}

/// Cotangents of slices of one value, gathered in one buffer: T slices of a sequence cost T copies, not T sums of the
/// whole. The buffer is not cleared first: what a slice is the first to reach is assigned, and only the gaps that
/// are left in the end are filled with zeros.
final class PartialCotangent {
    private let whole: Layout
    private var buffer: NDArray?
    /// Whether the positions along `axis` have been written; meaningful once there is a buffer.
    private var axis = 0
    private var isWritten: [Bool] = []
    /// Contributions that are tracked themselves, by a tape further out.
    private var tracked: [(g: Value, slices: [AxisSlice])] = []

    init(of whole: Layout) { self.whole = whole }

    func add(_ g: Value, at slices: [AxisSlice]) {
        if g.tape != nil {
            tracked.append((g, slices))
            return
        }
        if buffer == nil {
            buffer = NDArray(uninitialized: whole.contiguous, g.elementType)
            axis = slices.first?.axis ?? 0
            isWritten = Array(repeating: false, count: whole.rank == 0 ? 1 : whole.shape[axis])
        }
        let target = slices.reduce(buffer!) { $0.sliced($1) }
        if slices.count == 1, slices[0].axis == axis {
            let positions = (0..<slices[0].count).map { slices[0].start + $0 * slices[0].step }
            if positions.allSatisfy({ !isWritten[$0] }) {
                target.assign(g.array)
                positions.forEach { isWritten[$0] = true }
                return
            }
        }
        fillGaps()
        target.add(g.array)
    }

    private func fillGaps() {
        guard let buffer else { return }
        if whole.rank == 0 {
            if !isWritten[0] { buffer.assign(NDArray(scalar: 0, buffer.elementType)) }
            isWritten[0] = true
            return
        }
        var position = 0
        let zero = NDArray(scalar: 0, buffer.elementType)
        while position < isWritten.count {
            var end = position
            while end < isWritten.count, !isWritten[end] {
                isWritten[end] = true
                end += 1
            }
            if end > position {
                buffer.sliced(AxisSlice(axis: axis, start: position, count: end - position)).assign(zero)
            }
            position = end + 1
        }
    }

    func assembled() -> Value {
        fillGaps()
        var result: Value?
        if !tracked.isEmpty {
            let attributes = SliceAttributes(tracked.map(\.slices), of: whole)
            result = Value.nary(.assembleSlices, tracked.map(\.g), attributes)
            tracked = []
        }
        guard let buffer else { return result! }
        self.buffer = nil
        return result.map { $0 + Value(buffer) } ?? Value(buffer)
    }
}
