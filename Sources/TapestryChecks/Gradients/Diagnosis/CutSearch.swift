import TapestryAutograd

/// Finds operands that are constants though an earlier record made them, and without which the gradient would be right.
struct CutSearch {
    let function: ReplayableFunction
    /// The gradient for each of the function's inputs where some cuts are mended.
    let isRight: (_ gradients: [[Double]]) -> Bool
    let inputs: [Tensor<Double>]
    /// What the results are contracted with.
    let cotangents: [[Double]]

    private struct Candidate {
        let source: Int
        let use: ReplayableFunction.Use
    }

    /// The cuts that the wrong gradient comes from; none if there is another reason as well.
    func cuts() -> [GradientOrigin.Cut] {
        // What is the same at every step is one cause.
        var causes = Dictionary(grouping: candidates, by: kind)
        if causes.isEmpty || !isRightWithout(causes) { return [] }
        for kind in causes.keys.sorted() {
            let cause = causes.removeValue(forKey: kind)
            if causes.isEmpty || !isRightWithout(causes) { causes[kind] = cause }
        }
        return causes.values.joined().sorted {
            ($0.use.operation, $0.use.position) < ($1.use.operation, $1.use.position)
        }
        .map {
            GradientOrigin.Cut(
                source: RecordPlace($0.source, in: function), reader: RecordPlace($0.use.operation, in: function),
                operand: $0.use.position)
        }
    }

    private var candidates: [Candidate] {
        let sources = Dictionary(
            function.operations.indices.map { (function.operations[$0].result.array.identity, $0) },
            uniquingKeysWith: { first, _ in first })
        return function.operations.indices.flatMap { number in
            function.operations[number].operands.enumerated().compactMap { position, operand in
                source(of: operand, at: number, sources).map {
                    Candidate(source: $0, use: .init(operation: number, position: position))
                }
            }
        }
    }

    /// The record that made an operand which is a constant: by the array that they share, or by the mark of the cut.
    private func source(of operand: ReplayableFunction.Operand, at number: Int, _ sources: [ObjectIdentifier: Int])
        -> Int?
    {
        switch operand {
        case .constant(let value):
            guard value.elementType == .float64, let source = sources[value.array.identity] else { return nil }
            return source < number ? source : nil
        case .record(let marked):
            // What a cut of a cut reads is found at the first one.
            guard isCut(marked), !isCut(number), case .record(let source) = function.operations[marked].operands[0]
            else { return nil }
            return source
        }
    }

    private func isCut(_ number: Int) -> Bool { function.operations[number].isCut }

    private func kind(of candidate: Candidate) -> String {
        [candidate.source, candidate.use.operation].map { number in
            let operation = function.operations[number]
            let scope = operation.scope.filter { RecordPlace.step(of: [$0]) == nil }
            let name = operation.isInput ? "\(number)" : operation.name ?? ""
            return (scope + [operation.primitive, name]).joined(separator: "/")
        }.joined(separator: " ") + " \(candidate.use.position)"
    }

    private func isRightWithout(_ causes: [String: [Candidate]]) -> Bool {
        var sources: [Int: [Int: Int]] = [:]
        for candidate in causes.values.joined() {
            sources[candidate.use.operation, default: [:]][candidate.use.position] = candidate.source
        }
        let (value, pullback) = vjp(at: inputs) { inputs in
            function.replayed(at: inputs.map(\.value)) { number, position, operand in
                if let source = sources[number]?[position] { return .record(source) }
                if case .record(let marked) = operand, isCut(marked) { return .constant(function.value(of: operand)) }
                return operand
            }.map { Tensor<Double>($0) }
        }
        return isRight(pullback(zip(value, cotangents).map { Tensor(shape: $0.shape, scalars: $1) }).map(\.scalars))
    }
}

extension GradientOrigin {
    /// What a hook does to the gradient.
    var diagnosisOfHooks: GradientDiagnosis? {
        changedCotangents.first.map {
            GradientDiagnosis(.changedCotangent, "The cotangent is changed on its way back, at \($0).")
        }
    }

    /// What cuts and changed cotangents tell of a gradient.
    func diagnosis(in function: ReplayableFunction) -> GradientDiagnosis? {
        if let first = cuts.first { return diagnosis(of: first, in: function) }
        if let diagnosisOfHooks { return diagnosisOfHooks }
        let steps = function.stepsWithoutPast
        if wrongRule != nil || steps.isEmpty { return nil }
        let list = steps.prefix(4).map { "\($0)" }.joined(separator: ", ") + (steps.count > 4 ? ", …" : "")
        let text = "Nothing that t = \(list) reads is tracked to an earlier step, as it is in other steps"
        return GradientDiagnosis(.cutThroughTime(steps: steps), "\(text): the gradient is cut through time there.")
    }

    private func diagnosis(of first: Cut, in function: ReplayableFunction) -> GradientDiagnosis {
        let count = cuts.count == 1 ? "" : " and \(cuts.count - 1) like it"
        let mended = "Without this cut\(count) the gradient agrees with the differences."
        let crossed = cuts.map { cut -> Int? in
            guard let to = cut.reader.step else { return nil }
            // An initial state comes before the first step.
            let isInput = function.operations[cut.source.record].isInput
            return cut.source.step.map { $0 < to } ?? (isInput && to == 0) ? to : nil
        }
        let isInTime = zip(cuts, crossed).contains { $0.source.step != nil && $1 != nil }
        if isInTime, !crossed.contains(nil) {
            let steps = Set(crossed.compactMap { $0 }).sorted()
            let list = steps.prefix(4).map { "\($0)" }.joined(separator: ", ") + (steps.count > 4 ? ", …" : "")
            let place = "before t = \(list): \(first.source) is a constant for \(first.reader)."
            if function.stepsWithPast.isSuperset(of: steps.filter { $0 > 0 }) {
                let text = "One of the paths through time is cut, but not all, \(place)"
                return GradientDiagnosis(.cutThroughTime(steps: steps), "\(text) \(mended)")
            }
            let text = "The gradient is cut through time \(place)"
            return GradientDiagnosis(.cutThroughTime(steps: steps), "\(text) \(mended)")
        }
        let sources = Set(cuts.map(\.source))
        let uses = function.uses(of: first.source.record).filter { !function.operations[$0.operation].isCut }
        if sources.count == 1, uses.count == 1, cuts.count > 1 {
            let use = cuts.count { $0.reader.record < uses[0].operation }
            let text = "Of \(cuts.count + 1) uses of \(first.source) only use \(use + 1) is counted."
            return GradientDiagnosis(.overwritten(use: use, of: cuts.count + 1), "\(text) \(mended)")
        }
        let text = "An operand is detached: \(first.source) is a constant for \(first.reader)."
        return GradientDiagnosis(.detached, "\(text) \(mended)")
    }
}

extension ReplayableFunction {
    /// The steps from which nothing flows back to earlier ones, if something does from others.
    fileprivate var stepsWithoutPast: [Int] {
        let (all, reaching) = (Set(operations.compactMap { RecordPlace.step(of: $0.scope) }), stepsWithPast)
        return reaching.isEmpty ? [] : all.subtracting(reaching).sorted().dropFirst().map { $0 }
    }

    /// The steps from which something flows back to earlier ones.
    fileprivate var stepsWithPast: Set<Int> {
        // A record outside of all steps passes on what comes from the latest of them.
        var latest: [Int?] = []
        var reaching = Set<Int>()
        for operation in operations {
            if operation.isCut {
                latest.append(nil)
                continue
            }
            let sources = operation.operands.compactMap { operand -> Int? in
                if case .record(let number) = operand { latest[number] } else { nil }
            }
            let own = RecordPlace.step(of: operation.scope)
            // Whatever crosses several steps belongs to all of them.
            if let own, let earliest = sources.min(), earliest < own { reaching.formUnion(earliest + 1...own) }
            latest.append(own ?? sources.max())
        }
        return reaching
    }
}
