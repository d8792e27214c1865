import TapestryArrays

/// The one walk over a tape that turns cotangents of results into cotangents of inputs: from the last record to the
/// first, each record's rule called once, and each record dropped as the walk passes it (unless it is to be walked
/// again). It neither recurses nor allocates by record.
struct Walk: ~Copyable {
    private let tape: Tape
    private let keepsRecords: Bool
    private var sums: Stack<CotangentSum>
    private var wanted: [Int: Value?] = [:]

    /// - Parameters:
    ///   - seeds: cotangents of results; nodes may repeat.
    ///   - wanted: the nodes whose cotangents are the answer.
    static func cotangents(
        on tape: Tape, seeds: [(node: Int, cotangent: Value)], wanted: [Int], keepingRecords: Bool
    ) -> [Value?] {
        var walk = Walk(tape: tape, keepsRecords: keepingRecords)
        for node in wanted { walk.wanted[node] = .some(nil) }
        for (node, cotangent) in seeds { walk.sums.pointer[node].add(cotangent) }
        walk.run()
        return wanted.map { walk.wanted[$0]! }
    }

    private init(tape: Tape, keepsRecords: Bool) {
        self.tape = tape
        self.keepsRecords = keepsRecords
        sums = Stack(capacity: max(tape.records.count, 1))
        for _ in 0..<tape.records.count { sums.append(CotangentSum()) }
    }

    private mutating func run() {
        let firstWanted = wanted.keys.min() ?? 0
        var isWanted = Array(repeating: false, count: tape.records.count)
        for node in wanted.keys { isWanted[node] = true }
        for index in stride(from: tape.records.count - 1, through: 0, by: -1) {
            if index >= firstWanted, let g = sums.pointer[index].take() {
                if isWanted[index] { wanted[index] = g }
                propagate(g, from: index)
            }
            tape.transposes.forget(Int32(truncatingIfNeeded: index))
            if !keepsRecords { tape.dropLast() }
            sums.dropLast()
        }
        tape.transposes.forgetAll()
    }

    @inline(__always)
    private mutating func propagate(_ g: consuming Value, from index: Int) {
        let primitive = Primitive[tape.records.pointer[index].primitive]
        let operands = tape.operandRange(of: index)
        let view = RecordView(tape: tape, index: index)
        switch primitive.pointee.reverse {
        case .none: break
        case .rules:
            // The last rule may use up the cotangent's buffer.
            guard let first = operands.first else { return }
            let node = Int(tape.operands.pointer[first])
            if operands.count == 1 {
                sums.pointer[node].add(primitive.pointee.firstRule(g, view))
                return
            }
            let second = Int(tape.operands.pointer[first + 1])
            if second < 0 {
                sums.pointer[node].add(summed(primitive.pointee.firstRule(g, view), primitive, view, 0))
                return
            }
            if node >= 0 {
                sums.pointer[node].add(summed(primitive.pointee.firstRule(copy g, view), primitive, view, 0))
            }
            sums.pointer[second].add(summed(primitive.pointee.secondRule(g, view), primitive, view, 1))
        case .accumulation:
            for (position, place) in operands.enumerated() {
                let node = Int(tape.operands.pointer[place])
                if node >= 0 { primitive.pointee.accumulation(g, view, position, &sums.pointer[node]) }
            }
        }
    }

    /// Undoes the broadcasting of an operand.
    @inline(__always)
    private func summed(
        _ contribution: consuming Value, _ primitive: UnsafePointer<Primitive>, _ view: RecordView, _ operand: Int
    ) -> Value {
        guard primitive.pointee.isBroadcasting, let layout = view.broadcastOperand(operand) else { return contribution }
        return contribution.summed(to: layout)
    }
}
