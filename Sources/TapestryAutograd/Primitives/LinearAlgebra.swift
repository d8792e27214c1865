import TapestryArrays

// The matrix product of matrices or batches of them: C = A·B, ∂L/∂A = G·Bᵀ, ∂L/∂B = Aᵀ·G, where transposes are views
// and products are added straight into the cotangents.

extension Primitive {
    static func defineLinearAlgebra(in table: inout PrimitiveTable) {
        table.accumulating(
            .matmul, binary: { a, b, _ in .matmul(a, b) }, firstReads: .second, secondReads: .first,
            accumulatesProducts: true,
            forward: .formula { t, r in t.sum { $1 == 0 ? .matmul($0, r.b) : .matmul(r.a, $0) } },
            batching: .formula { batch, _ in
                let operands = batch.aligned
                return .matmul(operands[0], operands[1])
            }
        ) { g, r, k, sum in
            if g.rank == 2 {
                k == 0 ? sum.addProduct(g, by: r, 1) : sum.addProduct(of: r, 0, g)
            } else {
                let (left, right) = k == 0 ? (g, r.b.transposed) : (r.a.transposed, g)
                sum.add(Value.matmul(left, right).summed(to: r.broadcastOperand(k)))
            }
        }
        // Z = X₁·W₁ + X₂·W₂ + … + b for matrices and a row b, in one buffer: the pre-activations of a recurrent step.
        table.accumulating(
            .sumOfProducts,
            nary: { operands, _ in .sumOfProducts(count: operands.count) { operands[$0].array } },
            listReads: .partners, accumulatesProducts: true,
            forward: .formula { t, r in
                // A product with each tangent, and the bias's.
                var products: [Value] = []
                let biasIndex = r.operandCount.isMultiple(of: 2) ? nil : r.operandCount - 1
                for k in 0..<r.operandCount where k != biasIndex {
                    guard let tangent = t[k] else { continue }
                    products += k.isMultiple(of: 2) ? [tangent, r.operand(k + 1)] : [r.operand(k - 1), tangent]
                }
                let biasTangent = biasIndex.flatMap { t[$0] }
                if products.isEmpty { return biasTangent! }
                if let biasTangent { products.append(biasTangent) }
                return .sumOfProducts(products)
            },
            batching: .formula { batch, _ in
                let pairs = stride(from: 0, to: batch.operands.count - 1, by: 2)
                let last = batch.operands.count.isMultiple(of: 2) ? nil : batch.operands.count - 1
                if pairs.allSatisfy({ !batch.isBatched[$0 + 1] }), last.map({ !batch.isBatched[$0] }) ?? true {
                    return .sumOfProducts(
                        batch.operands.indices.map { k in
                            k.isMultiple(of: 2) && k != last ? batch[k] : batch.operands[k]
                        })
                }
                let products = pairs.map { k in Value.matmul(batch.operands[k], batch.operands[k + 1]) }
                let sum = products.dropFirst().reduce(products[0], +)
                return last.map { sum + batch.aligned($0, toRank: 2) } ?? sum
            }
        ) { g, r, k, sum in
            if k == r.operandCount - 1, k.isMultiple(of: 2) {
                if g.tape == nil, sum.addColumnSums(of: g.array, toVector: true) { return }
                sum.add(g.sum(over: [0], keepingAxes: false))
            } else if k.isMultiple(of: 2) {
                sum.addProduct(g, by: r, k + 1)
            } else {
                sum.addProduct(of: r, k - 1, g)
            }
        }
    }
}

// Cotangents of products, straight into their sums where nothing tracks them.
extension CotangentSum {
    /// Adds G·Wᵀ, with the k-th operand as W.
    fileprivate mutating func addProduct(_ g: Value, by record: RecordView, _ k: Int) {
        if g.tape == nil, let weights = record.transposedArray(k) {
            addProduct(ProductTerm(g.array, weights))
        } else {
            add(Value.matmul(g, record.operand(k).transposed))
        }
    }

    /// Adds Xᵀ·G, with the k-th operand as X.
    fileprivate mutating func addProduct(of record: RecordView, _ k: Int, _ g: Value) {
        if g.tape == nil, let x = record.untrackedOperand(k) {
            addProduct(ProductTerm(x, g.array, .transposingA))
        } else {
            add(Value.matmul(record.operand(k).transposed, g))
        }
    }
}

extension Value {
    /// Σ xᵢ · Wᵢ + b from `[x₁, W₁, x₂, W₂, …, b]`, each xᵢ `[…, inputᵢ]` with the same leading axes, Wᵢ
    /// `[inputᵢ, columns]`, b `[columns]` or absent.
    package static func sumOfProducts(_ operands: consuming [Value]) -> Value {
        if areMatrices(operands) { return nary(.sumOfProducts, operands) }
        let leading = operands[0].shape.dropLast()
        let pairs = stride(from: 0, to: operands.count - 1, by: 2)
        let hasBias = !operands.count.isMultiple(of: 2)
        let fits = pairs.allSatisfy { k in
            operands[k].rank >= 1 && operands[k + 1].rank == 2 && operands[k].shape.dropLast() == leading
                && operands[k].shape.last == operands[k + 1].shape[0]
                && operands[k + 1].shape[1] == operands[1].shape[1]
        }
        guard fits, !hasBias || operands[operands.count - 1].shape == [operands[1].shape[1]] else {
            let sum = pairs.dropFirst().reduce(matmul(operands[0], operands[1])) {
                $0 + matmul(operands[$1], operands[$1 + 1])
            }
            return hasBias ? sum + operands[operands.count - 1] : sum
        }
        let shape = leading + [operands[1].shape[1]]
        let rows = leading.reduce(1, *)
        for k in pairs { operands[k] = operands[k].reshaped(to: [rows, operands[k].shape.last!]) }
        return nary(.sumOfProducts, operands).reshaped(to: Array(shape))
    }

    /// Whether operands of a sum of products are what its primitive takes: matrices of as many rows, and a row of their
    /// columns.
    private static func areMatrices(_ operands: [Value]) -> Bool {
        for k in operands.indices {
            let layout = operands[k].layout
            if k == operands.count - 1, k.isMultiple(of: 2) {
                if layout.rank != 1 || layout.count != operands[1].layout.shape[1] { return false }
            } else if layout.rank != 2 || k.isMultiple(of: 2) && layout.shape[0] != operands[0].layout.shape[0] {
                return false
            }
        }
        return true
    }

    /// The product with NumPy's rules: vectors are a row on the left and a column on the right, leading axes are
    /// batches and are broadcast.
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
