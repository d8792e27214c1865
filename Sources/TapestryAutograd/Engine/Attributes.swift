import TapestryArrays

/// What a record knows beside its operands: axes, shapes, ranges. One small class for each kind; most elementwise
/// records have none.
package class Attributes: @unchecked Sendable {
    /// As it appears in a printed tape.
    var text: String { "" }

    /// The attributes of a record as the kind that its primitive gives all its records.
    static func of(_ attributes: Attributes?) -> Self { unsafeDowncast(attributes!, to: Self.self) }
}

/// The layouts that two operands had before they were broadcast.
final class BroadcastAttributes: Attributes, @unchecked Sendable {
    private let first, second: Layout
    init(_ first: Layout, _ second: Layout) { (self.first, self.second) = (first, second) }

    subscript(operand: Int) -> Layout { operand == 0 ? first : second }

    override var text: String { "from \(first.shape), \(second.shape)" }
}

/// Axes of a reduction or a softmax, and the operand's layout.
class AxesAttributes: Attributes, @unchecked Sendable {
    let axes: [Int]
    let keepsAxes: Bool
    let operand: Layout
    init(_ axes: [Int], keepsAxes: Bool, operand: Layout) {
        self.axes = axes
        self.keepsAxes = keepsAxes
        self.operand = operand
    }
    override var text: String { "over \(axes)" }
}

/// What the sum over axes is divided by.
final class MeanAttributes: AxesAttributes, @unchecked Sendable {
    let divisor: Double
    init(_ axes: [Int], keepsAxes: Bool, operand: Layout, divisor: Double) {
        self.divisor = divisor
        super.init(axes, keepsAxes: keepsAxes, operand: operand)
    }
}

/// The shape of the result and the operand's layout.
final class ShapeAttributes: Attributes, @unchecked Sendable {
    let shape: [Int]
    let operand: Layout
    init(_ shape: [Int], operand: Layout) {
        self.shape = shape
        self.operand = operand
    }
    override var text: String { "from \(operand.shape)" }
}

/// The order of the operand's axes in the result.
final class OrderAttributes: Attributes, @unchecked Sendable {
    let order: [Int]
    init(_ order: [Int]) { self.order = order }
    override var text: String { "order \(order)" }

    var inverse: [Int] {
        var inverse = order
        for (position, axis) in order.enumerated() { inverse[axis] = position }
        return inverse
    }
}

/// Where a slice lies in a larger array.
final class SliceAttributes: Attributes, @unchecked Sendable {
    let part: LayoutPart
    let whole: Layout

    init(_ slice: AxisSlice, droppingAxis dropsAxis: Bool, of whole: Layout) {
        part = whole.part(slice, droppingAxis: dropsAxis)
        self.whole = whole
    }

    var slice: AxisSlice { part.slice }
    /// Whether the axis, of extent 1 after slicing, is left out of the part.
    var dropsAxis: Bool { part.dropsAxis }

    /// The part of an array that has the shape of the whole and is contiguous.
    var contiguousPart: LayoutPart {
        whole.isContiguous ? part : whole.contiguous.part(slice, droppingAxis: dropsAxis)
    }

    func part(of buffer: NDArray) -> NDArray {
        whole.isContiguous ? buffer.viewed(part.layout, shift: part.shift) : buffer.part(contiguousPart)
    }

    override var text: String { "\(place) of \(whole.shape)" }

    var place: String {
        if dropsAxis { return "axis \(slice.axis): \(slice.start)" }
        let end = slice.count == 0 ? slice.start : slice.start + slice.step * (slice.count - 1) + 1
        return "axis \(slice.axis): \(slice.start)..<\(end)" + (slice.step == 1 ? "" : " by \(slice.step)")
    }
}

/// Where several slices lie in a larger array.
final class AssemblyAttributes: Attributes, @unchecked Sendable {
    let parts: [SliceAttributes]
    let whole: Layout
    init(_ parts: [SliceAttributes], of whole: Layout) {
        self.parts = parts
        self.whole = whole
    }
    override var text: String { "\(parts.map(\.place).joined(separator: "; ")) of \(whole.shape)" }
}

/// The axis of a concatenation, and where each part begins on it.
final class ConcatenationAttributes: Attributes, @unchecked Sendable {
    let axis: Int
    let starts: [Int]
    let extents: [Int]
    /// Whether the parts don't have the axis themselves: each is one position of it.
    let isStacking: Bool

    init(axis: Int, extents: [Int], isStacking: Bool) {
        self.axis = axis
        self.extents = extents
        self.isStacking = isStacking
        var start = 0
        starts = extents.map { extent in
            defer { start += extent }
            return start
        }
    }

    func slice(_ part: Int) -> AxisSlice { AxisSlice(axis: axis, start: starts[part], count: extents[part]) }

    override var text: String { "axis \(axis)" }
}

/// The element type to convert to, and the one that was there before.
final class ConversionAttributes: Attributes, @unchecked Sendable {
    let target: ElementType
    let source: ElementType
    init(to target: ElementType, from source: ElementType) {
        self.target = target
        self.source = source
    }
    override var text: String { "\(source) to \(target)" }
}

/// The layouts of what is selected from.
final class SelectionAttributes: Attributes, @unchecked Sendable {
    let operands: [Layout]
    init(_ operands: [Layout]) { self.operands = operands }
}
