import Foundation
import Tapestry
import Testing

/// Why a cell is wrong, in one sentence: on every wrong cell of the corpus.
@Suite struct EquationDiagnosisTests {
    @Test func corpusIsLargeEnough() {
        #expect(EquationMutant.all.count > 100 && Set(EquationMutant.all.map(\.name)).count == EquationMutant.all.count)
    }

    @Test(arguments: EquationMutant.all)
    func mutantIsNamedAndExplained(mutant: EquationMutant) {
        let report = mutant.check(EquationMutantScale())
        #expect(!report.isCorrect && report.problem == nil, "\(report)")
        #expect(report.deviation?.quantity == mutant.quantity && report.deviation?.step == mutant.step, "\(report)")
        #expect(report.diagnosis?.statement == mutant.statement, "\(report)")
    }

    static let scales = [
        EquationMutantScale(parameters: 1e-6, stepCount: 3), EquationMutantScale(parameters: 1e-3, stepCount: 20),
        EquationMutantScale(parameters: 1, stepCount: 3), EquationMutantScale(parameters: 1e3, stepCount: 20),
        EquationMutantScale(parameters: 1e6, stepCount: 3), EquationMutantScale(stepCount: 200, seed: 1),
    ]

    /// Parameters so small or large hide some mistakes in every value: gates that saturate, or are ½ to ten digits. What
    /// is hidden is called right, and the rest is wrong where it first differs, and explained.
    @Test(arguments: scales)
    func atEveryScale(scale: EquationMutantScale) {
        var (visible, explained) = (0, 0)
        for mutant in EquationMutant.cells {
            let report = mutant.check(scale)
            let difference = mutant.firstDifference(scale)
            #expect(report.problem == nil && report.isCorrect == (difference == nil), "\(mutant): \(report)")
            #expect(report.deviation?.quantity == difference?.quantity, "\(mutant): \(report)")
            #expect(report.deviation?.step == difference?.step, "\(mutant): \(report)")
            if difference != nil { visible += 1 }
            if report.diagnosis?.statement == mutant.statement {
                explained += 1
            } else {
                print("UNEX", scale, mutant, report.diagnosis?.statement ?? "nil")
            }
        }
        print("SCALE", scale, visible, explained)
        #expect(visible >= 85 && Double(explained) >= 0.9 * Double(visible), "\(explained) of \(visible)")
    }
}
