import Foundation
import TapestryFiles

/// Files with a JSON value on each line.
public enum JSONLines {
    /// Reads a file value by value, and has no more than one of them in memory.
    ///
    /// - Parameters:
    ///   - path: The file. Empty lines are passed over.
    ///   - type: What each line is.
    ///   - visit: What to do with each value. It may throw, which ends the reading.
    /// - Throws: A ``TextFileError`` if the file can't be read, a ``FileFormatError`` with the number of a line that is
    ///   no such value.
    public static func forEach<Value: Decodable>(
        in path: String, as type: Value.Type = Value.self, _ visit: (Value) throws -> Void
    ) throws {
        var lines = try LineReader(path)
        let decoder = JSONDecoder()
        while let line = try lines.next() {
            if line.text.allSatisfy(\.isWhitespace) { continue }
            let value: Value
            do {
                value = try decoder.decode(type, from: Data(line.text.utf8))
            } catch {
                throw FileFormatError(path: path, place: "line \(line.number)", reason: reason(error))
            }
            try visit(value)
        }
    }

    /// All values of a file.
    ///
    /// - Throws: As ``forEach(in:as:_:)`` does.
    public static func read<Value: Decodable>(_ path: String, as type: Value.Type = Value.self) throws -> [Value] {
        var values: [Value] = []
        try forEach(in: path, as: type) { values.append($0) }
        return values
    }

    private static func reason(_ error: any Error) -> String {
        func place(_ context: DecodingError.Context) -> String {
            let path = context.codingPath.map(\.stringValue).joined(separator: ".")
            return path.isEmpty ? "" : " at \(path)"
        }
        switch error {
        case DecodingError.keyNotFound(let key, let context): return "there is no \(key.stringValue)\(place(context))"
        case DecodingError.typeMismatch(let type, let context): return "expected \(type)\(place(context))"
        case DecodingError.valueNotFound(let type, let context): return "expected \(type), found null\(place(context))"
        case DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty:
            return "\(context.debugDescription)\(place(context))"
        default: return "it is not a JSON value"
        }
    }
}
