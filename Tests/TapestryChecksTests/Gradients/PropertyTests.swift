import Synchronization
import Tapestry
import Testing

/// What a check asks of a function beside its derivative.
@Suite struct PropertyTests {
    private let point = Tensor<Double>.normal([3, 4], using: RandomSource(seed: 1))

    @Test func zeroCotangentsMustGiveZero() {
        let report = checkGradients(
            of: { x in
                withCustomGradient(named: "shifted", at: x) {
                    $0 * 2
                } pullback: { g, _, _ in
                    g * 2 + 1e-3
                }
            }, at: point)
        #expect(report.problem == .notZeroOfZero(place: "[0, 0]", value: 1e-3))
        #expect("\(report)".contains("With cotangents that are all zero"))
    }

    @Test func layoutsMustNotMatter() {
        // The third run is the one in another layout.
        let runs = Mutex(0)
        let report = checkGradients(
            of: { x in
                let run = runs.withLock { count -> Int in
                    count += 1
                    return count
                }
                return run == 3 ? x * 1.5 : x * 1.0
            }, at: point)
        guard case .dependsOnLayout("result[0, 0]", _, _) = report.problem else {
            Issue.record("\(report)")
            return
        }
    }

    // MARK: Hooks on cotangents

    /// A clip for safety is no mistake where it does not act, and the report says so.
    @Test func clipsThatDoNotAct() {
        let report = checkGradients(of: { exp($0.mappingCotangent { $0.clamped(to: -100...100) }) }, at: point)
        #expect(report.isCorrect && report.idleMappingCount == 1, "\(report)")
        #expect(
            "\(report)".contains(
                "mappingCotangent changed nothing here (1 of its calls); where it does, the gradient is not"))
        #expect(report.html().contains("mappingCotangent changed nothing here"))
        #expect(!"\(checkGradients(of: { exp($0) }, at: point))".contains("mappingCotangent"))
    }

    @Test func clipsThatAct() {
        let report = checkGradients(of: { exp($0.mappingCotangent { $0.clamped(to: -0.7...0.7) }) }, at: point)
        #expect(report.verdict == .wrong && report.idleMappingCount == 0, "\(report)")
        #expect(report.diagnosis?.pattern == .changedCotangent, "\(report)")
    }

    /// What lets this check's one cotangent of 1 pass, and would not let −1 pass, is no clip of huge ones.
    @Test func hooksThatLookAtTheSign() {
        let report = checkGradients(of: { $0.mappingCotangent { maximum($0, 0 * $0) }.sum() }, at: point)
        #expect(report.verdict == .wrong, "\(report)")
    }

    /// A rule is not excused as a hook is.
    @Test func rulesThatClip() {
        let report = checkGradients(
            of: { x in
                withCustomGradient(named: "clipping", at: x.mappingCotangent { $0.clamped(to: -100...100) }) {
                    exp($0)
                } pullback: { g, y, _ in
                    g.clamped(to: -100...100) * y
                }
            }, at: point)
        guard case .notLinear = report.problem else {
            Issue.record("\(report)")
            return
        }
    }
}
