import TapestryFiles

/// Why a command line cannot be served: an option that is not known, contradicts another one, or has a value that it
/// cannot have. One line, fit to be shown after the program's name. What is wrong with a file is a `FileFormatError`.
public struct CommandError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The line, such as `--hidden: expected a whole number from 1 to 65536, got "-3"`.
    public let description: String

    /// Makes an error that reads `description`, which should be one line that names the option at fault. Control
    /// characters in it are escaped, since it may quote what a user typed.
    public init(_ description: String) {
        self.description = description.oneLine
    }
}
