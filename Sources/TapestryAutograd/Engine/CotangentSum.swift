import CTapestryKernels
import TapestryArrays

/// The growing sum of the cotangents of one value.
///
/// Contributions are added in place only where nobody else can see it, so one buffer handed to two operands can never
/// be changed under either. Contributions to parts of the value (slices, rows) go into one buffer for all of them, and
/// products, such as those of a weight with every step of a sequence, are added up several at a time. Inside a nested
/// derivative, where the cotangents are tracked themselves, every path falls back to differentiable operations whose
/// cost stays linear in the number of contributions.
struct CotangentSum {
    /// The sum of the contributions that are not tracked.
    private var total: NDArray?
    /// The total is to be multiplied by this: a product that has not been computed, since the rule that it will go
    /// through may do both in one pass. The total is not ours then.
    private var factor: NDArray?
    /// Where the first array may be made: in the buffer in which the cotangents of slices are gathered.
    private var room: NDArray?
    /// Whether such a room was reserved.
    private(set) var isPlaced = false
    /// What few values have.
    private var extras: Extras?

    private final class Extras {
        @exclusivity(unchecked) var parts: PartialCotangent?
        /// Products that wait to be added, and how many multiplications deep they are together.
        @exclusivity(unchecked) var products: [ProductTerm] = []
        @exclusivity(unchecked) var depth = 0
        /// The sum of the contributions that are tracked, by a tape further out.
        @exclusivity(unchecked) var tracked: Value?
    }

    /// Waiting products are added when they are so deep together that reading and writing the sum weighs little.
    private static let sufficientDepth = 128

    var isEmpty: Bool { total == nil && extras == nil }

    /// Whether it holds nothing at all any more.
    @inline(__always)
    var isSpent: Bool { total == nil && extras == nil && room == nil && factor == nil }

    /// Offers room for the first array.
    mutating func place(in room: NDArray) {
        self.room = room
        isPlaced = true
    }

    /// Whether the total is an array that may be changed: one of our own, or in a room that was reserved for it.
    @inline(__always)
    private var isOwned: Bool {
        mutating get { isPlaced && room == nil || total!.layout.isContiguous && total!.isUnique() }
    }

    /// Computes the product that has been put off.
    @inline(__always)
    private mutating func settle() { if factor != nil { settleProduct() } }

    private mutating func settleProduct() {
        total = .binary(TAPESTRY_MULTIPLY, "gradient", total.take()!, factor.take()!)
    }

    // MARK: The whole value

    /// Adds a cotangent of the whole value.
    mutating func add(_ contribution: consuming Value) {
        if contribution.tape == nil {
            add((consume contribution).array)
        } else {
            let extras = startedExtras()
            if let tracked = extras.tracked {
                extras.tracked = tracked + contribution
            } else {
                extras.tracked = contribution
            }
        }
    }

    /// Adds a cotangent of the whole value.
    mutating func add(_ contribution: consuming NDArray) {
        settle()
        if total == nil {
            total = contribution
        } else if isOwned {
            total!.add(contribution)
        } else {
            total = .binary(TAPESTRY_ADD, "gradient", contribution, total.take()!)
        }
    }

    /// Adds `kernel(g, b)` of two arrays of the value's shape.
    mutating func add(_ kernel: Int, _ g: consuming NDArray, _ b: NDArray) {
        settle()
        if total == nil {
            if let room = room.take() {
                NDArray.binary(kernel, "gradient", g, b, into: room)
                total = room
            } else if kernel == TAPESTRY_MULTIPLY {
                total = g
                factor = b
            } else {
                total = .binary(kernel, "gradient", g, b)
            }
        } else if isOwned, NDArray.canAccumulate(kernel) {
            total!.accumulate(kernel, g, b)
        } else {
            add(.binary(kernel, "gradient", g, b))
        }
    }

    /// Adds `kernel(g · factor, b)` of arrays of the value's shape.
    mutating func add(_ kernel: Int, product g: consuming NDArray, _ factor: consuming NDArray, _ b: NDArray) {
        settle()
        if total == nil {
            let target = room ?? NDArray(uninitialized: b.layout.contiguous, b.elementType)
            if target.setToRule(kernel, ofProduct: g, factor, b, accumulate: false) {
                room = nil
                total = target
                return
            }
        } else if isOwned, total!.setToRule(kernel, ofProduct: g, factor, b, accumulate: true) {
            return
        }
        add(kernel, .binary(TAPESTRY_MULTIPLY, "gradient", g, factor), b)
    }

    // MARK: Values that were broadcast

    /// Adds the sum of rows to the cotangent of a vector.
    mutating func add(sumOfRows rows: borrowing MatrixColumns) {
        settle()
        if total != nil, isOwned, total!.layout.isContiguous {
            total!.add(sumOfRows: rows)
        } else {
            add(rows.array.reduced(TAPESTRY_SUM, over: [0], keepingAxes: false))
        }
    }

    /// Adds `kernel(g, b)`, or g itself, of which one or both are larger than the value, which was broadcast, if that
    /// has a way of its own: a value of g's shape, or a row that met every row of a matrix.
    ///
    /// - Returns: whether it was done.
    mutating func add(
        _ kernel: Int?, _ g: NDArray, _ b: NDArray?, isIdentity: Bool, broadcastFrom layout: Layout
    ) -> Bool {
        if layout.hasShape(of: g.layout) {
            guard let kernel, let b else { return false }
            add(.binary(kernel, "gradient", g, b))
            return true
        }
        guard g.rank == 2, layout.count == g.shape[1], layout.shape.last == layout.count, layout.rank <= 2 else {
            return false
        }
        if isIdentity { return addColumnSums(of: g, toVector: layout.rank == 1) }
        guard kernel == TAPESTRY_MULTIPLY, let b else { return false }
        settle()
        if total == nil {
            let row = NDArray(uninitialized: .rowMajor(layout.shape), g.elementType)
            guard row.setToColumnDots(g, b, accumulate: false) else { return false }
            total = row
            return true
        }
        return isOwned && total!.setToColumnDots(g, b, accumulate: true)
    }

    /// Adds the sums of a matrix's columns to a row, as a product with ones, which waits like other products.
    ///
    /// - Returns: whether it was done: not if there are so many rows that a plain sum loses accuracy.
    mutating func addColumnSums(of g: NDArray, toVector isVector: Bool) -> Bool {
        if g.shape[0] > NDArray.mostPlainlySummed { return false }
        addProduct(ProductTerm(columnSumsOf: g), toVector: isVector)
        return true
    }

    // MARK: Products

    /// Adds a product; if the value is a vector, as its only row.
    mutating func addProduct(_ term: consuming ProductTerm, toVector isVector: Bool = false) {
        settle()
        if total == nil {
            let columns = term.b.shape[1]
            let layout = isVector ? Layout.rowMajor([columns]) : .rowMajor(term.rowCount, columns)
            let result = room.take() ?? NDArray(uninitialized: layout, term.b.elementType)
            if let matrix = CotangentSum.matrix(result) {
                matrix.setToProduct(term, initial: nil)
            } else {
                let matrix = NDArray(uninitialized: .rowMajor(term.rowCount, columns), term.b.elementType)
                matrix.setToProduct(term, initial: nil)
                result.assign(matrix)
            }
            total = result
        } else if extras == nil, term.depth >= CotangentSum.sufficientDepth {
            addProducts { $0.setToProduct(term, initial: $1) }
        } else {
            let extras = startedExtras()
            extras.depth += term.depth
            extras.products.append(term)
            if extras.depth >= CotangentSum.sufficientDepth { addProducts(of: extras) }
        }
    }

    /// Adds the products that wait.
    private mutating func addProducts(of extras: Extras) {
        addProducts { $0.setToProducts(extras.products, initial: $1) }
        extras.products.removeAll(keepingCapacity: true)
        extras.depth = 0
    }

    /// Sets the total to what is computed from it as the initial value, both as matrices and possibly the same one.
    @inline(__always)
    private mutating func addProducts(_ compute: (_ matrix: NDArray, _ initial: NDArray) -> Void) {
        if isOwned, let matrix = CotangentSum.matrix(total!) {
            compute(matrix, matrix)
        } else {
            let result = NDArray(uninitialized: .rowMajor(total!.shape), total!.elementType)
            let matrix = CotangentSum.matrix(result)!
            let initial = CotangentSum.matrix(total!)
            if initial == nil { result.assign(total!) }
            compute(matrix, initial ?? matrix)
            total = result
        }
    }

    /// An array as a matrix with contiguous rows, a vector as its only row.
    private static func matrix(_ array: NDArray) -> NDArray? {
        if array.rank == 1, array.layout.isContiguous { return array.viewed(.rowMajor(1, array.count)) }
        return array.rank == 2 && array.layout.strides[1] == 1 ? array : nil
    }

    // MARK: Parts of the value

    private mutating func startedExtras() -> Extras {
        if let extras { return extras }
        let extras = Extras()
        self.extras = extras
        return extras
    }

    private mutating func startedParts(of whole: Layout) -> Extras {
        let extras = startedExtras()
        if extras.parts == nil { extras.parts = PartialCotangent(of: whole) }
        return extras
    }

    /// The cotangent of the whole, to make that of a slice in; `nil` where others have reached the slice.
    mutating func reserve(_ place: SliceAttributes, _ elementType: ElementType) -> NDArray? {
        startedParts(of: place.whole).parts!.reserve(place, elementType)
    }

    /// Adds `g` at the place of a slice, for which room may have been reserved.
    mutating func addSlice(_ g: Value, at place: SliceAttributes, isPlaced: Bool) {
        let extras = startedParts(of: place.whole)
        isPlaced ? extras.parts!.complete(g, at: place) : extras.parts!.add(g, at: place)
    }

    /// Adds the rows of `g` to the rows of a matrix that `indices` name.
    mutating func addRows(_ g: Value, at indices: Value, of table: Layout) {
        settle()
        if g.tape == nil, indices.tape == nil, total == nil || isOwned && total!.layout.isContiguous {
            if total == nil { total = NDArray(repeating: 0, layout: table, g.elementType) }
            total!.scatterAddRows(indices.array, g.array)
        } else {
            add(Value.scatteredRows(g, at: indices, of: table))
        }
    }

    // MARK: The end

    /// The sum, which is given away, as an array; `nil` if nothing was added, or if it is tracked.
    @inline(__always)
    mutating func takeArray() -> NDArray? {
        if extras != nil {
            addExtras()
            if extras != nil { return nil }
        }
        settle()
        return total.take()
    }

    /// The sum, which is given away, as `g · factor`, if it is a product that has not been computed.
    @inline(__always)
    mutating func takeProduct() -> (g: NDArray, factor: NDArray)? {
        guard factor != nil, extras == nil else { return nil }
        return (total.take()!, factor.take()!)
    }

    /// What `takeArray` left: the sum if it is tracked.
    mutating func takeTracked() -> Value? {
        guard let tracked = extras?.tracked else { return nil }
        extras = nil
        return total.take().map { tracked + Value($0) } ?? tracked
    }

    /// Adds everything that waits; what is tracked stays apart.
    private mutating func addExtras() {
        let extras = self.extras!
        settle()
        if !extras.products.isEmpty { addProducts(of: extras) }
        self.extras = nil
        if let parts = extras.parts.take() { add(parts.assembled()) }
        if let tracked = extras.tracked { add(tracked) }
    }
}
