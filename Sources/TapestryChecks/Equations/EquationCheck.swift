import TapestryAutograd
import TapestryRecurrent

// Is this the function that was meant? The question that no gradient check can answer: a cell that computes something
// else is differentiated correctly.

/// Where an equation check takes the cell's parameters from.
public enum EquationParameters: Sendable, Hashable {
    /// Drawn uniformly from ±1, different in every gate, weight and bias.
    case drawn
    /// The cell's own.
    case given
}

/// Compares every named value of a cell with a reference that is written as plain scalar equations, and reports the
/// first that deviates.
///
/// The reference computes one step of one row of the batch. It says by `yield` what each value that the cell has
/// `named` must be, in the order of the equations, and returns the output and the new state:
///
/// ```swift
/// let report = checkEquations(of: LSTMCell<Double>.self) { step in
///     let (x, h, c) = (step.input, step.previous("hidden"), step.previous("cell"))
///     func z(_ gate: String) -> [Double] {
///         let fromInput = step.product(x, step.weights("input.weights", gate: gate))
///         let fromState = step.product(h, step.weights("recurrent.weights", gate: gate))
///         let bias = step.vector("input.bias", gate: gate)
///         return bias.indices.map { fromInput[$0] + fromState[$0] + bias[$0] }
///     }
///     let f = step.yield("forget", z("forget").map(sigmoid))
///     let i = step.yield("input", z("input").map(sigmoid))
///     let candidate = step.yield("candidate", z("candidate").map(tanh))
///     let cell = step.yield("cell") { f[$0] * c[$0] + i[$0] * candidate[$0] }
///     let o = step.yield("output", z("output").map(sigmoid))
///     let hidden = step.yield("hidden") { o[$0] * tanh(cell[$0]) }
///     return EquationResult(output: hidden, state: ["hidden": hidden, "cell": cell])
/// }
/// #expect(report.isCorrect, "\(report)")
/// ```
///
/// The check draws inputs on which wrong cells cannot look right: different random parameters for every gate, biases
/// too; several steps, several rows, and initial states that are not zero. Cell and reference each carry on with their
/// own states, so outputs and states are compared whether they are named or not.
///
/// A cell that passes computes the reference's equations. Whether its gradients are their derivatives is the question of
/// `checkGradients(of:at:)`.
///
/// - Parameters:
///   - cell: in `Double`, or in `Float` with the coarser tolerance that this means.
///   - inputSize: the features of the cell's input. Best different from the size of its state, so that a matrix the
///     wrong way round cannot fit.
///   - parameters: whether the cell's parameters are drawn or taken as they are.
///   - stepCount: at least 3, else it traps: time must be able to go wrong.
///   - batchSize: at least 2, else it traps: so must rows.
///   - seed: decides all that is drawn.
///   - tolerance: the deviation that is allowed, relative to the largest magnitude of the value in its step; by default
///     1e-10 for `Double` and 1e-4 for `Float`.
///   - fileID: where the call stands, for the report, and so is `line`.
///   - reference: the equations; called once for every step and row.
public func checkEquations<Cell: RecurrentCell>(
    of cell: Cell, inputSize: Int, parameters: EquationParameters = .drawn, stepCount: Int = 4, batchSize: Int = 3,
    seed: UInt64 = 0, tolerance: Double? = nil, fileID: String = #fileID, line: Int = #line,
    against reference: (EquationStep) -> EquationResult
) -> EquationReport {
    if stepCount < 3 || batchSize < 2 || inputSize < 1 {
        trap(
            "checkEquations",
            "\(stepCount) steps, \(batchSize) rows and \(inputSize) features; at least 3, 2 and 1 can tell wrong cells")
    }
    let settings = EquationCheckSettings(
        parameters: parameters, stepCount: stepCount, batchSize: batchSize, seed: seed, tolerance: tolerance)
    let tolerance = tolerance ?? (Cell.Scalar.self == Double.self ? 1e-10 : 1e-4)
    var report = withMode(.inference) {
        withRandomSeed(seed) {
            let drawn = parameters == .drawn ? cell.withDrawnParameters() : cell
            let state = drawn.initialState(batchSize: batchSize).withDrawnParameters()
            let inputs = Tensor<Cell.Scalar>.uniform([stepCount, batchSize, inputSize], from: -1)
            return EquationChecker(cell: drawn, inputs: inputs, initialState: state, tolerance: tolerance)
                .report(reference: reference, seed: seed)
        }
    }
    let arguments = ["of: …", "inputSize: \(inputSize)"] + settings.arguments
    report.call = CheckCall("checkEquations", arguments, fileID: fileID, line: line)
    return report
}

/// The same for a cell that is made from two sizes, here 5 features and 4 units.
public func checkEquations<Cell: SizedRecurrentCell>(
    of type: Cell.Type, stepCount: Int = 4, batchSize: Int = 3, seed: UInt64 = 0, tolerance: Double? = nil,
    fileID: String = #fileID, line: Int = #line, against reference: (EquationStep) -> EquationResult
) -> EquationReport {
    var report = checkEquations(
        of: Cell(inputSize: 5, hiddenSize: 4), inputSize: 5, stepCount: stepCount, batchSize: batchSize, seed: seed,
        tolerance: tolerance, against: reference)
    let settings = EquationCheckSettings(
        parameters: .drawn, stepCount: stepCount, batchSize: batchSize, seed: seed, tolerance: tolerance)
    report.call = CheckCall(
        "checkEquations", ["of: \(Cell.self).self"] + settings.arguments, fileID: fileID, line: line)
    return report
}

/// What the caller of an equation check decides, beside the cell and the reference.
private struct EquationCheckSettings {
    let parameters: EquationParameters
    let stepCount: Int
    let batchSize: Int
    let seed: UInt64
    let tolerance: Double?

    /// The settings that differ from the usual ones, as a call gives them, the seed and the reference.
    var arguments: [String] {
        let all: [(isUsual: Bool, text: String)] = [
            (parameters == .drawn, "parameters: .given"),
            (stepCount == 4, "stepCount: \(stepCount)"),
            (batchSize == 3, "batchSize: \(batchSize)"),
            (false, "seed: \(seed)"),
            (tolerance == nil, "tolerance: \(tolerance ?? .nan)"),
            (false, "against: …"),
        ]
        return all.filter { !$0.isUsual }.map(\.text)
    }
}

extension Module {
    /// The same module with every floating-point tensor drawn uniformly from ±1 by the current source.
    func withDrawnParameters() -> Self {
        mapValues { Tensor<Double>.uniform($0.shape, from: -1).value.converted(to: $0.elementType) }
    }
}
