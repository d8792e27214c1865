import TapestryFiles

/// A sentence with its class.
public struct LabelledSentence: Sendable, Codable, Equatable {
    /// The sentence.
    public let text: String
    /// The number of its class.
    public let label: Int

    /// A sentence with its class.
    public init(text: String, label: Int) { (self.text, self.label) = (text, label) }

    /// Reads a file with a sentence, a tab and a number on each line. A header that names the columns `sentence` and
    /// `label`, in any order and among others, as GLUE's files have it, is recognised.
    ///
    /// - Throws: A ``TextFileError`` if it can't be read, a ``FileFormatError`` with the line that has other fields, or
    ///   whose label is no number from 0.
    public static func read(_ path: String) throws -> [LabelledSentence] {
        let table = try DelimitedText(contentsOf: path, format: .tabs, origin: .kind)
        let names = table.rows[0].fields
        let header = names.firstIndex(of: "sentence").flatMap { text in names.firstIndex(of: "label").map { (text, $0) }
        }
        if header == nil, names.count != 2 {
            throw table.error(table.rows[0], "expected a sentence and its label, found \(names.count.counted("field"))")
        }
        let (text, label) = header ?? (0, 1)
        return try table.rows.dropFirst(header == nil ? 0 : 1).map { row in
            guard let number = Int(row.fields[label]), number >= 0 else {
                throw table.error(row, "expected a label, a number from 0, found \(row.fields[label].quotedBriefly)")
            }
            return LabelledSentence(text: row.fields[text], label: number)
        }
    }
}
