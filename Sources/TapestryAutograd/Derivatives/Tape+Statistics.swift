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
        func table(_ title: String, _ entries: [Entry]) -> [String] {
            let width = (entries.map(\.name.count) + [title.count, 9]).max()!
            func line(_ name: String, _ count: String, _ bytes: String) -> String {
                let padding = [12 - count.count, 14 - bytes.count].map {
                    String(repeating: " ", count: Swift.max($0, 1))
                }
                return name + String(repeating: " ", count: width - name.count) + padding[0] + count + padding[1]
                    + bytes
            }
            return [line(title, "records", "bytes kept")]
                + entries.map {
                    line($0.name.isEmpty ? "(no scope)" : $0.name, "\($0.recordCount)", "\($0.savedByteCount)")
                }
        }
        let total = Entry(name: "all", recordCount: recordCount, savedByteCount: savedByteCount)
        return (table("primitive", byPrimitive + [total]) + [""] + table("scope", byScope)).joined(separator: "\n")
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
