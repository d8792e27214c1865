import Synchronization

/// Tapes that code finds to which nobody handed them, each on the thread that made it.
final class TapeRegistry: Sendable {
    private struct Entry {
        weak var tape: Tape?
        let owner: ThreadIdentity
    }

    private let entries = Mutex<[Entry]>([])

    func add(_ tape: Tape) {
        let entry = Entry(tape: tape, owner: tape.owner)
        // Held here, and let go where the lock is free: a tape that ends may have others end, or be made.
        let tapes = entries.withLock { entries in
            let tapes = entries.map(\.tape)
            entries = zip(entries, tapes).filter { $1 != nil }.map(\.0) + [entry]
            return tapes
        }
        withExtendedLifetime(tapes) {}
    }

    /// Those of the running thread. Who changes one for a while must hold it until it is changed back: a task that
    /// waits may end its tape on another thread meanwhile, and its memory would serve another tape by then.
    var ofThisThread: [Tape] {
        entries.withLock { $0.filter { $0.owner == .current }.compactMap(\.tape) }
    }
}
