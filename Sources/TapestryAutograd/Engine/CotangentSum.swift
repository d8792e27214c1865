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
    private var total: Value?
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
    }

    /// Waiting products are added when they are so deep together that reading and writing the sum weighs little.
    private static let sufficientDepth = 128

    var isEmpty: Bool { total == nil && extras == nil }

    /// Computes the product that has been put off.
    @inline(__always)
    private mutating func settle() { if factor != nil { settleProduct() } }

    private mutating func settleProduct() {
        total = Value(NDArray.binary(TAPESTRY_MULTIPLY, "gradient", total.take()!.array, factor.take()!))
    }

    /// Offers room for the first array.
    mutating func place(in room: NDArray) {
        self.room = room
        isPlaced = true
    }

    /// Whether the total is an array that may be changed: one of our own, or in a room that was reserved for it.
    @inline(__always)
    private var isOwned: Bool {
        mutating get {
            total!.tape == nil && (isPlaced && room == nil || total!.layout.isContiguous && total!.array.isUnique())
        }
    }

    // MARK: The whole value

    /// Adds a cotangent of the whole value.
    mutating func add(_ contribution: consuming Value) {
        settle()
        guard total != nil else {
            total = contribution
            return
        }
        if contribution.tape == nil {
            if isOwned {
                total!.array.add(contribution.array)
                return
            }
            if total!.tape == nil, contribution.layout.isContiguous, contribution.array.isUnique() {
                contribution.array.add(total!.array)
                total = contribution
                return
            }
        }
        total = total! + contribution
    }

    /// Adds `kernel(g, b)` of two arrays of the value's shape.
    mutating func add(_ kernel: Int, _ g: consuming NDArray, _ b: NDArray) {
        settle()
        if total == nil {
            if let room = room.take() {
                NDArray.binary(kernel, "gradient", g, b, into: room)
                total = Value(room)
            } else if kernel == TAPESTRY_MULTIPLY {
                total = Value(g)
                factor = b
            } else {
                total = Value(NDArray.binary(kernel, "gradient", g, b))
            }
        } else if isOwned, NDArray.canAccumulate(kernel) {
            total!.array.accumulate(kernel, g, b)
        } else {
            add(Value(NDArray.binary(kernel, "gradient", g, b)))
        }
    }

    /// Adds `kernel(g · factor, b)` of arrays of the value's shape.
    mutating func add(_ kernel: Int, product g: NDArray, _ factor: NDArray, _ b: NDArray) {
        settle()
        if total == nil {
            let target = room ?? NDArray(uninitialized: b.layout.contiguous, b.elementType)
            if target.setToRule(kernel, ofProduct: g, factor, b, accumulate: false) {
                room = nil
                total = Value(target)
                return
            }
        } else if isOwned, total!.array.setToRule(kernel, ofProduct: g, factor, b, accumulate: true) {
            return
        }
        add(kernel, .binary(TAPESTRY_MULTIPLY, "gradient", g, factor), b)
    }

    // MARK: Products

    /// Adds the matrix product `a · b`; if the value is a vector, as its only row.
    mutating func addProduct(_ a: Value, _ b: Value, toVector isVector: Bool = false) {
        settle()
        if a.tape != nil || b.tape != nil {
            let product = Value.matmul(a, b)
            add(isVector ? product.squeezed([0]) : product)
        } else if total == nil {
            let layout = isVector ? Layout.rowMajor([b.shape[1]]) : .rowMajor(a.shape[0], b.shape[1])
            let result = room.take() ?? NDArray(uninitialized: layout, b.elementType)
            if let matrix = CotangentSum.matrix(result) {
                matrix.product(a.array, b.array, accumulate: false)
            } else {
                result.assign(NDArray.matmul(a.array, b.array))
            }
            total = Value(result)
        } else {
            let extras = startedExtras()
            extras.products.append(ProductTerm(a.array, b.array))
            extras.depth += a.shape[1]
            if extras.depth >= CotangentSum.sufficientDepth { addProducts(of: extras) }
        }
    }

    /// Adds the products that wait.
    private mutating func addProducts(of extras: Extras) {
        if isOwned, let matrix = CotangentSum.matrix(total!.array) {
            matrix.setToProducts(extras.products, initial: matrix)
        } else {
            let result = NDArray(uninitialized: .rowMajor(total!.shape), total!.elementType)
            let initial = total!.tape == nil ? CotangentSum.matrix(total!.array) : nil
            CotangentSum.matrix(result)!.setToProducts(extras.products, initial: initial)
            if initial != nil { total = Value(result) } else { add(Value(result)) }
        }
        extras.products.removeAll(keepingCapacity: true)
        extras.depth = 0
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

    /// Room for the cotangent of a slice; `nil` where others have reached the slice.
    mutating func reserve(_ place: SliceAttributes, _ elementType: ElementType) -> NDArray? {
        startedParts(of: place.whole).parts!.reserve(place, elementType)
    }

    /// Adds `g` at the place of a slice, for which room may have been reserved.
    mutating func addSlice(_ g: Value, at place: SliceAttributes, isPlaced: Bool) {
        let extras = startedParts(of: place.whole)
        isPlaced ? extras.parts!.complete(g, at: place) : extras.parts!.add(g, at: place)
    }

    /// Adds the rows of `g` to the rows of a matrix that `indices` name.
    mutating func addRows(_ g: Value, at indices: NDArray, of table: Layout) {
        settle()
        if g.tape == nil, total == nil || isOwned && total!.layout.isContiguous {
            if total == nil { total = Value(NDArray(repeating: 0, layout: table, g.elementType)) }
            total!.array.scatterAddRows(indices, g.array)
        } else {
            add(Value.unary(.scatterRows, g, RowsAttributes(indices, of: table)))
        }
    }

    // MARK: The end

    /// The sum, which is given away; `nil` when nothing was added.
    @inline(__always)
    mutating func take() -> Value? {
        if extras != nil { addExtras() }
        settle()
        return total.take()
    }

    /// The sum as `g · factor`, if it is a product that has not been computed.
    @inline(__always)
    mutating func takeProduct() -> (g: NDArray, factor: NDArray)? {
        guard factor != nil, extras == nil else { return nil }
        return (total.take()!.array, factor.take()!)
    }

    private mutating func addExtras() {
        settle()
        let extras = self.extras!
        self.extras = nil
        if !extras.products.isEmpty { addProducts(of: extras) }
        if let parts = extras.parts { add(parts.assembled()) }
    }
}
