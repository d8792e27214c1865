/// Runs code of which nothing is recorded: inside it, tracked values are constants, and so is its result. For
/// measurements beside a loss, targets that are computed from the model, and updates in place of a step.
///
/// Derivatives that are taken inside are not affected, nor is `vmap`. For one value there is `withoutDerivative()`.
///
/// ```swift
/// let loss = meanSquaredError(model(x), withoutRecording { target(x) })
/// ```
///
/// A tensor or a module is a constant also where the body hands it on as it found it: `withoutRecording { x }` is
/// `x.withoutDerivative()`. (In PyTorch's `no_grad` it stays tracked, a target by which the loss is then
/// differentiated.)
public func withoutRecording<Result: Module, Failure: Error>(
    _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
    try notRecording(body).withoutDerivative()
}

/// The same for results of other types, such as none. Of a tuple what was computed inside is constant; what the body
/// hands on as it found it stays what it was.
@_disfavoredOverload
public func withoutRecording<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    try notRecording(body)
}

/// A tensor or a module as a constant, through which no derivative is taken: `x.withoutDerivative()` by the name of
/// JAX's `stop_gradient`, as a function for formulas.
///
/// ```swift
/// let straightThrough = x + stopGradient(round(x) - x)
/// ```
public func stopGradient<Input: Module>(_ input: Input) -> Input { input.withoutDerivative() }

private func notRecording<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    let enclosing = Tape.enclosing.filter { $0.isRecording && $0.memory.pointee.kind.isDerivative }
    let explicit = Tape.explicit.ofThisThread.filter(\.isRecording)
    let paused = enclosing.filter { !$0.memory.pointee.keepsCuts } + explicit.map(\.reference)
    for tape in paused { tape.pause() }
    defer { withExtendedLifetime(explicit) { for tape in paused { tape.resume() } } }
    let result = try body()
    // A tape that keeps cuts records what is done here, and marks the result.
    let keepsCuts = enclosing.contains { $0.memory.pointee.keepsCuts }
    if keepsCuts, let module = result as? any Module { return module.withoutDerivative() as! Result }
    return result
}
