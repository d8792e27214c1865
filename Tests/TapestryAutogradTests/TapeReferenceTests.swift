import TapestryArrays
import Testing

@testable import TapestryAutograd

/// Values and the memory of their tapes, which outlives the tapes and serves others.
@Suite struct TapeReferenceTests {
    @Test func aValueThatOutlivesItsTapeIsAConstant() {
        let y = {
            let tape = Tape()
            return tape.watch(Tensor<Double>([1, 2])) * 3
        }()
        #expect(!y.isTracked)
        #expect((y * y).scalars == [9, 36])
    }

    @Test func aValueDoesNotTakeTheNextTapeForItsOwn() async {
        // Alone in a process, the next tape gets the memory of the last one.
        await #expect(processExitsWith: .success) {
            let old = {
                let tape = Tape()
                return tape.watch(Tensor<Double>([1, 2])) * 3
            }()
            let tape = Tape()
            let x = tape.watch(Tensor<Double>([5, 7]))
            let y = x * 2
            #expect(tape.memory == old.value.tape?.memory)
            #expect(tape.recordCount == 2 && old.value.node == 1)
            #expect(y.isTracked && !old.isTracked)
            #expect(tape.gradient(of: (old * y).sum(), at: x).scalars == [6, 12])
        }
    }

    @Test func whatLeavesAScopedTapeIsAConstantWhileAnotherRecordsOnItsMemory() {
        var escaped = Tensor<Double>(0)
        let first = gradient(at: Tensor<Double>(2)) { x in
            escaped = x * x
            return escaped
        }
        #expect(first.scalar == 4)
        let second = gradient(at: Tensor<Double>(3)) { x in x * escaped }
        #expect(second.scalar == 4)
    }

    @Test func memoryWhoseNumbersAreUsedUpIsNotUsedAgain() {
        let memory = UnsafeMutablePointer<TapeMemory>.allocate(capacity: 1)
        memory.initialize(to: TapeMemory())
        memory.pointee.number.store(.max - 15, ordering: .relaxed)
        let last = TapeReference(memory: memory)
        #expect(last.isRecording && last.isAlive)
        last.close()
        #expect(!last.isRecording && last.isAlive)
        last.giveBack()
        #expect(!last.isRecording && !last.isAlive)
        #expect(TapeReference.acquire(level: 2, isScoped: true, keepsEverything: false).memory != memory)
    }

    @Test func slicesBeyondTheCacheAreTheirOwn() {
        let x = Tensor<Double>.uniform([20, 2])
        let weights = Tensor<Double>.uniform([20, 2])
        let gradient = gradient(at: x) { x in
            var sum = Tensor<Double>(0)
            for _ in 0..<2 {
                for row in 0..<20 { sum += (x[row] * weights[row]).sum() }
            }
            return sum
        }
        #expect(gradient == 2 * weights)
    }

    @Test func oneSliceOfTwoLayoutsIsTwo() {
        let x = Tensor<Double>([[1, 2], [3, 4]])
        let (rowWeights, columnWeights) = (Tensor<Double>([1, 2]), Tensor<Double>([10, 20]))
        let gradient = gradient(at: x) { x in (x[0] * rowWeights + x.transposed()[0] * columnWeights).sum() }
        #expect(gradient.scalars == [11, 2, 20, 0])
    }
}
