import TapestryArrays

// Elements, slices and rows by index. Indices are constants; the cotangents of what was read are added where it was
// read from, in the order of the indices.

extension Primitive {
    static func defineIndexing(in table: inout PrimitiveTable) {
        // y[…, i, …] = x[…, indices[…, i, …], …], and elements added into zeros.
        table.indexing(
            read: .gather, write: .scatter,
            value: { x, indices, a in x.gathered(axis: a.axis, indices: indices) },
            add: { zeros, values, indices, a in zeros.scatterAdd(axis: a.axis, indices: indices, values: values) },
            readBatch: { batch, a in batch[0].gathered(axis: a.axis + 1, batch[1]) },
            writeBatch: { batch, a in
                .scattered(batch[0], at: batch[1], axis: a.axis + 1, into: Layout([batch.count] + a.table.shape))
            })
        // y = x[…, indices[…], …], with the indices' axes in the place of the axis, and slices added into zeros.
        table.indexing(
            read: .slices, write: .scatterSlices,
            value: { x, indices, a in x.selected(axis: a.axis, indices: indices) },
            add: { zeros, values, indices, a in zeros.selectAdd(axis: a.axis, indices: indices, values: values) },
            readBatch: { batch, a in batch.taken(axis: a.axis) },
            writeBatch: { batch, a in batch.putBack(axis: a.axis, into: a.table.shape) })
        // Rows of a table, such as embeddings, whose cotangents go straight into the table's.
        table.indexing(
            read: .rows, write: .scatterRows,
            value: { x, indices, _ in x.gatheredRows(indices) },
            add: { zeros, values, indices, _ in zeros.scatterAddRows(indices, values) },
            readBatch: { batch, _ in
                if !batch.isBatched[0] { return batch.operands[0].gatheredRows(batch.operands[1]) }
                return batch.tables(axis: 0).gatheredRows(batch.rows(intoTables: batch.shape(0)))
            },
            writeBatch: { batch, a in
                let shape = a.table.shape
                let whole = Layout([batch.count * shape[0], shape[1]])
                let rows = Value.scatteredRows(batch[0], at: batch.rows(intoTables: shape), of: whole)
                return rows.reshaped(to: [batch.count] + shape)
            },
            accumulate: { g, r, sum in sum.addRows(g, at: r.b, of: r.attributes(IndexingAttributes.self).table) })
    }
}

/// The axis that is indexed, and the layout of what is indexed.
final class IndexingAttributes: Attributes, @unchecked Sendable {
    let axis: Int
    let table: Layout
    init(axis: Int = 0, of table: Layout) { (self.axis, self.table) = (axis, table) }
    override var text: String { "axis \(axis) of \(table.shape)" }
}

extension PrimitiveTable {
    /// Reading a table at indices, and adding values at indices into a table of zeros: each is linear in its first
    /// operand, and the reverse of the other.
    ///
    /// - Parameter accumulate: how a cotangent that was read is added to the table's, if not as a table of its own.
    fileprivate mutating func indexing(
        read: Primitive.ID, write: Primitive.ID,
        value: @escaping @Sendable (_ table: NDArray, _ indices: NDArray, IndexingAttributes) -> NDArray,
        add: @escaping @Sendable (_ zeros: NDArray, _ values: NDArray, _ indices: NDArray, IndexingAttributes) -> Void,
        readBatch: @escaping @Sendable (Batch, IndexingAttributes) -> Value,
        writeBatch: @escaping @Sendable (Batch, IndexingAttributes) -> Value,
        accumulate: (@Sendable (_ g: Value, RecordView, inout CotangentSum) -> Void)? = nil
    ) {
        /// A primitive of the pair applied with a record's indices; what is read may lie otherwise than the record's.
        @Sendable func applied(_ id: Primitive.ID, _ x: Value, _ r: RecordView) -> Value {
            .binary(id, x, r.b, r.attributes(IndexingAttributes.self))
        }
        accumulating(
            read, binary: { x, indices, a in value(x, indices, .of(a)) }, firstReads: .second,
            forward: .formula { t, r in applied(read, t[0]!, r) },
            batching: .formula { batch, a in readBatch(batch, .of(a)) }
        ) { g, r, _, sum in
            if let accumulate { accumulate(g, r, &sum) } else { sum.add(applied(write, g, r)) }
        }
        accumulating(
            write,
            binary: { values, indices, a in
                let zeros = NDArray(repeating: 0, layout: IndexingAttributes.of(a).table, values.elementType)
                add(zeros, values, indices, .of(a))
                return zeros
            },
            firstReads: .second,
            forward: .formula { t, r in applied(write, t[0]!, r) },
            batching: .formula { batch, a in writeBatch(batch, .of(a)) }
        ) { g, r, _, sum in sum.add(applied(read, g, r)) }
    }
}

// MARK: - Tables of all examples as one

extension Batch {
    /// The first operand with the batch's axis and an axis of one example made one, which comes first.
    fileprivate func tables(axis: Int) -> Value {
        let moved = operands[0].movingAxis(axis + 1, to: 1)
        return moved.reshaped(to: [moved.shape[0] * moved.shape[1]] + moved.shape[2...])
    }

    /// The indices of rows, the second operand, of every example into the tables of all examples.
    fileprivate func rows(intoTables table: [Int]) -> Value {
        indices(intoTables: table, axis: 0, fromEnd: false, "rows")
    }

    /// The indices of slices, the second operand, of every example into the tables of all examples.
    private func slices(intoTables table: [Int], axis: Int) -> Value {
        indices(intoTables: table, axis: axis, fromEnd: true, "slices")
    }

    /// Traps on an index outside of an example's table, which could be found in another example's.
    private func indices(intoTables table: [Int], axis: Int, fromEnd: Bool, _ name: String) -> Value {
        let extent = table[axis]
        var indices = self[1]
        indices.checkIndices(intoAxis: axis, of: table, fromEnd: fromEnd, name)
        if count * extent > Int(Int32.max) {
            trap(
                name, "\(count) examples of tables \(table) have more positions along axis \(axis) than int32 can hold")
        }
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
        var taken = tables(axis: axis).taken(axis: 0, slices(intoTables: shape(0), axis: axis))
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
        let places = self.slices(intoTables: table, axis: axis)
        let added = Value.putBack(slices, at: places, axis: 0, into: whole)
        return added.reshaped(to: [count, table[axis]] + others).movingAxis(1, to: axis + 1)
    }
}

// MARK: - As operations on values

extension Value {
    /// Rows of a matrix: shape `indices.shape + [columns]`.
    func gatheredRows(_ indices: Value) -> Value {
        .binary(.rows, self, indices, IndexingAttributes(of: layout))
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

    /// Slices by their positions along an axis.
    package func taken(axis: Int, _ indices: Value) -> Value {
        .binary(.slices, self, indices, IndexingAttributes(axis: axis, of: layout))
    }

    /// Slices added, by their positions along an axis, into a table of zeros.
    package static func putBack(_ slices: Value, at indices: Value, axis: Int, into table: Layout) -> Value {
        .binary(.scatterSlices, slices, indices, IndexingAttributes(axis: axis, of: table))
    }

    /// Traps, with the name of an operation, unless all of these indices lie in an axis of a table; inside of `vmap`
    /// the indices of all examples.
    package func checkIndices(intoAxis axis: Int, of table: [Int], fromEnd: Bool = true, _ name: String) {
        arrayOfAllExamples.checkIndices(intoAxis: axis, of: table, fromEnd: fromEnd, name)
    }

    /// Traps, with the name of an operation, unless all of these are numbers of classes; inside of `vmap` those of all
    /// examples.
    func checkClasses(below count: Int, _ name: String) {
        arrayOfAllExamples.checkIntegers(from: 0, below: count, name, "class")
    }
}
