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
/// Interrupt.finish()
/// ```
public enum Interrupt {
    private static let requested = Atomic(false)
    /// What the signals did before ``install()``, those that it has taken over.
    private static let actions = Mutex<[Int32: sigaction]>([:])

    /// Whether SIGINT or SIGTERM has arrived since ``install()``.
    public static var isRequested: Bool { requested.load(ordering: .relaxed) }

    /// Lets the first SIGINT or SIGTERM only set ``isRequested``, and say so on standard error; a second one ends the
    /// process at once with status 130. System calls that the first one meets are restarted, and after it output that
    /// nobody reads any more ends nothing. A signal that the process was started to ignore, as a shell's script has what runs
    /// beside it ignore SIGINT, stays ignored. Installing again changes nothing.
    public static func install() {
        // Touches the flag, so that its one-time initialization never runs inside the handler.
        _ = isRequested
        actions.withLock { actions in
            for number in [SIGINT, SIGTERM] where actions[number] == nil {
                var action = sigaction()
                guard sigaction(number, nil, &action) == 0 else { continue }
                if take(number) { actions[number] = action } else { sigaction(number, &action, nil) }
            }
        }
    }

    /// Handles a signal from now on.
    ///
    /// - Returns: whether it was not ignored before.
    private static func take(_ number: Int32) -> Bool {
        let before = signal(number) { _ in
            // Only an atomic exchange, _exit, signal and write: all are safe wherever the signal interrupts the
            // program, which may be about to ask for its own errno.
            if Interrupt.requested.exchange(true, ordering: .relaxed) { _exit(130) }
            let error = errno
            defer { errno = error }
            // Ctrl-C ends what reads the output as well, `| tee log`; the program has something to save all the same.
            signal(SIGPIPE, SIG_IGN)
            let text: StaticString = "\nInterrupted: training ends after this step. Once more to end at once.\n"
            _ = write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount)
        }
        // Handlers can't be compared, but their addresses can.
        return unsafeBitCast(before, to: Int.self) != unsafeBitCast(SIG_IGN, to: Int.self)
    }

    /// Once nothing looks at ``isRequested`` any more: signals do what they did before ``install()``. If there was one,
    /// prints that what follows is of what was learned until then.
    public static func finish() {
        actions.withLock { actions in
            for (number, action) in actions {
                var action = action
                sigaction(number, &action, nil)
            }
            actions = [:]
        }
        if isRequested { print("\nInterrupted: what follows is of what was learned until then.") }
    }
}
