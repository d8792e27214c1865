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
            try list(file.arrays, file.unsupported, "safetensors")
            for (name, value) in file.metadata.sorted(by: { $0.key < $1.key }).prefix(limit) {
                text += "\n  \(name.shortened(to: 100).printable) = \(value.shortened(to: 80).quoted)"
            }
        case .numPyArchive(let file): try list(file.arrays, file.unsupported, "NumPy archive")
        case .numPy(.array(let array)): try list(["array": array], [:], "NumPy array")
        case .numPy(.unsupported(let array)): try list([:], ["array": array], "NumPy array")
        case .table(let format): try list(tableIn: format)
        case .json(let value): list(value)
        }
    }

    private mutating func list(
        _ arrays: [String: StoredArray], _ unsupported: [String: UnsupportedArray], _ format: String
    ) throws {
        var rows = [["name", "shape", "type", "least", "greatest", "mean", "not finite"]]
        for name in (Array(arrays.keys) + unsupported.keys).sorted().prefix(limit) {
            if let array = arrays[name] {
                rows.append(
                    [name.shortened(to: 100).printable, array.shape.brief, array.elementType.rawValue]
                        + (try summary(array, name).fields))
            } else if let array = unsupported[name] {
                rows.append([
                    name.shortened(to: 100).printable, array.shape.brief, array.typeName.brief, "not read", "", "", "",
                ])
            }
        }
        let (count, bytes) = arrays.values.reduce((0, 0)) { ($0.0 + $1.count, $0.1 + $1.bytes.count) }
        text += "\(format), \(arrays.count.counted("array")), \(count.counted("element")), \(bytes.counted("byte"))"
        if !unsupported.isEmpty {
            let bytes = unsupported.values.reduce(0) { $0 + $1.bytes.count }
            text += "; \(unsupported.count.counted("array")) of types that are not read, \(bytes.counted("byte"))"
        }
        append(rows, of: arrays.count + unsupported.count, textColumns: 3)
    }

    private func summary(_ array: StoredArray, _ name: String) throws(FileFormatError) -> NumberSummary {
        do throws(FileFormatError) {
            return try NumberSummary(array)
        } catch {
            throw FileFormatError(path: path, place: "array \(name.quotedBriefly)", reason: error.reason)
        }
    }

    private mutating func list(tableIn format: DelimitedText.Format) throws {
        var reader = try DelimitedTextReader(
            path, format: format, origin: .table, longest: DelimitedText.longestRow)
        // A table without a row is an error of the reader's.
        let first = try reader.next()!.fields
        var columns = first.prefix(limit).map { _ in ColumnSummary() }
        var (count, hasNumbers) = (0, false)
        while let row = try reader.next()?.fields {
            count += 1
            for column in columns.indices { columns[column].add(row[column], format) }
            hasNumbers = hasNumbers || row.contains { format.number($0) != nil }
        }
        // The first row names the columns if none of its fields is a number, but some below are.
        let hasNames = hasNumbers && first.allSatisfy { format.number($0) == nil }
        if !hasNames {
            count += 1
            for column in columns.indices { columns[column].add(first[column], format) }
        }
        let separator = format == .tabs ? "tab" : format == .commas ? "comma" : "semicolon"
        let marks = format.hasDecimalCommas ? " with decimal commas" : ""
        text += "\(separator)-separated values\(marks), \(count.counted("row")), \(first.count.counted("column"))"
        let names = columns.indices.map { hasNames ? first[$0].shortened(to: 100).printable : "\($0 + 1)" }
        let rows = zip(names, columns).map { [$0] + $1.fields }
        append(
            [["column", "type", "empty", "least", "greatest", "mean", "not finite"]] + rows, of: first.count,
            textColumns: 2)
    }

    private mutating func list(_ value: JSONValue) {
        text += "JSON, \(value.summary)"
        switch value {
        case .object(let members):
            let rows = members.prefix(limit).map { [$0.name.shortened(to: 100).printable, $0.value.summary] }
            append([["name", "value"]] + rows, of: members.count, textColumns: 2)
        case .array(let elements):
            let rows = elements.prefix(limit).enumerated().map { ["\($0)", $1.summary] }
            append([["position", "value"]] + rows, of: elements.count, textColumns: 2)
        default: break
        }
    }

    /// Appends rows, of which the first one has the titles, as a table, and how many there are beside them.
    private mutating func append(_ rows: [[String]], of count: Int, textColumns: Int) {
        if rows.count > 1 { text += "\n" + table(rows, textColumns: textColumns) }
        if count > rows.count - 1 { text += "\n  and \(count - rows.count + 1) more" }
    }
}

extension JSONValue {
    /// What kind of value it is, with the value itself where that is short.
    fileprivate var summary: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .number(let digits): digits.shortened(to: 40)
        case .string(let text): text.shortened(to: 60).quoted
        case .array(let elements): "array of \(elements.count)"
        case .object(let members): "object of \(members.count)"
        }
    }
}
