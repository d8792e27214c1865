import Foundation
import TapestryArrays
import TapestryTestSupport
import Testing

@testable import TapestryAutograd

extension TensorTrapTests {
    private static let broadcast =
        "add: shapes [2] and [3] cannot be broadcast: aligned at the last axis, extents must agree or be 1"

    /// A trap says in which scopes it happened, of those that are still open, and whether or not anything records them.
    static let scopes: [ExpectedTrap] = [
        ExpectedTrap("\(broadcast) (in encoder / t = 1)") {
            withScope("encoder") {
                for t in 0..<3 {
                    withScope("t = \(t)") { _ = zeros(2) + zeros(t == 1 ? 3 : 2) }
                }
            }
        },
        ExpectedTrap("\(broadcast) (in encoder / t = 1)") {
            let tape = Tape(recording: .full)
            let x = tape.watch(zeros(2))
            withScope("encoder") { withScope("t = 1") { _ = x + zeros(3) } }
        },
        ExpectedTrap("\(broadcast) (in outer)") {
            withScope("outer") {
                withScope("over") {}
                try? withScope("thrown") { throw CancellationError() }
                _ = zeros(2) + zeros(3)
            }
        },
        ExpectedTrap("\(broadcast)\n") {
            withScope("over") {}
            _ = zeros(2) + zeros(3)
        },
    ]

    static let tapes: [ExpectedTrap] = [
        ExpectedTrap("add: the operands are recorded on two different tapes of the same level") {
            let (first, second) = (Tape(), Tape())
            _ = first.watch(Tensor(1.0)) + second.watch(Tensor(2.0))
        },
        ExpectedTrap("cumulativeSum: the tape belongs to another thread") {
            _ = gradient(at: zeros(2)) { x in
                onAnotherThread { _ = x.cumulativeSum(axis: 0) }
                return x.sum()
            }
        },
        ExpectedTrap("concatenate: the operands are recorded on two different tapes of the same level") {
            let (first, second) = (Tape(), Tape())
            _ = concatenate([Tensor([0.0]), first.watch(Tensor([1.0])), second.watch(Tensor([2.0]))])
        },
        ExpectedTrap("tape: a value of a tape that has finished is used; make a new tape for a new derivative") {
            let tape = Tape()
            let x = tape.watch(Tensor(1.0))
            _ = tape.gradient(of: x * x, at: x)
            _ = x + 1
        },
        ExpectedTrap("tape: a value of a tape that has finished is used") {
            let tape = Tape()
            let x = tape.watch(Tensor(1.0))
            _ = tape.gradient(of: x * x, at: x)
            _ = gradient(at: Tensor(2.0)) { _ in x }
        },
        ExpectedTrap("gradient: the tape has finished: a lean one gives one gradient") {
            let tape = Tape()
            let x = tape.watch(Tensor(1.0))
            let y = x * x
            _ = tape.gradient(of: y, at: x)
            _ = tape.gradient(of: y, at: x)
        },
        ExpectedTrap("watch: the tape has finished") {
            let tape = Tape()
            let x = tape.watch(Tensor(1.0))
            _ = tape.gradient(of: x, at: x)
            _ = tape.watch(x)
        },
        ExpectedTrap("multiply: the tape belongs to another thread; a tape records only on the thread that made it") {
            let tape = Tape()
            let x = tape.watch(Tensor(1.0))
            onAnotherThread { _ = x * 2 }
            withExtendedLifetime(tape) {}
        },
        ExpectedTrap("watch: the tape belongs to another thread") {
            let tape = Tape()
            onAnotherThread { _ = tape.watch(Tensor(1.0)) }
        },
        ExpectedTrap("exp: the tape belongs to another thread") {
            _ = gradient(at: Tensor(1.0)) { x in
                onAnotherThread { _ = exp(x) }
                return x
            }
        },
        ExpectedTrap("gradient: the result was not recorded on this tape") {
            let tape = Tape()
            _ = tape.gradient(of: Tensor(1.0), at: tape.watch(Tensor(1.0)))
        },
        ExpectedTrap("gradient: no tensor of the input is tracked on this tape") {
            let tape = Tape()
            _ = tape.gradient(of: tape.watch(Tensor(1.0)), at: Tensor(1.0))
        },
    ]

    private static func onAnotherThread(_ body: @escaping @Sendable () -> Void) {
        let thread = Thread(block: body)
        thread.start()
        while !thread.isFinished { Thread.sleep(forTimeInterval: 0.01) }
    }
}
