/// What is compared in an equation check.
public enum EquationQuantity: Sendable, Hashable, CustomStringConvertible {
    /// A value that the cell has named; where a step names several values alike, the first is number 0.
    case named(String, number: Int)
    /// The output that a step returns, by path where it is several tensors.
    case output(String)
    /// The state that a step returns, by path.
    case state(String)

    /// The output that a step returns, where it is one tensor.
    public static let output = EquationQuantity.output("")

    /// The name, with its number from the second value of that name on; `returned output`; `returned state hidden`.
    public var description: String {
        switch self {
        case .named(let name, 0): name
        case .named(let name, let number): "\(name) (\(number + 1))"
        case .output(""): "returned output"
        case .output(let path): "returned output \(path)"
        case .state(""): "returned state"
        case .state(let path): "returned state \(path)"
        }
    }
}

/// One element in which a cell and its reference disagree.
public struct EquationDeviation: Sendable {
    /// What the element belongs to.
    public let quantity: EquationQuantity
    /// The step, from 0.
    public let step: Int
    /// The row of the batch.
    public let row: Int
    /// The unit, or the position in the row in row-major order.
    public let unit: Int
    /// What the cell computed.
    public let computed: Double
    /// What the reference computed.
    public let expected: Double
    /// The largest magnitude of the quantity in this step.
    public let scale: Double
    /// How many elements of the quantity deviate in this step.
    public let deviatingCount: Int
    /// How many elements the quantity has in a step.
    public let count: Int

    /// computed − expected
    public var difference: Double { computed - expected }
}

/// One quantity over all steps, rows and units.
public struct EquationComparison: Sendable {
    /// What was compared.
    public let quantity: EquationQuantity
    /// The number of elements that were compared.
    public internal(set) var count = 0
    /// The largest deviation, relative to the quantity's scale in its step.
    public internal(set) var largestDeviation = 0.0
    /// The first step with a deviation beyond the tolerance.
    public internal(set) var firstDeviatingStep: Int?

    init(quantity: EquationQuantity) { self.quantity = quantity }
}

/// The result of an equation check.
///
/// Printed, it is the first deviation in a sentence, and a table of all values in the order of the equations.
public struct EquationReport: Sendable {
    /// What made the check impossible, or ended it, if anything did.
    public let problem: EquationProblem?
    /// The first deviation: of the earliest step, in it of the first value in the reference's order (then the output,
    /// then the state), and of that value the worst element.
    public let deviation: EquationDeviation?
    /// Why it deviates, if one of the usual confusions explains it.
    public internal(set) var diagnosis: EquationDiagnosis?
    /// How many confusions were tried.
    public internal(set) var confusionCount = 0
    /// Where nothing explains the deviation, what the reference yields before it and reads nowhere, so that no mistake
    /// with these values could be tried: its equations should go on with the array that `yield` returns.
    public internal(set) var unreadNames: [String] = []
    /// The gradient of the cell, contracted with random numbers, against the derivatives of the reference, if that was
    /// asked for and the values agree.
    public internal(set) var gradients: GradientReport?
    /// All that was compared, in the reference's order. What follows the first deviation may deviate because of it.
    public let comparisons: [EquationComparison]
    /// Names that the reference yields and the cell never gives to a value.
    public let namesOnlyInReference: [String]
    /// Names that the cell gives and the reference never yields: these values were not checked.
    public let namesOnlyInCell: [String]
    /// The type of the cell.
    public let subject: String
    /// The deviation that was allowed, relative to the largest magnitude of the quantity in its step.
    public let tolerance: Double
    /// What all that was drawn was made from.
    public let seed: UInt64
    /// What so few steps or rows could not show.
    public internal(set) var cautions: [String] = []
    /// The call that made this report; `nil` in one that is part of another.
    public internal(set) var call: CheckCall?

    /// Whether everything that the reference says was compared and agrees.
    public var isCorrect: Bool {
        problem == nil && deviation == nil && namesOnlyInReference.isEmpty && gradients?.isCorrect ?? true
    }

    /// Throws an error that prints this report, unless it is correct.
    public func requireCorrect() throws(EquationCheckError) {
        if !isCorrect { throw EquationCheckError(report: self) }
    }
}

/// A cell that was not shown to compute its reference's equations. Printed, it is the report.
public struct EquationCheckError: Error, CustomStringConvertible {
    /// What the check found.
    public let report: EquationReport
    /// The report as text.
    public var description: String { report.description }
}

/// What makes an equation check impossible, or ends it.
public enum EquationProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// None of the cell's named values is among those that the reference yields.
    case nothingCompared(named: [String], yielded: [String])
    /// The reference yields other names in one row than in another.
    case namesDiffer(step: Int, row: Int)
    /// A value has other extents than the reference says.
    case countsDiffer(quantity: EquationQuantity, shape: [Int], expected: Int)
    /// A driver does not give a scope and an output to each step.
    case stepsDiffer(expected: Int, scopes: Int, outputs: [Int])
    /// The reference returns a state that the cell's does not have, or lacks one.
    case statesDiffer(cell: [String], reference: [String])
    /// The same of an output.
    case outputsDiffer(cell: [String], reference: [String])
    /// NaN or an infinity.
    case notFinite(quantity: EquationQuantity, step: Int, row: Int, unit: Int, computed: Double, expected: Double)

    /// What is wrong, in a sentence or two.
    public var description: String {
        switch self {
        case .nothingCompared(let named, let yielded):
            "No named value was compared. The cell names \(Self.list(named)); the reference yields "
                + "\(Self.list(yielded)). Name values in the cell with named(_:), and yield them in the reference."
        case .namesDiffer(let step, let row):
            "In step \(step), the reference yields other names in row \(row) than in row 0."
        case .countsDiffer(let quantity, let shape, let expected):
            "\(quantity) has shape \(shape) in the cell, batch first, and \(expected) numbers a row in the reference."
        case .stepsDiffer(let expected, let scopes, let outputs):
            "\(expected) steps were to be run. The named values lie in \(scopes) scopes, one after the other, and the "
                + "outputs have shape \(outputs), time first."
        case .statesDiffer(let cell, let reference):
            "The cell's state has \(Self.list(cell)), and the reference returns \(Self.list(reference))."
        case .outputsDiffer(let cell, let reference):
            "The cell's output has \(Self.list(cell)), and the reference returns \(Self.list(reference))."
        case .notFinite(let quantity, let step, let row, let unit, let computed, let expected):
            "\(quantity) is not finite at step \(step), row \(row), unit \(unit): the cell computed \(computed), the "
                + "reference \(expected)."
        }
    }

    private static func list(_ names: [String]) -> String {
        names.isEmpty ? "nothing" : names.map { $0.isEmpty ? "a single tensor" : "\"\($0)\"" }.joined(separator: ", ")
    }
}
