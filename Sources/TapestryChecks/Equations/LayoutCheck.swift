import TapestryAutograd
import TapestryRecurrent

/// Finds out in which framework's layout weights are packed: the one in which a cell computes the outputs that are
/// known for them.
///
/// ```swift
/// let weights = PackedWeights(input: weightIH, recurrent: weightHH, bias: biasIH, recurrentBias: biasHH)
/// let report = checkLayouts(
///     of: weights, in: LSTMCell<Double>(inputSize: 3, hiddenSize: 2), inputs: x, expecting: y)
/// print(report)                                   // equals PyTorch's order (input, forget, candidate, output)
/// let cell = report.cell                          // with these weights
/// ```
///
/// Every layout is tried in its own shapes. If none gives the outputs, every order of up to five gates is, with weights
/// both ways round; of more gates, an order is improved by exchanging two of them as long as the outputs come closer,
/// from several beginnings, which finds nearly every order without going through all.
///
/// - Parameters:
///   - weights: as they are packed.
///   - cell: of the right sizes and kind, such as a GRU's place of the reset. The first of its matrices of all gates
///     (`input.weights`) multiplies the input, the second one (`recurrent.weights`) the state; parameters that the
///     weights do not name stay as they are.
///   - inputs: `[time, batch, features]`.
///   - initialState: zeros by default.
///   - outputs: `[time, batch, units]`. Traps if the cell returns another shape.
///   - tolerance: the deviation that is allowed, relative to the largest magnitude; by default 1e-10 for `Double`, 1e-4
///     for `Float`. Frameworks that compute in single precision are off by 1e-6 or so.
public func checkLayouts<Cell: RecurrentCell>(
    of weights: PackedWeights, in cell: Cell, inputs: Tensor<Cell.Scalar>, initialState: Cell.State? = nil,
    expecting outputs: Tensor<Cell.Scalar>, tolerance: Double? = nil
) -> LayoutReport<Cell> {
    let check = LayoutCheck(
        weights: weights, cell: cell, inputs: inputs, initialState: initialState,
        outputs: outputs.converted(to: Double.self),
        tolerance: tolerance ?? (Cell.Scalar.self == Double.self ? 1e-10 : 1e-4))
    return withMode(.inference) { check.report() }
}

/// What one layout makes of packed weights.
public struct LayoutComparison: Sendable {
    /// The layout.
    public let layout: PackedLayout
    /// The largest deviation from the expected outputs, relative to their largest magnitude; `nil` if the weights do
    /// not fit the layout.
    public let deviation: Double?
    /// Why they do not fit.
    public let mismatch: String?
}

/// In which layouts packed weights give the expected outputs.
public struct LayoutReport<Cell: RecurrentCell>: CustomStringConvertible {
    /// Every layout.
    public let comparisons: [LayoutComparison]
    /// The layouts that give the expected outputs.
    public let matches: [PackedLayout]
    /// The order of the gates in the weights, if one gives the expected outputs, be it a framework's or not.
    public let order: [String]?
    /// The cell with the weights in that order.
    public let cell: Cell?
    /// The deviation that was allowed.
    public let tolerance: Double

    /// The finding in a sentence, and a line for each layout.
    public var description: String {
        let lines = comparisons.map { comparison in
            let finding = comparison.deviation.map { "deviation \(NumberText.short($0)) of the largest output" }
            return "\(comparison.layout.rawValue): \(finding ?? "does not fit: \(comparison.mismatch ?? "")")"
        }
        return ([headline] + lines + ["Tolerance \(NumberText.short(tolerance))."]).joined(separator: "\n")
    }

    private var headline: String {
        let gates = order.map { "(\($0.joined(separator: ", ")))" } ?? ""
        if !matches.isEmpty {
            return "Layout: equals \(matches.map(\.rawValue).joined(separator: "'s and "))'s order \(gates)."
        }
        return order == nil
            ? "Layout: no order of the gates gives the expected outputs."
            : "Layout: no framework's in its own shapes, but the order \(gates) gives the expected outputs."
    }
}

private struct LayoutCheck<Cell: RecurrentCell> {
    let weights: PackedWeights
    let cell: Cell
    let inputs: Tensor<Cell.Scalar>
    let initialState: Cell.State?
    /// `[time, batch, units]`
    let outputs: Tensor<Double>
    let tolerance: Double

    func report() -> LayoutReport<Cell> {
        let gates = cell.parameters.first { $0.shape.count == 2 && !$0.blockNames.isEmpty }?.blockNames ?? []
        var found: (order: [String], cell: Cell)?
        let comparisons = PackedLayout.allCases.map { layout -> LayoutComparison in
            do throws(LayoutMismatch) {
                guard let order = layout.order(of: gates) else {
                    throw LayoutMismatch("it has no order of the gates \(gates.joined(separator: ", "))")
                }
                let cell = try layout.unpacked(weights).applied(to: cell, order: order)
                let deviation = deviations(of: cell).largest
                if deviation <= tolerance, found == nil { found = (order, cell) }
                return LayoutComparison(layout: layout, deviation: deviation, mismatch: nil)
            } catch {
                return LayoutComparison(layout: layout, deviation: nil, mismatch: error.reason)
            }
        }
        let result = found ?? otherOrder(gates)
        return LayoutReport(
            comparisons: comparisons,
            matches: comparisons.filter { $0.deviation.map { $0 <= tolerance } ?? false }.map(\.layout),
            order: result?.order, cell: result?.cell, tolerance: tolerance)
    }

    /// Any order of the gates that gives the expected outputs, with weights of any framework's shapes.
    private func otherOrder(_ gates: [String]) -> (order: [String], cell: Cell)? {
        for layout in PackedLayout.allCases {
            guard let unpacked = try? layout.unpacked(weights) else { continue }
            func attempt(_ order: [String]) -> Attempt? {
                guard let cell = try? unpacked.applied(to: cell, order: order) else { return nil }
                return Attempt(order: order, cell: cell, deviation: deviations(of: cell))
            }
            let found: Attempt?
            if gates.count <= Self.mostOfAllOrders {
                found = gates.permutations.lazy.compactMap(attempt).first { $0.deviation.largest <= tolerance }
            } else {
                found = beginnings(gates).lazy.compactMap { improved($0, attempt) }.first
            }
            if let found { return (found.order, found.cell) }
        }
        return nil
    }

    private static var mostOfAllOrders: Int { 5 }

    private struct Attempt {
        let order: [String]
        let cell: Cell
        let deviation: (largest: Double, squares: Double)
    }

    /// Orders that have as little as possible in common, and then any.
    private func beginnings(_ gates: [String]) -> [[String]] {
        let rolled = [gates, gates.reversed()].flatMap { gates in
            gates.indices.map { Array(gates[$0...] + gates[..<$0]) }
        }
        let drawn = (0..<4 * gates.count).map { number in
            RandomSource(seed: UInt64(number)).permutation(gates.count).map { gates[$0] }
        }
        return rolled + drawn
    }

    /// The order that gives the expected outputs, if the best exchange of two gates, again and again, leads there.
    private func improved(_ beginning: [String], _ attempt: ([String]) -> Attempt?) -> Attempt? {
        guard var best = attempt(beginning) else { return nil }
        while best.deviation.largest > tolerance {
            let pairs = best.order.indices.flatMap { a in best.order.indices.dropFirst(a + 1).map { (a, $0) } }
            let exchanged = pairs.compactMap { a, b -> Attempt? in
                var order = best.order
                order.swapAt(a, b)
                return attempt(order)
            }
            guard let next = exchanged.min(by: { $0.deviation.squares < $1.deviation.squares }),
                next.deviation.squares < best.deviation.squares
            else { return nil }
            best = next
        }
        return best
    }

    /// The largest deviation relative to the largest output, and the sum of the squares of all.
    private func deviations(of cell: Cell) -> (largest: Double, squares: Double) {
        let computed = Recurrent(cell)(inputs, initialState: initialState).outputs.converted(to: Double.self)
        if computed.shape != outputs.shape {
            trap("checkLayouts", "outputs \(outputs.shape) are expected, and the cell returns \(computed.shape)")
        }
        if !computed.scalars.allSatisfy(\.isFinite) { return (.infinity, .infinity) }
        let scale = outputs.scalars.reduce(0) { max($0, $1.magnitude) }
        let differences = zip(computed.scalars, outputs.scalars).map(-)
        let largest = differences.reduce(0) { max($0, $1.magnitude) }
        return (scale > 0 ? largest / scale : largest, differences.reduce(0) { $0 + $1 * $1 })
    }
}

extension Array {
    /// All orders of the elements.
    var permutations: [[Element]] {
        if isEmpty { return [[]] }
        return indices.flatMap { index in
            var others = self
            let first = others.remove(at: index)
            return others.permutations.map { [first] + $0 }
        }
    }
}
