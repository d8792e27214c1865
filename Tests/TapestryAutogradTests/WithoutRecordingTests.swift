import TapestryTestSupport
import Testing

@testable import TapestryAutograd

@Suite struct WithoutRecordingTests {
    @Test func whatIsComputedInsideIsAConstant() {
        let x = Tensor<Double>([1, 2])
        let slope = gradient(at: x) { x in
            let constant = withoutRecording { square(x) }
            #expect(!constant.isTracked)
            return (x * constant + x).sum()
        }
        #expect(slope == Tensor([2, 5]))
        #expect(
            jvp(at: x, along: Tensor([1, 1])) { x in x * withoutRecording { square(x) } }.tangent == Tensor([1, 4]))
    }

    @Test func aStoppedGradient() {
        let x = Tensor<Double>([1.25, 2])
        #expect(gradient(at: x) { x in (x * stopGradient(x)).sum() } == x)
        #expect(gradient(at: [x, x]) { pair in (pair[0] * stopGradient(pair)[1]).sum() } == [x, Tensor([0, 0])])
        #expect(gradient(at: x) { x in square(x + stopGradient(round(x) - x)).sum() } == Tensor([2, 4]))
    }

    @Test func nothingIsRecorded() {
        let tape = Tape()
        let x = tape.watch(Tensor<Double>([1, 2]))
        let count = tape.recordCount
        let y = withoutRecording { withoutRecording { exp(x) } + square(x) }
        #expect(tape.recordCount == count)
        #expect(!y.isTracked)
        #expect(tape.gradient(of: (x * y).sum(), at: x) == y)
    }

    /// Also what is not computed inside: a tensor, a module, but not a tuple.
    @Test func whatIsHandedOnIsAConstant() {
        let slope = gradient(at: Tensor(3.0)) { x in
            let constant = withoutRecording { x }
            let list = withoutRecording { [x, x * x] }
            #expect(!constant.isTracked && !list[0].isTracked && !list[1].isTracked)
            let pair = withoutRecording { (x, x * x) }
            #expect(pair.0.isTracked && !pair.1.isTracked)
            return x * constant * list[0]
        }
        #expect(slope.scalar == 9)
        // On each level, and of a batch the batch remains.
        let each = vmap(over: Tensor<Double>([1, 2])) { a in
            gradient(at: Tensor(3.0)) { x in gradient(at: x) { y in y * withoutRecording { y } * a } * x }
        }
        #expect(each == Tensor([3, 6]))
    }

    @Test func onAllLevels() {
        // d/dx (x · d/dy (y · [x y])) with [ ] constant on both levels: d/dx (x · x y) = x y at y = x … = 9, constants.
        let slope = gradient(at: Tensor(3.0)) { x in
            x * gradient(at: x) { y in y * withoutRecording { x * y } }
        }
        #expect(slope.scalar == 9)
    }

    @Test func derivativesInsideAndBatchesGoOn() {
        let x = Tensor<Double>([1, 2])
        let slope = gradient(at: x) { x in
            let inner = withoutRecording { gradient(at: x) { square($0).sum() } }
            #expect(inner == Tensor([2, 4]))
            return (x * inner).sum()
        }
        #expect(slope == Tensor([2, 4]))
        #expect(vmap(over: x) { x in withoutRecording { x * 2 } } == Tensor([2, 4]))
    }

    /// Its memory may serve another tape at once, which must go on recording. (Other suites may take the memory: so several.)
    @Test func aTapeMayEndInside() {
        for _ in 0..<20 {
            var tape: Tape? = Tape()
            let next = withoutRecording {
                #expect(tape?.recordCount == 0)
                tape = nil
                return Tape()
            }
            let x = next.watch(Tensor(3.0))
            #expect(next.gradient(of: x * x, at: x).scalar == 6)
        }
    }

    @Test func recordingGoesOnAfterAnError() {
        struct Failure: Error {}
        let slope = gradient(at: Tensor(2.0)) { x in
            #expect(throws: Failure.self) { try withoutRecording { throw Failure() } }
            return x * x
        }
        #expect(slope.scalar == 4)
    }
}
