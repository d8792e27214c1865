import Foundation

/// The terminal that a program may run in.
public enum Terminal {
    /// Whether texts on standard output can be coloured: it is a terminal, `TERM` is not `dumb`, and `NO_COLOR` is not
    /// set.
    public static var isOutputColored: Bool {
        let environment = ProcessInfo.processInfo.environment
        return isatty(STDOUT_FILENO) == 1 && environment["TERM"] != "dumb" && (environment["NO_COLOR"] ?? "").isEmpty
    }

    /// Whether standard error is a terminal, where progress is of use.
    public static var isErrorShown: Bool { isatty(STDERR_FILENO) == 1 }
}
