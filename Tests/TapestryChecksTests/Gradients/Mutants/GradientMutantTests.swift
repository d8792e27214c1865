import Tapestry
import Testing

/// Wrong gradients must be called wrong, at the right blocks, with the right diagnosis, and at the right record.
@Suite struct GradientMutantTests {
    @Test(arguments: GradientMutant.all, [1e-6, 1, 1e6])
    func isFound(_ mutant: GradientMutant, scale: Double) {
        let report = mutant.check(scale)
        #expect(report.verdict == .wrong, "\(report)")
        let reports = [report] + report.higherOrders
        let wrong = reports.first { $0.blocks.contains { $0.verdict == .wrong } }?.blocks ?? []
        #expect(wrong.filter { $0.verdict == .wrong }.map(\.name) == mutant.wrongBlocks, "\(report)")
        #expect(report.diagnosis?.pattern == mutant.pattern, "\(report)")
        #expect(report.diagnosis?.evidence.contains(mutant.says) ?? false || mutant.says.isEmpty, "\(report)")
        let found = report.origin?.wrongRule
        #expect(found?.place.primitive == mutant.rule?.primitive, "\(report)")
        #expect(found?.operand == mutant.rule?.operand, "\(report)")
        if let place = mutant.rule?.place, let found {
            #expect(found.place.scope + (found.place.name.map { [$0] } ?? []) == place, "\(report)")
        }
    }

    @Test func mostAreRecognized() {
        let recognized = GradientMutant.all.filter { $0.pattern != .unrecognized }
        #expect(recognized.count >= 40)
        #expect(Double(recognized.count) >= 0.9 * Double(GradientMutant.all.count))
    }
}
