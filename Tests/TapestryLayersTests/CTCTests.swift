import Foundation
import TapestryAutograd
import TapestryChecks
import TapestryLayers
import TapestryTestSupport
import Testing

@Suite struct CTCTests {
    private let logits = Tensor<Double>.normal([2, 5, 3], using: RandomSource(seed: 1))

    /// Every path of `length` classes below 3.
    private func paths(_ length: Int) -> [[Int]] {
        length == 0 ? [[]] : paths(length - 1).flatMap { path in (0..<3).map { path + [$0] } }
    }

    /// Repetitions merged, then zeros removed.
    private func labels(of path: [Int]) -> [Int] {
        path.indices.filter { path[$0] != 0 && ($0 == 0 || path[$0 - 1] != path[$0]) }.map { path[$0] }
    }

    @Test(
        "the loss is that of all paths with these labels",
        arguments: [[1, 2], [1, 1], [], [2, 1, 2], [1, 1, 1], [2, 2, 1]])
    func bruteForce(_ target: [Int]) {
        let row: [[Double]] = logits[0].softmax().nestedArray()
        let probability = paths(5).filter { labels(of: $0) == target }.reduce(0.0) { sum, path in
            sum + zip(row, path).reduce(1) { $0 * $1.0[$1.1] }
        }
        let loss = ctcLoss(logits[0..<1], [target]).scalar
        #expect(probability > 0 && abs(loss + log(probability)) < 1e-13)
    }

    @Test("all probabilities of labels add up to 1")
    func total() {
        let targets = Set(paths(4).map(labels))
        let total = targets.reduce(0.0) { $0 + exp(-ctcLoss(logits[0..<1, 0..<4], [$1]).scalar) }
        #expect(abs(total - 1) < 1e-13)
    }

    @Test("gradients agree with differences, with lengths, repetitions and an infinite loss that counts as 0")
    func gradients() {
        let report = checkGradients(
            of: { ctcLoss($0, [[1, 1], [2]], lengths: [4, 3], reduction: .sum) }, at: logits, orders: 2)
        #expect(report.isCorrect, "\(report)")
        let found = gradient(at: logits) { ctcLoss($0, [[1, 1, 1], [2]], lengths: [4, 3], zeroInfinity: true) }
        #expect(found[0] == .zeros([5, 3]) && found[1] != .zeros([5, 3]))
        #expect(ctcLoss(logits, [[1, 1, 1], [2]], lengths: [4, 3]).scalar == .infinity)
    }

    @Test("padding reaches neither the loss nor the gradient, NaN included")
    func padding() {
        var padded = logits
        padded[1, 3...] = Tensor(.nan)
        let (value, slopes) = valueAndGradient(at: padded) {
            ctcLoss($0, [[1], [2]], lengths: [5, 3], reduction: .sum)
        }
        let apart = ctcLoss(logits[0..<1], [[1]]) + ctcLoss(logits[1..<2, 0..<3], [[2]])
        #expect(value.isClose(to: apart, relativeTolerance: 1e-14))
        #expect(slopes[1, 3...] == .zeros([2, 3]) && slopes.scalars.allSatisfy { $0.isFinite })
    }

    @Test("long sequences of certain logits do not underflow")
    func longSequence() {
        let logits = Tensor<Float>([-50, 50]).expanded(to: [1, 500, 2])
        let (value, slopes) = valueAndGradient(at: logits) { ctcLoss($0, [[]]) }
        #expect(value.scalar == 50_000)
        #expect(slopes.scalars.allSatisfy { $0.isFinite })
    }

    @Test("greedy decoding merges repetitions and removes blanks, within the length")
    func greedy() {
        let path = [1, 1, 0, 1, 2, 2, 0]
        let logits = Tensor<Float>.oneHot(Tensor(path.map(Int32.init)), count: 3).unsqueezed(axis: 0).expanded(
            to: [3, 7, 3])
        #expect(ctcGreedyDecoding(logits, lengths: [7, 3, 5]) == [[1, 1, 2], [1], [1, 1, 2]])
        #expect(ctcGreedyDecoding(logits[0..<1], blank: 2) == [[1, 0, 1, 0]])
    }
}
