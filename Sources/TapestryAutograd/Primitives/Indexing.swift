import TapestryArrays

// Rows by index. The cotangents of gathered rows are added straight into the table's, in the order of the indices.

extension Primitive {
    static func defineIndexing(in table: inout PrimitiveTable) {
        table.accumulating(
            .gatherRows, unary: { x, a in x.gatheredRows(RowsAttributes.of(a).indices) }
        ) { g, r, _, sum in
            let attributes = r.attributes(RowsAttributes.self)
            sum.addRows(g, at: attributes.indices, of: attributes.table)
        }
        // The reverse of gathering: rows added into a table of zeros.
        table.unary(
            .scatterRows,
            { x, a in
                let attributes = RowsAttributes.of(a)
                let result = NDArray(repeating: 0, layout: attributes.table, x.elementType)
                result.scatterAddRows(attributes.indices, x)
                return result
            },
            Rule { g, r in g.gatheredRows(r.attributes(RowsAttributes.self).indices) })
    }
}

extension Value {
    /// Rows of a matrix: shape `indices.shape + [columns]`.
    func gatheredRows(_ indices: NDArray) -> Value {
        .unary(.gatherRows, self, RowsAttributes(indices, of: layout))
    }
}
