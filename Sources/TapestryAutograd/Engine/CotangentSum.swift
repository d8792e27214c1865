import TapestryArrays

/// The growing sum of the cotangents of one value.
///
/// Contributions are added in place only while nobody else holds the buffer, so one buffer handed to two operands
/// can never be changed under either. Contributions to parts of the value (slices, rows) go into one buffer for
/// all of them. Inside a nested derivative, where the cotangents are tracked themselves, every path falls back to
/// differentiable operations whose cost stays linear in the number of contributions.
struct CotangentSum {
    private var total: Value?
    /// Boxed, since few values have slices.
    private var parts: Box?

    private final class Box {
        @exclusivity(unchecked) var cotangent: PartialCotangent
        init(of whole: Layout) { cotangent = PartialCotangent(of: whole) }
    }

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
    mutating func addSlice(_ g: Value, at place: SliceAttributes) {
        if parts == nil { parts = Box(of: place.whole) }
        parts!.cotangent.add(g, at: place)
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
            add(parts.cotangent.assembled())
        }
        return total.take()
    }
}
