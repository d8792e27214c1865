import Foundation
import TapestryFiles

/// The lines of a text file as a data set. The file is mapped, not read: what is in memory are the places of its lines,
/// eight bytes each, and what the system keeps of the file.
public struct TextLines: Dataset, Sendable {
    /// The file.
    public let path: String
    private let data: Data
    /// Where each line begins, and where one more would.
    private let starts: [Int]

    /// Maps a file and finds its lines. A line feed at the end of the file begins no other.
    ///
    /// - Throws: A ``TextFileError`` if it can't be read.
    public init(contentsOf path: String) throws(TextFileError) {
        data = try MappedFile.contents(of: path)
        self.path = path
        let hasMark = data.starts(with: [0xEF, 0xBB, 0xBF])
        var starts = data.count > (hasMark ? 3 : 0) ? [hasMark ? 3 : 0] : []
        data.withUnsafeBytes { bytes in
            for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") { starts.append(index + 1) }
        }
        if let last = starts.last, last < data.count { starts.append(data.count + 1) }
        self.starts = starts
    }

    /// The number of lines.
    public var count: Int { max(starts.count - 1, 0) }

    /// A line, without the line feed and a carriage return before that.
    ///
    /// - Throws: A ``FileFormatError`` if it is not UTF-8.
    public func example(at index: Int) throws(FileFormatError) -> String {
        var end = starts[index + 1] - 1
        if end > starts[index], data[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        guard let text = String(validating: data[starts[index]..<end], as: UTF8.self) else {
            throw FileFormatError(path: path, place: "line \(index + 1)", reason: "it is not UTF-8 text")
        }
        return text
    }
}
