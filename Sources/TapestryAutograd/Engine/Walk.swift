import CTapestryKernels
import TapestryArrays

/// The one walk over a tape that turns cotangents of results into cotangents of inputs: from the last record to the
/// first, each record's rule called once, and each record dropped as the walk passes it (unless it is to be walked
/// again). It neither recurses nor allocates by record.
struct Walk: ~Copyable {
    /// Its caller holds it.
    private unowned(unsafe) let tape: Tape
    /// The tape's memory, which does not move during a walk.
    private let records: UnsafeMutablePointer<Tape.Record>
    private let operands: UnsafeMutablePointer<Int32>
    private let keepsRecords: Bool
    private var sums: Stack<CotangentSum>
    private var wanted: [Int: Value?] = [:]
    private var isWanted: [Bool]

    /// - Parameters:
    ///   - seeds: cotangents of results; nodes may repeat.
    ///   - wanted: the nodes whose cotangents are the answer.
    static func cotangents(
        on tape: Tape, seeds: [(node: Int, cotangent: Value)], wanted: [Int], keepingRecords: Bool
    ) -> [Value?] {
        var walk = Walk(tape: tape, keepsRecords: keepingRecords)
        for node in wanted {
            walk.wanted[node] = .some(nil)
            walk.isWanted[node] = true
        }
        for (node, cotangent) in seeds { walk.sums.pointer[node].add(cotangent) }
        walk.run()
        return wanted.map { walk.wanted[$0]! }
    }

    private init(tape: Tape, keepsRecords: Bool) {
        self.tape = tape
        records = tape.records.pointer
        operands = tape.operands.pointer
        self.keepsRecords = keepsRecords
        sums = Stack(capacity: max(tape.records.count, 1))
        for _ in 0..<tape.records.count { sums.append(CotangentSum()) }
        isWanted = Array(repeating: false, count: tape.records.count)
    }

    private mutating func run() {
        let firstWanted = wanted.keys.min() ?? 0
        for index in stride(from: tape.records.count - 1, through: 0, by: -1) {
            if index >= firstWanted, !propagatesProduct(at: index) {
                let isPlaced = sums.pointer[index].isPlaced
                if let g = sums.pointer[index].take() {
                    if isWanted[index] { wanted[index] = g }
                    propagate(g, from: RecordView(tape: tape, index: index, isPlaced: isPlaced))
                }
            }
            tape.transposes.forget(Int32(truncatingIfNeeded: index))
            if !keepsRecords { tape.dropLast() }
            sums.dropLast()
        }
        tape.transposes.forgetAll()
    }

    @inline(__always)
    private mutating func propagate(_ g: consuming Value, from record: RecordView) {
        let primitive = Primitive[records[record.index].primitive]
        let operands = tape.operandRange(of: record.index)
        switch primitive.pointee.reverse {
        case .none: break
        case .rules:
            // The last rule may use up the cotangent's buffer.
            guard let first = operands.first else { return }
            let node = Int(self.operands[first])
            let second = operands.count == 1 ? -1 : Int(self.operands[first + 1])
            if second < 0 {
                contribute(g, to: node, primitive, record, 0)
                return
            }
            if node >= 0 { contribute(copy g, to: node, primitive, record, 0) }
            contribute(g, to: second, primitive, record, 1)
        case .accumulation:
            let accumulation = primitive.pointee.accumulation
            let places = primitive.pointee.accumulatesProducts && g.tape == nil
            for (position, place) in operands.enumerated() {
                let node = Int(self.operands[place])
                if node < 0 { continue }
                if places { offerRoom(to: node, g.elementType) }
                accumulation(g, record, position, &sums.pointer[node])
            }
        }
    }

    /// Adds what the rule of an operand makes of g to the operand's sum.
    @inline(__always)
    private mutating func contribute(
        _ g: consuming Value, to node: Int, _ primitive: UnsafePointer<Primitive>, _ record: RecordView, _ operand: Int
    ) {
        let broadcast = primitive.pointee.isBroadcasting ? record.broadcastOperand(operand) : nil
        let kernel = operand == 0 ? primitive.pointee.firstRule.kernel : primitive.pointee.secondRule.kernel
        let reads = operand == 0 ? primitive.pointee.firstRule.reads : primitive.pointee.secondRule.reads
        if let kernel, broadcast == nil, g.tape == nil, let saved = record.untrackedArray(reads) {
            offerRoom(to: node, g.elementType)
            sums.pointer[node].add(kernel, (consume g).array, saved)
            return
        }
        let formula = operand == 0 ? primitive.pointee.firstRule.formula : primitive.pointee.secondRule.formula
        let contribution = formula(g, record)
        // Undoes the broadcasting of the operand.
        sums.pointer[node].add(broadcast == nil ? contribution : contribution.summed(to: broadcast))
    }

    /// Takes a cotangent that is a product yet to be computed through a rule of one operand, both in one pass.
    ///
    /// - Returns: whether that was what this record needed.
    @inline(__always)
    private mutating func propagatesProduct(at index: Int) -> Bool {
        let primitive = Primitive[records[index].primitive]
        guard let kernel = primitive.pointee.firstRule.kernel, !primitive.pointee.isBroadcasting, !isWanted[index],
            let (g, factor) = sums.pointer[index].takeProduct()
        else { return false }
        let record = RecordView(tape: tape, index: index, isPlaced: false)
        let node = Int(operands[Int(records[index].firstOperand)])
        guard let saved = record.untrackedArray(primitive.pointee.firstRule.reads) else {
            propagate(Value(.binary(TAPESTRY_MULTIPLY, "gradient", g, factor)), from: record)
            return true
        }
        offerRoom(to: node, g.elementType)
        sums.pointer[node].add(kernel, product: g, factor, saved)
        return true
    }

    /// If the first cotangent of a slice is about to be made, it may as well be made in its place in the whole's.
    @inline(__always)
    private mutating func offerRoom(to node: Int, _ elementType: ElementType) {
        guard records[node].primitive == .slice, !isWanted[node], sums.pointer[node].isEmpty,
            !sums.pointer[node].isPlaced
        else { return }
        let whole = Int(self.operands[Int(records[node].firstOperand)])
        let attributes = SliceAttributes.of(records[node].attributes)
        if let room = sums.pointer[whole].reserve(attributes, elementType) { sums.pointer[node].place(in: room) }
    }
}
