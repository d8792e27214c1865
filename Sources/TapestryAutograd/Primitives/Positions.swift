import TapestryArrays

// Positions of elements: whole numbers, which have no derivative, and by which elements are then gathered.

extension Primitive {
    static func definePositions(in table: inout PrimitiveTable) {
        table.constant(
            .argSort,
            batching: .positions { x, order, axis in x.sortedPositions(axis: axis, descending: order.isDescending) }
        ) { x, a in
            let order = OrderingAttributes.of(a)
            return x.argSorted(axis: order.axis, descending: order.isDescending)
        }
        table.extremes(.argMax, .argMin) { x, order, greatest in
            x.argReduced(maximum: greatest, axis: order.axis, keepingAxis: true)
        } batching: { x, _, axis, greatest in
            x.extremePosition(axis: axis, greatest: greatest)
        }
        table.extremes(.largest, .smallest) { x, order, greatest in
            greatest ? x.argLargest(order.count!, axis: order.axis) : x.argSmallest(order.count!, axis: order.axis)
        } batching: { x, order, axis, greatest in
            x.extremePositions(order.count!, axis: axis, greatest: greatest)
        }
        table.extremes(.cumulativeMax, .cumulativeMin) { x, order, greatest in
            x.runningPositions(maximum: greatest, axis: order.axis)
        } batching: { x, _, axis, greatest in
            x.runningPositions(axis: axis, greatest: greatest)
        }
        table.constant(
            .scatterSet,
            batching: .formula { batch, a in
                let attributes = IndexingAttributes.of(a)
                return batch[0].lastPositions(
                    axis: attributes.axis + 1, into: Layout([batch.count] + attributes.table.shape))
            }
        ) { indices, a in
            let attributes = IndexingAttributes.of(a)
            return indices.lastPositions(axis: attributes.axis, into: attributes.table)
        }
        table.constant(
            .searchSorted,
            batching: .formula { batch, a in
                let right = OrderingAttributes.of(a).isDescending
                if !batch.isBatched[0], batch.rank(0) == 1 {
                    return .searchSorted(batch.operands[0], batch.operands[1], right: right)
                }
                // A row of values for each sequence.
                let row = batch.rank(0) == 1 ? [batch[1].count / Swift.max(batch.count, 1)] : [batch.shape(1).last!]
                let leading = batch.rank(0) == 1 ? [batch.count] : [batch.count] + batch.shape(1).dropLast()
                let found = Value.searchSorted(batch[0], batch[1].reshaped(to: leading + row), right: right)
                return found.reshaped(to: [batch.count] + batch.shape(1))
            }
        ) { (sequence: consuming NDArray, values: consuming NDArray, a: Attributes?) in
            .searchSorted(sequence, values, right: OrderingAttributes.of(a).isDescending)
        }
    }
}

/// An axis, which end of an order comes first, and how many elements are wanted.
final class OrderingAttributes: Attributes, @unchecked Sendable {
    let axis: Int
    let isDescending: Bool
    let count: Int?
    init(axis: Int, descending: Bool = false, count: Int? = nil) {
        (self.axis, isDescending, self.count) = (axis, descending, count)
    }
    override var text: String { "axis \(axis)" }
}

extension PrimitiveTable {
    /// The positions of the greatest elements, and those of the least.
    fileprivate mutating func extremes(
        _ greatest: Primitive.ID, _ least: Primitive.ID,
        value: @escaping @Sendable (_ x: NDArray, _ order: OrderingAttributes, _ greatest: Bool) -> NDArray,
        batching:
            @escaping @Sendable (_ x: Value, _ order: OrderingAttributes, _ axis: Int, _ greatest: Bool) -> Value
    ) {
        for (id, isGreatest) in [(greatest, true), (least, false)] {
            constant(id, batching: .positions { x, order, axis in batching(x, order, axis, isGreatest) }) { x, a in
                value(x, .of(a), isGreatest)
            }
        }
    }
}

extension Primitive.Batching {
    /// Positions along an axis, which has moved one to the right.
    fileprivate static func positions(
        _ formula: @escaping @Sendable (_ x: Value, _ order: OrderingAttributes, _ axis: Int) -> Value
    ) -> Self {
        .formula { batch, a in formula(batch[0], OrderingAttributes.of(a), OrderingAttributes.of(a).axis + 1) }
    }
}

// MARK: - As operations on values

extension Value {
    func sortedPositions(axis: Int, descending: Bool) -> Value {
        .unary(.argSort, self, OrderingAttributes(axis: axis, descending: descending))
    }

    /// The positions of the `count` greatest or least elements along an axis, the utmost first.
    func extremePositions(_ count: Int, axis: Int, greatest: Bool) -> Value {
        .unary(greatest ? .largest : .smallest, self, OrderingAttributes(axis: axis, count: count))
    }

    /// The position of the greatest or least element along an axis, which stays with extent 1.
    func extremePosition(axis: Int, greatest: Bool) -> Value {
        .unary(greatest ? .argMax : .argMin, self, OrderingAttributes(axis: axis))
    }

    /// The positions of the elements that a running maximum or minimum consists of.
    func runningPositions(axis: Int, greatest: Bool) -> Value {
        .unary(greatest ? .cumulativeMax : .cumulativeMin, self, OrderingAttributes(axis: axis))
    }

    /// For each place of a table the position along an axis, counted from 1, of the last of these indices that names
    /// it; 0 for a place that none does.
    func lastPositions(axis: Int, into table: Layout) -> Value {
        .unary(.scatterSet, self, IndexingAttributes(axis: axis, of: table))
    }

    static func searchSorted(_ sequence: Value, _ values: Value, right: Bool) -> Value {
        .binary(.searchSorted, sequence, values, OrderingAttributes(axis: sequence.rank - 1, descending: right))
    }
}
