import TapestryArrays

// Rows by index. The cotangents of gathered rows are added straight into the table's, in the order of the indices.

extension Primitive {
    static func defineIndexing(in table: inout PrimitiveTable) {
        table.accumulating(.gatherRows, unary: { x, a in x.gatheredRows(rows(a).indices) }) { g, r, _, sum in
            let attributes = rows(r.attributes())
            sum.addRows(g, at: attributes.indices, of: attributes.table)
        }
        // The reverse of gathering: rows added into a table of zeros.
        table.unary(
            .scatterRows,
            { x, a in
                let result = NDArray(repeating: 0, layout: rows(a).table, x.elementType)
                result.scatterAddRows(rows(a).indices, x)
                return result
            }
        ) { g, r in
            g.gatheredRows(rows(r.attributes()).indices)
        }
    }

    private static func rows(_ attributes: Attributes?) -> RowsAttributes {
        unsafeDowncast(attributes!, to: RowsAttributes.self)
    }
}

extension Value {
    /// Rows of a matrix: shape `indices.shape + [columns]`.
    func gatheredRows(_ indices: NDArray) -> Value {
        .unary(.gatherRows, self, RowsAttributes(indices, of: layout))
    }
}
