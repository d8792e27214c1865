import Synchronization
import TapestryArrays

/// What is recorded on a tape: a flat list of operations with integer operands.
///
/// It lies in memory that outlives the tape and serves one tape after another, and is reached by a plain pointer:
/// neither operations nor walks count references to it.
struct TapeMemory: ~Copyable {
    /// One recorded operation. Its result is the node with the record's own index. What it refers to is counted by
    /// hand.
    struct Record {
        fileprivate(set) var primitive: Primitive.ID
        /// Where this record's operands begin in `operands`; they end where the next record's begin.
        let firstOperand: Int32
        private var attributesReference: Unmanaged<Attributes>?
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

        /// The attributes, which the record gives away.
        @inline(__always)
        mutating func takeAttributes() -> Attributes? { attributesReference.take()?.takeRetainedValue() }

        @inline(__always)
        var hasAttributes: Bool { attributesReference != nil }

        @inline(__always)
        func release() {
            attributesReference?.release()
            saved?.release()
        }
    }

    // What operations ask before they know that the tape is theirs, on any thread.

    /// Deeper tapes have higher levels: derivatives even ones, explicit tapes the odd one below those of the
    /// derivatives that are taken beside them, so that their values may be used inside.
    var level = 0
    /// What tells the tapes apart that this memory serves, as `TapeReference` makes them: another bit when a tape does
    /// not record, and another number when it is gone.
    ///
    /// Not the first property: the thread sanitizer takes a change of the whole for one of what lies first, and values
    /// of tapes that are gone ask for this while another thread's tape uses the memory.
    let number = Atomic<UInt32>(0)
    /// What the level is for.
    enum Kind: UInt8 {
        /// Operations are recorded, to go back along them.
        case reverse
        /// Values carry tangents with them.
        case forward
        /// Values are one example of a batch.
        case batch
        /// Operations are collected, to be written in another system's language.
        case graph

        /// Whether it is there to take derivatives.
        var isDerivative: Bool { self == .reverse || self == .forward }
    }
    var kind = Kind.reverse
    /// Whether the elements of an example may be read: those of the first stand for all, and it is remembered.
    var reading = Reading.traps
    enum Reading: UInt8 { case traps, isAllowed, hasHappened }
    /// Whether lean recording's thrift is off.
    var keepsEverything = false
    /// Whether values that become constants stay tracked, behind a record that marks where they did.
    var keepsCuts = false
    /// Whether slices and sums of products are made without asking for their primitives: not where everything is kept,
    /// and not for a profile.
    var takesShortcuts = true
    var owner = ThreadIdentity.current
    /// What collects the operations, if the level is there for that.
    var graph: GraphRecorder?

    /// What values have of the tape.
    var reference: TapeReference!
    var records = Stack<Record>()
    /// For each operand the index of its record; or `~k`, the k-th constant; or `notKept`, a constant that no rule
    /// reads.
    var operands = Stack<Int32>()
    var constants = Stack<SavedValue>()
    var slices = SliceCache()
    /// What was broadcast last: a cell that broadcasts the same again shares the attributes.
    private var lastBroadcast: BroadcastAttributes?
    /// What a walk keeps of the matrices that it passes.
    var transposes = TransposeCache()
    /// Names and scopes by record, when everything is kept.
    private(set) var names: [Int: String] = [:]
    private(set) var scopes: [Int: [String]] = [:]
    /// Values that were named without being tracked, when everything is kept.
    private(set) var namedConstants: [(name: String, scope: [String], value: Value)] = []

    static let notKept = Int32.min

    // MARK: Recording

    mutating func input(_ value: Value) -> Value {
        reference.checkOwner("watch")
        let value = value.resolved
        records.append(Record(.input, operandCount, nil, saved: SavedValue(retaining: value)))
        return tracked(value)
    }

    var operandCount: Int32 { Int32(truncatingIfNeeded: operands.count) }

    /// Appends an operand, tracked here or constant, and turns it into its value on the next level out.
    @inline(__always)
    mutating func appendOperand(_ operand: inout Value, isTracked: Bool, isRead: Bool) {
        if isTracked {
            let node = operand.node
            operands.append(Int32(truncatingIfNeeded: node))
            operand.stepOut()
            // One slot for each value, however many rules read it.
            if isRead, records.pointer[node].saved == nil {
                records.pointer[node].saved = SavedValue(retaining: operand)
            }
        } else {
            appendConstant(isRead ? SavedValue(retaining: operand) : nil)
        }
    }

    /// The attributes for two operands of which one is broadcast, or both.
    mutating func broadcastAttributes(_ a: Layout, _ b: Layout) -> BroadcastAttributes {
        if let lastBroadcast, lastBroadcast[0].hasShape(of: a), lastBroadcast[1].hasShape(of: b) {
            return lastBroadcast
        }
        let attributes = BroadcastAttributes(a, b)
        lastBroadcast = attributes
        return attributes
    }

    /// Appends an operand that is a constant, kept if some rule reads it.
    @inline(__always)
    private mutating func appendConstant(_ kept: SavedValue?) {
        guard let kept else { return operands.append(TapeMemory.notKept) }
        operands.append(~Int32(truncatingIfNeeded: constants.count))
        constants.append(kept)
    }

    // The same where nothing further out is tracked.

    @inline(__always)
    mutating func appendOperand(_ node: Int) { operands.append(Int32(truncatingIfNeeded: node)) }

    @inline(__always)
    mutating func appendOperand(_ array: borrowing NDArray, _ node: Int?, isRead: Bool) {
        if let node {
            appendOperand(node)
            if isRead { save(array, at: node) }
        } else {
            appendConstant(isRead ? SavedValue(retaining: array) : nil)
        }
    }

    @inline(__always)
    mutating func save(_ array: borrowing NDArray, at node: Int) {
        if records.pointer[node].saved == nil { records.pointer[node].saved = SavedValue(retaining: array) }
    }

    /// Takes the last record off the tape again if it is a slice that nobody but the caller holds: the caller's record
    /// takes its operand and its place over.
    @inline(__always)
    mutating func takeSlice(_ node: Int, of array: inout NDArray) -> (node: Int, place: SliceAttributes)? {
        guard node == records.count - 1, records.pointer[node].primitive == .slice,
            records.pointer[node].saved == nil, array.isUniquelyReferenced()
        else { return nil }
        let place = SliceAttributes.of(records.pointer[node].takeAttributes())
        let whole = Int(operands.pointer[operands.count - 1])
        dropLast()
        return (whole, place)
    }

    /// Turns the last record, a product that nobody but the caller has, into one of the product and an addend.
    @inline(__always)
    mutating func addToProduct(_ node: Int, _ product: inout NDArray, _ addend: Int?) -> Bool {
        guard node == records.count - 1, records.pointer[node].primitive == .multiply,
            records.pointer[node].saved == nil, product.isUniquelyReferenced()
        else { return false }
        records.pointer[node].primitive = .multiplyAdd
        if let addend { appendOperand(addend) } else { appendConstant(nil) }
        return true
    }

    /// Appends a record, whose operands are there already, and returns its tracked result.
    @inline(__always)
    mutating func append(
        _ id: Primitive.ID, _ firstOperand: Int32, _ result: consuming NDArray, saving: Bool,
        _ attributes: Attributes?
    ) -> Value {
        records.append(Record(id, firstOperand, attributes, saved: saving ? SavedValue(retaining: result) : nil))
        return Value(result, tape: reference, node: records.count - 1, outer: nil)
    }

    /// Appends a record, whose operands are there already, and returns its tracked result.
    @inline(__always)
    mutating func append(
        _ id: Primitive.ID, _ firstOperand: Int32, _ result: consuming Value, saving: Bool, _ attributes: Attributes?
    ) -> Value {
        records.append(Record(id, firstOperand, attributes, saved: saving ? SavedValue(retaining: result) : nil))
        return tracked(result)
    }

    @inline(__always)
    private mutating func tracked(_ result: consuming Value) -> Value {
        let node = records.count - 1
        if keepsEverything { scopes[node] = Naming.scope }
        result.outer = result.tape == nil ? nil : Value.Outer(copy result)
        result.tape = reference
        result.node = node
        return result
    }

    /// Records an operation whose operands are constants, all of which are kept, as is the result: for a rule to read.
    mutating func appendForRule(_ id: Primitive.ID, _ operands: [Value], _ result: Value, _ attributes: Attributes?) {
        let firstOperand = operandCount
        for operand in operands { appendConstant(SavedValue(retaining: operand)) }
        records.append(Record(id, firstOperand, attributes, saved: SavedValue(retaining: result)))
    }

    mutating func keepConstant(_ value: Value, named name: String) {
        namedConstants.append((name, Naming.scope, value))
    }

    mutating func setName(_ name: String, of node: Int) { names[node] = name }

    /// Names an input as it was named before it was tracked, or by its path in the module that it is a part of.
    mutating func nameInput(_ input: Value, path: String) {
        let known = namedConstants.lastIndex { $0.value.array.identity == input.array.identity }
        if let known {
            setName(namedConstants.remove(at: known).name, of: input.node)
        } else if !path.isEmpty {
            setName(path, of: input.node)
        }
    }

    // MARK: Reading records

    @inline(__always)
    func operandRange(of index: Int) -> Range<Int> {
        let end = index + 1 < records.count ? Int(records.pointer[index + 1].firstOperand) : operands.count
        return Int(records.pointer[index].firstOperand)..<end
    }

    /// The name of a record's primitive.
    func name(of index: Int) -> String {
        let record = records.pointer[index]
        return record.primitive.ownName(with: record.attributes) ?? record.primitive.name
    }

    /// Drops the last record and the constants that only it read.
    mutating func dropLast() {
        let last = records.pointer + (records.count - 1)
        let firstOperand = Int(last.pointee.firstOperand)
        last.pointee.release()
        records.dropLast()
        while operands.count > firstOperand {
            let operand = operands.pointer[operands.count - 1]
            operands.dropLast()
            if operand < 0, operand != TapeMemory.notKept {
                constants.pointer[constants.count - 1].release()
                constants.dropLast()
            }
        }
    }

    mutating func dropAll() {
        while records.count > 0 { dropLast() }
        records.freeMemory()
        operands.freeMemory()
        constants.freeMemory()
        transposes.forgetAll()
        slices.forgetAll()
        lastBroadcast = nil
        graph = nil
        (names, scopes, namedConstants) = ([:], [:], [])
    }
}
