import Foundation
import TapestryArrays
import TapestryTestSupport
import Testing

@testable import TapestryAutograd

/// Functions that are computed again on the way back.
@Suite struct CheckpointTests {
    private static func recurrence(
        _ state: Tensor<Double>, _ weights: Tensor<Double>, steps: Int
    ) -> Tensor<Double> {
        var state = state
        for _ in 0..<steps { state = tanh(matmul(state, weights)) }
        return state
    }

    /// The gradients of a recurrence in segments by its state and its weights, which the segments read from outside.
    private static func gradients(steps: Int, segments: Int, isCheckpointed: Bool) -> [Tensor<Double>] {
        let leaves = withRandomSeed(1) { [Tensor<Double>.normal([16, 16]), 0.3 * Tensor<Double>.normal([16, 16])] }
        return gradient(at: leaves) { leaves in
            var state = leaves[0]
            for _ in 0..<segments {
                let run = { (state: Tensor<Double>) in recurrence(state, leaves[1], steps: steps / segments) }
                state = isCheckpointed ? checkpointed(state, of: run) : run(state)
            }
            return square(state).sum()
        }
    }

    @Test func gradientsAreTheSame() {
        let plain = Self.gradients(steps: 60, segments: 6, isCheckpointed: false)
        let again = Self.gradients(steps: 60, segments: 6, isCheckpointed: true)
        for (plain, again) in zip(plain, again) { #expect(again.isClose(to: plain, relativeTolerance: 1e-12)) }
    }

    /// 1000 steps keep 1000 states; 32 segments of them keep 32, and 31 while a segment is on its way back.
    @Test func memoryFallsToAboutTheSquareRoot() async {
        await #expect(processExitsWith: .success) {
            func peak(_ isCheckpointed: Bool) -> Int {
                BufferPool.resetPeak()
                let before = BufferPool.statistics.liveBytes
                _ = CheckpointTests.gradients(steps: 1024, segments: 32, isCheckpointed: isCheckpointed)
                return BufferPool.statistics.peakLiveBytes - before
            }
            let (plain, segmented) = (peak(false), peak(true))
            let state = 16 * 16 * 8
            precondition(plain > 1024 * state, "\(plain) bytes")
            precondition(segmented < 200 * state, "\(segmented) bytes")
        }
    }

    @Test func theFunctionRunsTwice() {
        let runs = Counter()
        _ = gradient(at: Tensor(2.0)) { x in
            checkpointed(x) { x in
                runs.count += 1
                return x * x
            } * 3
        }
        #expect(runs.count == 2)
        runs.count = 0
        _ = checkpointed(Tensor(2.0)) { x in
            runs.count += 1
            return x
        }
        #expect(runs.count == 1, "without a derivative")
    }

    private final class Counter { var count = 0 }

    /// Masks that are drawn in a checkpoint are drawn again, and what is drawn after it is what it would be without.
    @Test func randomNumbersAreDrawnAgain() {
        func run(_ isCheckpointed: Bool) -> (gradient: Tensor<Double>, next: Double) {
            withRandomSeed(5) {
                let gradient = gradient(at: Tensor<Double>([1, 2, 3])) { x in
                    let drop = { (x: Tensor<Double>) in square(x * Tensor<Double>.uniform([3])) }
                    return (isCheckpointed ? checkpointed(x, of: drop) : drop(x)).sum()
                }
                return (gradient, RandomSource.current.uniform())
            }
        }
        let (plain, again) = (run(false), run(true))
        #expect(plain.gradient == again.gradient)
        #expect(plain.next == again.next)
    }

    @Test func theModeIsRestored() {
        var modes: [Mode] = []
        _ = gradient(at: Tensor(1.0), mode: .inference) { x in
            withMode(.training) {
                checkpointed(x) { x in
                    modes.append(.current)
                    return x * x
                }
            }
        }
        #expect(modes == [.training, .training])
    }

    @Test func aPullbackMayBeCalledAgain() {
        let (_, pullback) = vjp(at: Tensor<Double>([1, 2])) { x in
            let y = checkpointed(x) { square($0) * $0 }
            return y * checkpointed(y) { tanh($0) } + x
        }
        let first = pullback(Tensor([1, 0]))
        #expect(pullback(Tensor([0, 1])).scalars[0] == 0)
        #expect(pullback(Tensor([1, 0])) == first)
        // d/dx (y tanh y + x) at y = x³ = 1
        let t = tanh(1.0)
        let slope = 3 * t + 3 * (1 - t * t) + 1
        #expect((first.scalars[0] - slope).magnitude < 1e-12)
    }

    /// It is not on the tape, whose records it could be mistaken for one of.
    @Test func whatLeavesInAnotherWayIsAConstant() {
        var leaked = Tensor(0.0)
        let slope = gradient(at: Tensor(2.0)) { x in
            let y = checkpointed(x) { x in
                let square = x * x
                leaked = square
                return square * x
            }
            let constant = leaked
            #expect(!constant.isTracked && constant.scalar == 4)
            return y * constant + exp(x) * 0
        }
        // d/dx 4 x³
        #expect(slope.scalar == 48)
    }

    /// Inside of an inner derivative, of an input of the outer one: an ordinary call.
    @Test func aFunctionMayReadFromADerivativeFurtherIn() {
        // d/dx (d/dy (x y³)) = 3 y²
        let slope = gradient(at: Tensor(2.0)) { x in
            gradient(at: Tensor(3.0)) { y in checkpointed(x) { x in x * y * y * y } }
        }
        #expect(slope.scalar == 27)
        let inner = gradient(at: Tensor(3.0)) { y in
            gradient(at: Tensor(2.0)) { x in checkpointed(x) { x in x * x * y * y * y } }
        }
        // d/dy (2 x y³) = 6 x y²
        #expect(inner.scalar == 108)
    }

    @Test func checkpointsNest() {
        let slope = gradient(at: Tensor(2.0)) { x in
            checkpointed(x) { x in checkpointed(x * x) { exp($0 * 0.5) } * x }
        }
        // d/dx x exp(x²/2) = (1 + x²) exp(x²/2)
        #expect((slope.scalar - 5 * exp(2.0)).magnitude < 1e-12)
    }

    @Test func resultsThatAreNotUsedAndInputsPassedOn() {
        let slope = gradient(at: Tensor<Double>([1, 2])) { x in
            let results = checkpointed(x) { x in [x, square(x), exp(x), Tensor([7, 7])] }
            return (results[0] * results[1]).sum() + results[3].sum()
        }
        #expect(slope == Tensor([3, 12]))
    }
}
