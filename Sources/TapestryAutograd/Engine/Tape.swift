/// A flat list of recorded operations with integer operands (a Wengert list), from which derivatives are taken.
///
/// `gradient(at:)` and its siblings make, use and drop a tape of their own. An explicit tape is for looking at one:
///
/// ```swift
/// let tape = Tape(recording: .full)
/// let x = tape.watch(Tensor<Float>([1, 2, 3]))
/// let y = (x * tanh(x).named("gate")).sum()
/// print(tape)                                   // numbered lines, one for each record
/// let gradient = tape.gradient(of: y, at: x)
/// ```
///
/// Traps, while the tape is alive: mixing values of two explicit tapes of one level, using a value of an explicit tape
/// that has finished, and recording from another thread than the one that made the tape; each of them would otherwise
/// be a silent zero. Values that outlive their tape are constants.
///
/// Reference: R. E. Wengert, "A simple automatic derivative evaluation program", 1964.
public final class Tape: @unchecked Sendable {
    /// How much a tape keeps.
    public enum Recording: Sendable {
        /// Only what the derivative rules need, dropped as soon as it was used. The default.
        case lean
        /// Every operand, result and name, until the tape goes away: for printing, drawing and searching.
        /// `checkpointed` functions are recorded like all others, since nothing is to be computed again that is looked
        /// at.
        case full
    }

    /// How much this tape keeps.
    public let recording: Recording
    /// The thread that made the tape. Other threads may read this at any time, as they may not read its memory.
    let owner = ThreadIdentity.current
    /// What values have of this tape.
    let reference: TapeReference

    var memory: UnsafeMutablePointer<TapeMemory> { reference.memory }

    /// A tape of one's own, at the next level inside the derivatives that are being taken.
    public convenience init(recording: Recording = .lean) {
        self.init(recording: recording, isScoped: false)
    }

    init(recording: Recording = .lean, isScoped: Bool, kind: TapeMemory.Kind = .reverse) {
        self.recording = recording
        let level = isScoped ? 2 * Tape.depth + 2 : 2 * Tape.depth + 1
        reference = .acquire(level: level, isScoped: isScoped, keepsEverything: recording == .full, kind: kind)
        if recording == .full { Naming.add(self) }
        if Naming.isObserved { ProfileRecorder.current?.add(reference) }
        if !isScoped { Tape.explicit.add(self) }
    }

    deinit {
        if recording == .full { Naming.observers.subtract(1, ordering: .relaxed) }
        reference.giveBack()
    }

    /// The levels of the derivatives and batches that enclose the running code, the innermost last.
    static var enclosing: [TapeReference] {
        // Of a task that goes on where the derivative was, which is over, nothing of that is left.
        guard levels.owner == .current, levels.tapes.first?.isAlive ?? true else { return [] }
        return levels.tapes
    }

    /// Runs `body` inside of these levels and no others.
    static func enclosed<Result>(by tapes: [TapeReference], _ body: () throws -> Result) rethrows -> Result {
        try $levels.withValue(Levels(tapes: tapes, owner: .current), operation: body)
    }

    /// A task that is started inside a derivative inherits them, though it runs beside or after it.
    private struct Levels {
        var tapes: [TapeReference] = []
        var owner: ThreadIdentity?
    }
    @TaskLocal private static var levels = Levels()

    static var depth: Int { enclosing.count }

    /// The tapes that users have made, which no derivative encloses.
    static let explicit = TapeRegistry()

    /// The number of records.
    public var recordCount: Int { memory.pointee.records.count }

    var isRecording: Bool { reference.isRecording }

    /// Ends recording. What was recorded stays until it is dropped.
    func close() { reference.close() }
}
