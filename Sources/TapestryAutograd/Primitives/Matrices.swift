import TapestryArrays

// Linear algebra on batches of matrices `[…, n, n]`. Every rule is made of the same operations, so it has rules as
// well.

extension Primitive {
    static func defineMatrices(in table: inout PrimitiveTable) {
        // y[…, i] = x[…, i, i + k]
        table.unary(
            .diagonal, { x, a in x.diagonal(offset: DiagonalAttributes.of(a).offset) },
            Rule { g, r in .embeddedDiagonal(g, r.attributes()) },
            forward: .linear,
            batching: .formula { batch, a in batch[0].diagonal(offset: DiagonalAttributes.of(a).offset) })
        // y[…, i, i + k] = x[…, i], and zeros
        table.unary(
            .embeddedDiagonal,
            { x, a in
                let attributes = DiagonalAttributes.of(a)
                let result = NDArray(repeating: 0, shape: x.shape.dropLast() + attributes.matrix, x.elementType)
                result.diagonal(offset: attributes.offset).assign(x)
                return result
            },
            Rule { g, r in g.diagonal(offset: r.attributes(DiagonalAttributes.self).offset) },
            forward: .linear,
            batching: .formula { batch, a in .embeddedDiagonal(batch[0], DiagonalAttributes.of(a)) })
        // The elements on one side of a diagonal, and zeros on the other.
        table.unary(
            .triangle, { x, a in TriangleAttributes.of(a).triangle(of: x) },
            Rule { g, r in .unary(.triangle, g, r.attributes(TriangleAttributes.self)) },
            batching: .formula { batch, a in .unary(.triangle, batch[0], a) })

        defineSolving(in: &table)
    }

    private static func defineSolving(in table: inout PrimitiveTable) {
        // T X = B, or Tᵀ X = B                    B̄ = T⁻ᵀ X̄, T̄ = −B̄ Xᵀ in its triangle (transposed: −X B̄ᵀ)
        table.accumulating(
            .triangularSolve, binary: { t, b, a in .triangularSolve(t, b, TriangularAttributes.of(a).form) },
            firstReads: [.first, .result], secondReads: .first,
            forward: .formula { t, r in
                // T X′ = B′ − T′ X
                let attributes = r.attributes(TriangularAttributes.self)
                return t.sum { tangent, k in
                    let term = k == 0 ? -.matmul(attributes.factor(of: tangent), r.y) : tangent
                    return .triangularSolve(r.a, term, attributes)
                }
            },
            batching: .formula { batch, a in
                let operands = batch.aligned
                return .triangularSolve(operands[0], operands[1], TriangularAttributes.of(a))
            }
        ) { g, r, k, sum in
            let attributes = r.attributes(TriangularAttributes.self)
            let cotangent = Value.triangularSolve(r.a, g, attributes.opposite)
            if k == 1 { return sum.add(cotangent.summed(to: attributes.operands[1])) }
            let product =
                attributes.form.isTransposed
                ? Value.matmul(r.y, cotangent.transposed) : .matmul(cotangent, r.y.transposed)
            sum.add((-attributes.triangle(of: product)).summed(to: attributes.operands[0]))
        }
        // A X = B                                 B̄ = A⁻ᵀ X̄, Ā = −B̄ Xᵀ
        table.accumulating(
            .solve, binary: { a, b, _ in .solve(a, b) }, firstReads: [.first, .result], secondReads: .first,
            forward: .formula { t, r in
                // A X′ = B′ − A′ X
                t.sum { tangent, k in .solve(r.a, k == 0 ? -.matmul(tangent, r.y) : tangent) }
            },
            batching: .formula { batch, _ in
                let operands = batch.aligned
                return .solve(operands[0], operands[1])
            }
        ) { g, r, k, sum in
            let operands = r.attributes(BroadcastAttributes.self)
            let cotangent = Value.solve(r.a.transposed, g)
            if k == 1 { return sum.add(cotangent.summed(to: operands[1])) }
            sum.add((-Value.matmul(cotangent, r.y.transposed)).summed(to: operands[0]))
        }
        // L Lᵀ = A                                Ā = ½ L⁻ᵀ (Φ + Φᵀ) L⁻¹, Φ the lower triangle of Lᵀ L̄, its diagonal halved
        table.unary(
            .cholesky, { x, _ in x.choleskyFactor() },
            Rule(reads: .result) { g, r in
                let phi = Value.matmul(r.y.transposed, g).lowerHalf
                let symmetric = (phi + phi.transposed) * 0.5
                let left = Value.triangularSolve(r.y, symmetric, lower: true, transposed: true)
                return Value.triangularSolve(r.y, left.transposed, lower: true, transposed: true).transposed
            },
            forward: .formula { t, r in
                // L′ = L Φ(L⁻¹ A′ L⁻ᵀ)
                let tangent = (t[0]! + t[0]!.transposed) * 0.5
                let left = Value.triangularSolve(r.y, tangent, lower: true)
                return .matmul(r.y, Value.triangularSolve(r.y, left.transposed, lower: true).transposed.lowerHalf)
            },
            batching: .formula { batch, _ in .unary(.cholesky, batch[0]) })
        // det A                                   Ā = g C with the cofactors C, which are det(A) A⁻ᵀ if there is A⁻¹
        table.unary(
            .determinant, { x, _ in x.determinant() },
            Rule(reads: .first) { g, r in g.unsqueezed([g.rank, g.rank + 1]) * r.x.cofactors },
            forward: .formula { t, r in
                (t[0]! * r.x.cofactors).sum(over: [r.x.rank - 2, r.x.rank - 1], keepingAxes: false)
            },
            batching: .formula { batch, _ in .unary(.determinant, batch[0]) })
        table.constant(.rankCompletion, batching: .formula { batch, a in .unary(.rankCompletion, batch[0], a) }) {
            (x: consuming NDArray, a: Attributes?) in x.rankCompletion(count: CountAttributes.of(a).count)
        }
        // ln |det A|                              Ā = g A⁻ᵀ
        table.unary(
            .logDeterminant, { x, _ in x.logAbsoluteDeterminant().logarithm },
            Rule(reads: .first) { g, r in g.unsqueezed([g.rank, g.rank + 1]) * r.x.inverse.transposed },
            forward: .formula { t, r in
                (t[0]! * r.x.inverse.transposed).sum(over: [r.x.rank - 2, r.x.rank - 1], keepingAxes: false)
            },
            batching: .formula { batch, _ in .unary(.logDeterminant, batch[0]) })
        table.constant(.signOfDeterminant, batching: .formula { batch, _ in .unary(.signOfDeterminant, batch[0]) }) {
            (x: consuming NDArray, _: Attributes?) in x.logAbsoluteDeterminant().sign
        }
    }
}

/// How far a diagonal is from the main one, and the shape of the matrix that it is in.
final class DiagonalAttributes: Attributes, @unchecked Sendable {
    let offset: Int
    let matrix: [Int]
    init(offset: Int, of matrix: [Int]) { (self.offset, self.matrix) = (offset, matrix) }
    override var text: String { "\(offset) of \(matrix)" }
}

/// A side of a diagonal.
final class TriangleAttributes: Attributes, @unchecked Sendable {
    let isLower: Bool
    let offset: Int
    init(lower isLower: Bool, offset: Int) { (self.isLower, self.offset) = (isLower, offset) }
    override var text: String { (isLower ? "lower" : "upper") + ", diagonal \(offset)" }

    func triangle(of x: NDArray) -> NDArray {
        isLower ? x.lowerTriangle(offset: offset) : x.upperTriangle(offset: offset)
    }
}

/// How many columns a matrix lacks, at most, to have full rank.
final class CountAttributes: Attributes, @unchecked Sendable {
    let count: Int
    init(_ count: Int) { self.count = count }
    override var text: String { "\(count)" }
}

/// The form of a triangular system, and the operands' layouts.
final class TriangularAttributes: Attributes, @unchecked Sendable {
    let form: TriangularForm
    let operands: [Layout]
    init(_ form: TriangularForm, _ operands: [Layout]) { (self.form, self.operands) = (form, operands) }

    override var text: String { (form.isLower ? "lower" : "upper") + (form.isTransposed ? ", transposed" : "") }

    /// The same with the other one of T and Tᵀ.
    var opposite: TriangularAttributes {
        var form = form
        form.isTransposed.toggle()
        return TriangularAttributes(form, operands)
    }

    /// The part of a matrix that the system reads.
    func triangle(of x: Value) -> Value {
        let offset = form.hasUnitDiagonal ? form.isLower ? -1 : 1 : 0
        return x.triangle(lower: form.isLower, offset: offset)
    }

    /// What the right-hand side is made of X by, for a matrix in the place of T.
    func factor(of x: Value) -> Value {
        let triangle = triangle(of: x)
        return form.isTransposed ? triangle.transposed : triangle
    }
}

// MARK: - As operations on values

extension Value {
    func diagonal(offset: Int) -> Value {
        .unary(.diagonal, self, DiagonalAttributes(offset: offset, of: Array(shape.suffix(2))))
    }

    static func embeddedDiagonal(_ x: Value, _ attributes: DiagonalAttributes) -> Value {
        .unary(.embeddedDiagonal, x, attributes)
    }

    func triangle(lower isLower: Bool, offset: Int = 0) -> Value {
        .unary(.triangle, self, TriangleAttributes(lower: isLower, offset: offset))
    }

    /// The lower triangle with half of the diagonal.
    fileprivate var lowerHalf: Value { (triangle(lower: true) + triangle(lower: true, offset: -1)) * 0.5 }

    static func triangularSolve(_ t: Value, _ b: Value, _ attributes: TriangularAttributes) -> Value {
        .binary(.triangularSolve, t, b, TriangularAttributes(attributes.form, [t.layout, b.layout]))
    }

    static func triangularSolve(
        _ t: Value, _ b: Value, lower isLower: Bool, transposed isTransposed: Bool = false, unitDiagonal: Bool = false
    ) -> Value {
        let form = TriangularForm(lower: isLower, transposed: isTransposed, unitDiagonal: unitDiagonal)
        return .triangularSolve(t, b, TriangularAttributes(form, []))
    }

    static func solve(_ a: Value, _ b: Value) -> Value {
        .binary(.solve, a, b, BroadcastAttributes(a.layout, b.layout))
    }

    var inverse: Value {
        let n = shape[rank - 1]
        return .solve(self, .identity(n, elementType))
    }

    /// The derivatives of the determinant by the elements, right for any rank, and so are their own to any order.
    ///
    /// Next to singular matrices det(A) A⁻ᵀ is no formula to differentiate. There A is Â − U Vᵀ with an Â that has full
    /// rank, and U and V of as many columns as A lacks. From det A = det Â · det W with W = I − Vᵀ Â⁻¹ U follows
    /// Cᵀ = det Â · (det W · Â⁻¹ + Â⁻¹ U adj(W) Vᵀ Â⁻¹), in which nothing is divided by W.
    fileprivate var cofactors: Value {
        let missing = arrayOfAllExamples.rankDeficiency()
        if missing == 0 {
            let determinant = Value.unary(.determinant, self)
            return determinant.unsqueezed([rank - 2, rank - 1]) * inverse.transposed
        }
        let completion = Value.unary(.rankCompletion, self, CountAttributes(missing))
        let u = completion.sliced(AxisSlice(axis: rank - 1, start: 0, count: missing))
        let v = completion.sliced(AxisSlice(axis: rank - 1, start: missing, count: missing)).transposed
        let complete = self + .matmul(u, v)
        let inverse = complete.inverse
        let left = Value.matmul(inverse, u)
        let (adjugate, determinant) = (.identity(missing, elementType) - .matmul(v, left)).adjugate
        let singular = Value.matmul(left, .matmul(adjugate, .matmul(v, inverse)))
        let scale = Value.unary(.determinant, complete).unsqueezed([rank - 2, rank - 1])
        return (scale * (determinant * inverse + singular)).transposed
    }

    /// adj(W), with W adj(W) = det(W) I, and det(W), `[…, 1, 1]`, of small matrices of any rank: the method of Faddeev
    /// and LeVerrier, which takes as many products as there are rows, and divides by whole numbers only.
    private var adjugate: (matrix: Value, determinant: Value) {
        let n = shape[rank - 1]
        let identity = Value.identity(n, elementType)
        var (matrix, coefficient) = (identity, scalar(1))
        for k in 1...n {
            if k > 1 { matrix = .matmul(self, matrix) + coefficient * identity }
            let trace = Value.matmul(self, matrix).diagonal(offset: 0).sum(over: [rank - 2], keepingAxes: true)
            coefficient = trace.unsqueezed([rank - 1]) * (-1 / Double(k))
        }
        let sign = n.isMultiple(of: 2) ? 1.0 : -1.0
        return (matrix * -sign, coefficient * sign)
    }

    static func identity(_ n: Int, _ type: ElementType) -> Value {
        let result = NDArray(repeating: 0, shape: [n, n], type)
        result.diagonal().assign(NDArray(scalar: 1, type))
        return Value(result)
    }
}
