import Foundation
import Tapestry
import TapestryArrays
import TapestryCommand

/// How much memory one derivative takes: what the forward pass leaves for the way back, and the most that there is on
/// the way back. The difference is live cotangents, the gradient, and what is gathered to be computed at once.
struct BackwardMemory {
    /// Blocks that the pool counts, beyond those that were there before.
    private(set) var afterForward = 0
    private(set) var peakOnTheWayBack = 0

    /// Measures the gradient of a scalar function. It runs once before, so that what is made once does not count.
    private init<Input: Module>(at input: Input, of function: (Input) -> Tensor<Float>) {
        for _ in 0..<2 {
            let before = BufferPool.statistics.liveBytes
            keep(
                gradient(at: input) { input in
                    let loss = function(input)
                    afterForward = BufferPool.statistics.liveBytes - before
                    BufferPool.resetPeak()
                    return loss
                })
            peakOnTheWayBack = BufferPool.statistics.peakLiveBytes - before
        }
    }

    /// A table with a line for each function that is measured.
    static var report: String {
        let lines = cases.map { name, measure -> String in
            let memory = measure()
            let ratio = Double(memory.peakOnTheWayBack) / Double(memory.afterForward)
            return name.padded(to: 36)
                + String(
                    format: "%10.2f MiB %10.2f MiB %9.3f", mebibytes(memory.afterForward),
                    mebibytes(memory.peakOnTheWayBack), ratio)
        }
        let title = "memory of a gradient".padded(to: 36)
        return ([title + " after forward   peak back     ratio"] + lines).joined(separator: "\n")
    }

    private static func mebibytes(_ bytes: Int) -> Double { Double(bytes) / Double(1 << 20) }

    private static let cases: [(name: String, measure: @Sendable () -> BackwardMemory)] = [
        ("LSTM, 1000 steps, [16, 64]", { recurrence(steps: 1000, batch: 16, size: 64) }),
        ("LSTM, 128 steps, [64, 256]", { recurrence(steps: 128, batch: 64, size: 256) }),
        (
            "tanh, 10000 times, [64, 64]",
            {
                BackwardMemory(at: Tensor<Float>.normal([64, 64])) { x in
                    (0..<10_000).reduce(x) { x, _ in tanh(x) }.sum()
                }
            }
        ),
        (
            "tanh(x · W), 1000 times, [32, 128]",
            {
                BackwardMemory(at: Tensor<Float>.normal([128, 128], standardDeviation: 0.1)) { weights in
                    (0..<1000).reduce(Tensor<Float>.ones([32, 128])) { x, _ in tanh(matmul(x, weights)) }.sum()
                }
            }
        ),
    ]

    private static func recurrence(steps: Int, batch: Int, size: Int) -> BackwardMemory {
        let inputs = Tensor<Float>.normal([steps, batch, size])
        return BackwardMemory(at: Recurrent(LSTMCell<Float>(inputSize: size, hiddenSize: size))) {
            square($0(inputs).outputs).mean()
        }
    }
}
