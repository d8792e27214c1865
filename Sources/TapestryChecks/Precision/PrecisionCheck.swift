import TapestryAutograd

/// How far a computation in `Float` may be from the same in `Double`.
///
/// With u = 2⁻²⁴, the relative error of one rounding, an element of a value or gradient with the scale S (its block's
/// largest magnitude) may deviate by
///
///     roundings · (u S + D)
///
/// where D is by how much the block changes in `Double` when every number that the function starts from is rounded
/// once, at random: measured, the largest change of several trials. So a sensitive function is allowed what its own
/// sensitivity explains, and a kernel that loses digits is not.
public struct PrecisionTolerance: Sendable, Hashable {
    /// How many roundings of the size of the first may add up.
    public var roundings: Double
    /// A block is inconclusive if more than this share of its scale is allowed.
    public var resolution: Double

    /// A tolerance; by default the standard one.
    public init(roundings: Double = 64, resolution: Double = 1e-2) {
        self.roundings = roundings
        self.resolution = resolution
    }

    /// For functions of up to some thousands of operations in a row.
    public static let standard = PrecisionTolerance()
}

/// Compares the values and the gradients of a function in `Float` with those of the same function in `Double`.
///
/// ```swift
/// let report = checkSinglePrecision(
///     of: { (model: Classifier<Float>) in model(inputs) },
///     against: { (model: Classifier<Double>) in model(inputs.converted(to: Double.self)) }, at: model)
/// #expect(report.isCorrect, "\(report)")
/// ```
///
/// Where `checkGradients` has shown that the gradient in `Double` is right, this shows as much of the one in `Float`,
/// whose own differences would be too coarse.
///
/// - Parameters:
///   - function: in `Float`. If it returns more than one number, the gradient is that of the results contracted with
///     fixed random numbers. It must not draw random numbers: those of both types are different.
///   - exact: the same in `Double`. Traps unless it returns results of the same shapes.
///   - point: where they are compared, in `Float`, so that both start from the same numbers.
///   - tolerance: how far they may be apart.
///   - mode: whether layers infer (the default) or train inside the functions.
///   - seed: decides the contraction and the trial roundings.
///   - fileID: the file where the call stands, for the report.
///   - line: the line where the call stands, for the report.
public func checkSinglePrecision<Single: Module, SingleOutput: Module, Exact: Module, ExactOutput: Module>(
    of function: (Single) -> SingleOutput, against exact: (Exact) -> ExactOutput, at point: Single,
    tolerance: PrecisionTolerance = .standard, mode: Mode = .inference, seed: UInt64 = 0, fileID: String = #fileID,
    line: Int = #line
) -> PrecisionReport {
    let all: [(isUsual: Bool, text: String)] = [
        (
            tolerance == .standard,
            "tolerance: PrecisionTolerance(roundings: \(tolerance.roundings), resolution: \(tolerance.resolution))"
        ),
        (mode == .inference, "mode: .training"), (false, "seed: \(seed)"),
    ]
    let arguments = ["of: …", "against: …", "at: …"] + all.filter { !$0.isUsual }.map(\.text)
    let call = CheckCall("checkSinglePrecision", arguments, fileID: fileID, line: line)
    return PrecisionChecker(point: point, tolerance: tolerance, mode: mode, seed: seed)
        .report(of: function, against: exact, subject: "\(Single.self)", call: call)
}
