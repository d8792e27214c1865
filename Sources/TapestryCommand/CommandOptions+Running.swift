import Foundation

extension CommandOptions {
    /// The whole of a program's `main`: reads the command line and runs `body` with the settings.
    ///
    /// `--help` prints the usage on standard output and ends the process with status 0. An error ends it with one
    /// line on standard error, `Program: what is wrong`, and with status 2 if it is a ``CommandError``, whether of the
    /// command line or thrown by `body`, and 1 otherwise: a file that cannot be read, used or written, say.
    ///
    /// - Parameter arguments: The command line without the program's name.
    public func run(
        _ arguments: [String] = Array(CommandLine.arguments.dropFirst()), _ body: (Settings) throws -> Void
    ) {
        do {
            switch try parse(arguments) {
            case .run(let settings): try body(settings)
            case .help(let usage):
                print(usage, terminator: "")
                exit(0)
            }
        } catch {
            // A closed standard error leaves nowhere to report to; the exit status still tells.
            try? FileHandle.standardError.write(contentsOf: Data("\(program): \(error)\n".utf8))
            exit(error is CommandError ? 2 : 1)
        }
    }
}
