import CTapestryKernels
import Foundation
import Synchronization
import Testing

/// Counts the calls of each part. Only one thread calls for a part, so its count needs no lock.
private final class Tally: @unchecked Sendable {
    let parts: Int
    private let counts: UnsafeMutablePointer<Int>

    init(_ parts: Int) {
        self.parts = parts
        counts = .allocate(capacity: parts + 1)
        counts.initialize(repeating: 0, count: parts + 1)
    }

    deinit { counts.deallocate() }

    func add(_ part: Int) { counts[part] += 1 }

    var allOnce: Bool { (0..<parts).allSatisfy { counts[$0] == 1 } }
}

private func parallel(_ tally: Tally) {
    tapestry_parallel(
        tally.parts, { context, part in Unmanaged<Tally>.fromOpaque(context!).takeUnretainedValue().add(part) },
        Unmanaged.passUnretained(tally).toOpaque())
}

/// A job whose parts start jobs of their own.
private final class Nest: Sendable {
    let inner: [Tally]
    init(_ parts: Int) { inner = (0..<parts).map { _ in Tally(5) } }
}

/// The number of threads belongs to the process, so each test has one of its own.
@Suite struct ThreadTests {
    @Test(arguments: [1, 2, 3, 8] as [Int32]) func eachPartOnce(_ threads: Int32) async {
        await #expect(processExitsWith: .success) { [threads] in
            tapestry_set_thread_count(threads)
            #expect(tapestry_thread_count() == threads)
            for round in 0..<300 {
                let tally = Tally([0, 1, 2, 3, 5, 16, 33, 200][round % 8])
                parallel(tally)
                #expect(tally.allOnce)
                // Long enough, now and then, that the pool falls asleep.
                if round % 100 == 99 { usleep(3000) }
            }
        }
    }

    /// So many that all threads are at work, each asking for the next part at the same time as the others.
    @Test func manyPartsOnce() async {
        await #expect(processExitsWith: .success) {
            tapestry_set_thread_count(4)
            for _ in 0..<5 {
                let tally = Tally(200_000)
                parallel(tally)
                #expect(tally.allOnce)
            }
        }
    }

    @Test func changingThreadCounts() async {
        await #expect(processExitsWith: .success) {
            for round in 0..<200 {
                tapestry_set_thread_count([1, 4, 2, 6, 3][round % 5])
                let tally = Tally(round % 23)
                parallel(tally)
                #expect(tally.allOnce)
            }
        }
    }

    @Test func countsAreHeldWithinBounds() async {
        await #expect(processExitsWith: .success) {
            for (wish, count) in [(-3, 1), (0, 1), (1, 1), (7, 7), (100_000, 256)] as [(Int32, Int32)] {
                tapestry_set_thread_count(wish)
                #expect(tapestry_thread_count() == count)
            }
        }
    }

    @Test(arguments: [("3", 3), ("100000", 256), ("1", 1)] as [(String, Int32)])
    func theEnvironmentNamesTheCount(_ wish: String, _ count: Int32) async {
        await #expect(processExitsWith: .success) { [wish, count] in
            setenv("TAPESTRY_THREADS", wish, 1)
            #expect(tapestry_thread_count() == count)
        }
    }

    @Test(arguments: ["", "0", "-2", "many", "200many"])
    func aCountThatIsNoneIsPassedOver(_ wish: String) async {
        await #expect(processExitsWith: .success) { [wish] in
            setenv("TAPESTRY_THREADS", wish, 1)
            #expect(1...sysconf(Int32(_SC_NPROCESSORS_ONLN)) ~= Int(tapestry_thread_count()))
        }
    }

    @Test func nestedCalls() async {
        await #expect(processExitsWith: .success) {
            tapestry_set_thread_count(4)
            for _ in 0..<50 {
                let nest = Nest(9)
                tapestry_parallel(
                    nest.inner.count,
                    { context, part in
                        parallel(Unmanaged<Nest>.fromOpaque(context!).takeUnretainedValue().inner[part])
                    }, Unmanaged.passUnretained(nest).toOpaque())
                #expect(nest.inner.allSatisfy { $0.allOnce })
            }
        }
    }

    @Test func concurrentCalls() async {
        await #expect(processExitsWith: .success) {
            tapestry_set_thread_count(3)
            let failures = Atomic<Int>(0)
            await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
                let running = Running(4, done)
                for _ in 0..<4 {
                    Thread.detachNewThread {
                        for round in 0..<300 {
                            let tally = Tally(1 + round % 40)
                            parallel(tally)
                            if !tally.allOnce { failures.add(1, ordering: .relaxed) }
                        }
                        running.finish()
                    }
                }
            }
            #expect(failures.load(ordering: .relaxed) == 0)
        }
    }

    /// What the parts wrote is seen by the caller.
    @Test func resultsAreVisible() async {
        await #expect(processExitsWith: .success) {
            tapestry_set_thread_count(4)
            for round in 0..<200 {
                var squares = [Int](repeating: -1, count: 64)
                squares.withUnsafeMutableBufferPointer {
                    tapestry_parallel(
                        64, { context, part in context!.assumingMemoryBound(to: Int.self)[part] = part * part },
                        $0.baseAddress)
                }
                #expect(squares == (0..<64).map { $0 * $0 }, "round \(round)")
            }
        }
    }
}

/// Resumes the waiting test when the last thread is done.
private final class Running: Sendable {
    private let left: Atomic<Int>
    private let done: CheckedContinuation<Void, Never>

    init(_ count: Int, _ done: CheckedContinuation<Void, Never>) {
        left = Atomic(count)
        self.done = done
    }

    func finish() {
        if left.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { done.resume() }
    }
}
