import Tapestry
import Testing

/// Functions that have no derivative at some points, or no continuity.
@Suite struct KinkTests {
    @Test func reluAwayFromAndAtZero() {
        let report = checkGradients(of: { relu($0) }, at: Tensor<Double>([0.5, -0.3, 0, 1.5]))
        #expect(report.isCorrect, "\(report)")
        #expect(report.blocks[0].elements.map(\.finding) == [.correct, .correct, .kink, .correct])
        #expect(report.blocks[0].informativeCount == 3)
    }

    @Test(arguments: [1e-3, 1e-5, -1e-4])
    func reluCloseToZero(distance: Double) {
        let report = checkGradients(of: { relu($0) }, at: Tensor<Double>([0.5, distance, 2]))
        #expect(report.isCorrect, "\(report)")
        #expect(report.blocks[0].informativeCount == 3)
    }

    @Test func onlyKinksAreNotCalledCorrect() {
        let report = checkGradients(of: { relu($0) }, at: Tensor<Double>([0, 0, 0]))
        #expect(report.verdict == .inconclusive)
        #expect("\(report)".contains("inconclusive: kink"))
    }

    @Test func tiesOfMaximum() {
        let other = Tensor<Double>([1, 2, 3, 0])
        let report = checkGradients(of: { maximum($0, other) }, at: Tensor<Double>([1, 1, 4, 2]))
        #expect(report.isCorrect, "\(report)")
        #expect(report.blocks[0].elements.map(\.finding) == [.kink, .correct, .correct, .correct])
        let largest = checkGradients(of: { $0.max() }, at: Tensor<Double>([3, 1, 3, 2, 0]))
        #expect(largest.isCorrect, "\(largest)")
        #expect(largest.blocks[0].count(of: .kink) == 2)
    }

    @Test func gradientOutsideTheSlopesIsWrong() {
        // relu with the slope of 3 x at 0.
        let report = checkGradients(
            of: { Wrong.value(relu($0), withGradientOf: 3 * $0) }, at: Tensor<Double>([0, 0]))
        #expect(report.verdict == .wrong, "\(report)")
    }

    @Test func sharpCurvatureIsNotAKink() {
        let report = checkGradients(of: { softplus($0 * 1e4) / 1e4 }, at: Tensor<Double>([0, 1e-5, 1]))
        #expect(report.isCorrect, "\(report)")
        #expect(report.blocks[0].informativeCount == 3)
    }

    @Test func jumpIsNeitherCorrectNorWrong() {
        let report = checkGradients(of: { sign($0) + $0 * 0 }, at: Tensor<Double>([0, 0]))
        #expect(report.verdict == .inconclusive, "\(report)")
        #expect(report.blocks[0].count(of: .unsettled) == 2)
    }

    @Test func stepsDoNotLeaveTheDomain() {
        let report = checkGradients(of: { log($0) }, at: Tensor<Double>([1e-4, 1, 3]))
        #expect(report.isCorrect, "\(report)")
        let root = checkGradients(of: { sqrt($0) }, at: Tensor<Double>([1e-5, 1, 3]))
        #expect(root.isCorrect, "\(root)")
    }
}
