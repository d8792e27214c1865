import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Ctrl-C as a request that loops poll, so that a program can stop between two steps and still report.
///
/// ```swift
/// Interrupt.install()
/// while step < steps, !Interrupt.isRequested { … }
/// ```
public enum Interrupt {
    private static let requested = Atomic(false)

    /// Whether SIGINT or SIGTERM has arrived since ``install()``.
    public static var isRequested: Bool { requested.load(ordering: .relaxed) }

    /// Lets the first SIGINT or SIGTERM only set ``isRequested``; a second one ends the process at once with
    /// status 130. System calls that the first one meets are restarted. Installing again changes nothing.
    public static func install() {
        // Touches the flag, so that its one-time initialization never runs inside the handler.
        _ = isRequested
        for number in [SIGINT, SIGTERM] {
            signal(number) { _ in
                // Only an atomic exchange and _exit: both are safe wherever the signal interrupts the program.
                if Interrupt.requested.exchange(true, ordering: .relaxed) { _exit(130) }
            }
        }
    }
}
