/// Reads a text file line by line, with no more in memory than a line and a block of the file, however large it is.
///
/// ```swift
/// var lines = try LineReader("corpus.txt")
/// while let line = try lines.next() { … }
/// ```
public struct LineReader: ~Copyable {
    /// One line.
    public struct Line: Sendable, Equatable {
        /// Its number, from 1.
        public let number: Int
        /// What stands on it, without the line feed and a carriage return before that.
        public let text: String
    }

    private var blocks: BlockReader
    private let longest: Int
    private var block: [UInt8] = []
    private var position = 0
    private var number = 0

    /// The file.
    public var path: String { blocks.path }

    /// Opens a file, or anything else that can be read to an end. A byte-order mark is passed over.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - longest: The most bytes that a line may have.
    /// - Throws: A ``TextFileError`` if there is no such file, or it is a directory or cannot be read.
    public init(_ path: String, longest: Int = 16 << 20) throws(TextFileError) {
        blocks = try BlockReader(path)
        self.longest = longest
    }

    /// The next line; `nil` after the last one, for which a line feed at the end of the file begins no other.
    ///
    /// - Throws: A ``TextFileError`` if the file cannot be read on, a ``FileFormatError`` with the number of a line
    ///   that is too long or not UTF-8.
    public mutating func next() throws -> Line? {
        var line: [UInt8] = []
        while true {
            if let end = block[position...].firstIndex(of: UInt8(ascii: "\n")) {
                line += block[position..<end]
                position = end + 1
                break
            }
            line += block[position...]
            position = block.count
            if line.count > longest { break }
            (block, position) = (try blocks.next(), 0)
            if block.isEmpty {
                if line.isEmpty { return nil }
                break
            }
        }
        number += 1
        guard line.count <= longest else {
            blocks.end()
            (block, position) = ([], 0)
            throw FileFormatError(
                path: path, place: "line \(number)", reason: "it is longer than \(longest.counted("byte"))")
        }
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        if number == 1, line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
        guard let text = String(validating: line, as: UTF8.self) else {
            throw FileFormatError(path: path, place: "line \(number)", reason: "it is not UTF-8 text")
        }
        return Line(number: number, text: text)
    }
}
