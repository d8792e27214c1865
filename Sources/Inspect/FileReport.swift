import Foundation
import TapestryCommand
import TapestryFiles

/// What is shown of a file: a line about the whole, and a table.
struct FileReport {
    private(set) var text: String
    /// The file, for what is found wrong while its elements are read.
    private let path: String
    /// The most arrays, columns or members that are listed.
    private let limit: Int

    init(of file: RecognizedFile, path: String, limit: Int) throws {
        (text, self.path, self.limit) = ("", path, limit)
        switch file {
        case .safetensors(let file):
            try list(file.arrays, "safetensors")
            for (name, value) in file.metadata.sorted(by: { $0.key < $1.key }).prefix(limit) {
                text += "\n  \(name.printable) = \(FileReport.shortened(value).quoted)"
            }
        case .numPyArchive(let file): try list(file.arrays, "NumPy archive")
        case .numPy(let file): try list(["array": file.array], "NumPy array")
        case .table(let table, let format): list(table, format)
        case .json(let value): list(value)
        }
    }

    private mutating func list(_ arrays: [String: StoredArray], _ format: String) throws {
        var rows = [["name", "shape", "type", "least", "greatest", "mean", "not finite"]]
        var (count, bytes) = (0, 0)
        for (name, array) in arrays.sorted(by: { $0.key < $1.key }) {
            (count, bytes) = (count + array.count, bytes + array.bytes.count)
            guard rows.count <= limit else { continue }
            let summary: NumberSummary
            do throws(FileFormatError) {
                summary = try NumberSummary(array)
            } catch {
                throw FileFormatError(path: path, place: "array \(name.quoted)", reason: error.reason)
            }
            rows.append([name.printable, "\(array.shape)", array.elementType.rawValue] + summary.fields)
        }
        text +=
            "\(format), \(arrays.count) \(arrays.count == 1 ? "array" : "arrays"), \(count) elements, \(bytes) bytes"
        append(rows, of: arrays.count)
    }

    private mutating func list(_ table: DelimitedText, _ format: DelimitedText.Format) {
        var records = table.rows.map(\.fields)
        let columns = records[0].count
        // The first row names the columns if none of its fields is a number, but some below are.
        let hasNames =
            records.count > 1 && records[0].allSatisfy { Double($0.trimmed) == nil }
            && records.dropFirst().contains { $0.contains { Double($0.trimmed) != nil } }
        let names = hasNames ? records.removeFirst() : (1...columns).map { "\($0)" }
        text += "\(format == .tabs ? "tab" : "comma")-separated values, \(records.count) rows, \(columns) columns"
        var rows = [["column", "type", "empty", "least", "greatest", "mean", "not finite"]]
        for column in 0..<min(columns, limit) {
            let fields = records.map { $0[column].trimmed }.filter { !$0.isEmpty }
            let numbers = fields.compactMap { Double($0) }
            let isNumeric = numbers.count == fields.count && !fields.isEmpty
            var summary = NumberSummary()
            if isNumeric { summary.add(numbers) }
            rows.append(
                [names[column].printable, isNumeric ? "number" : "text", "\(records.count - fields.count)"]
                    + (isNumeric ? summary.fields : ["", "", "", ""]))
        }
        append(rows, of: columns)
    }

    private mutating func list(_ value: JSONValue) {
        text += "JSON, \(value.summary)"
        switch value {
        case .object(let members):
            let rows = members.prefix(limit).map { [$0.name.printable, $0.value.summary] }
            append([["name", "value"]] + rows, of: members.count)
        case .array(let elements):
            let rows = elements.prefix(limit).enumerated().map { ["\($0)", $1.summary] }
            append([["position", "value"]] + rows, of: elements.count)
        default: break
        }
    }

    /// Appends rows, of which the first one has the titles, in columns, and how many there are beside them.
    private mutating func append(_ rows: [[String]], of count: Int) {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max()! }
        for row in rows where rows.count > 1 {
            let cells = zip(row, widths).map { $0.padded(to: $1) }
            let line = cells.joined(separator: "  ")
            text += "\n  " + line[...(line.lastIndex { $0 != " " } ?? line.startIndex)]
        }
        if count > rows.count - 1 { text += "\n  and \(count - rows.count + 1) more" }
    }

    private static func shortened(_ text: String) -> String { text.count > 80 ? text.prefix(79) + "…" : text }
}

extension String {
    fileprivate var trimmed: String { trimmingCharacters(in: .whitespaces) }
}

extension JSONValue {
    /// What kind of value it is, with the value itself where that is short.
    fileprivate var summary: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .number(let digits): digits.count > 40 ? digits.prefix(39) + "…" : digits
        case .string(let text): (text.count > 60 ? text.prefix(59) + "…" : text).quoted
        case .array(let elements): "array of \(elements.count)"
        case .object(let members): "object of \(members.count)"
        }
    }
}
