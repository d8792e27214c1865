/// Why a function cannot be written in another system's language. Reads as one line:
/// `cannot export to ONNX: the operation "solve" has no counterpart there`.
public struct ExportError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The language that the function was to be written in: ONNX or StableHLO.
    public let format: String
    /// What stands in the way, in words.
    public let reason: String

    /// Makes an error of its parts.
    public init(format: String, reason: String) {
        self.format = format
        self.reason = reason
    }

    /// The error in one line.
    public var description: String { "cannot export to \(format): \(reason)" }
}
