import Foundation
import Tapestry
import Testing

/// Why a cell is wrong, in one sentence: on every wrong cell of the corpus.
@Suite struct EquationDiagnosisTests {
    @Test(arguments: EquationMutant.all)
    func mutantIsNamedAndExplained(mutant: EquationMutant) {
        let report = mutant.check(EquationMutantScale())
        #expect(!report.isCorrect && report.problem == nil, "\(report)")
        #expect(report.deviation?.quantity == mutant.quantity && report.deviation?.step == mutant.step, "\(report)")
        #expect(report.diagnosis?.statement == mutant.statement, "\(report)")
    }

    static let scales = [1e-6, 1e-3, 1, 1e3, 1e6].flatMap { scale in
        [3, 20].map { EquationMutantScale(parameters: scale, stepCount: $0, seed: 1) }
    } + [EquationMutantScale(stepCount: 200)]

    @Test(arguments: scales)
    func atEveryScale(scale: EquationMutantScale) {
        let reports = EquationMutant.all.map { ($0, $0.check(scale)) }
        let missed = reports.filter { $0.1.isCorrect }
        let elsewhere = reports.filter { $0.1.deviation.map(\.quantity) != $0.0.quantity || $0.1.deviation?.step != $0.0.step }
        let unexplained = reports.filter { $0.1.diagnosis?.statement != $0.0.statement }
        print("SCALE", scale, reports.count, missed.count, elsewhere.count, unexplained.count)
        for m in missed { print("  missed", m.0) }
        for m in elsewhere { print("  elsewhere", m.0, m.1.deviation.map { "\($0.quantity) \($0.step)" } ?? "") }
        for m in unexplained { print("  unexplained", m.0, m.1.diagnosis?.statement ?? "nil", "expected", m.0.statement) }
    }
}
