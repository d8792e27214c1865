import CTapestryKernels

// Batches of matrices `[…, rows, columns]`: parts of them, and what the algorithms of linear algebra share.

extension NDArray {
    /// The diagonals of matrices, a view: `result[…, i] = self[…, i, i + offset]`. A positive offset means a diagonal
    /// above the main one, a negative one below it; far outside the matrix it has no elements.
    package func diagonal(offset: Int = 0) -> NDArray {
        let (row, column) = (checkMatrices("diagonal"), rank - 1)
        let (first, second) = (Swift.max(0, -offset), Swift.max(0, offset))
        let count = Swift.max(0, Swift.min(shape[row] - first, shape[column] - second))
        let strides = layout.strides
        return viewed(
            Layout(
                shape: shape.dropLast(2) + [count],
                strides: strides.dropLast(2) + [strides[row] + strides[column]]),
            shift: count == 0 ? 0 : first * strides[row] + second * strides[column])
    }

    /// The elements on the diagonal at `offset` and below it, zeros (or false) above: NumPy's `tril`.
    package func lowerTriangle(offset: Int = 0) -> NDArray {
        checkMatrices("lowerTriangle")
        let result = copied()
        result.clear { row, columns in Swift.min(Swift.max(row + offset + 1, 0), columns)..<columns }
        return result
    }

    /// The elements on the diagonal at `offset` and above it, zeros (or false) below: NumPy's `triu`.
    package func upperTriangle(offset: Int = 0) -> NDArray {
        checkMatrices("upperTriangle")
        let result = copied()
        result.clear { row, columns in 0..<Swift.min(Swift.max(row + offset, 0), columns) }
        return result
    }

    /// Puts zeros into some columns of each row of contiguous matrices, whose storage the caller owns.
    func clear(_ range: (_ row: Int, _ columns: Int) -> Range<Int>) {
        let (rows, columns, size) = (shape[rank - 2], shape[rank - 1], elementType.size)
        for line in 0..<(columns == 0 ? 0 : count / columns) {
            let cleared = range(line % rows, columns)
            // The bits of zero are zeros in every type.
            let start = pointer + (line * columns + cleared.lowerBound) * size
            start.initializeMemory(as: UInt8.self, repeating: 0, count: cleared.count * size)
        }
    }

    /// Traps unless there are at least two axes; the position of the last but one.
    @discardableResult
    func checkMatrices(_ name: String) -> Int {
        if rank < 2 { trap(name, "needs matrices, of at least two axes, and the shape is \(shape)") }
        return rank - 2
    }

    /// Traps unless these are square matrices of floating-point numbers; the number of their rows.
    @discardableResult
    func checkSquareMatrices(_ name: String) -> Int {
        if !elementType.isFloatingPoint { trap(name, "has no meaning for \(elementType)") }
        let row = checkMatrices(name)
        if shape[row] != shape[row + 1] { trap(name, "needs square matrices, and the shape is \(shape)") }
        return shape[row]
    }

    /// The shape of the axes before the last two.
    var batchShape: [Int] { Array(shape.dropLast(2)) }

    /// The matrices of a batch, one after the other in row-major order, as a copy that can be written to.
    func copiedMatrices() -> NDArray {
        let copy = copied()
        let size = shape[rank - 2] * shape[rank - 1]
        return copy.viewed(.rowMajor([size == 0 ? Layout.count(of: batchShape) : count / size] + shape.suffix(2)))
    }

    /// One matrix of `[count, rows, columns]`, a view.
    func matrix(_ number: Int) -> NDArray {
        part(layout.part(AxisSlice(axis: 0, start: number, count: 1), droppingAxis: true))
    }

    /// Some rows and columns of a matrix, a view.
    func block(_ rows: Range<Int>, _ columns: Range<Int>) -> NDArray {
        viewed(
            Layout(shape: [rows.count, columns.count], strides: layout.strides),
            shift: rows.lowerBound * layout.strides[0] + columns.lowerBound * layout.strides[1])
    }

    /// `self −= a · b` for a matrix with contiguous columns, whose storage the caller owns.
    func subtractProduct(_ a: NDArray, _ b: NDArray) {
        if count == 0 || b.shape[0] == 0 { return }
        product(NDArray.unary(TAPESTRY_NEGATE, a), b, accumulate: true)
    }

    /// Calls `body` for each matrix of a batch, split between threads; `work` is the number of multiplications that
    /// each of them is.
    static func forEachMatrix(of count: Int, work: Int, _ body: (Int) -> Void) {
        Parallel.forEachRange(of: count, grain: Swift.max(1, (1 << 16) / Swift.max(work, 1))) { range in
            for number in range { body(number) }
        }
    }
}
