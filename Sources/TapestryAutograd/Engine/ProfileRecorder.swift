import Foundation
import TapestryArrays

// While a profile is taken, operations read their primitives from a second table (`Primitive.measured`), and walks take
// a second loop: what is recorded, fused and reused is the same, and nobody asks at other times. (Slices of values that
// nothing tracks are made without their primitive, and have no entries.)

/// Collects what the calling thread evaluates, and which rules it applies on the way back.
final class ProfileRecorder: @unchecked Sendable {
    /// One evaluation of a primitive, or one application of its rule.
    struct Event: Sendable {
        let primitive: Primitive.ID
        /// What the primitive is called here, if not as usual.
        let ownName: String?
        let pass: Profile.Pass
        /// Where its scope is among those of the recorder.
        let scope: Int
        /// The event inside of which it came: a user's function, or a checkpoint's.
        let parent: Int?
        /// How many elements an evaluation was given, in the first operand and in all others; none of a rule.
        let firstCount, otherCount: Int
        /// The layout of the result.
        fileprivate(set) var layout: Layout?
        /// Nanoseconds, and bytes that had been allocated, at both ends.
        fileprivate(set) var begin = Moment()
        fileprivate(set) var end = Moment()
        /// What events inside took of these.
        fileprivate(set) var inside = Moment()

        var name: String { ownName ?? primitive.name }
        var operandCount: Int { firstCount + otherCount }
        var nanoseconds: Int { end.nanoseconds - begin.nanoseconds - inside.nanoseconds }
        var byteCount: Int { end.byteCount - begin.byteCount - inside.byteCount }
    }

    /// A point of time, or a difference of two.
    struct Moment: Sendable {
        var nanoseconds = 0
        var byteCount = 0
    }

    /// What a tape keeps for its rules, by the record whose result it is.
    struct Kept: Sendable {
        let name: String
        let scope: Int
        let byteCount: Int
    }

    /// What made a record: its scope, and the layout of its result.
    private struct Origin {
        var scope = 0
        var layout: Layout?
    }

    private struct MeasuredTape {
        let reference: TapeReference
        var origins: [Origin] = []
        /// Whether what it keeps has been noted.
        var isNoted = false
    }

    private let owner = ThreadIdentity.current
    private let meter = AllocationMeter()
    @exclusivity(unchecked) private(set) var events: [Event] = []
    private(set) var kept: [Kept] = []
    /// The scopes that there were, by number; the first is that outside of any scope.
    private(set) var scopes: [[String]] = [[]]
    private var numbers: [[String]: Int] = [[]: 0]
    @exclusivity(unchecked) private var latestScope = 0
    @exclusivity(unchecked) private var tapes: [MeasuredTape] = []
    /// The event that has begun last and has not ended.
    @exclusivity(unchecked) private var innermost: Int?
    /// Whether evaluations and rules are events: not those that are parts of a rule.
    @exclusivity(unchecked) private var isNoting = true

    private var isOver = false

    /// That of the task, or of the one that started it, which may be on another thread or over.
    @TaskLocal private static var inherited: ProfileRecorder?

    /// The recorder of the running thread.
    static var current: ProfileRecorder? {
        guard Naming.isObserved, let inherited, inherited.owner == .current, !inherited.isOver else { return nil }
        return inherited
    }

    /// Runs `body` with what it does recorded.
    static func recording<Output>(_ body: (ProfileRecorder) -> Output) -> Output {
        let recorder = ProfileRecorder()
        Naming.observers.add(1, ordering: .relaxed)
        Primitive.chooseTable(addingProfiles: 1)
        defer {
            recorder.isOver = true
            Primitive.chooseTable(addingProfiles: -1)
            Naming.observers.subtract(1, ordering: .relaxed)
        }
        let explicit = Tape.explicit.ofThisThread
        for tape in Tape.enclosing + explicit.map(\.reference) { recorder.add(tape) }
        defer { withExtendedLifetime(explicit) { recorder.restoreShortcuts() } }
        return recorder.meter.metering { $inherited.withValue(recorder) { body(recorder) } }
    }

    /// Runs `body`, whose evaluations are events, even inside of a rule.
    func noting<Output>(_ body: () -> Output) -> Output {
        let wasNoting = isNoting
        isNoting = true
        defer { isNoting = wasNoting }
        return body()
    }

    /// The time by a clock that never goes back. Reading it takes about 25 ns.
    static var nanoseconds: Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int(time.tv_sec) * 1_000_000_000 + Int(time.tv_nsec)
    }

    // MARK: Events

    private func begin(
        _ id: Primitive.ID, _ attributes: Attributes?, _ pass: Profile.Pass, scope: Int, _ layout: Layout? = nil,
        firstCount: Int = 0, otherCount: Int = 0
    ) -> Int {
        let index = events.count
        let ownName = id.ownName(with: attributes)
        events.append(
            Event(
                primitive: id, ownName: ownName, pass: pass, scope: scope, parent: innermost, firstCount: firstCount,
                otherCount: otherCount, layout: layout))
        innermost = index
        events[index].begin = Moment(nanoseconds: ProfileRecorder.nanoseconds, byteCount: meter.byteCount)
        return index
    }

    private func end(_ index: Int) {
        let now = Moment(nanoseconds: ProfileRecorder.nanoseconds, byteCount: meter.byteCount)
        events[index].end = now
        innermost = events[index].parent
        if let innermost {
            events[innermost].inside.nanoseconds += now.nanoseconds - events[index].begin.nanoseconds
            events[innermost].inside.byteCount += now.byteCount - events[index].begin.byteCount
        }
    }

    /// - Returns: the event, if it is one.
    func beginEvaluation(_ id: Primitive.ID, _ attributes: Attributes?, _ firstCount: Int, _ otherCount: Int) -> Int? {
        guard isNoting else { return nil }
        return begin(
            id, attributes, .forward, scope: currentScope, firstCount: firstCount, otherCount: otherCount)
    }

    /// Ends an evaluation that has made an array. A tape on which the operation is recorded has no record of it yet:
    /// the next one will be. (If none comes, another evaluation will take its place.)
    func endEvaluation(_ event: Int?, _ layout: Layout) {
        if let event {
            end(event)
            events[event].layout = layout
        }
        // What is part of a rule belongs where the rule does.
        let scope = (event ?? innermost).map { events[$0].scope } ?? 0
        for index in tapes.indices where tapes[index].reference.isRecording {
            let record = tapes[index].reference.memory.pointee.records.count
            while tapes[index].origins.count <= record { tapes[index].origins.append(Origin()) }
            tapes[index].origins[record] = Origin(scope: scope, layout: layout)
        }
    }

    /// - Returns: the event, if it is one.
    func beginRule(_ id: Primitive.ID, of record: Int, on tape: TapeReference) -> Int? {
        guard isNoting else { return nil }
        let origin = origin(of: record, on: tape)
        // A checkpoint's function is evaluated as on the way forward.
        isNoting = id == .checkpoint
        let recorded = tape.memory.pointee.records.pointer[record]
        let layout = origin.layout ?? recorded.saved?.array.layout
        return begin(id, recorded.attributes, .backward, scope: origin.scope, layout)
    }

    func endRule(_ event: Int?) {
        guard let event else { return }
        end(event)
        isNoting = true
    }

    // MARK: Scopes and tapes

    private var currentScope: Int {
        let scope = Naming.scope
        if scope == scopes[latestScope] { return latestScope }
        if let number = numbers[scope] {
            latestScope = number
        } else {
            latestScope = scopes.count
            numbers[scope] = latestScope
            scopes.append(scope)
        }
        return latestScope
    }

    func add(_ tape: TapeReference) {
        tapes.removeAll { !$0.reference.isAlive }
        guard tape.memory.pointee.kind == .reverse else { return }
        tapes.append(MeasuredTape(reference: tape))
        tape.memory.pointee.takesShortcuts = false
    }

    private func restoreShortcuts() {
        for tape in tapes where tape.reference.isAlive {
            tape.reference.memory.pointee.takesShortcuts = !tape.reference.keepsEverything
        }
    }

    /// Nothing for records that no evaluation makes.
    private func origin(of record: Int, on tape: TapeReference) -> Origin {
        switch tape.memory.pointee.records.pointer[record].primitive {
        case .input, .checkpoint, .checkpointed: return Origin()
        default:
            guard let measured = tapes.first(where: { $0.reference == tape }), record < measured.origins.count else {
                return Origin()
            }
            return measured.origins[record]
        }
    }

    /// Notes the results that a tape keeps, each array once, before the first walk over it.
    func noteKept(on tape: TapeReference) {
        guard let place = tapes.firstIndex(where: { $0.reference == tape }), !tapes[place].isNoted else { return }
        tapes[place].isNoted = true
        var seen: Set<ObjectIdentifier> = []
        for index in 0..<tape.memory.pointee.records.count {
            let record = tape.memory.pointee.records.pointer[index]
            guard let owner = record.saved?.array.owner, seen.insert(ObjectIdentifier(owner)).inserted else { continue }
            let scope = origin(of: index, on: tape).scope
            kept.append(Kept(name: tape.memory.pointee.name(of: index), scope: scope, byteCount: owner.byteCount))
        }
    }
}

/// An evaluation of a primitive from its beginning on, if the running thread takes a profile.
struct MeasuredEvaluation {
    private let recorder = ProfileRecorder.current
    private let event: Int?

    init(_ id: Primitive.ID, _ attributes: Attributes?, _ firstCount: Int, _ otherCount: Int = 0) {
        event = recorder?.beginEvaluation(id, attributes, firstCount, otherCount)
    }

    func end(_ result: borrowing NDArray) { recorder?.endEvaluation(event, result.layout) }

    func ended(with result: NDArray) -> NDArray {
        end(result)
        return result
    }
}

extension Primitive {
    /// The same, whose evaluations tell the profile of themselves that the running thread takes.
    var measured: Primitive {
        let (id, unary, binary, nary) = (id, unaryValue, binaryValue, naryValue)
        var measured = self
        measured.unaryValue = { (x: consuming NDArray, a) in
            MeasuredEvaluation(id, a, x.layout.count).ended(with: unary(consume x, a))
        }
        measured.binaryValue = { (x: consuming NDArray, y: consuming NDArray, a) in
            MeasuredEvaluation(id, a, x.layout.count, y.layout.count).ended(with: binary(consume x, consume y, a))
        }
        measured.naryValue = { operands, a in
            let others = operands.dropFirst().reduce(0) { $0 + $1.count }
            return MeasuredEvaluation(id, a, operands.first?.count ?? 0, others).ended(with: nary(operands, a))
        }
        return measured
    }
}
