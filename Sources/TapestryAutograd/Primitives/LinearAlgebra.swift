import TapestryArrays

// The matrix product of matrices or batches of them: C = A·B, ∂L/∂A = G·Bᵀ, ∂L/∂B = Aᵀ·G, where transposes are views
// and products are added straight into the cotangents.

extension Primitive {
    static func defineLinearAlgebra(in table: inout PrimitiveTable) {
        table.accumulating(
            .matmul, binary: { a, b, _ in .matmul(a, b) }, firstReads: .second, secondReads: .first
        ) { g, r, k, sum in
            if g.rank == 2 {
                k == 0 ? sum.addProduct(g, r.transposedOperand(1)) : sum.addProduct(r.a.transposed, g)
            } else {
                let (left, right) = k == 0 ? (g, r.b.transposed) : (r.a.transposed, g)
                sum.add(Value.matmul(left, right).summed(to: r.attributes(BroadcastAttributes.self).operands[k]))
            }
        }
        // Z = X₁·W₁ + X₂·W₂ + … + b for matrices and a row b, in one buffer: the pre-activations of a recurrent step.
        table.accumulating(
            .sumOfProducts,
            nary: { operands, _ in .sumOfProducts(operands) }, readsPartners: true
        ) { g, r, k, sum in
            if k == r.operandCount - 1, k.isMultiple(of: 2) {
                sum.add(g.sum(over: [0], keepingAxes: false))
            } else if k.isMultiple(of: 2) {
                sum.addProduct(g, r.transposedOperand(k + 1))
            } else {
                sum.addProduct(r.operand(k - 1).transposed, g)
            }
        }
    }
}

extension Value {
    /// Σ xᵢ · Wᵢ + b, each xᵢ `[…, inputᵢ]` with the same leading axes, Wᵢ `[inputᵢ, columns]`, b `[columns]`.
    package static func sumOfProducts(_ products: [(x: Value, weights: Value)], bias: Value?) -> Value {
        let leading = Array(products[0].x.shape.dropLast())
        let fits = products.allSatisfy { x, weights in
            x.rank >= 1 && weights.rank == 2 && x.shape.dropLast().elementsEqual(leading)
        }
        guard fits, bias == nil || bias!.shape == [products[0].weights.shape[1]] else {
            let sum = products.dropFirst().reduce(matmul(products[0].x, products[0].weights)) {
                $0 + matmul($1.x, $1.weights)
            }
            return bias.map { sum + $0 } ?? sum
        }
        let rows = leading.reduce(1, *)
        var operands: [Value] = []
        operands.reserveCapacity(2 * products.count + 1)
        for (x, weights) in products {
            operands.append(x.rank == 2 ? x : x.reshaped(to: [rows, x.shape[x.rank - 1]]))
            operands.append(weights)
        }
        if let bias { operands.append(bias) }
        let sum = nary(.sumOfProducts, operands)
        return leading.count == 1 ? sum : sum.reshaped(to: leading + [sum.shape[1]])
    }

    /// The product with NumPy's rules: vectors are a row on the left and a column on the right, leading axes are batches
    /// and are broadcast.
    static func matmul(_ a: Value, _ b: Value) -> Value {
        if a.rank == 2, b.rank == 2 { return binary(.matmul, a, b) }
        NDArray.checkMatmul(a.array, b.array)
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
