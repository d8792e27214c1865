import Synchronization

/// How the elements of an array lie in its storage: an extent and a stride, in elements, for each axis.
///
/// Layouts are immutable and shared: the result of an elementwise operation keeps its operand's layout object,
/// so `a.layout === b.layout` answers most questions about shapes at once. What a training step asks of a layout again
/// and again, its row-major form and its slices, it remembers.
@usableFromInline
package final class Layout: Sendable {
    @usableFromInline package let shape: [Int]
    @usableFromInline package let strides: [Int]
    /// The number of elements, the product of the extents: 1 for rank 0.
    @usableFromInline package let count: Int
    /// Whether the elements lie row by row without gaps, in storage order.
    @usableFromInline package let isContiguous: Bool

    /// The same of at most two axes in plain numbers.
    let plane: Plane?

    private let rowMajorForm = LazyObject<Layout>()
    private let transposedForm = LazyObject<Layout>()
    /// The forms of slices that were asked for first, a chain that only grows.
    private let firstForm = LazyObject<PartForm>()

    @inlinable package var rank: Int { shape.count }

    package init(shape: [Int], strides: [Int]) {
        self.shape = shape
        self.strides = strides
        count = Layout.count(of: shape)
        var expected = 1
        var isContiguous = true
        for axis in shape.indices.reversed() where shape[axis] != 1 {
            isContiguous = isContiguous && strides[axis] == expected
            // The product of the extents, which fits unless there is no element at all.
            expected &*= shape[axis]
        }
        self.isContiguous = isContiguous || count == 0
        plane = Plane(shape, strides)
    }

    /// The row-major layout of a shape.
    package convenience init(_ shape: [Int]) {
        self.init(shape: shape, strides: Layout.rowMajorStrides(of: shape))
    }

    /// The layout of a single element, rank 0.
    package static let scalar = Layout([])

    package static func rowMajorStrides(of shape: [Int]) -> [Int] {
        var strides = [Int](repeating: 1, count: shape.count)
        for axis in shape.indices.dropLast().reversed() {
            // Without elements no stride is ever used, and only then can one overflow.
            strides[axis] = strides[axis + 1] &* Swift.max(shape[axis + 1], 1)
        }
        return strides
    }

    /// The number of elements of a shape; traps, with the name of an operation, on a negative extent or when the count
    /// overflows.
    package static func count(of shape: [Int], in operation: @autoclosure () -> String = "shape") -> Int {
        var count = 1
        for extent in shape {
            if extent < 0 { trap(operation(), "negative extent in \(shape)") }
            let (product, overflow) = count.multipliedReportingOverflow(by: extent)
            if overflow { trap(operation(), "the number of elements of \(shape) overflows") }
            count = product
        }
        return count
    }

    /// The canonical contiguous form: this very object if it is one already, so that shapes stay shared.
    package var contiguous: Layout {
        if isContiguous { return self }
        return rowMajorForm.value { .rowMajor(shape) }
    }

    /// Resolves a possibly negative axis (−1 is the last) against the rank.
    package func axis(_ axis: Int, in operation: @autoclosure () -> String) -> Int {
        let resolved = axis < 0 ? axis + rank : axis
        if resolved < 0 || resolved >= rank {
            trap(operation(), "axis \(axis) does not exist in a tensor of shape \(shape)")
        }
        return resolved
    }

    /// Resolves axes to a sorted list without repetition; `nil` means all of them.
    package func axes(_ axes: [Int]?, in operation: @autoclosure () -> String) -> [Int] {
        guard let axes else { return Array(0..<rank) }
        let resolved = axes.map { axis($0, in: operation()) }.sorted()
        for (axis, next) in zip(resolved, resolved.dropFirst()) where axis == next {
            trap(operation(), "axis \(axis) is named twice in \(axes)")
        }
        return resolved
    }
}

/// A layout of at most two axes as rows and columns; axes that are missing have the extent 1.
///
/// Operations on small matrices ask for it instead of for shapes and strides, whose arrays would each have a reference
/// counted.
struct Plane {
    let rank, rows, columns, rowStride, columnStride: Int

    fileprivate init?(_ shape: [Int], _ strides: [Int]) {
        rank = shape.count
        if rank > 2 { return nil }
        (rows, rowStride) = rank == 2 ? (shape[0], strides[0]) : (1, 0)
        (columns, columnStride) = rank >= 1 ? (shape[rank - 1], strides[rank - 1]) : (1, 0)
    }

    /// The steps from row to row and from column to column where this is broadcast.
    var steps: (row: Int, column: Int) { (rows == 1 ? 0 : rowStride, columns == 1 ? 0 : columnStride) }
}

// MARK: - Shared row-major layouts

extension Layout {
    /// The row-major layout of a shape, the same object as at its last use as long as no other shape took its place.
    package static func rowMajor(_ shape: [Int]) -> Layout {
        shared(hash: hash(of: shape), where: { $0.shape == shape }, else: Layout(shape))
    }

    /// The row-major layout of a matrix.
    package static func rowMajor(_ rows: Int, _ columns: Int) -> Layout {
        shared(
            hash: hash(hash(0, rows), columns),
            where: { $0.rank == 2 && $0.shape[0] == rows && $0.shape[1] == columns }, else: Layout([rows, columns]))
    }

    private static let slots = Mutex([Layout?](repeating: nil, count: 256))

    private static func hash(of shape: [Int]) -> UInt { shape.reduce(0, hash) }

    private static func hash(_ hash: UInt, _ extent: Int) -> UInt {
        (hash &+ UInt(bitPattern: extent) &+ 1) &* 0x9E37_79B9_7F4A_7C15
    }

    private static func shared(hash: UInt, where isFound: (Layout) -> Bool, else new: @autoclosure () -> Layout)
        -> Layout
    {
        slots.withLock { slots in
            let slot = Int(hash >> 56)
            if let found = slots[slot], isFound(found) { return found }
            let layout = new()
            slots[slot] = layout
            return layout
        }
    }
}

// MARK: - Views

/// A run of positions along one axis: `count` positions from `start`, `step` apart.
package struct AxisSlice: Sendable, Equatable {
    package var axis: Int
    package var start: Int
    package var count: Int
    package var step: Int

    package init(axis: Int, start: Int, count: Int, step: Int = 1) {
        self.axis = axis
        self.start = start
        self.count = count
        self.step = step
    }
}

/// A slice of a layout, with or without the axis that it is cut from.
@usableFromInline
package struct LayoutPart: Sendable {
    package let slice: AxisSlice
    /// Whether the axis, of extent 1 after slicing, is left out.
    package let dropsAxis: Bool
    @usableFromInline package let layout: Layout
    /// The position of the part's first element in the whole.
    @usableFromInline package let shift: Int
}

extension Layout {
    /// The layout of slices of one form, wherever they start.
    fileprivate final class PartForm: Sendable {
        let axis: Int
        let count: Int
        let step: Int
        let dropsAxis: Bool
        let layout: Layout
        let next = LazyObject<PartForm>()

        init(_ slice: AxisSlice, droppingAxis dropsAxis: Bool, of whole: Layout) {
            (axis, count, step) = (slice.axis, slice.count, slice.step)
            self.dropsAxis = dropsAxis
            let sliced = whole.sliced(slice).layout
            layout = dropsAxis ? sliced.squeezed([slice.axis]) : sliced
        }

        func fits(_ slice: AxisSlice, droppingAxis dropsAxis: Bool) -> Bool {
            axis == slice.axis && count == slice.count && step == slice.step && self.dropsAxis == dropsAxis
        }
    }

    private static let rememberedForms = 16

    package func part(_ slice: AxisSlice, droppingAxis dropsAxis: Bool) -> LayoutPart {
        let shift = slice.count == 0 ? 0 : slice.start * strides[slice.axis]
        return LayoutPart(
            slice: slice, dropsAxis: dropsAxis, layout: partLayout(slice, droppingAxis: dropsAxis), shift: shift)
    }

    private func partLayout(_ slice: AxisSlice, droppingAxis dropsAxis: Bool) -> Layout {
        func make() -> PartForm { PartForm(slice, droppingAxis: dropsAxis, of: self) }
        var form = firstForm.reference(make)
        for _ in 1..<Layout.rememberedForms {
            let found = form._withUnsafeGuaranteedRef { $0.fits(slice, droppingAxis: dropsAxis) ? $0.layout : nil }
            if let found { return found }
            form = form._withUnsafeGuaranteedRef { $0.next.reference(make) }
        }
        let last = form.takeUnretainedValue()
        return last.fits(slice, droppingAxis: dropsAxis) ? last.layout : make().layout
    }

    package func sliced(_ slice: AxisSlice) -> (layout: Layout, offset: Int) {
        var shape = shape
        var strides = strides
        let offset = slice.count == 0 ? 0 : slice.start * strides[slice.axis]
        shape[slice.axis] = slice.count
        strides[slice.axis] *= slice.step
        return (Layout(shape: shape, strides: strides), offset)
    }

    /// The last two axes swapped.
    package var transposed: Layout {
        transposedForm.value {
            var order = Array(0..<rank)
            order.swapAt(rank - 1, rank - 2)
            return permuted(order)
        }
    }

    package func permuted(_ order: [Int]) -> Layout {
        Layout(shape: order.map { shape[$0] }, strides: order.map { strides[$0] })
    }

    package func squeezed(_ axes: [Int]) -> Layout {
        var shape = shape
        var strides = strides
        for axis in axes.sorted(by: >) {
            shape.remove(at: axis)
            strides.remove(at: axis)
        }
        return Layout(shape: shape, strides: strides)
    }

    /// Inserts an axis of extent 1 at each given position of the result.
    package func unsqueezed(_ axes: [Int]) -> Layout {
        var shape = shape
        var strides = strides
        for axis in axes.sorted() {
            shape.insert(1, at: axis)
            strides.insert(0, at: axis)
        }
        return Layout(shape: shape, strides: strides)
    }

    /// Repeats axes of extent 1, and new leading axes, by a stride of zero; `nil` when the shapes don't fit.
    package func expanded(to target: [Int]) -> Layout? {
        guard fits(target) else { return nil }
        return Layout(
            shape: target, strides: target.indices.map { broadcastStride(alongAxis: $0, ofRank: target.count) })
    }

    /// Whether the extents are those of another layout.
    @inlinable @inline(__always)
    package func hasShape(of other: Layout) -> Bool { self === other || hasSameExtents(as: other) }

    @usableFromInline
    func hasSameExtents(as other: Layout) -> Bool {
        if let plane, let target = other.plane {
            return rank == other.rank && plane.rows == target.rows && plane.columns == target.columns
        }
        return shape == other.shape
    }

    /// Whether this layout can be broadcast to the shape of another.
    func fits(_ target: Layout) -> Bool {
        if let plane, let target = target.plane {
            return plane.rank <= target.rank && (plane.rows == target.rows || plane.rows == 1)
                && (plane.columns == target.columns || plane.columns == 1)
        }
        return fits(target.shape)
    }

    /// Whether this layout can be broadcast to a shape: aligned at the last axis, extents agree or are 1 here.
    package func fits(_ target: [Int]) -> Bool {
        let missing = target.count - rank
        if missing < 0 { return false }
        for axis in shape.indices where shape[axis] != target[missing + axis] && shape[axis] != 1 { return false }
        return true
    }

    /// The step through this layout along an axis of a shape with `rank` axes that it is broadcast to.
    @inline(__always)
    func broadcastStride(alongAxis axis: Int, ofRank rank: Int) -> Int {
        let own = axis - rank + shape.count
        return own < 0 || shape[own] == 1 ? 0 : strides[own]
    }

    /// The layout that reads the same elements, in the same order, under another shape without a copy; `nil`
    /// when no strides can do that. The counts must agree.
    package func reshaped(to target: [Int]) -> Layout? {
        if isContiguous { return Layout(target) }
        // Every maximal run of axes that is contiguous in itself may be cut up differently, nothing else.
        let old = zip(shape, strides).filter { $0.0 != 1 }
        var strides = [Int](repeating: 1, count: target.count)
        var oldStart = 0
        var axis = 0
        while axis < target.count {
            if target[axis] == 1 {
                axis += 1
                continue
            }
            guard oldStart < old.count else { return nil }
            var oldEnd = oldStart + 1
            var newEnd = axis + 1
            var oldCount = old[oldStart].0
            var newCount = target[axis]
            while oldCount != newCount {
                if oldCount < newCount {
                    guard oldEnd < old.count, old[oldEnd - 1].1 == old[oldEnd].1 * old[oldEnd].0 else { return nil }
                    oldCount *= old[oldEnd].0
                    oldEnd += 1
                } else {
                    guard newEnd < target.count else { return nil }
                    newCount *= target[newEnd]
                    newEnd += 1
                }
            }
            var step = old[oldEnd - 1].1
            for position in (axis..<newEnd).reversed() {
                strides[position] = step
                step *= target[position]
            }
            oldStart = oldEnd
            axis = newEnd
        }
        return Layout(shape: target, strides: strides)
    }

    /// The common shape of two operands by the broadcasting rule: aligned at the last axis, extents agree or one
    /// of them is 1; `nil` when they don't fit.
    package static func broadcastShape(_ a: [Int], _ b: [Int]) -> [Int]? {
        if a == b { return a }
        let rank = Swift.max(a.count, b.count)
        var result = [Int](repeating: 1, count: rank)
        for position in stride(from: 1, through: rank, by: 1) {
            let left = position <= a.count ? a[a.count - position] : 1
            let right = position <= b.count ? b[b.count - position] : 1
            guard left == right || left == 1 || right == 1 else { return nil }
            result[rank - position] = left == 1 ? right : left
        }
        return result
    }

    /// The row-major layout of what two operands are broadcast to, that of an operand if it lies so; `nil` when they
    /// don't fit.
    static func broadcast(_ a: Layout, _ b: Layout) -> Layout? {
        // A layout that is shared answers later questions about shapes at once.
        let (aFits, bFits) = (a.fits(b), b.fits(a))
        if bFits, a.isContiguous || !aFits { return a.contiguous }
        if aFits { return b.contiguous }
        return broadcastShape(a.shape, b.shape).map(rowMajor)
    }
}
