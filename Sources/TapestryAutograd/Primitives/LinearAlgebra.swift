import TapestryArrays

// The matrix product of matrices or batches of them: C = A·B, ∂L/∂A = G·Bᵀ, ∂L/∂B = Aᵀ·G, where transposes are views
// and products are added straight into the cotangents.

extension Primitive {
    static func defineLinearAlgebra(in table: inout PrimitiveTable) {
        table.accumulating(
            .matmul, binary: { a, b, _ in .matmul(a, b) }, firstReads: .second, secondReads: .first
        ) { g, r, k, sum in
            let (left, right) = k == 0 ? (g, r.b.transposed) : (r.a.transposed, g)
            if left.rank == 2, right.rank == 2 {
                sum.addProduct(left, right)
            } else {
                sum.add(Value.matmul(left, right).summed(to: r.attributes(BroadcastAttributes.self).operands[k]))
            }
        }
    }
}

extension Value {
    /// The product with NumPy's rules for vectors and batches.
    static func matmul(_ a: Value, _ b: Value) -> Value {
        if a.rank == 2, b.rank == 2 { return binary(.matmul, a, b) }
        if a.rank == 0 || b.rank == 0 || a.shape[a.rank - 1] != b.shape[Swift.max(b.rank - 2, 0)] {
            // The array's own check shows the shapes as the caller wrote them.
            return Value(NDArray.matmul(a.array, b.array))
        }
        if a.rank == 1 { return matmul(a.unsqueezed([0]), b).squeezed([Swift.max(b.rank - 2, 0)]) }
        if b.rank == 1 { return matmul(a, b.unsqueezed([1])).squeezed([a.rank - 1]) }
        if b.rank == 2 {
            // Many rows against one matrix are one tall product, and so is its weight gradient.
            let rows = a.reshaped(to: [a.shape.dropLast().reduce(1, *), a.shape[a.rank - 1]])
            return matmul(rows, b).reshaped(to: a.shape.dropLast() + [b.shape[1]])
        }
        return binary(.matmul, a, b, BroadcastAttributes(a.layout, b.layout))
    }
}
