import Foundation
import TapestryArrays
import Testing

@testable import TapestryAutograd

/// Long tapes, many slices, many steps: nothing recurses, nothing is quadratic, nothing leaks.
@Suite struct ScaleTests {
    @Test func aMillionRecordsAreDifferentiatedAndFreed() {
        let factor = 1 + 1e-6
        let slope = gradient(at: Tensor(1.0)) { x in
            var y = x
            for _ in 0..<500_000 { y = y * factor + 1e-9 }
            return y
        }
        #expect((slope.scalar / 1.648720859 - 1).magnitude < 1e-6)
    }

    @Test func aMillionRecordsAreFreedWithoutADerivative() {
        let tape = Tape(recording: .full)
        var y = tape.watch(Tensor<Float>(1))
        for _ in 0..<1_000_000 { y = -y }
        #expect(tape.recordCount == 1_000_001)
        #expect(y.scalar == 1)
    }

    @Test func aHundredThousandRecordsTwice() {
        // (x ^ 2) with x multiplied up by a chain of factors 1: second derivative 2.
        let second = gradient(at: Tensor(3.0)) { x in
            gradient(at: x) { x in
                var y = x * x
                for _ in 0..<100_000 { y = y * 1 }
                return y
            }
        }
        #expect(second.scalar == 2)
    }

    /// The records of a nested gradient over the slices of a sequence: so many for each slice, however many there are.
    @Test func slicesCostThatMuchEach() {
        func recordCount(steps: Int) -> Int {
            let tape = Tape(recording: .full)
            let sequence = tape.watch(Tensor<Double>.ones([steps, 4]))
            let gradient = gradient(at: sequence) { sequence in
                var state = Tensor<Double>.ones([4])
                for step in 0..<steps { state = tanh(state * sequence[step]) }
                return state.sum()
            }
            _ = gradient.sum()
            return tape.recordCount
        }
        let (few, more, most) = (recordCount(steps: 10), recordCount(steps: 20), recordCount(steps: 40))
        #expect(more - few == 10 * ((more - few) / 10), "so many records for each step")
        #expect(most - more == 2 * (more - few))
    }

    /// The elements that the cotangents of slices fill, by the pool's count: twice the steps, not four times. The pool
    /// belongs to the process, so this test and the next two have one of their own.
    @Test func slicesOfOneTensorFillOneBuffer() async {
        await #expect(processExitsWith: .success) {
            let steps = 256
            let sequence = Tensor<Float>.ones([steps, 1024])
            BufferPool.resetPeak()
            let before = BufferPool.statistics.liveBytes
            _ = gradient(at: sequence) { sequence in
                (0..<steps).reduce(Tensor<Float>(0)) { $0 + (sequence[$1] * sequence[$1]).sum() }
            }
            // Products, cotangents and the sequence's gradient: a few times its size, where a buffer for each slice
            // would take 256 times.
            #expect(BufferPool.statistics.peakLiveBytes - before < 4 * steps * 1024 * 4)
        }
    }

    /// On the way back there are the values that the forward pass left, fewer with every step, and a few cotangents.
    @Test func theWayBackTakesLittleMoreThanTheWayThere() async {
        await #expect(processExitsWith: .success) {
            let weights = Tensor<Float>.normal([64, 64], standardDeviation: 0.1, using: RandomSource(seed: 1))
            let before = BufferPool.statistics.liveBytes
            var afterForward = 0
            _ = gradient(at: weights) { weights in
                var x = Tensor<Float>.ones([64, 64])
                for _ in 0..<1000 { x = tanh(matmul(x, weights)) }
                let loss = x.sum()
                afterForward = BufferPool.statistics.liveBytes - before
                BufferPool.resetPeak()
                return loss
            }
            let tensor = 64 * 64 * 4
            precondition(afterForward >= 1000 * tensor, "\(afterForward) bytes")
            let excess = BufferPool.statistics.peakLiveBytes - before - afterForward
            precondition(excess < 12 * tensor, "\(excess) bytes")
        }
    }

    @Test func repeatedGradientsReturnToTheSameMemory() async {
        await #expect(processExitsWith: .success) {
            let weights = Tensor<Float>.normal([256, 256], standardDeviation: 0.05)
            let inputs = Tensor<Float>.normal([32, 256])
            func step() {
                _ = valueAndGradient(at: weights) { weights in
                    (0..<5).reduce(inputs) { state, _ in tanh(matmul(state, weights)) }.mean()
                }
            }
            for _ in 0..<3 { step() }
            let (live, _, retained) = BufferPool.statistics
            for _ in 0..<1000 { step() }
            #expect(BufferPool.statistics.liveBytes == live)
            #expect(BufferPool.statistics.retainedBytes == retained)
        }
    }

    @Test func nestedGradientsReturnToTheSameMemory() async {
        await #expect(processExitsWith: .success) {
            let x = Tensor<Double>.normal([128, 128])
            func step() {
                _ = gradient(at: x) { x in gradient(at: x) { (tanh($0[0..<64]) * $0[64...]).sum() }.sum() }
            }
            step()
            let live = BufferPool.statistics.liveBytes
            for _ in 0..<200 { step() }
            #expect(BufferPool.statistics.liveBytes == live)
        }
    }

    @Test func tenThousandNestedScopes() {
        onDeepStack {
            let tape = Tape(recording: .full)
            let x = tape.watch(Tensor(2.0))
            func nested(_ depth: Int) -> Tensor<Double> {
                depth == 0 ? x * x : withScope("s") { nested(depth - 1) }
            }
            let y = nested(10_000)
            #expect(tape.gradient(of: y, at: x).scalar == 4)
            #expect(tape.statistics.byScope.map(\.name.count).max() == 39_997)
        }
    }

    @Test func twoThousandNestedDerivatives() {
        onDeepStack {
            // d/dx (c x) = c at every level, where c is the derivative one level further in; the innermost is d/dx x².
            func nested(_ depth: Int) -> Tensor<Double> {
                gradient(at: Tensor(3.0)) { x in depth == 1 ? x * x : x * nested(depth - 1) }
            }
            #expect(nested(2000).scalar == 6)
        }
    }

    /// Runs code on a thread of its own whose stack has room for calls within calls: the system gives test threads 512 KiB.
    private func onDeepStack(_ body: @escaping @Sendable () -> Void) {
        let isDone = DispatchSemaphore(value: 0)
        let thread = Thread {
            body()
            isDone.signal()
        }
        thread.stackSize = 256 << 20
        thread.start()
        isDone.wait()
    }

    /// A tape whose gradient is taken inside another thread's would be freed with it: no cycle keeps either.
    @Test func tapesAreFreed() {
        weak var leanTape: Tape?
        weak var fullTape: Tape?
        do {
            let lean = Tape()
            let full = Tape(recording: .full)
            (leanTape, fullTape) = (lean, full)
            let x = full.watch(Tensor(2.0))
            let y = lean.watch(Tensor(3.0))
            _ = full.gradient(of: gradient(at: x) { $0 * $0 * $0 }, at: x)
            _ = (y * y).named("square")
        }
        #expect(leanTape == nil)
        #expect(fullTape == nil)
    }
}
