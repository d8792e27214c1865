/// Why a command line, or what it asks for, cannot be served: one line, fit to be shown after the program's name.
public struct CommandError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The line, such as `--hidden: expected a whole number from 1 to 65536, got "-3"`.
    public let description: String

    /// Makes an error that reads `description`, which should be one line that names the option at fault.
    public init(_ description: String) {
        self.description = description
    }
}
