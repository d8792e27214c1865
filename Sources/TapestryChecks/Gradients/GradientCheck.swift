import TapestryAutograd

// Is this the derivative of the function that was written? A wrong equation is differentiated correctly, so no
// gradient check can see it: that is the question of `checkEquations(of:against:)`.

/// Compares the gradient of a function with central differences, element by element, and reports each block of each
/// parameter by name.
///
/// ```swift
/// let report = checkGradients(of: { tanh($0) * $0 }, at: Tensor<Double>([0.3, -1.2]))
/// #expect(report.isCorrect, "\(report)")            // or: try report.requireCorrect()
/// ```
///
/// Differences are taken at three steps h, h/2 and h/4, extrapolated to h = 0 (Richardson), and come with an estimate
/// of their own error; h starts at a fixed part of the element's size and is changed until that error is small beside
/// the tolerance, or cannot be made so. The function runs about six times for each element.
///
/// Of a gradient that is wrong the report says what it looks like (`GradientBlock.diagnosis`), and which operation has
/// a wrong rule or where the path is cut (`origin`).
///
/// Beside that, it asks whether the function is deterministic, whether its result depends on how the point lies in
/// memory or on being recorded, and whether the gradient is linear in the cotangents, for zeros and for very large
/// ones. A `mappingCotangent` that changes none of the check's own cotangents, such as a clip of huge ones, is left out
/// with very large ones: the gradient is the derivative here, and the report says that where the clip acts it is not
/// (`GradientReport.idleMappingCount`).
///
/// A gradient is wrong only where it differs by more than rounding makes of the function, of its intermediate results
/// (by the cotangents that they get), and of the gradient itself: (x + 10¹⁴)² − 10²⁸ is inconclusive near 1.
///
/// The check finds wrong derivative rules, cut paths, detached operands and truncation. It cannot find a wrong
/// equation: a cell with two gates exchanged has correct gradients. Use `checkEquations(of:against:)` for that.
///
/// - Parameters:
///   - function: any function of a module or tensor in double precision. If it returns more than one number, the
///     gradient is that of the results contracted with fixed random numbers. Randomness that it takes from the current
///     source (dropout masks) is the same in every run; it must have no other hidden state.
///   - point: where the gradient is checked; a struct of several modules (a cell, its inputs, its initial state) is a
///     module too. Every floating-point tensor is checked, integers and Booleans ride along.
///   - frozen: parameters by path that are left out.
///   - elements: all elements, or a sample of each block for large models.
///   - orders: the highest order of derivative that is checked: with 2 that of the gradient, contracted with fixed
///     random cotangents, as well.
///   - tolerance: how far gradient and difference may be apart.
///   - mode: whether layers infer (the default) or train inside the function.
///   - seed: decides the random cotangents, the sample, and the randomness inside the function.
///   - progress: is called after each block.
///   - fileID: the file where the call stands, for the report.
///   - line: the line where the call stands, for the report.
/// - Returns: a report, in every case; what makes the check impossible is its `problem`.
public func checkGradients<Input: Module, Output: Module>(
    of function: (Input) -> Output, at point: Input, freezing frozen: [ParameterPattern] = [],
    elements: CheckedElements = .all, orders: Int = 1, tolerance: GradientTolerance = .standard,
    mode: Mode = .inference, seed: UInt64 = 0, progress: ((CheckProgress) -> Void)? = nil, fileID: String = #fileID,
    line: Int = #line
) -> GradientReport {
    let settings = GradientCheckSettings(
        frozen: frozen, elements: elements, tolerance: tolerance, mode: mode, seed: seed, orders: orders,
        progress: progress)
    let call = CheckCall("checkGradients", ["of: …", "at: …"] + settings.arguments, fileID: fileID, line: line)
    return checkGradients(of: function, at: point, of: CheckedSubject(name: "\(Input.self)"), settings, call)
}

/// Checks the gradients of a function of two modules or tensors with respect to both, for instance a model and its
/// inputs, or a cell and its initial state. Their parameters are reported as `first.…` and `second.…`.
///
/// ```swift
/// let report = checkGradients(of: { cell, state in cell.step(x, state).output }, at: cell, state)
/// ```
///
/// See `checkGradients(of:at:freezing:elements:orders:tolerance:mode:seed:progress:fileID:line:)`.
public func checkGradients<First: Module, Second: Module, Output: Module>(
    of function: (First, Second) -> Output, at first: First, _ second: Second,
    freezing frozen: [ParameterPattern] = [], elements: CheckedElements = .all,
    orders: Int = 1, tolerance: GradientTolerance = .standard, mode: Mode = .inference, seed: UInt64 = 0,
    progress: ((CheckProgress) -> Void)? = nil, fileID: String = #fileID, line: Int = #line
) -> GradientReport {
    let (firstType, secondType) = ("\(First.self)", "\(Second.self)")
    let subject = CheckedSubject(
        name: "\(firstType) and \(secondType)", parts: [("first", firstType), ("second", secondType)])
    let settings = GradientCheckSettings(
        frozen: frozen, elements: elements, tolerance: tolerance, mode: mode, seed: seed, orders: orders,
        progress: progress)
    let call = CheckCall("checkGradients", ["of: …", "at: …, …"] + settings.arguments, fileID: fileID, line: line)
    return checkGradients(
        of: { function($0.first, $0.second) }, at: CheckedPair(first: first, second: second), of: subject, settings,
        call)
}

/// Checks the gradient of a function with respect to every parameter of a model.
///
/// ```swift
/// let report = checkGradients(of: model.converted(to: Classifier<Double>.self)) { model in
///     crossEntropy(model(inputs), targets)
/// }
/// ```
///
/// See `checkGradients(of:at:freezing:elements:orders:tolerance:mode:seed:progress:fileID:line:)`.
public func checkGradients<Model: Module, Output: Module>(
    of model: Model, freezing frozen: [ParameterPattern] = [], elements: CheckedElements = .all,
    orders: Int = 1, tolerance: GradientTolerance = .standard, mode: Mode = .inference, seed: UInt64 = 0,
    progress: ((CheckProgress) -> Void)? = nil, fileID: String = #fileID, line: Int = #line,
    function: (Model) -> Output
) -> GradientReport {
    let settings = GradientCheckSettings(
        frozen: frozen, elements: elements, tolerance: tolerance, mode: mode, seed: seed, orders: orders,
        progress: progress)
    let arguments = ["of: …"] + settings.arguments + ["function: …"]
    return checkGradients(
        of: function, at: model, of: CheckedSubject(name: "\(Model.self)"), settings,
        CheckCall("checkGradients", arguments, fileID: fileID, line: line))
}

/// Holds the rules of every operation in a function, one after the other, against differences of the operation's own
/// value, and finds the first that is wrong. `checkGradients` does so by itself where a gradient is wrong.
///
/// ```swift
/// print(checkRules(of: { loss($0, batch) }, at: model))       // First wrong rule: t = 3 / forget: custom "myOp" …
/// ```
///
/// Each operation that the full tape of the function has is checked at the operands that it had there: reverse rules as
/// the walk applies them, and forward rules, along random directions. Operations on `Float` are left out.
///
/// - Parameters:
///   - function: any function of a module or tensor in double precision, as of `checkGradients`.
///   - point: where its operations are looked at.
///   - orders: the highest order of derivative that is looked at.
///   - tolerance: how far rule and difference may be apart.
///   - mode: whether layers infer (the default) or train inside the function.
///   - seed: decides the random directions, and the randomness inside the function.
public func checkRules<Input: Module, Output: Module>(
    of function: (Input) -> Output, at point: Input, orders: Int = 1, tolerance: GradientTolerance = .standard,
    mode: Mode = .inference, seed: UInt64 = 0
) -> GradientOrigin {
    let settings = GradientCheckSettings(
        frozen: [], elements: .all, tolerance: tolerance, mode: mode, seed: seed, orders: orders)
    return withoutActuallyEscaping(function) { function in
        GradientChecker(
            function: function, point: point, subject: CheckedSubject(name: "\(Input.self)"), settings: settings
        ).origin()
    }
}

/// Two modules as one.
private struct CheckedPair<First: Module, Second: Module>: Module {
    var first: First
    var second: Second
}

/// The check behind all others.
func checkGradients<Input: Module, Output: Module>(
    of function: (Input) -> Output, at point: Input, of subject: CheckedSubject, _ settings: GradientCheckSettings,
    _ call: CheckCall?
) -> GradientReport {
    if settings.orders < 1 { trap("checkGradients", "there is no derivative of order \(settings.orders)") }
    if case .projections(let count) = settings.elements, count < 1 {
        trap("checkGradients", "\(count) projections of each block leave nothing to check")
    }
    if case .atMost(let count) = settings.elements, count < 1 {
        trap("checkGradients", "at most \(count) elements of each block leave nothing to check")
    }
    return withoutActuallyEscaping(function) { function in
        var report = GradientChecker(function: function, point: point, subject: subject, settings: settings).report()
        report.call = call
        return report
    }
}
