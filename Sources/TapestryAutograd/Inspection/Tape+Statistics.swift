import TapestryArrays

/// How much a tape holds: records, and bytes of the arrays that they keep.
public struct TapeStatistics: Sendable, CustomStringConvertible {
    /// One primitive or one scope.
    public struct Entry: Sendable, Equatable {
        /// The primitive's name, `constant` for what records read and no record made, or the scopes from outside in,
        /// joined by ` / `; empty outside of any scope.
        public let name: String
        /// The number of records.
        public let recordCount: Int
        /// Bytes that are kept and that no other entry has: of results, and in a scope of the constants that its
        /// records read.
        public let keptByteCount: Int
    }

    /// The number of records.
    public let recordCount: Int
    /// Bytes of the arrays that the records keep, each counted once.
    public let keptByteCount: Int
    /// By primitive, the one that keeps most first.
    public let byPrimitive: [Entry]
    /// By scope, in the order of their first records. Lean tapes know no scopes.
    public let byScope: [Entry]

    /// Two tables.
    public var description: String {
        func table(_ title: String, _ entries: [Entry]) -> String {
            var table = TextTable(columns: [.left(title), .right("records"), .right("kept bytes")])
            for entry in entries {
                let name = entry.name.isEmpty ? "(no scope)" : entry.name
                table.append([name, "\(entry.recordCount)", "\(entry.keptByteCount)"])
            }
            return table.description
        }
        let total = Entry(name: "all", recordCount: recordCount, keptByteCount: keptByteCount)
        return table("primitive", byPrimitive + [total]) + "\n\n" + table("scope", byScope)
    }
}

extension Tape {
    /// The records and the bytes that they keep, in all, by primitive and by scope.
    public var statistics: TapeStatistics {
        var seen: Set<ObjectIdentifier> = []
        func newBytes(_ kept: SavedValue?) -> Int {
            guard let owner = kept?.array.owner, seen.insert(ObjectIdentifier(owner)).inserted else { return 0 }
            return owner.byteCount
        }
        var primitives = Tally()
        var scopes = Tally()
        for index in 0..<recordCount {
            let record = memory.pointee.records.pointer[index]
            let scope = (memory.pointee.scopes[index] ?? []).joined(separator: " / ")
            let bytes = newBytes(record.saved)
            primitives.add(memory.pointee.name(of: index), bytes)
            scopes.add(scope, bytes)
            for place in memory.pointee.operandRange(of: index) {
                let operand = memory.pointee.operands.pointer[place]
                if operand >= 0 || operand == TapeMemory.notKept { continue }
                let bytes = newBytes(memory.pointee.constants.pointer[Int(~operand)])
                primitives.add("constant", bytes, recordCount: 0)
                scopes.add(scope, bytes, recordCount: 0)
            }
        }
        return TapeStatistics(
            recordCount: recordCount, keptByteCount: keptByteCount,
            byPrimitive: primitives.entries.sorted {
                ($0.keptByteCount, $0.recordCount, $1.name) > ($1.keptByteCount, $1.recordCount, $0.name)
            },
            byScope: scopes.entries)
    }

    /// Counts by name, in the order in which the names came.
    private struct Tally {
        private var places: [String: Int] = [:]
        private(set) var entries: [TapeStatistics.Entry] = []

        mutating func add(_ name: String, _ bytes: Int, recordCount: Int = 1) {
            let place = places[name] ?? entries.count
            if place == entries.count {
                places[name] = place
                entries.append(.init(name: name, recordCount: recordCount, keptByteCount: bytes))
            } else {
                let entry = entries[place]
                entries[place] = .init(
                    name: name, recordCount: entry.recordCount + recordCount,
                    keptByteCount: entry.keptByteCount + bytes)
            }
        }
    }
}
