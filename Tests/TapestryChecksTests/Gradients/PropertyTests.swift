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
}
