/// Whether layers train (dropout drops) or infer.
public enum Mode: Sendable {
    /// Layers train: dropout drops, batch normalisation uses the batch's statistics. Derivatives run in it by default.
    case training
    /// Layers infer: nothing is dropped, and running statistics are used.
    case inference

    /// The mode of the running code: inference, unless a derivative is being taken or `withMode(_:_:)` says otherwise.
    public static var current: Mode { scoped }

    @TaskLocal static var scoped = Mode.inference
}

/// Runs `body` in a mode.
public func withMode<Result>(_ mode: Mode, _ body: () throws -> Result) rethrows -> Result {
    try Mode.$scoped.withValue(mode, operation: body)
}
