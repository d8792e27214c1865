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
        entries.withLock { entries in
            entries.removeAll { $0.tape == nil }
            entries.append(entry)
        }
    }

    /// Those of the running thread. Who changes one for a while must hold it until it is changed back: a task that waits may
    /// end its tape on another thread meanwhile, and its memory would serve another tape by then.
    var ofThisThread: [Tape] {
        entries.withLock { $0.filter { $0.owner == .current }.compactMap(\.tape) }
    }
}
