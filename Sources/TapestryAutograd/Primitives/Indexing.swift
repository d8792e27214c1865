import TapestryArrays

// Rows by index. The cotangents of gathered rows are added straight into the table's, in the order of the indices.

extension Primitive {
    static func defineIndexing(in table: inout PrimitiveTable) {
        table.accumulating(
            .gatherRows, binary: { x, indices, _ in x.gatheredRows(indices) }, firstReads: .second,
            forward: .formula { t, r in t[0]!.gatheredRows(r.b) },
            batching: .formula { batch, _ in
                if !batch.isBatched[0] { return batch.operands[0].gatheredRows(batch.operands[1]) }
                let (table, indices) = batch.inOneTable
                return table.gatheredRows(indices)
            }
        ) { g, r, _, sum in
            sum.addRows(g, at: r.b, of: r.attributes(RowsAttributes.self).table)
        }
        // The reverse of gathering: rows added into a table of zeros.
        table.accumulating(
            .scatterRows,
            binary: { x, indices, a in
                let result = NDArray(repeating: 0, layout: RowsAttributes.of(a).table, x.elementType)
                result.scatterAddRows(indices, x)
                return result
            },
            firstReads: .second,
            forward: .formula { t, r in .scatteredRows(t[0]!, at: r.b, of: r.attributes(RowsAttributes.self).table) },
            batching: .formula { batch, a in
                let shape = RowsAttributes.of(a).table.shape
                let whole = Layout([batch.count * shape[0], shape[1]])
                let rows = Value.scatteredRows(batch[0], at: batch.indices(intoRows: shape[0]), of: whole)
                return rows.reshaped(to: [batch.count] + shape)
            }
        ) { g, r, _, sum in sum.add(g.gatheredRows(r.b)) }
    }
}

extension Batch {
    /// The tables of all examples as one, and the indices into it.
    fileprivate var inOneTable: (table: Value, indices: Value) {
        let shape = shape(0)
        return (operands[0].reshaped(to: [count * shape[0], shape[1]]), indices(intoRows: shape[0]))
    }

    /// The indices, operand 1, of every example into the table of all examples. (What lies outside of an example's table
    /// must not be found in another's.)
    fileprivate func indices(intoRows rows: Int) -> Value {
        let indices = self[1]
        indices.array.checkIndices(below: rows)
        let starts = NDArray((0..<count).map { Int32($0 * rows) }, shape: [count] + shape(1).map { _ in 1 })
        return indices + Value(starts)
    }
}

extension Value {
    /// Rows of a matrix: shape `indices.shape + [columns]`.
    func gatheredRows(_ indices: Value) -> Value {
        .binary(.gatherRows, self, indices, RowsAttributes(of: layout))
    }

    /// Rows added, by index, into a table of zeros.
    static func scatteredRows(_ rows: Value, at indices: Value, of table: Layout) -> Value {
        .binary(.scatterRows, rows, indices, RowsAttributes(of: table))
    }
}
