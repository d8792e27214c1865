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
/// For a cell that deviates, the check has the reference make the usual mistakes, one after the other: gates'
/// parameters exchanged, a matrix transposed, a term, factor or bias missing, 1 − x for x, another activation, the old
/// state for the new one, rows or steps in another order, and more. If one of them makes the reference compute what the
/// cell computes, it is reported in a sentence, with how far the two then agree.
///
/// A cell that passes computes the reference's equations. Whether its gradients are their derivatives is the question
/// of `checkGradients(of:at:)`.
///
/// - Parameters:
///   - cell: in `Double`, or in `Float` with the coarser tolerance that this means.
///   - inputSize: the features of the cell's input. Best different from the size of its state, so that a matrix the
///     wrong way round cannot fit.
///   - parameters: whether the cell's parameters are drawn or taken as they are.
///   - stepCount: best at least 3: the report says what fewer steps cannot show. Traps on 0.
///   - batchSize: best at least 2, likewise.
///   - seed: decides all that is drawn.
///   - tolerance: the deviation that is allowed, relative to the largest magnitude of the value in its step, beside a
///     few roundings of 1; by default 1e-10 for `Double` and 1e-4 for `Float`.
///   - gradients: which elements of the cell's gradients with respect to parameters, inputs and initial state are
///     compared with the derivatives of the reference, `.all` for instance; by default none. For a cell in `Double`.
///   - progress: is called after each step that was compared.
///   - fileID: the file where the call stands, for the report.
///   - line: the line where the call stands, for the report.
///   - reference: the equations; called for every step and row, and again with mistakes made on purpose if the cell
///     deviates, so it must depend on the step alone.
public func checkEquations<Cell: RecurrentCell>(
    of cell: Cell, inputSize: Int, parameters: EquationParameters = .drawn, stepCount: Int = 4, batchSize: Int = 3,
    seed: UInt64 = 0, tolerance: Double? = nil, gradients: CheckedElements? = nil,
    progress: ((CheckProgress) -> Void)? = nil, fileID: String = #fileID, line: Int = #line,
    against reference: (EquationStep) -> EquationResult
) -> EquationReport {
    let settings = EquationCheckSettings(parameters, stepCount, batchSize, seed, tolerance, gradients, progress)
    var report = check(cell, uniformInput("checkEquations", inputSize), nil, settings, against: reference) {
        EquationTrace(stepping: $0, inputs: $1, initialState: $2)
    }
    report.call = CheckCall(
        "checkEquations", ["of: …", "inputSize: \(inputSize)"] + settings.arguments, fileID: fileID, line: line)
    return report
}

/// The same for a cell whose input has another shape than `[batch, features]`, or is several tensors, which the
/// reference reads by their names, `step.input("time")`.
///
/// - Parameters:
///   - cell: in `Double`, or in `Float` with the coarser tolerance that this means.
///   - inputs: draws the input of a step.
///   - states: draws the state before the first step, of a cell whose states are not any numbers, such as weights that
///     add up to 1; else every number of it is uniform in ±1.
///   - parameters: whether the cell's parameters are drawn or taken as they are.
///   - stepCount: best at least 3: the report says what fewer steps cannot show. Traps on 0.
///   - batchSize: best at least 2, likewise.
///   - seed: decides all that is drawn.
///   - tolerance: the deviation that is allowed, relative to the largest magnitude of the value in its step, beside a
///     few roundings of 1; by default 1e-10 for `Double` and 1e-4 for `Float`.
///   - gradients: which elements of the cell's gradients are compared with the derivatives of the reference; by default
///     none. For a cell in `Double`.
///   - progress: is called after each step that was compared.
///   - fileID: the file where the call stands, for the report.
///   - line: the line where the call stands, for the report.
///   - reference: the equations; called for every step and row, and again with mistakes made on purpose if the cell
///     deviates, so it must depend on the step alone.
public func checkEquations<Cell: StructuredRecurrentCell>(
    of cell: Cell, inputs: DrawnInput<Cell.Input>, states: DrawnState<Cell.State>? = nil,
    parameters: EquationParameters = .drawn, stepCount: Int = 4, batchSize: Int = 3, seed: UInt64 = 0,
    tolerance: Double? = nil, gradients: CheckedElements? = nil,
    progress: ((CheckProgress) -> Void)? = nil, fileID: String = #fileID, line: Int = #line,
    against reference: (EquationStep) -> EquationResult
) -> EquationReport {
    let settings = EquationCheckSettings(parameters, stepCount, batchSize, seed, tolerance, gradients, progress)
    var report = check(cell, inputs, states, settings, against: reference) {
        EquationTrace(stepping: $0, inputs: $1, initialState: $2)
    }
    report.call = CheckCall(
        "checkEquations", ["of: …", "inputs: …"] + (states == nil ? [] : ["states: …"]) + settings.arguments,
        fileID: fileID, line: line)
    return report
}

/// The same for a driver: whether it runs a cell over a sequence as it should, in the right order and from the right
/// states.
///
/// ```swift
/// let report = checkEquations(of: cell, inputSize: 5, drivenBy: { Recurrent($0)($1, initialState: $2) }) { step in … }
/// ```
///
/// - Parameters:
///   - cell: in `Double`, or in `Float` with the coarser tolerance that this means.
///   - inputSize: the features of the cell's input. Best different from the size of its state, so that a matrix the
///     wrong way round cannot fit.
///   - drive: runs a cell over inputs `[time, batch, features]` from an initial state. It must open a scope around each
///     step, as `Recurrent` does. The states between the steps cannot be seen, and so are compared in their
///     consequences and after the last step.
///   - parameters: whether the cell's parameters are drawn or taken as they are.
///   - stepCount: best at least 3: the report says what fewer steps cannot show. Traps on 0.
///   - batchSize: best at least 2, likewise.
///   - seed: decides all that is drawn.
///   - tolerance: the deviation that is allowed, relative to the largest magnitude of the value in its step, beside a
///     few roundings of 1; by default 1e-10 for `Double` and 1e-4 for `Float`.
///   - progress: is called after each step that was compared.
///   - fileID: the file where the call stands, for the report.
///   - line: the line where the call stands, for the report.
///   - reference: the equations; called for every step and row, and again with mistakes made on purpose if the cell
///     deviates, so it must depend on the step alone.
public func checkEquations<Cell: RecurrentCell>(
    of cell: Cell, inputSize: Int,
    drivenBy drive: (Cell, Tensor<Cell.Scalar>, Cell.State) -> RecurrentResult<Tensor<Cell.Scalar>, Cell.State>,
    parameters: EquationParameters = .drawn, stepCount: Int = 4, batchSize: Int = 3,
    seed: UInt64 = 0, tolerance: Double? = nil, progress: ((CheckProgress) -> Void)? = nil, fileID: String = #fileID,
    line: Int = #line, against reference: (EquationStep) -> EquationResult
) -> EquationReport {
    let settings = EquationCheckSettings(parameters, stepCount, batchSize, seed, tolerance, nil, progress)
    let input: DrawnInput<Tensor<Cell.Scalar>> = uniformInput("checkEquations", inputSize)
    var report = check(cell, input, nil, settings, against: reference) { cell, inputs, state throws(EquationProblem) in
        try EquationTrace(driving: cell, inputs: inputs, initialState: state, by: drive)
    }
    let arguments = ["of: …", "inputSize: \(inputSize)", "drivenBy: …"] + settings.arguments
    report.call = CheckCall("checkEquations", arguments, fileID: fileID, line: line)
    return report
}

/// What the caller of a check decides, beside the cell and the reference.
private struct EquationCheckSettings {
    let parameters: EquationParameters
    let stepCount: Int
    let batchSize: Int
    let seed: UInt64
    let tolerance: Double?
    let gradients: CheckedElements?
    private(set) var progress: ((CheckProgress) -> Void)?
    let size: SequenceSize

    init(
        _ parameters: EquationParameters, _ stepCount: Int, _ batchSize: Int, _ seed: UInt64, _ tolerance: Double?,
        _ gradients: CheckedElements?, _ progress: ((CheckProgress) -> Void)? = nil
    ) {
        size = SequenceSize(stepCount: stepCount, batchSize: batchSize)
        size.require("checkEquations")
        self.parameters = parameters
        self.stepCount = stepCount
        self.batchSize = batchSize
        self.seed = seed
        self.tolerance = tolerance
        self.gradients = gradients
        self.progress = progress
    }

    /// The settings that differ from the usual ones, as a call gives them, the seed and the reference.
    var arguments: [String] {
        let all: [(isUsual: Bool, text: String)] = [
            (parameters == .drawn, "parameters: .given"),
            (stepCount == 4, "stepCount: \(stepCount)"),
            (batchSize == 3, "batchSize: \(batchSize)"),
            (false, "seed: \(seed)"),
            (tolerance == nil, "tolerance: \(tolerance ?? .nan)"),
            (gradients == nil, "gradients: .\(gradients ?? .all)"),
            (false, "against: …"),
        ]
        return all.filter { !$0.isUsual }.map(\.text)
    }
}

private func check<Cell: StructuredRecurrentCell>(
    _ cell: Cell, _ input: DrawnInput<Cell.Input>, _ states: DrawnState<Cell.State>?,
    _ settings: EquationCheckSettings,
    against reference: (EquationStep) -> EquationResult,
    _ trace: (Cell, [Cell.Input], Cell.State) throws(EquationProblem) -> EquationTrace
) -> EquationReport {
    withMode(.inference) {
        withRandomSeed(settings.seed) {
            let drawn = settings.parameters == .drawn ? cell.withDrawnParameters() : cell
            let state = settings.size.initialState(of: drawn, states)
            let inputs = settings.size.inputs("checkEquations", input)
            let isDouble = Cell.Scalar.self == Double.self
            return withoutActuallyEscaping(reference) { reference in
                let checker = EquationChecker(
                    subject: "\(Cell.self)",
                    tolerance: isDouble
                        ? EquationTolerance(relative: settings.tolerance ?? 1e-10, rounding: 4 * Double.ulpOfOne)
                        : EquationTolerance(relative: settings.tolerance ?? 1e-4, rounding: 4 * Double(Float.ulpOfOne)),
                    seed: settings.seed, reference: reference)
                do throws(EquationProblem) {
                    var report = checker.report(try trace(drawn, inputs, state), progress: settings.progress)
                    report.cautions = settings.size.cautions
                    if let gradients = settings.gradients, report.isCorrect {
                        report.gradients = EquationGradients(
                            run: CellRun(cell: drawn, inputs: inputs, initialState: state), reference: reference,
                            elements: gradients, seed: settings.seed
                        ).report()
                    }
                    return report
                } catch {
                    return checker.report(problem: error)
                }
            }
        }
    }
}

/// The same for a cell that is made from two sizes, here 5 features and 4 units.
public func checkEquations<Cell: SizedRecurrentCell>(
    of type: Cell.Type, stepCount: Int = 4, batchSize: Int = 3, seed: UInt64 = 0, tolerance: Double? = nil,
    gradients: CheckedElements? = nil, progress: ((CheckProgress) -> Void)? = nil, fileID: String = #fileID,
    line: Int = #line, against reference: (EquationStep) -> EquationResult
) -> EquationReport {
    var report = checkEquations(
        of: Cell(inputSize: 5, hiddenSize: 4), inputSize: 5, stepCount: stepCount, batchSize: batchSize, seed: seed,
        tolerance: tolerance, gradients: gradients, progress: progress, against: reference)
    let settings = EquationCheckSettings(.drawn, stepCount, batchSize, seed, tolerance, gradients)
    report.call = CheckCall(
        "checkEquations", ["of: \(Cell.self).self"] + settings.arguments, fileID: fileID, line: line)
    return report
}

extension Module {
    /// The same module with every floating-point tensor drawn uniformly from ±1 by the current source.
    func withDrawnParameters() -> Self {
        mapValues { Tensor<Double>.uniform($0.shape, from: -1).value.converted(to: $0.elementType) }
    }
}
