import TapestryArrays

/// The one walk over a tape that turns cotangents of results into cotangents of inputs: from the last record to the
/// first, each record's rule called once, and each record dropped as the walk passes it (unless it is to be walked
/// again). It neither recurses nor allocates by record.
struct Walk {
    private let tape: Tape
    private let keepsRecords: Bool
    private var sums: [CotangentSum]
    private var wanted: [Int: Value?] = [:]

    /// - Parameters:
    ///   - seeds: cotangents of results; nodes may repeat.
    ///   - wanted: the nodes whose cotangents are the answer.
    static func cotangents(
        on tape: Tape, seeds: [(node: Int, cotangent: Value)], wanted: [Int], keepingRecords: Bool
    ) -> [Value?] {
        var walk = Walk(tape: tape, keepsRecords: keepingRecords)
        for node in wanted { walk.wanted[node] = .some(nil) }
        for (node, cotangent) in seeds { walk.sums[node].add(cotangent) }
        walk.run()
        return wanted.map { walk.wanted[$0]! }
    }

    private init(tape: Tape, keepsRecords: Bool) {
        self.tape = tape
        self.keepsRecords = keepsRecords
        sums = Array(repeating: CotangentSum(), count: tape.records.count)
    }

    private mutating func run() {
        let firstWanted = wanted.keys.min() ?? 0
        for index in stride(from: tape.records.count - 1, through: 0, by: -1) {
            if let g = sums[index].take(), index >= firstWanted {
                if wanted.count > 0, wanted[index] != nil { wanted[index] = g }
                propagate(g, from: index)
            }
            if !keepsRecords { tape.dropLast() }
            sums.removeLast()
        }
    }

    @inline(__always)
    private mutating func propagate(_ g: consuming Value, from index: Int) {
        let operands = tape.operandRange(of: index)
        let view = RecordView(tape: tape, index: index)
        switch Primitive[tape.records[index].primitive].reverse {
        case .none: break
        case .rules(let rules):
            for (position, place) in operands.enumerated() {
                let node = tape.operands[place]
                if node >= 0 { sums[Int(node)].add(rules[position](g, view)) }
            }
        case .accumulation(let accumulate):
            for (position, place) in operands.enumerated() {
                let node = tape.operands[place]
                if node >= 0 { accumulate(g, view, position, &sums[Int(node)]) }
            }
        }
    }
}
