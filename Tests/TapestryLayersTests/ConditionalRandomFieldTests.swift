import Foundation
import TapestryAutograd
import TapestryChecks
import TapestryLayers
import TapestryTestSupport
import Testing

@Suite struct ConditionalRandomFieldTests {
    private let field = withRandomSeed(1) {
        ConditionalRandomField<Double>(tagCount: 3, initializer: .normal(standardDeviation: 1))
    }
    private let emissions = Tensor<Double>.normal([2, 4, 3], using: RandomSource(seed: 2))
    private let tags = Tensor<Int32>([[0, 2, 1, 1], [2, 2, 0, 1]])

    private func paths(_ length: Int) -> [[Int]] {
        length == 0 ? [[]] : paths(length - 1).flatMap { path in (0..<3).map { path + [$0] } }
    }

    /// In plain numbers.
    private func score(_ path: [Int], _ emissions: Tensor<Double>) -> Double {
        let (start, end) = (field.start.scalars, field.end.scalars)
        let transitions: [[Double]] = field.transitions.nestedArray()
        let emissions: [[Double]] = emissions.nestedArray()
        let emitted = zip(emissions, path).reduce(0) { $0 + $1.0[$1.1] }
        let changed = zip(path, path.dropFirst()).reduce(0) { $0 + transitions[$1.0][$1.1] }
        return start[path[0]] + emitted + changed + end[path[path.count - 1]]
    }

    @Test("the likelihood is the score's share among all paths", arguments: [[4, 4], [4, 1], [2, 3]])
    func likelihood(_ lengths: [Int]) {
        let found = field.logLikelihood(emissions, tags, lengths: lengths).scalars
        let labels: [[Int32]] = tags.nestedArray()
        for row in 0..<2 {
            let total = paths(lengths[row]).reduce(0) { $0 + exp(score($1, emissions[row])) }
            let own = score(labels[row].prefix(lengths[row]).map(Int.init), emissions[row])
            #expect(abs(found[row] - (own - log(total))) < 1e-13)
        }
    }

    @Test("decoding finds the best of all paths", arguments: [[4, 4], [4, 1], [2, 3]], [1, 2, 3] as [UInt64])
    func decoding(_ lengths: [Int], _ seed: UInt64) {
        let emissions = Tensor<Double>.normal([2, 4, 3], using: RandomSource(seed: seed))
        let (best, scores) = field.decoded(emissions, lengths: lengths)
        for row in 0..<2 {
            let x = emissions[row]
            #expect(best[row] == paths(lengths[row]).max { score($0, x) < score($1, x) })
            #expect(abs(scores.scalars[row] - score(best[row], x)) < 1e-13)
        }
    }

    @Test("gradients agree with differences, with and without lengths", arguments: [nil, [4, 2]])
    func gradients(_ lengths: [Int]?) {
        let report = checkGradients(
            of: { (field, x) in field.loss(x, tags, lengths: lengths, reduction: .sum) }, at: field, emissions,
            orders: 2)
        #expect(report.isCorrect, "\(report)")
    }

    @Test("what lies beyond the lengths may be anything")
    func padding() {
        var (padded, unlabelled) = (emissions, tags)
        padded[1, 2...] = Tensor(.nan)
        unlabelled[1, 2...] = Tensor(-100)
        let (value, slopes) = valueAndGradient(at: padded) { field.loss($0, unlabelled, lengths: [4, 2]) }
        #expect(value == field.loss(emissions, tags, lengths: [4, 2]))
        #expect(slopes[1, 2...] == .zeros([2, 3]) && slopes.scalars.allSatisfy { $0.isFinite })
        #expect(field.decoded(padded, lengths: [4, 2]).tags == field.decoded(emissions, lengths: [4, 2]).tags)
    }

    @Test("training raises the likelihood of the tags until decoding finds them")
    func training() {
        var field = field
        for _ in 0..<60 {
            let slopes = gradient(at: field) { $0.loss(.zeros([2, 4, 3]), Tensor([[0, 1, 2, 0], [0, 1, 2, 0]])) }
            field.transitions -= slopes.transitions
            field.start -= slopes.start
            field.end -= slopes.end
        }
        #expect(field.decoded(.zeros([2, 4, 3])).tags == [[0, 1, 2, 0], [0, 1, 2, 0]])
    }
}
