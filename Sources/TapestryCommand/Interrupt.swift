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
    /// What those signals did before ``install()`` that it has taken over.
    private static let actions = Mutex<[Int32: sigaction]>([:])

    /// Whether SIGINT or SIGTERM has arrived since ``install()``, the first one after the last ``finish()``.
    public static var isRequested: Bool { requested.load(ordering: .relaxed) }

    /// Lets the first SIGINT or SIGTERM only set ``isRequested``, and say so on standard error; a second one ends the
    /// process at once with status 130. System calls that the first one meets are restarted, and after it output that
    /// nobody reads any more ends nothing. A signal that the process was started to ignore, as a shell's script has
    /// what runs beside it ignore SIGINT, stays ignored. Installing again before ``finish()`` changes nothing.
    public static func install() {
        actions.withLock { actions in
            // Touches the flag, too, so that its one-time initialization never runs inside the handler.
            if actions.isEmpty { requested.store(false, ordering: .relaxed) }
            for number in [SIGINT, SIGTERM] where actions[number] == nil {
                var action = sigaction()
                guard sigaction(number, nil, &action) == 0, !action.isIgnoring else { continue }
                actions[number] = action
                take(number)
            }
        }
    }

    /// Handles a signal from now on.
    private static func take(_ number: Int32) {
        signal(number) { _ in
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
    }

    /// Once nothing looks at ``isRequested`` any more: SIGINT and SIGTERM do what they did before ``install()``. If
    /// there was one, prints that what follows is of what was learned until then; SIGPIPE stays ignored, since who read
    /// the output may be gone, and what was learned is still to be saved.
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

extension sigaction {
    /// Whether it does nothing.
    fileprivate var isIgnoring: Bool {
        #if canImport(Darwin)
            let handler = __sigaction_u.__sa_handler
        #elseif canImport(Glibc)
            let handler = __sigaction_handler.sa_handler
        #elseif canImport(Musl)
            let handler = __sa_handler.sa_handler
        #endif
        // Handlers can't be compared, but their addresses can.
        return unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }
}
