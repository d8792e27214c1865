import Dispatch
import Foundation
import TapestryArrays
import Testing

@testable import TapestryAutograd

/// Derivatives on many threads at once, which share parameters, a source of random numbers, and the library's own state.
/// They say most when they are run with the thread sanitizer.
@Suite struct ConcurrencyTests {
    private struct Model: Module, Equatable {
        var weights: Tensor<Double>
        var biases: [Tensor<Double>]
    }

    private static let model = Model(
        weights: Tensor<Double>([[0.5, -1], [2, 0.25]]), biases: [Tensor([0.1, 0.2]), Tensor([-0.3, 0.4])])

    private static func loss(_ model: Model, _ x: Tensor<Double>) -> Tensor<Double> {
        let hidden = withScope("hidden") { tanh(matmul(x, model.weights) + model.biases[0]).named("state") }
        return square(matmul(hidden, model.weights.transposed()) + model.biases[1]).sum()
    }

    /// What every thread computes: one derivative by each operator, all of the model that all of them share.
    private static func everything(_ number: Int) -> [Double] {
        let x = Tensor<Double>([Double(number), 1])
        let slope = gradient(at: model) { loss($0, x) }
        let tangent = jvp(at: model, x, along: slope, x) { loss($0, $1) }.tangent
        let curvature = hessianVectorProduct(at: x, along: x) { loss(model, $0) }
        let each = vmap(over: stack([x, x + 1])) { x in gradient(at: x) { loss(model, $0) } }
        let again = gradient(at: x) { checkpointed($0) { loss(model, $0) } }
        let measured = gradient(at: x) { x in x.sum() + withoutRecording { loss(model, x) } }
        let tape = Tape(recording: .full)
        let watched = tape.watch(x)
        let explicit = tape.gradient(of: loss(model, watched), at: watched)
        let results = [slope.weights, slope.biases[1], tangent, curvature, each, again, measured, explicit]
        return results.flatMap(\.scalars) + [Double(tape.description.count)]
    }

    @Test func independentDerivativesOfSharedParameters() async {
        let expected = (0..<8).map { Self.everything($0) }
        let found = await withTaskGroup(of: (Int, [[Double]]).self) { group in
            for number in 0..<8 {
                group.addTask { (number, (0..<20).map { _ in Self.everything(number) }) }
            }
            return await group.reduce(into: [Int: [[Double]]]()) { $0[$1.0] = $1.1 }
        }
        for number in 0..<8 {
            #expect(found[number]?.allSatisfy { $0 == expected[number] } == true, "thread \(number)")
        }
    }

    /// A task that waits may end its tape on another thread, while the first one pauses that tape for another task.
    @Test func tapesOfTasksThatWait() async {
        let slopes = await withTaskGroup(of: [Double].self) { group in
            for _ in 0..<8 {
                group.addTask {
                    var slopes: [Double] = []
                    for _ in 0..<500 {
                        do {
                            let tape = Tape()
                            await Task.yield()
                            withExtendedLifetime(tape) {}
                        }
                        slopes.append(
                            gradient(at: Tensor(3.0)) { x in
                                let constant = withoutRecording { (0..<10).reduce(x) { y, _ in y * 1 } }
                                return x * x * constant
                            }.scalar)
                    }
                    return slopes
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(slopes == Array(repeating: 18, count: 4000))
    }

    /// It inherits what belongs to tasks, and what it pauses must not be the derivative's.
    @Test func aTaskThatIsStartedInADerivativeIsNotInside() async {
        let slope = await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                let (isPausing, mayGoOn) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
                let slope = gradient(at: Tensor(3.0)) { x in
                    Task {
                        withoutRecording {
                            isPausing.signal()
                            mayGoOn.wait()
                        }
                    }
                    isPausing.wait()
                    defer { mayGoOn.signal() }
                    return x * x
                }
                continuation.resume(returning: slope.scalar)
            }
        }
        #expect(slope == 6)
    }

    /// Nor is one that runs on the same thread when the derivative is over.
    @MainActor @Test func aTaskAfterADerivativeIsNotInside() async {
        var depths: [Task<Int, Never>] = []
        _ = gradient(at: Tensor(3.0)) { x in
            #expect(Tape.depth == 1)
            depths.append(Task { @MainActor in Tape.depth })
            return x
        }
        #expect(await depths[0].value == 0)
    }

    /// Each draw has a stream of its own, whichever thread it comes from: together they are the draws of one thread.
    @Test func oneSourceOfRandomNumbersForAllThreads() async {
        let source = RandomSource(seed: 3)
        let alone = RandomSource(seed: 3)
        let expected = Set((0..<400).map { _ in Tensor<Double>.normal([2], using: alone).scalars })
        let drawn = await withTaskGroup(of: [[Double]].self) { group in
            for _ in 0..<8 {
                group.addTask { (0..<50).map { _ in Tensor<Double>.normal([2], using: source).scalars } }
            }
            return await group.reduce(into: Set<[Double]>()) { $0.formUnion($1) }
        }
        #expect(drawn == expected)
    }

    /// Buffers that one thread gives back and another takes, and layouts and slices' places that all of them remember.
    @Test func buffersWanderBetweenThreads() async {
        let shared = Tensor<Float>.normal([64, 300], using: RandomSource(seed: 1))
        let expected = (shared[0..., 0..<100] * 2 + shared[0..., 100..<200]).sum().scalar
        let isRight = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    (0..<50).allSatisfy { _ in
                        let sum = shared[0..., 0..<100] * 2 + shared[0..., 100..<200]
                        let slope = gradient(at: shared) {
                            ($0[0..., 0..<100] * $0.transposed()[100..<200].transposed()).sum()
                        }
                        return sum.sum().scalar == expected && slope[0..., 200...] == .zeros([64, 100])
                    }
                }
            }
            return await group.allSatisfy { $0 }
        }
        #expect(isRight)
    }
}
