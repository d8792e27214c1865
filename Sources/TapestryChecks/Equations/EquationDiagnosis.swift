import TapestryAutograd

/// The usual ways to get the equations of a cell wrong.
public enum EquationConfusionKind: String, Sendable, Hashable, CaseIterable {
    /// The opposite sign.
    case sign
    /// 1 − x where x belongs.
    case complement
    /// Another function where σ, tanh, … belongs, none, or one where none belongs.
    case activation
    /// Another value of the cell where this one belongs.
    case otherValue
    /// A constant factor.
    case scale
    /// A largest or smallest value that it should not have.
    case limit
    /// The parameters of one gate where another's belong.
    case gates
    /// A term of a sum that is not there.
    case missingTerm
    /// A term that does not belong there.
    case extraTerm
    /// A factor of a product that is not there.
    case missingFactor
    /// A factor that does not belong there.
    case extraFactor
    /// A matrix the wrong way round.
    case transposed
    /// A parameter that stands in another's place, or whose elements do.
    case parameters
    /// The state, or a value, from before the step where the new one belongs, or one that is older still.
    case oldState
    /// The new state where the one from before the step belongs.
    case newState
    /// A normalisation that is left out or done otherwise, or that does not belong there.
    case normalization
    /// A state that is not carried from step to step, or another that is carried in its place.
    case carriedState
    /// The steps of the sequence in another order.
    case time
    /// The rows of the batch in another order, or mixed.
    case rows
    /// The units, or the features of the input, in another order, or some of them not read.
    case units
    /// Fewer digits on the way.
    case rounding
}

/// Why a cell deviates from its reference: the mistake that makes the reference deviate as the cell does.
public struct EquationDiagnosis: Sendable, Hashable, CustomStringConvertible {
    /// What sort of mistake it is.
    public let kind: EquationConfusionKind
    /// The mistake in a sentence without its full stop: `recurrent.weights [forget] is transposed`.
    public let statement: String
    /// Where the cell deviates from the reference that makes this mistake: a second mistake, or a consequence that the
    /// first explains in its own equation only. `nil` if it agrees in everything.
    public let nextDeviation: String?

    /// The statement and the evidence for it.
    public var description: String {
        let evidence =
            nextDeviation.map { "agrees with the cell up to \($0)" }
            ?? "agrees with the cell in every value of every step"
        return "\(statement). A reference with this mistake \(evidence)."
    }
}

/// The search for the mistake that explains a deviation.
struct EquationDiagnostician {
    let replay: EquationReplay
    let deviation: EquationDeviation
    /// The position of the deviation among all comparisons.
    let position: Int

    /// The first confusion that explains every value of every step, else the one that explains the most beyond the
    /// deviation; `nil` if none explains the deviation. And how many were looked for.
    func diagnosis() -> (diagnosis: EquationDiagnosis?, confusionCount: Int) {
        var history = EquationHistory(replay.trace)
        for _ in 0...deviation.step { replay.advance(&history) }
        let confusions = EquationConfusions(
            quantity: deviation.quantity, time: deviation.step, history: history, replay: replay)
        var best: (position: Int, diagnosis: EquationDiagnosis)?
        var count = 0
        for stage in confusions.stages {
            let all = stage()
            count += all.count
            for confusion in all where explainsDeviation(confusion, history) {
                guard let (position, found) = explanation(confusion) else { continue }
                if found.nextDeviation == nil { return (found, count) }
                if position > best?.position ?? -1 { best = (position, found) }
            }
        }
        return (best?.diagnosis, count)
    }

    /// Names that the reference yields before the deviating quantity and reads nowhere: no mistake with them can be
    /// tried.
    var unreadNames: [String] {
        var history = EquationHistory(replay.trace)
        for _ in 0...deviation.step { replay.advance(&history) }
        let record = history.records[deviation.step][0]
        let names = record.yielded.map(\.name)
        let own = names.firstIndex { EquationQuantity.named($0, number: 0) == deviation.quantity } ?? names.count
        return names.prefix(own).filter { name in
            guard let values = record.uniqueValues[name] else { return false }
            var setting = history.setting(deviation.step, 0)
            setting.substitutes[name] = values.map { $0 + 0.37 }
            return replay.record(setting).isSame(as: record)
        }
    }

    /// Whether the deviating quantity comes out as in the cell, in the step in which it deviates first. Up to there
    /// cell and reference agree, so this step alone is enough to reject most.
    private func explainsDeviation(_ confusion: EquationConfusion, _ history: EquationHistory) -> Bool {
        let tolerance = confusion.tolerance(replay.tolerance, explaining: deviation).allowed(deviation.scale)
        return history.records[deviation.step].indices.allSatisfy { row in
            let values = replay.values(
                of: deviation.quantity, history.setting(deviation.step, row), making: confusion, history)
            let computed = history.trace.steps[deviation.step].values(of: deviation.quantity, row: row)
            guard let values, let computed, values.count == computed.count else { return false }
            return values.indices.allSatisfy { unit in
                let isWorst = row == deviation.row && unit == deviation.unit
                return (values[unit] - computed[unit]).magnitude <= tolerance || !values[unit].isFinite && !isWorst
            }
        }
    }

    /// How far the reference with this mistake agrees with the cell; `nil` if not beyond the deviation.
    private func explanation(_ confusion: EquationConfusion) -> (position: Int, diagnosis: EquationDiagnosis)? {
        var comparer = EquationComparer(tolerance: confusion.tolerance(replay.tolerance, explaining: deviation))
        var next: String?
        do throws(EquationProblem) {
            try replay.compare(into: &comparer, making: confusion)
            next = comparer.deviation.map { "\($0.quantity) at step \($0.step)" }
        } catch {
            guard case .notFinite(let quantity, let step, _, _, _, _) = error else { return nil }
            next = "\(quantity) at step \(step), which is not finite"
        }
        let reached = comparer.deviationPosition ?? (next == nil ? .max : comparer.position)
        if reached <= position { return nil }
        return (
            reached,
            EquationDiagnosis(kind: confusion.kind, statement: confusion.statement, nextDeviation: next)
        )
    }
}

extension EquationTrace.Step {
    /// What the cell computed in one row.
    func values(of quantity: EquationQuantity, row: Int) -> [Double]? {
        let tensor: Tensor<Double>? =
            switch quantity {
            case .named(let name, let number): values.filter { $0.name == name }.dropFirst(number).first?.tensor
            case .output(let path): output.entries.first { $0.path == path }?.tensor
            case .state(let path): state?.entries.first { $0.path == path }?.tensor
            }
        return tensor.map { $0[row].scalars }
    }
}
