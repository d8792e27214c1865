import Synchronization
import TapestryArrays

/// A tape as the values on it refer to it. Copies count no references, which is most of what copying a value would
/// cost.
///
/// It is where the tape's memory is, and the number that it has as long as the tape records. A value may so outlive its
/// tape: it finds another number, and is a constant.
package struct TapeReference: Equatable, @unchecked Sendable {
    let memory: UnsafeMutablePointer<TapeMemory>
    private let number: UInt32

    /// Numbers count tapes in steps. The bits below tell scoped tapes, and such as don't record, for good or for a
    /// while.
    private static let step: UInt32 = 8
    private static let scoped: UInt32 = 4
    private static let paused: UInt32 = 2
    private static let closed: UInt32 = 1

    private static let free = Mutex<[TapeReference]>([])

    /// Memory for a tape, which gives it back with `giveBack()`.
    static func acquire(
        level: Int, isScoped: Bool, keepsEverything: Bool, kind: TapeMemory.Kind = .reverse
    ) -> TapeReference {
        let memory: UnsafeMutablePointer<TapeMemory>
        if let free = free.withLock({ $0.popLast() }) {
            memory = free.memory
        } else {
            memory = .allocate(capacity: 1)
            memory.initialize(to: TapeMemory())
        }
        memory.pointee.level = level
        memory.pointee.number.add(isScoped ? TapeReference.scoped : 0, ordering: .relaxed)
        memory.pointee.keepsEverything = keepsEverything
        memory.pointee.takesShortcuts = !keepsEverything
        memory.pointee.keepsCuts = false
        memory.pointee.kind = kind
        memory.pointee.reading = .traps
        memory.pointee.owner = .current
        let reference = TapeReference(memory: memory)
        memory.pointee.reference = reference
        return reference
    }

    /// The tape that the memory serves now.
    init(memory: UnsafeMutablePointer<TapeMemory>) {
        self.memory = memory
        number = memory.pointee.number.load(ordering: .relaxed)
    }

    /// Ends recording.
    func close() { memory.pointee.number.store(number | TapeReference.closed, ordering: .relaxed) }

    /// Stops recording for a while, so that values on the tape are constants.
    func pause() { memory.pointee.number.store(number | TapeReference.paused, ordering: .relaxed) }

    /// Records again after `pause()`, if the tape has not ended meanwhile.
    func resume() {
        if isPaused { memory.pointee.number.store(number, ordering: .relaxed) }
    }

    /// Runs `body` while the tape records, which it may have ceased to do.
    func recording<Result>(_ body: () -> Result) -> Result {
        let present = memory.pointee.number.load(ordering: .relaxed)
        memory.pointee.number.store(number, ordering: .relaxed)
        defer { memory.pointee.number.store(present, ordering: .relaxed) }
        return body()
    }

    /// Drops what was recorded and makes the memory free for another tape.
    func giveBack() {
        memory.pointee.dropAll()
        memory.pointee.number.store((number & ~TapeReference.scoped) + TapeReference.step, ordering: .relaxed)
        // When the numbers run out, the memory has served: a value must not meet its number again.
        if number <= UInt32.max - 2 * TapeReference.step { TapeReference.free.withLock { $0.append(self) } }
    }

    @inline(__always)
    var isRecording: Bool { memory.pointee.number.load(ordering: .relaxed) == number }

    /// Whether the tape is still there, recording or not.
    package var isAlive: Bool { memory.pointee.number.load(ordering: .relaxed) &- number <= TapeReference.paused }

    /// Whether the tape does not record for a while.
    var isPaused: Bool { memory.pointee.number.load(ordering: .relaxed) == number | TapeReference.paused }

    /// Whether values that leave the tape's closure become constants.
    var isScoped: Bool { number & TapeReference.scoped != 0 }

    @inline(__always)
    var keepsEverything: Bool { memory.pointee.keepsEverything }

    @inline(__always)
    var takesShortcuts: Bool { memory.pointee.takesShortcuts }

    @inline(__always)
    var belongsToThisThread: Bool { memory.pointee.owner == ThreadIdentity.current }

    @inline(__always)
    func checkOwner(_ operation: @autoclosure () -> String) {
        if !belongsToThisThread {
            trap(operation(), "the tape belongs to another thread; a tape records only on the thread that made it")
        }
    }

    /// The innermost of the tapes that operands are recorded on; traps on two tapes of one level.
    @inline(__always)
    static func innermost(_ a: TapeReference?, _ b: TapeReference?, _ id: Primitive.ID) -> TapeReference? {
        guard let a else { return b }
        guard let b, a != b else { return a }
        let (aLevel, bLevel) = (a.memory.pointee.level, b.memory.pointee.level)
        if aLevel == bLevel {
            trap(id.name, "the operands are recorded on two different tapes of the same level")
        }
        return aLevel > bLevel ? a : b
    }
}
