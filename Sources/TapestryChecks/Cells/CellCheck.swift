import TapestryAutograd
import TapestryRecurrent

/// Checks all of a cell in one call: its gradients, its equations if a reference is given, and its single precision if
/// its twin in `Float` is.
///
/// ```swift
/// let report = checkCell(LSTMCell<Double>.self, single: LSTMCell<Float>.self) { step in … }
/// #expect(report.isCorrect, "\(report)")            // or: try report.requireCorrect()
/// ```
///
/// The gradients are those of the outputs of all steps and the final state, by `Recurrent` over the cell, with respect
/// to every parameter by gate (`cell.input.weights [forget]`), every input (`input [t = 2]`) and the initial state
/// (`initialState.hidden`). What is drawn is made so that wrong cells cannot look right: different random numbers for
/// every gate, several steps and rows, initial states that are not zero.
///
/// The gradient check asks whether the derivative is that of the function that was written; only the equation check can
/// see that another function was meant. See `checkGradients(of:at:)` and `checkEquations(of:against:)`.
///
/// - Parameters:
///   - cell: in `Double`.
///   - inputSize: the features of the cell's input; best different from the size of its state.
///   - parameters: whether the cell's parameters are drawn or taken as they are.
///   - stepCount: best at least 3: the report says what fewer steps cannot show. Traps on 0.
///   - batchSize: best at least 2, likewise.
///   - orders: the highest order of derivative.
///   - elements: all elements, a sample of each block, or random projections.
///   - tolerance: of the gradients.
///   - seed: decides all that is drawn.
///   - single: the cell's type in `Float`, to be held against the cell itself.
///   - reference: the paper's equations for one step of one row.
///   - progress: is called after each block of the gradient check, each step of the equation check, and at the end.
///   - fileID: the file where the call stands, for the report.
///   - line: the line where the call stands, for the report.
public func checkCell<Cell: RecurrentCell>(
    _ cell: Cell, inputSize: Int, parameters: EquationParameters = .drawn, stepCount: Int = 4, batchSize: Int = 3,
    orders: Int = 1, elements: CheckedElements = .all, tolerance: GradientTolerance = .standard, seed: UInt64 = 0,
    single: (any StructuredRecurrentCell<Float>.Type)? = nil,
    against reference: ((EquationStep) -> EquationResult)? = nil, progress: ((CheckProgress) -> Void)? = nil,
    fileID: String = #fileID, line: Int = #line
) -> CellReport {
    let check = CellCheck(
        cell: cell, input: uniformInput("checkCell", inputSize), states: nil, parameters: parameters,
        stepCount: stepCount,
        batchSize: batchSize,
        gradients: .ofCell(elements, tolerance, seed, orders, progress),
        single: single)
    let call = CheckCall(
        "checkCell", ["…", "inputSize: \(inputSize)"] + check.arguments(hasReference: reference != nil), fileID: fileID,
        line: line)
    return check.report(call, reference)
}

/// The same for a cell whose input has another shape than `[batch, features]`, or is several tensors: maps, a
/// measurement with its time. The parts of an input have their names in the report, `input [t = 2].time`, and the
/// reference reads them by those, `step.input("time")`.
///
/// ```swift
/// checkCell(cell, inputs: { _, batchSize in .uniform([batchSize, 3, 8, 8], from: -1) }) { step in … }
/// ```
///
/// - Parameters:
///   - cell: in `Double`.
///   - inputs: draws the input of a step.
///   - states: draws the state before the first step, of a cell whose states are not any numbers, such as weights that
///     add up to 1; else every number of it is uniform in ±1.
///   - parameters: whether the cell's parameters are drawn or taken as they are.
///   - stepCount: best at least 3: the report says what fewer steps cannot show. Traps on 0.
///   - batchSize: best at least 2, likewise.
///   - orders: the highest order of derivative.
///   - elements: all elements, a sample of each block, or random projections.
///   - tolerance: of the gradients.
///   - seed: decides all that is drawn.
///   - single: the cell's type in `Float`, to be held against the cell itself.
///   - reference: the paper's equations for one step of one row.
///   - progress: is called after each block of the gradient check, each step of the equation check, and at the end.
///   - fileID: the file where the call stands, for the report.
///   - line: the line where the call stands, for the report.
public func checkCell<Cell: StructuredRecurrentCell>(
    _ cell: Cell, inputs: DrawnInput<Cell.Input>, states: DrawnState<Cell.State>? = nil,
    parameters: EquationParameters = .drawn, stepCount: Int = 4, batchSize: Int = 3, orders: Int = 1,
    elements: CheckedElements = .all, tolerance: GradientTolerance = .standard,
    seed: UInt64 = 0, single: (any StructuredRecurrentCell<Float>.Type)? = nil,
    against reference: ((EquationStep) -> EquationResult)? = nil, progress: ((CheckProgress) -> Void)? = nil,
    fileID: String = #fileID, line: Int = #line
) -> CellReport {
    withoutActuallyEscaping(inputs) { inputs in
        let check = CellCheck(
            cell: cell, input: inputs, states: states, parameters: parameters, stepCount: stepCount,
            batchSize: batchSize,
            gradients: .ofCell(elements, tolerance, seed, orders, progress),
            single: single)
        let call = CheckCall(
            "checkCell",
            ["…", "inputs: …"] + (states == nil ? [] : ["states: …"]) + check.arguments(hasReference: reference != nil),
            fileID: fileID,
            line: line)
        return check.report(call, reference)
    }
}

/// The same for a cell that is made from two sizes.
public func checkCell<Cell: SizedRecurrentCell>(
    _ type: Cell.Type, inputSize: Int = 5, hiddenSize: Int = 4, stepCount: Int = 4, batchSize: Int = 3,
    orders: Int = 1, elements: CheckedElements = .all, tolerance: GradientTolerance = .standard, seed: UInt64 = 0,
    single: (any StructuredRecurrentCell<Float>.Type)? = nil,
    against reference: ((EquationStep) -> EquationResult)? = nil, progress: ((CheckProgress) -> Void)? = nil,
    fileID: String = #fileID, line: Int = #line
) -> CellReport {
    let check = CellCheck(
        cell: Cell(inputSize: inputSize, hiddenSize: hiddenSize), input: uniformInput("checkCell", inputSize),
        states: nil, parameters: .drawn, stepCount: stepCount, batchSize: batchSize,
        gradients: .ofCell(elements, tolerance, seed, orders, progress),
        single: single)
    let sizes = ["\(Cell.self).self", "inputSize: \(inputSize)", "hiddenSize: \(hiddenSize)"]
    let call = CheckCall(
        "checkCell", sizes + check.arguments(hasReference: reference != nil), fileID: fileID, line: line)
    return check.report(call, reference)
}

extension GradientCheckSettings {
    /// Those of a cell's check: all of its parameters, as it is while inferring.
    fileprivate static func ofCell(
        _ elements: CheckedElements, _ tolerance: GradientTolerance, _ seed: UInt64, _ orders: Int,
        _ progress: ((CheckProgress) -> Void)?
    ) -> GradientCheckSettings {
        GradientCheckSettings(
            frozen: [], elements: elements, tolerance: tolerance, mode: .inference, seed: seed, orders: orders,
            progress: progress)
    }
}

/// One check of a cell: everything that the caller decides.
private struct CellCheck<Cell: StructuredRecurrentCell> {
    let cell: Cell
    let input: DrawnInput<Cell.Input>
    let states: DrawnState<Cell.State>?
    let parameters: EquationParameters
    let stepCount: Int
    let batchSize: Int
    let gradients: GradientCheckSettings
    let single: (any StructuredRecurrentCell<Float>.Type)?

    /// The settings that differ from the usual ones, as a call gives them.
    func arguments(hasReference: Bool) -> [String] {
        let own: [(isUsual: Bool, text: String)] = [
            (parameters == .drawn, "parameters: .given"), (stepCount == 4, "stepCount: \(stepCount)"),
            (batchSize == 3, "batchSize: \(batchSize)"),
        ]
        let twin = single.map { ["single: \($0).self"] } ?? []
        return own.filter { !$0.isUsual }.map(\.text) + gradients.arguments + twin
            + (hasReference ? ["against: …"] : [])
    }

    func report(_ call: CheckCall, _ reference: ((EquationStep) -> EquationResult)?) -> CellReport {
        let size = SequenceSize(stepCount: stepCount, batchSize: batchSize)
        size.require("checkCell")
        let run = withMode(.inference) { withRandomSeed(gradients.seed) { drawnRun(size) } }
        let blocks = gradients.orders * ParameterBlock.count(in: run)
        let steps = reference == nil ? 0 : stepCount
        let parts = CellProgress(blocks, steps, single == nil ? 0 : 1, gradients.progress)
        return CellReport(
            gradients: gradientReport(of: run, parts.of(0)),
            equations: reference.map { equationReport($0, parts.of(1)) },
            singlePrecision: single.map { precisionReport(of: run, $0, parts.of(2)) }, cautions: size.cautions,
            call: call)
    }

    private func drawnRun(_ size: SequenceSize) -> CellRun<Cell> {
        CellRun(
            cell: parameters == .drawn ? cell.withDrawnParameters() : cell,
            inputs: size.inputs("checkCell", input),
            initialState: size.initialState(of: cell, states))
    }

    private func gradientReport(
        of run: CellRun<Cell>, _ progress: @escaping (CheckProgress) -> Void
    ) -> GradientReport {
        var settings = gradients
        settings.progress = progress
        return checkGradients(of: \.result, at: run, of: CheckedSubject(name: "\(Cell.self)"), settings, nil)
    }

    private func equationReport(
        _ reference: (EquationStep) -> EquationResult, _ progress: @escaping (CheckProgress) -> Void
    ) -> EquationReport {
        var report = checkEquations(
            of: cell, inputs: input, states: states, parameters: parameters, stepCount: stepCount,
            batchSize: batchSize, seed: gradients.seed, progress: progress, against: reference)
        // Both are said of the whole cell.
        report.call = nil
        report.cautions = []
        return report
    }

    private func precisionReport<Single: StructuredRecurrentCell<Float>>(
        of run: CellRun<Cell>, _ type: Single.Type, _ progress: @escaping (CheckProgress) -> Void
    ) -> PrecisionReport {
        let point = run.converted(to: CellRun<Single>.self)
        let report = PrecisionChecker(point: point, tolerance: .standard, mode: .inference, seed: gradients.seed)
            .report(
                of: { (run: CellRun<Single>) in run.result }, against: { (run: CellRun<Cell>) in run.result },
                subject: "\(Single.self)", call: nil)
        progress(CheckProgress(completedCount: 1, totalCount: 1, name: "single precision"))
        return report
    }
}

/// The progress of the parts of a cell's check, as that of one check.
private struct CellProgress {
    private let counts: [Int]
    private let progress: ((CheckProgress) -> Void)?

    init(_ blocks: Int, _ steps: Int, _ others: Int, _ progress: ((CheckProgress) -> Void)?) {
        counts = [blocks, steps, others]
        self.progress = progress
    }

    /// What a part reports to.
    func of(_ part: Int) -> (CheckProgress) -> Void {
        let (done, total) = (counts[..<part].reduce(0, +), counts.reduce(0, +))
        return { own in
            progress?(CheckProgress(completedCount: done + own.completedCount, totalCount: total, name: own.name))
        }
    }
}
