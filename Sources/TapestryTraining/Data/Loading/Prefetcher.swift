import Foundation

/// Reads what will be asked for on a thread of its own, in order, and waits while so much of it is ready that it would
/// fill the given room. The thread ends with the last item, at the first failure, or soon after the prefetcher is gone.
final class Prefetcher<Item: Sendable>: Sendable {
    private let shelf: Shelf<Item>

    init(_ indices: Range<Int>, ahead capacity: Int, read: @escaping @Sendable (Int) throws -> Item) {
        let shelf = Shelf<Item>(capacity: capacity)
        self.shelf = shelf
        // The thread knows the shelf alone: were it to hold the prefetcher, that would never go.
        let thread = Thread {
            for index in indices {
                guard shelf.waitForRoom() else { return }
                let item = Result { try read(index) }
                shelf.put(item)
                if case .failure = item { return }
            }
        }
        thread.name = "prefetch"
        thread.stackSize = 8 << 20
        thread.start()
    }

    deinit { shelf.close() }

    /// The next item, once it is there.
    func next() -> Result<Item, any Error> { shelf.take() }
}

/// Room for a few items between the thread that reads them and the one that uses them.
private final class Shelf<Item: Sendable>: @unchecked Sendable {
    // All properties are used under the condition's lock.
    private let condition = NSCondition()
    private var items: [Result<Item, any Error>] = []
    private let capacity: Int
    private var isClosed = false

    init(capacity: Int) { self.capacity = capacity }

    /// Waits until there is room for one more item; `false` if nobody will take it.
    func waitForRoom() -> Bool {
        condition.lock()
        defer { condition.unlock() }
        while items.count >= capacity, !isClosed { condition.wait() }
        return !isClosed
    }

    func put(_ item: Result<Item, any Error>) {
        condition.lock()
        defer { condition.unlock() }
        if !isClosed { items.append(item) }
        condition.broadcast()
    }

    func take() -> Result<Item, any Error> {
        condition.lock()
        defer { condition.unlock() }
        while items.isEmpty { condition.wait() }
        condition.broadcast()
        return items.removeFirst()
    }

    func close() {
        condition.lock()
        defer { condition.unlock() }
        isClosed = true
        items = []
        condition.broadcast()
    }
}
