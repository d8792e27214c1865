import CTapestryKernels

extension NDArray {
    /// The product of matrices, or of batches of them: leading axes are broadcast.
    package static func matmul(_ a: NDArray, _ b: NDArray) -> NDArray {
        checkMatmul(a, b)
        if a.rank < 2 || b.rank < 2 {
            trap("matmul", "arrays are multiplied as matrices, of at least two axes: \(a.shape) · \(b.shape)")
        }
        if a.rank == 2, b.rank == 2 {
            let result = NDArray(uninitialized: .rowMajor(a.shape[0], b.shape[1]), a.elementType)
            result.product(a, b, accumulate: false)
            return result
        }
        let batchShape = Layout.broadcastShape(Array(a.shape.dropLast(2)), Array(b.shape.dropLast(2)))!
        let (m, k, n) = (a.shape[a.rank - 2], a.shape[a.rank - 1], b.shape[b.rank - 1])
        let left = a.viewed(a.layout.expanded(to: batchShape + [m, k])!)
        let right = b.viewed(b.layout.expanded(to: batchShape + [k, n])!)
        let result = NDArray(uninitialized: Layout(batchShape + [m, n]), a.elementType)
        let axes = batchShape.count
        let nest = LoopNest(shape: batchShape) {
            SIMD4(result.layout.strides[$0], left.layout.strides[$0], right.layout.strides[$0], 0)
        }
        func matrix(_ array: NDArray, _ offset: Int) -> NDArray {
            let layout = Layout(
                shape: Array(array.shape[axes...]), strides: Array(array.layout.strides[axes...]))
            return array.viewed(layout, shift: offset)
        }
        nest.forEachPlane { offsets in
            for row in 0..<nest.rows.extent {
                for column in 0..<nest.columns.extent {
                    let origin =
                        offsets &+ nest.rows.strides &* SIMD4(repeating: row)
                        &+ nest.columns.strides &* SIMD4(repeating: column)
                    matrix(result, origin[0]).product(
                        matrix(left, origin[1]), matrix(right, origin[2]), accumulate: false)
                }
            }
        }
        return result
    }

    /// X₁·W₁ + X₂·W₂ + … + b for matrices X₁, W₁, X₂, W₂, … and, if the count is odd, a row b, in one buffer.
    package static func sumOfProducts(count: Int, _ operand: (Int) -> NDArray) -> NDArray {
        let bias = count.isMultiple(of: 2) ? nil : operand(count - 1).contiguous()
        return withUnsafeTemporaryAllocation(of: tapestry_product_term.self, capacity: count / 2) { terms in
            var (rows, columns, type) = (0, 0, ElementType.float32)
            for number in 0..<count / 2 {
                let (x, weights) = (operand(2 * number), operand(2 * number + 1))
                checkMatmul(x, weights)
                if number == 0 { (rows, columns, type) = (x.shape[0], weights.shape[1], x.elementType) }
                if x.shape[0] != rows || weights.shape[1] != columns {
                    let shapes = "\([rows, columns]) and \([x.shape[0], weights.shape[1]])"
                    trap("add", "the products of a sum have the shapes \(shapes)")
                }
                if x.elementType != type { trap("add", "element types differ: \(type) and \(x.elementType)") }
                terms.initializeElement(at: number, to: ProductTerm.forKernel(x, weights))
            }
            if let bias, bias.rank != 1 || bias.count != columns {
                trap("add", "products of the shape \([rows, columns]) and a row of the shape \(bias.shape)")
            }
            if let bias, bias.elementType != type {
                trap("add", "element types differ: \(type) and \(bias.elementType)")
            }
            let result = NDArray(uninitialized: .rowMajor(rows, columns), type)
            // The caller holds the operands.
            result.setToProducts(terms.baseAddress!, count: count / 2, bias)
            return result
        }
    }

    /// Traps unless the operands have a matrix product by NumPy's rules: vectors are a row on the left and a column on
    /// the right. Whoever reshapes operands on the way to `matmul` checks first, so that the message has the shapes as
    /// they were given.
    package static func checkMatmul(_ a: NDArray, _ b: NDArray) {
        let name = "matmul"
        if a.elementType != b.elementType { trap(name, "element types differ: \(a.elementType), \(b.elementType)") }
        if !a.elementType.isFloatingPoint { trap(name, "has no meaning for \(a.elementType)") }
        if a.rank == 0 || b.rank == 0 {
            trap(name, "operands need at least one axis: \(a.shape) · \(b.shape)")
        }
        let inner = (a.shape[a.rank - 1], b.shape[Swift.max(b.rank - 2, 0)])
        if inner.0 != inner.1 {
            trap(name, "inner dimensions differ: \(a.shape) · \(b.shape) (\(inner.0) ≠ \(inner.1))")
        }
        if a.rank > 2 && b.rank > 2,
            Layout.broadcastShape(Array(a.shape.dropLast(2)), Array(b.shape.dropLast(2))) == nil
        {
            trap(name, "batch axes cannot be broadcast: \(a.shape) · \(b.shape)")
        }
    }
}

/// One product of a sum of products: matrices in any layout.
package struct ProductTerm {
    package enum Form: Sendable {
        /// a · b
        case plain
        /// aᵀ · b, for which a needs no view
        case transposingA
        /// 1ᵀ · b, the sums of b's columns; a is one number, 1
        case columnSums
    }

    package let a: NDArray
    package let b: NDArray
    package let form: Form

    @inline(__always)
    package init(_ a: consuming NDArray, _ b: consuming NDArray, _ form: Form = .plain) {
        self.a = a
        self.b = b
        self.form = form
    }

    package init(columnSumsOf b: consuming NDArray) {
        a = b.elementType == .float64 ? ProductTerm.doubleOne : ProductTerm.floatOne
        self.b = b
        form = .columnSums
    }

    private static let floatOne = NDArray(scalar: 1, .float32)
    private static let doubleOne = NDArray(scalar: 1, .float64)

    package var rowCount: Int {
        switch form {
        case .plain: a.shape[0]
        case .transposingA: a.shape[1]
        case .columnSums: 1
        }
    }

    /// How many numbers are added up for each element.
    package var depth: Int { b.shape[0] }

    fileprivate var forKernel: tapestry_product_term { ProductTerm.forKernel(a, b, form) }

    /// A term as the kernel reads it; the arrays are to outlive it.
    fileprivate static func forKernel(
        _ a: borrowing NDArray, _ b: borrowing NDArray, _ form: Form = .plain
    ) -> tapestry_product_term {
        let (row, column) =
            switch form {
            case .plain: (a.layout.strides[0], a.layout.strides[1])
            case .transposingA: (a.layout.strides[1], a.layout.strides[0])
            case .columnSums: (0, 0)
            }
        return tapestry_product_term(
            a: a.pointer, a_row: row, a_column: column,
            b: b.pointer, b_row: b.layout.strides[0], b_column: b.layout.strides[1], k: b.shape[0])
    }
}

// Sums of products in place, in one pass over `self`: a matrix with contiguous columns, whose storage the caller owns.
// None of them allocates. Shapes and element types must fit; `checkMatmul` tells.
extension NDArray {
    /// `self = a · b` or `self += a · b`.
    package func product(_ a: NDArray, _ b: NDArray, accumulate: Bool) {
        setToProduct(ProductTerm(a, b), initial: accumulate ? self : nil)
    }

    /// `self = initial + a · b`, the initial value as for `setToProducts(_:initial:)`.
    package func setToProduct(_ term: ProductTerm, initial: NDArray?) {
        withUnsafePointer(to: term.forKernel) { setToProducts($0, count: 1, initial) }
    }

    /// `self = initial + Σ a · b` over all terms.
    ///
    /// - Parameter initial: `nil` for zeros, `self` to add to it, a matrix of this shape with contiguous columns, or
    ///   one contiguous row that is added to every row.
    package func setToProducts(_ terms: [ProductTerm], initial: NDArray?) {
        withUnsafeTemporaryAllocation(of: tapestry_product_term.self, capacity: terms.count) { kernelTerms in
            for (number, term) in terms.enumerated() {
                kernelTerms.initializeElement(at: number, to: term.forKernel)
            }
            setToProducts(kernelTerms.baseAddress!, count: terms.count, initial)
        }
    }

    fileprivate func setToProducts(_ terms: UnsafePointer<tapestry_product_term>, count: Int, _ initial: NDArray?) {
        let (m, n) = (shape[0], shape[1])
        let kernel = tapestry_product_kernel(elementType.kernelType)!
        let (out, outRow) = (pointer, layout.strides[0])
        let start = initial?.pointer
        var startRow = 0
        if let initial, initial.rank == 2, initial.shape[0] == m { startRow = initial.layout.strides[0] }
        var depth = 0
        for term in 0..<count { depth += terms[term].k }
        let parts = ProductParts(m, n, depth: depth)
        Parallel.forEachRange(of: parts.count, grain: 1) { numbers in
            for number in numbers { kernel(m, n, terms, count, start, startRow, out, outRow, parts.range(number)) }
        }
    }
}

/// How a product is cut up for the threads: by columns as far as they go, so that each line of B is read by one thread
/// alone, then by rows. The kernel gives the same bits for any parts.
private struct ProductParts {
    let rowParts: Int
    let columnParts: Int
    private let m: Int
    private let n: Int

    /// A part has half a million multiplications, a few microseconds of them; a matrix that is read for a row or two
    /// counts for four.
    private static let leastWork = 1 << 19
    /// Parts begin where lines of the cache do, if C does.
    private static let columnUnit = 16

    init(_ m: Int, _ n: Int, depth: Int) {
        (self.m, self.n) = (m, n)
        let work = Swift.max(m, 4) &* n &* depth
        let parts = work < 2 * Self.leastWork ? 1 : Swift.min(Parallel.threadCount, work / Self.leastWork)
        columnParts = Swift.max(1, Swift.min(parts, n / (2 * Self.columnUnit)))
        rowParts = Swift.max(1, Swift.min(parts / columnParts, m / 8))
    }

    var count: Int { rowParts * columnParts }

    func range(_ number: Int) -> tapestry_product_range {
        let (row, column) = (number / columnParts, number % columnParts)
        let units = (n + Self.columnUnit - 1) / Self.columnUnit
        func columnsBefore(_ column: Int) -> Int { Swift.min(n, units * column / columnParts * Self.columnUnit) }
        return tapestry_product_range(
            row_begin: m * row / rowParts, row_end: m * (row + 1) / rowParts,
            column_begin: columnsBefore(column), column_end: columnsBefore(column + 1))
    }
}
