import TapestryAutograd

/// One equation check: what a cell computed, and a reference for it.
struct EquationChecker {
    let subject: String
    let tolerance: EquationTolerance
    let seed: UInt64
    let reference: (EquationStep) -> EquationResult

    func report(_ trace: EquationTrace, progress: ((CheckProgress) -> Void)?) -> EquationReport {
        let replay = EquationReplay(trace: trace, reference: reference, tolerance: tolerance)
        var comparer = EquationComparer(tolerance: tolerance)
        var problem: EquationProblem?
        do throws(EquationProblem) {
            try replay.compare(into: &comparer) { step in
                progress?(
                    CheckProgress(
                        completedCount: step + 1, totalCount: trace.steps.count, name: "equations of step \(step)"))
            }
            try comparer.requireComparison()
        } catch {
            problem = error
        }
        var report = EquationReport(
            problem: problem, deviation: comparer.deviation, comparisons: comparer.comparisons,
            namesOnlyInReference: comparer.namesOnlyInReference, namesOnlyInCell: comparer.namesOnlyInCell,
            subject: subject, tolerance: tolerance.relative, seed: seed)
        if let deviation = comparer.deviation, let position = comparer.deviationPosition {
            let diagnostician = EquationDiagnostician(replay: replay, deviation: deviation, position: position)
            (report.diagnosis, report.confusionCount) = diagnostician.diagnosis()
            if report.diagnosis == nil { report.unreadNames = diagnostician.unreadNames }
        }
        return report
    }

    func report(problem: EquationProblem) -> EquationReport {
        EquationReport(
            problem: problem, deviation: nil, comparisons: [], namesOnlyInReference: [], namesOnlyInCell: [],
            subject: subject, tolerance: tolerance.relative, seed: seed)
    }
}
