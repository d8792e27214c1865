/// Why the content of a file cannot be used. Reads as one line, with the place where it is known:
/// `cannot read "reviews.tsv": line 12: expected 2 fields, found 1`.
public struct FileFormatError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file, as it was asked for; `nil` for bytes or text that come from no file.
    public let path: String?
    /// Where in the file: `line 12`, `header, byte 40`, `tensor "weights"`.
    public let place: String?
    /// What is wrong there, in words.
    public let reason: String

    /// Makes an error of its parts. What is in the place and the reason of a file's texts cannot steer a terminal:
    /// control characters are escaped, line breaks too.
    public init(path: String? = nil, place: String? = nil, reason: String) {
        self.path = path
        self.place = place?.oneLine
        self.reason = reason.oneLine
    }

    /// The error in one line.
    public var description: String {
        let parts = ["cannot read \(path?.quoted ?? "the data")", place, reason]
        return parts.compactMap { $0 }.joined(separator: ": ")
    }

    /// The same error, of a file.
    package func inFile(_ path: String) -> FileFormatError { FileFormatError(path: path, place: place, reason: reason) }
}
