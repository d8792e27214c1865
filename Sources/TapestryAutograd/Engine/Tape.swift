import Foundation
import TapestryArrays

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
/// Traps: mixing values of two explicit tapes of one level, using a value of an explicit tape that has finished, and
/// recording from another thread than the one that made the tape; each of them would otherwise be a silent zero.
///
/// Reference: R. E. Wengert, "A simple automatic derivative evaluation program", 1964.
public final class Tape: @unchecked Sendable {
    /// How much a tape keeps.
    public enum Recording: Sendable {
        /// Only what the derivative rules need, dropped as soon as it was used. The default.
        case lean
        /// Every operand, result and name, until the tape goes away: for printing, drawing and searching.
        case full
    }

    /// One recorded operation. Its result is the node with the record's own index. What it refers to is counted by hand.
    struct Record {
        let primitive: Primitive.ID
        /// Where this record's operands begin in `operands`; they end where the next record's begin.
        let firstOperand: Int32
        private let attributesReference: Unmanaged<Attributes>?
        /// The result as a value of the next level out, kept only if some rule reads it.
        var saved: SavedValue?

        @inline(__always)
        init(_ primitive: Primitive.ID, _ firstOperand: Int32, _ attributes: Attributes?, saved: SavedValue?) {
            self.primitive = primitive
            self.firstOperand = firstOperand
            attributesReference = attributes.map(Unmanaged.passRetained)
            self.saved = saved
        }

        @inline(__always)
        var attributes: Attributes? { attributesReference?.takeUnretainedValue() }

        @inline(__always)
        var hasAttributes: Bool { attributesReference != nil }

        @inline(__always)
        func release() {
            attributesReference?.release()
            saved?.release()
        }
    }

    public let recording: Recording
    /// Deeper tapes have higher levels: derivatives even ones, explicit tapes the odd one below those of the derivatives
    /// that are taken beside them, so that their values may be used inside.
    let level: Int
    /// Whether values that leave the tape's closure become constants (else their use traps).
    let isScoped: Bool
    private let owner: ThreadIdentity
    @exclusivity(unchecked) private(set) var isRecording = true
    /// Whether lean recording's thrift is off.
    let keepsEverything: Bool

    @exclusivity(unchecked) var records = Stack<Record>()
    /// For each operand the index of its record; or `~k`, the k-th constant; or `notKept`, a constant that no rule reads.
    @exclusivity(unchecked) var operands = Stack<Int32>()
    @exclusivity(unchecked) var constants = Stack<SavedValue>()
    /// What a walk keeps of the matrices that it passes.
    @exclusivity(unchecked) var transposes = TransposeCache()
    /// Names and scopes by record, when everything is kept.
    private(set) var names: [Int: String] = [:]
    private(set) var scopes: [Int: [String]] = [:]

    /// Values that were named without being tracked, when everything is kept.
    private(set) var namedConstants: [(name: String, scope: [String], value: Value)] = []

    static let notKept = Int32.min

    /// A tape of one's own, at the next level inside the derivatives that are being taken.
    public convenience init(recording: Recording = .lean) {
        self.init(recording: recording, isScoped: false)
    }

    init(recording: Recording = .lean, isScoped: Bool) {
        self.recording = recording
        self.isScoped = isScoped
        keepsEverything = recording == .full
        level = isScoped ? 2 * Tape.depth + 2 : 2 * Tape.depth + 1
        owner = .current
        if keepsEverything { Naming.add(self) }
    }

    deinit {
        if keepsEverything { Naming.observers.subtract(1, ordering: .relaxed) }
        dropAll()
    }

    /// How many derivatives enclose the running code.
    @TaskLocal static var depth = 0

    /// The number of records.
    public var count: Int { records.count }

    // MARK: Which tape

    /// The innermost of the tapes that operands are recorded on; traps on two tapes of one level.
    @inline(__always)
    static func innermost(_ a: Tape?, _ b: Tape?, _ id: Primitive.ID) -> Tape? {
        guard let a else { return b }
        guard let b, a !== b else { return a }
        if a.level == b.level {
            trap(id.name, "the operands are recorded on two different tapes of the same level")
        }
        return a.level > b.level ? a : b
    }

    var belongsToThisThread: Bool { ThreadIdentity.current == owner }

    @inline(__always)
    func checkOwner(_ id: Primitive.ID) {
        if ThreadIdentity.current != owner {
            trap(id.name, "the tape belongs to another thread; a tape records only on the thread that made it")
        }
    }

    // MARK: Recording

    func input(_ value: Value) -> Value {
        checkOwner(.input)
        let value = value.resolved
        records.append(Record(.input, operandCount, nil, saved: SavedValue(retaining: value)))
        return tracked(value)
    }

    var operandCount: Int32 { Int32(truncatingIfNeeded: operands.count) }

    /// Appends an operand, tracked here or constant, and turns it into its value on the next level out.
    @inline(__always)
    func appendOperand(_ operand: inout Value, isTracked: Bool, isRead: Bool) {
        if isTracked {
            let node = operand.node
            operands.append(Int32(truncatingIfNeeded: node))
            operand.stepOut()
            // One slot for each value, however many rules read it.
            if isRead, records.pointer[node].saved == nil {
                records.pointer[node].saved = SavedValue(retaining: operand)
            }
        } else if isRead {
            operands.append(~Int32(truncatingIfNeeded: constants.count))
            constants.append(SavedValue(retaining: operand))
        } else {
            operands.append(Tape.notKept)
        }
    }

    // The same where nothing further out is tracked.

    @inline(__always)
    func appendOperand(_ node: Int) { operands.append(Int32(truncatingIfNeeded: node)) }

    @inline(__always)
    func appendOperand(_ array: borrowing NDArray, _ node: Int?, isRead: Bool) {
        if let node {
            appendOperand(node)
            if isRead { save(array, at: node) }
        } else if isRead {
            operands.append(~Int32(truncatingIfNeeded: constants.count))
            constants.append(SavedValue(retaining: array))
        } else {
            operands.append(Tape.notKept)
        }
    }

    @inline(__always)
    func save(_ array: borrowing NDArray, at node: Int) {
        if records.pointer[node].saved == nil { records.pointer[node].saved = SavedValue(retaining: array) }
    }

    /// Takes the last record off the tape again if it is a slice that nobody but the caller holds: the caller's record
    /// takes its operand and its place over.
    @inline(__always)
    func takeSlice(_ node: Int, of array: inout NDArray) -> (node: Int, place: SliceAttributes)? {
        guard node == records.count - 1, records.pointer[node].primitive == .slice,
            records.pointer[node].saved == nil, array.isUniquelyReferenced()
        else { return nil }
        let place = SliceAttributes.of(records.pointer[node].attributes)
        let whole = Int(operands.pointer[operands.count - 1])
        dropLast()
        return (whole, place)
    }

    /// Appends a record, whose operands are there already, and returns its tracked result.
    @inline(__always)
    func append(
        _ id: Primitive.ID, _ firstOperand: Int32, _ result: consuming NDArray, saving: Bool,
        _ attributes: Attributes?, to tape: consuming Tape
    ) -> Value {
        records.append(Record(id, firstOperand, attributes, saved: saving ? SavedValue(retaining: result) : nil))
        return Value(result, tape: tape, node: records.count - 1, outer: nil)
    }

    /// Appends a record, whose operands are there already, and returns its tracked result.
    @inline(__always)
    func append(
        _ id: Primitive.ID, _ firstOperand: Int32, _ result: consuming Value, saving: Bool, _ attributes: Attributes?
    ) -> Value {
        records.append(Record(id, firstOperand, attributes, saved: saving ? SavedValue(retaining: result) : nil))
        return tracked(result)
    }

    @inline(__always)
    private func tracked(_ result: consuming Value) -> Value {
        let node = records.count - 1
        if keepsEverything { scopes[node] = Naming.scope }
        result.outer = result.tape == nil ? nil : Value.Outer(copy result)
        result.tape = self
        result.node = node
        return result
    }

    func keepConstant(_ value: Value, named name: String) { namedConstants.append((name, Naming.scope, value)) }

    func setName(_ name: String, of node: Int) { names[node] = name }

    /// Ends recording. What was recorded stays until it is dropped.
    func close() { isRecording = false }

    // MARK: Reading records

    @inline(__always)
    func operandRange(of index: Int) -> Range<Int> {
        let end = index + 1 < records.count ? Int(records.pointer[index + 1].firstOperand) : operands.count
        return Int(records.pointer[index].firstOperand)..<end
    }

    /// Drops the last record and the constants that only it read.
    func dropLast() {
        let last = records.pointer + (records.count - 1)
        let firstOperand = Int(last.pointee.firstOperand)
        last.pointee.release()
        records.dropLast()
        while operands.count > firstOperand {
            let operand = operands.pointer[operands.count - 1]
            operands.dropLast()
            if operand < 0, operand != Tape.notKept {
                constants.pointer[constants.count - 1].release()
                constants.dropLast()
            }
        }
    }

    func dropAll() {
        while records.count > 0 { dropLast() }
        records.freeMemory()
        operands.freeMemory()
        constants.freeMemory()
    }
}

/// Identifies a thread.
struct ThreadIdentity: Equatable, Sendable {
    private let bits: UInt

    static var current: ThreadIdentity {
        #if canImport(Darwin)
            ThreadIdentity(bits: UInt(bitPattern: pthread_self()))
        #else
            ThreadIdentity(bits: UInt(pthread_self()))
        #endif
    }
}
