import TapestryArrays

/// How much a tape holds: records, and bytes of the arrays that they keep.
public struct TapeStatistics: Sendable, CustomStringConvertible {
    /// One primitive or one scope.
    public struct Entry: Sendable, Equatable {
        /// The primitive's name, or the scopes from outside in, joined by `/`; empty outside of any scope.
        public let name: String
        /// The number of records.
        public let recordCount: Int
        /// Bytes of the results that are kept and that no other entry has.
        public let savedByteCount: Int
    }

    /// The number of records.
    public let recordCount: Int
    /// Bytes of the arrays that the records keep, each counted once.
    public let savedByteCount: Int
    /// By primitive, the one that keeps most first.
    public let byPrimitive: [Entry]
    /// By scope, in the order of their first records. Lean tapes know no scopes.
    public let byScope: [Entry]

    /// Two tables.
    public var description: String {
        func table(_ title: String, _ entries: [Entry]) -> String {
            var table = TextTable(columns: [.left(title), .right("records"), .right("bytes kept")])
            for entry in entries {
                let name = entry.name.isEmpty ? "(no scope)" : entry.name
                table.append([name, "\(entry.recordCount)", "\(entry.savedByteCount)"])
            }
            return table.description
        }
        let total = Entry(name: "all", recordCount: recordCount, savedByteCount: savedByteCount)
        return table("primitive", byPrimitive + [total]) + "\n\n" + table("scope", byScope)
    }
}

extension Tape {
    /// The records and the bytes that they keep, in all, by primitive and by scope.
    public var statistics: TapeStatistics {
        var seen: Set<ObjectIdentifier> = []
        var primitives = Tally()
        var scopes = Tally()
        for index in 0..<count {
            let record = memory.pointee.records.pointer[index]
            let owner = record.saved?.array.owner
            let bytes = owner.flatMap { seen.insert(ObjectIdentifier($0)).inserted ? $0.byteCount : nil } ?? 0
            primitives.add(record.primitive.name, bytes)
            scopes.add((memory.pointee.scopes[index] ?? []).joined(separator: " / "), bytes)
        }
        return TapeStatistics(
            recordCount: count, savedByteCount: savedByteCount,
            byPrimitive: primitives.entries.sorted {
                ($0.savedByteCount, $0.recordCount, $1.name) > ($1.savedByteCount, $1.recordCount, $0.name)
            },
            byScope: scopes.entries)
    }

    /// Counts by name, in the order in which the names came.
    private struct Tally {
        private var places: [String: Int] = [:]
        private(set) var entries: [TapeStatistics.Entry] = []

        mutating func add(_ name: String, _ bytes: Int) {
            let place = places[name] ?? entries.count
            if place == entries.count {
                places[name] = place
                entries.append(.init(name: name, recordCount: 1, savedByteCount: bytes))
            } else {
                let entry = entries[place]
                entries[place] = .init(
                    name: name, recordCount: entry.recordCount + 1, savedByteCount: entry.savedByteCount + bytes)
            }
        }
    }
}
