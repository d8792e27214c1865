import TapestryArrays
import TapestryAutograd

/// The corner where a walk over a grid begins; it ends in the opposite one.
public enum GridCorner: String, Codable, Sendable, CaseIterable {
    /// Row 0, column 0.
    case topLeft
    /// Row 0, the last column.
    case topRight
    /// The last row, column 0.
    case bottomLeft
    /// The last row, the last column.
    case bottomRight

    var isRight: Bool { self == .topRight || self == .bottomRight }
    var isBottom: Bool { self == .bottomLeft || self == .bottomRight }
}

/// Any cell over grids, from one corner to the opposite one: every place sees, through the states of two neighbours,
/// all places between it and that corner.
///
/// ```swift
/// let layer = GridRecurrent(MultidimensionalLSTMCell<Float>(inputSize: 3, hiddenSize: 16))
/// layer(images)                                       // [batch, height, width, 3] to [batch, height, width, 16]
/// ```
///
/// The places of an anti-diagonal depend on those of the one before alone, so all of them are one step: a grid takes
/// height + width − 1 steps, which are scopes named `diagonal = 0`, `diagonal = 1`, … in tapes and reports.
public struct GridRecurrent<Cell: GridCell>: Module {
    /// The type of the elements of parameters.
    public typealias Scalar = Cell.Scalar

    /// What is applied at every place.
    public var cell: Cell
    /// Where it begins. "Above" and "left" are towards that corner.
    public let corner: GridCorner

    /// A driver of a cell.
    public init(_ cell: Cell, from corner: GridCorner = .topLeft) {
        self.cell = cell
        self.corner = corner
    }

    /// Runs over a batch of grids.
    ///
    /// - Parameters:
    ///   - inputs: `[batch, height, width, features]`. Traps on another number of axes, and where there is no place.
    ///   - mask: which places are there, `[batch, height, width]`: grids of different sizes, padded. The others are as
    ///     what lies beyond the border: their neighbours see the state that the cell begins with. Outputs are zero
    ///     there, and nothing of their inputs reaches a result or a gradient, not even a NaN. Traps on another shape.
    /// - Returns: the output of every place, `[batch, height, width, units]`.
    public func callAsFunction(_ inputs: Tensor<Scalar>, mask: Tensor<Bool>? = nil) -> Tensor<Scalar> {
        if inputs.rank != 4 || inputs.shape[1] == 0 || inputs.shape[2] == 0 {
            trap("grid", "inputs of shape \(inputs.shape) are not [batch, height, width, features] with a place")
        }
        if let mask, mask.shape != Array(inputs.shape.prefix(3)) {
            trap("grid", "a mask of shape \(mask.shape) for inputs of shape \(inputs.shape)")
        }
        let (batch, diagonals) = (
            inputs.shape[0], GridDiagonals(height: inputs.shape[1], width: inputs.shape[2], from: corner)
        )
        let steps = rows(of: inputs, diagonals)
        let masks = mask.map { rows(of: $0, diagonals) }
        let border = cell.initialState(batchSize: batch)
        let cell = cell.prepared(for: GridInput(steps[0], above: border), border)
        var (outputs, state) = ([Tensor<Scalar>](), border)
        for (number, input) in steps.enumerated() {
            let neighbours = diagonals.neighbours(of: number, in: state, border: border, batch: batch)
            let rows = masks?[number]
            let (output, next) = withScope("diagonal = ", number) {
                step(cell, GridInput(input, above: neighbours.above), neighbours.left, where: rows)
            }
            outputs.append(output)
            state = next
        }
        let all = concatenate(outputs).reshaped(to: [diagonals.placeCount, batch, -1])
        return all.slices(axis: 0, at: diagonals.inverse).transposed(0, 1)
            .reshaped(to: inputs.shape.dropLast() + [all.shape[2]])
    }

    /// One diagonal, `[places × batch, …]`, of the places that are there.
    private func step(
        _ cell: Cell, _ input: Cell.Input, _ left: Cell.State, where rows: Tensor<Bool>?
    ) -> (output: Tensor<Scalar>, state: Cell.State) {
        guard let rows else { return cell.step(input, left) }
        let (output, state) = PresentRows.$scoped.withValue(rows) { cell.step(input.rows(where: rows), left) }
        return (output.rows(where: rows), state.rows(where: rows, else: cell.initialState(batchSize: rows.count)))
    }

    /// What lies on each diagonal, `[places × batch, …]`, of a tensor `[batch, height, width, …]`.
    private func rows<Element>(of grid: Tensor<Element>, _ diagonals: GridDiagonals) -> [Tensor<Element>] {
        let (batch, features) = (grid.shape[0], Array(grid.shape.dropFirst(3)))
        let places = grid.reshaped(to: [batch, diagonals.placeCount] + features).transposed(0, 1)
        let rows = places.slices(axis: 0, at: diagonals.order).reshaped(to: [diagonals.placeCount * batch] + features)
        return rows.split(diagonals.rows.map { $0.count * batch })
    }
}

/// The anti-diagonals of a grid, seen from a corner: on diagonal d lie the places with row + column = d, in the order
/// of their rows.
struct GridDiagonals {
    /// The rows of each diagonal.
    let rows: [Range<Int>]
    let placeCount: Int
    /// The places, row by row as the grid has them, in the order of the diagonals; and the inverse.
    let order, inverse: Tensor<Int32>

    init(height: Int, width: Int, from corner: GridCorner) {
        rows = (0..<height + width - 1).map { max(0, $0 - width + 1)..<min($0 + 1, height) }
        placeCount = height * width
        var inverse = [Int32](repeating: 0, count: height * width)
        let order = rows.enumerated().flatMap { diagonal, rows in
            rows.map { row in
                let column = diagonal - row
                return (corner.isBottom ? height - 1 - row : row) * width
                    + (corner.isRight ? width - 1 - column : column)
            }
        }
        for (number, place) in order.enumerated() { inverse[place] = Int32(number) }
        self.order = Tensor(order.map { Int32($0) })
        self.inverse = Tensor(inverse)
    }

    /// The states above and to the left of the places of a diagonal, from those of the diagonal before; beyond the
    /// border lies another one.
    func neighbours<State: Module>(
        of diagonal: Int, in before: State, border: State, batch: Int
    ) -> (above: State, left: State) {
        if diagonal == 0 { return (border, border) }
        let (here, there) = (rows[diagonal], rows[diagonal - 1])
        /// The states of the diagonal before, at some rows of the grid, of which the first or the last may be beyond
        /// it.
        func states(at wanted: Range<Int>) -> State {
            let found = wanted.clamped(to: there)
            let places = (found.lowerBound - there.lowerBound) * batch..<(found.upperBound - there.lowerBound) * batch
            var parts = found.isEmpty ? [] : [before.rows(places)]
            if wanted.lowerBound < found.lowerBound { parts.insert(border, at: 0) }
            if wanted.upperBound > found.upperBound { parts.append(border) }
            return .concatenated(parts)
        }
        return (states(at: here.lowerBound - 1..<here.upperBound - 1), states(at: here))
    }
}
