/// What makes a gradient check impossible.
public enum GradientProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// The module has no floating-point tensor, or all of them are frozen.
    case noParameter(type: String)
    /// A parameter has no element.
    case emptyParameter(path: String)
    /// A parameter is `Float`, too coarse for differences.
    case singlePrecision(path: String, type: String)
    /// The function returns no floating-point tensor.
    case noFloatingPointResult(type: String)
    /// The function returns `Float`.
    case singlePrecisionResult(place: String)
    /// A tensor that the function returns has no element.
    case emptyResult(place: String)
    /// The function gives NaN or an infinity at the point itself.
    case resultNotFinite(place: String, value: Double)
    /// Two runs at the same point give different results.
    case notDeterministic(place: String, first: Double, second: Double)
    /// The function gives another result while derivatives are recorded.
    case dependsOnRecording(place: String, plain: Double, recorded: Double)
    /// The function gives another result where the same elements lie otherwise in memory.
    case dependsOnLayout(place: String, contiguous: Double, transposed: Double)
    /// The gradient for cotangents that are all zero is not zero.
    case notZeroOfZero(place: String, value: Double)
    /// The gradient for cotangents multiplied by a factor is not so much larger.
    case notLinear(place: String, factor: Double, expected: Double, value: Double)

    /// Whether it shows that some rule is no derivative.
    var isWrongRule: Bool {
        switch self {
        case .notZeroOfZero, .notLinear: true
        default: false
        }
    }

    private static func double(_ type: String) -> String { type.replacing(#/\bFloat\b/#, with: "Double") }

    /// What is wrong, in a sentence or two.
    public var description: String {
        switch self {
        case .noParameter(let type):
            "There is nothing to differentiate: \(type) has no floating-point tensor, or all of them are frozen."
        case .emptyParameter(let path):
            "\(path) has no element. Freeze it to leave it out."
        case .singlePrecision(let path, let type):
            "\(path) is Float, and differences need Double: check \(Self.double(type)).self, or of a module that is "
                + "there module.converted(to: \(Self.double(type)).self)"
        case .noFloatingPointResult(let type):
            "The function returns \(type), which has no floating-point tensor, so it has no derivative."
        case .singlePrecisionResult(let place):
            "The function's \(place) is Float, and differences need Double: let it compute and return Double."
        case .emptyResult(let place):
            "The function's \(place) has no element."
        case .resultNotFinite(let place, let value):
            "The function's \(place) is \(value) at the point itself."
        case .notDeterministic(let place, let first, let second):
            "The function is not deterministic: its \(place) is \(first) in one run and \(second) in the next, at the "
                + "same point. Random numbers must come from the current source, and there must be no hidden state."
        case .dependsOnRecording(let place, let plain, let recorded):
            "The function's \(place) is \(plain), and \(recorded) while derivatives are recorded."
        case .dependsOnLayout(let place, let contiguous, let transposed):
            "The function's \(place) is \(contiguous), and \(transposed) where the same parameters lie transposed in "
                + "memory."
        case .notZeroOfZero(let place, let value):
            "With cotangents that are all zero, the gradient\(place.isEmpty ? "" : " of \(place)") is \(value): some rule "
                + "adds a constant."
        case .notLinear(let place, let factor, let expected, let value):
            "With cotangents \(NumberText.short(factor)) times as large, the gradient\(place.isEmpty ? "" : " of \(place)") is "
                + "\(NumberText.long(value)), and should be \(NumberText.long(expected)): some rule or hook clips it, or looks "
                + "at its size or sign."
        }
    }
}
