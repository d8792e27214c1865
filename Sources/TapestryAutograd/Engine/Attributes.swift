import TapestryArrays

/// What a record knows beside its operands: axes, shapes, ranges. One small class for each kind; most elementwise
/// records have none.
package class Attributes: @unchecked Sendable {
    /// As it appears in a printed tape.
    var text: String { "" }
}

/// The layouts that the operands had before they were broadcast.
final class BroadcastAttributes: Attributes, @unchecked Sendable {
    let operands: [Layout]
    init(_ operands: Layout...) { self.operands = operands }
    init(_ operands: [Layout]) { self.operands = operands }
    override var text: String { "from " + operands.map { "\($0.shape)" }.joined(separator: ", ") }
}

/// Axes of a reduction or a softmax, and the operand's layout.
final class AxesAttributes: Attributes, @unchecked Sendable {
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

/// Where an array lies in a larger one: its slices, one for each axis that is cut.
final class SliceAttributes: Attributes, @unchecked Sendable {
    let slices: [AxisSlice]
    let whole: Layout
    init(_ slices: [AxisSlice], of whole: Layout) {
        self.slices = slices
        self.whole = whole
    }
    override var text: String { "\(SliceAttributes.text(slices)) of \(whole.shape)" }

    static func text(_ slices: [AxisSlice]) -> String {
        slices.map { slice in
            let end = slice.start + slice.step * slice.count
            return "axis \(slice.axis): \(slice.start)..<\(end)" + (slice.step == 1 ? "" : " by \(slice.step)")
        }.joined(separator: ", ")
    }
}

/// Where several arrays lie in a larger one.
final class AssemblyAttributes: Attributes, @unchecked Sendable {
    /// For each part its slices.
    let parts: [[AxisSlice]]
    let whole: Layout
    init(_ parts: [[AxisSlice]], of whole: Layout) {
        self.parts = parts
        self.whole = whole
    }
    override var text: String { "\(parts.map(SliceAttributes.text).joined(separator: "; ")) of \(whole.shape)" }
}

/// The axis of a concatenation and the extents of the parts along it.
final class ConcatenationAttributes: Attributes, @unchecked Sendable {
    let axis: Int
    let extents: [Int]
    init(axis: Int, extents: [Int]) {
        self.axis = axis
        self.extents = extents
    }
    override var text: String { "axis \(axis)" }
}

/// Rows picked from a table of a given layout by an index array.
final class RowsAttributes: Attributes, @unchecked Sendable {
    let indices: NDArray
    let table: Layout
    init(_ indices: NDArray, of table: Layout) {
        self.indices = indices
        self.table = table
    }
    override var text: String { "indices \(indices.shape)" }
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

/// The condition of a selection, and the layouts of what is selected.
final class SelectionAttributes: Attributes, @unchecked Sendable {
    let condition: NDArray
    let operands: [Layout]
    init(_ condition: NDArray, _ operands: [Layout]) {
        self.condition = condition
        self.operands = operands
    }
}
