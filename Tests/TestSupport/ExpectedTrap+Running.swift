import Foundation

extension ExpectedTrap {
    /// Makes the mistake, in the child process of an exit test. Without the signal handlers that print a backtrace,
    /// which takes a second for each trap.
    package func run() {
        signal(SIGILL, SIG_DFL)
        signal(SIGTRAP, SIG_DFL)
        body()
    }

    /// What is wrong with the last words of the process that made the mistake; `nil` if they are the expected ones.
    package func complaint(about standardError: [UInt8]?) -> String? {
        let words = String(decoding: standardError ?? [], as: UTF8.self)
        return words.contains("Fatal error: " + message) ? nil : "not \"\(message)\", but: \(words)"
    }
}
