import Foundation

extension ExpectedTrap {
    /// Makes the mistake, in the child process of an exit test. Without the signal handlers that print a backtrace,
    /// which takes a second for each trap.
    package func run() {
        signal(SIGILL, SIG_DFL)
        signal(SIGTRAP, SIG_DFL)
        body()
    }
}
