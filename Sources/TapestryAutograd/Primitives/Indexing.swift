import TapestryArrays

// Elements, slices and rows by index, and the positions that such indices are. Indices are constants; the cotangents of
// what was read are added where it was read from, in the order of the indices.

extension Primitive {
    static func defineIndexing(in table: inout PrimitiveTable) {
        defineRows(in: &table)
        // y[…, i, …] = x[…, indices[…, i, …], …]
        table.accumulating(
            .gather, binary: { x, indices, a in x.gathered(axis: IndexingAttributes.of(a).axis, indices: indices) },
            firstReads: .second,
            forward: .formula { t, r in t[0]!.gathered(axis: r.attributes(IndexingAttributes.self).axis, r.b) },
            batching: .formula { batch, a in batch[0].gathered(axis: IndexingAttributes.of(a).axis + 1, batch[1]) }
        ) { g, r, _, sum in
            let attributes = r.attributes(IndexingAttributes.self)
            sum.add(.scattered(g, at: r.b, axis: attributes.axis, into: attributes.table))
        }
        // The reverse of gathering: elements added into zeros.
        table.accumulating(
            .scatter,
            binary: { x, indices, a in
                let attributes = IndexingAttributes.of(a)
                let result = NDArray(repeating: 0, layout: attributes.table, x.elementType)
                result.scatterAdd(axis: attributes.axis, indices: indices, values: x)
                return result
            },
            firstReads: .second,
            forward: .formula { t, r in
                let attributes = r.attributes(IndexingAttributes.self)
                return .scattered(t[0]!, at: r.b, axis: attributes.axis, into: attributes.table)
            },
            batching: .formula { batch, a in
                let attributes = IndexingAttributes.of(a)
                let table = Layout([batch.count] + attributes.table.shape)
                return .scattered(batch[0], at: batch[1], axis: attributes.axis + 1, into: table)
            }
        ) { g, r, _, sum in sum.add(g.gathered(axis: r.attributes(IndexingAttributes.self).axis, r.b)) }
        // y = x[…, indices[…], …], with the indices' axes in the place of the axis
        table.accumulating(
            .take, binary: { x, indices, a in x.selected(axis: IndexingAttributes.of(a).axis, indices: indices) },
            firstReads: .second,
            forward: .formula { t, r in t[0]!.taken(axis: r.attributes(IndexingAttributes.self).axis, r.b) },
            batching: .formula { batch, a in batch.taken(axis: IndexingAttributes.of(a).axis) }
        ) { g, r, _, sum in
            let attributes = r.attributes(IndexingAttributes.self)
            sum.add(.putBack(g, at: r.b, axis: attributes.axis, into: attributes.table))
        }
        // The reverse of taking: slices added into zeros.
        table.accumulating(
            .putBack,
            binary: { x, indices, a in
                let attributes = IndexingAttributes.of(a)
                let result = NDArray(repeating: 0, layout: attributes.table, x.elementType)
                result.selectAdd(axis: attributes.axis, indices: indices, values: x)
                return result
            },
            firstReads: .second,
            forward: .formula { t, r in
                let attributes = r.attributes(IndexingAttributes.self)
                return .putBack(t[0]!, at: r.b, axis: attributes.axis, into: attributes.table)
            },
            batching: .formula { batch, a in
                let attributes = IndexingAttributes.of(a)
                return batch.putBack(axis: attributes.axis, into: attributes.table.shape)
            }
        ) { g, r, _, sum in sum.add(g.taken(axis: r.attributes(IndexingAttributes.self).axis, r.b)) }

        definePositions(in: &table)
    }

    /// Rows of a table, such as embeddings, whose cotangents go straight into the table's.
    private static func defineRows(in table: inout PrimitiveTable) {
        table.accumulating(
            .gatherRows, binary: { x, indices, _ in x.gatheredRows(indices) }, firstReads: .second,
            forward: .formula { t, r in t[0]!.gatheredRows(r.b) },
            batching: .formula { batch, _ in
                if !batch.isBatched[0] { return batch.operands[0].gatheredRows(batch.operands[1]) }
                return batch.tables(axis: 0).gatheredRows(batch.indices(intoTablesOf: batch.shape(0)[0]))
            }
        ) { g, r, _, sum in
            sum.addRows(g, at: r.b, of: r.attributes(IndexingAttributes.self).table)
        }
        // The reverse of gathering: rows added into a table of zeros.
        table.accumulating(
            .scatterRows,
            binary: { x, indices, a in
                let result = NDArray(repeating: 0, layout: IndexingAttributes.of(a).table, x.elementType)
                result.scatterAddRows(indices, x)
                return result
            },
            firstReads: .second,
            forward: .formula { t, r in
                .scatteredRows(t[0]!, at: r.b, of: r.attributes(IndexingAttributes.self).table)
            },
            batching: .formula { batch, a in
                let shape = IndexingAttributes.of(a).table.shape
                let whole = Layout([batch.count * shape[0], shape[1]])
                let rows = Value.scatteredRows(batch[0], at: batch.indices(intoTablesOf: shape[0]), of: whole)
                return rows.reshaped(to: [batch.count] + shape)
            }
        ) { g, r, _, sum in sum.add(g.gatheredRows(r.b)) }
    }

    /// Positions are whole numbers, and have no derivative.
    private static func definePositions(in table: inout PrimitiveTable) {
        table.constant(
            .sortedPositions,
            batching: .positions { x, order, axis in x.sortedPositions(axis: axis, descending: order.isDescending) }
        ) { x, a in
            let order = OrderingAttributes.of(a)
            return x.argSorted(axis: order.axis, descending: order.isDescending)
        }
        table.constant(
            .extremePositions,
            batching: .positions { x, order, axis in
                x.extremePositions(order.count!, axis: axis, greatest: order.isDescending)
            }
        ) { x, a in
            let order = OrderingAttributes.of(a)
            let (count, axis) = (order.count!, order.axis)
            return order.isDescending ? x.largest(count, axis: axis).indices : x.smallest(count, axis: axis).indices
        }
        table.constant(
            .extremePosition,
            batching: .positions { x, order, axis in x.extremePosition(axis: axis, greatest: order.isDescending) }
        ) { x, a in
            let order = OrderingAttributes.of(a)
            return x.argReduced(maximum: order.isDescending, axis: order.axis, keepingAxis: true)
        }
        table.constant(
            .runningPositions,
            batching: .positions { x, order, axis in x.runningPositions(axis: axis, greatest: order.isDescending) }
        ) { x, a in
            let order = OrderingAttributes.of(a)
            return x.runningPositions(maximum: order.isDescending, axis: order.axis)
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

/// The axis that is indexed, and the layout of what is indexed.
final class IndexingAttributes: Attributes, @unchecked Sendable {
    let axis: Int
    let table: Layout
    init(axis: Int = 0, of table: Layout) { (self.axis, self.table) = (axis, table) }
    override var text: String { "axis \(axis) of \(table.shape)" }
}

/// An axis, which end of an order comes first, and how many elements are wanted.
final class OrderingAttributes: Attributes, @unchecked Sendable {
    let axis: Int
    let isDescending: Bool
    let count: Int?
    init(axis: Int, descending: Bool, count: Int? = nil) {
        (self.axis, isDescending, self.count) = (axis, descending, count)
    }
    override var text: String { "axis \(axis)" }
}

extension Primitive.Batching {
    /// Positions along an axis, which has moved one to the right.
    fileprivate static func positions(
        _ formula: @escaping @Sendable (_ x: Value, _ order: OrderingAttributes, _ axis: Int) -> Value
    ) -> Self {
        .formula { batch, a in formula(batch[0], OrderingAttributes.of(a), OrderingAttributes.of(a).axis + 1) }
    }
}

// MARK: - Tables of all examples as one

extension Batch {
    /// The first operand with the batch's axis and an axis of one example made one, which comes first.
    fileprivate func tables(axis: Int) -> Value {
        let moved = operands[0].movingAxis(axis + 1, to: 1)
        return moved.reshaped(to: [moved.shape[0] * moved.shape[1]] + moved.shape[2...])
    }

    /// The indices, the second operand, of every example into the tables of all examples. (What lies outside of an
    /// example's table must not be found in another's.)
    fileprivate func indices(intoTablesOf extent: Int, fromEnd: Bool = false) -> Value {
        var indices = self[1]
        indices.array.checkIndices(in: (fromEnd ? -extent : 0)..<extent)
        if fromEnd {
            let isNegative = Value.binary(.less, indices, Value(NDArray([0 as Int32], shape: [])))
            let fromStart = indices + Value(NDArray([Int32(extent)], shape: []))
            indices = .select(isNegative, fromStart, indices)
        }
        let starts = NDArray((0..<Int32(count)).map { $0 * Int32(extent) }, shape: [count] + shape(1).map { _ in 1 })
        return indices + Value(starts)
    }

    fileprivate func taken(axis: Int) -> Value {
        if !isBatched[1] { return operands[0].taken(axis: axis + 1, operands[1]) }
        if !isBatched[0] { return operands[0].taken(axis: axis, operands[1]).movingAxis(axis, to: 0) }
        // [batch, indices…, other axes…]
        var taken = tables(axis: axis).taken(axis: 0, indices(intoTablesOf: shape(0)[axis], fromEnd: true))
        for k in 0..<axis { taken = taken.movingAxis(1 + rank(1) + k, to: 1 + k) }
        return taken
    }

    fileprivate func putBack(axis: Int, into table: [Int]) -> Value {
        if !isBatched[1] {
            return .putBack(operands[0], at: operands[1], axis: axis + 1, into: Layout([count] + table))
        }
        var slices = self[0]
        for k in (0..<axis).reversed() { slices = slices.movingAxis(1 + k, to: rank(1) + 1 + k) }
        var others = table
        others.remove(at: axis)
        let whole = Layout([count * table[axis]] + others)
        let added = Value.putBack(slices, at: indices(intoTablesOf: table[axis], fromEnd: true), axis: 0, into: whole)
        return added.reshaped(to: [count, table[axis]] + others).movingAxis(1, to: axis + 1)
    }
}

// MARK: - As operations on values

extension Value {
    /// Rows of a matrix: shape `indices.shape + [columns]`.
    func gatheredRows(_ indices: Value) -> Value {
        .binary(.gatherRows, self, indices, IndexingAttributes(of: layout))
    }

    /// Rows added, by index, into a table of zeros.
    static func scatteredRows(_ rows: Value, at indices: Value, of table: Layout) -> Value {
        .binary(.scatterRows, rows, indices, IndexingAttributes(of: table))
    }

    func gathered(axis: Int, _ indices: Value) -> Value {
        .binary(.gather, self, indices, IndexingAttributes(axis: axis, of: layout))
    }

    static func scattered(_ values: Value, at indices: Value, axis: Int, into table: Layout) -> Value {
        .binary(.scatter, values, indices, IndexingAttributes(axis: axis, of: table))
    }

    func taken(axis: Int, _ indices: Value) -> Value {
        .binary(.take, self, indices, IndexingAttributes(axis: axis, of: layout))
    }

    static func putBack(_ slices: Value, at indices: Value, axis: Int, into table: Layout) -> Value {
        .binary(.putBack, slices, indices, IndexingAttributes(axis: axis, of: table))
    }

    func sortedPositions(axis: Int, descending: Bool) -> Value {
        .unary(.sortedPositions, self, OrderingAttributes(axis: axis, descending: descending))
    }

    /// The positions of the `count` greatest or least elements along an axis, the utmost first.
    func extremePositions(_ count: Int, axis: Int, greatest: Bool) -> Value {
        .unary(.extremePositions, self, OrderingAttributes(axis: axis, descending: greatest, count: count))
    }

    /// The position of the greatest or least element along an axis, which stays with extent 1.
    func extremePosition(axis: Int, greatest: Bool) -> Value {
        .unary(.extremePosition, self, OrderingAttributes(axis: axis, descending: greatest))
    }

    /// The positions of the elements that a running maximum or minimum consists of.
    func runningPositions(axis: Int, greatest: Bool) -> Value {
        .unary(.runningPositions, self, OrderingAttributes(axis: axis, descending: greatest))
    }

    static func searchSorted(_ sequence: Value, _ values: Value, right: Bool) -> Value {
        .binary(.searchSorted, sequence, values, OrderingAttributes(axis: sequence.rank - 1, descending: right))
    }
}
