import TapestryAutograd

/// What one step of a reference starts from, in one row of the batch.
struct EquationSetting {
    let time: Int
    let row: Int
    var input: ScalarTree
    var states: ScalarTree
    var parameters: ScalarTree
    /// What later equations read in place of values that were yielded under these names.
    var substitutes: [String: [Double]] = [:]
    /// What operations of these numbers give in place of their results.
    var operations: [Int: (EquationOperation) -> [Double]] = [:]
    /// Quantities that are not what the reference says, and what they are instead.
    var forced: [EquationQuantity: [Double]] = [:]
    /// What the step returns in place of what the reference says.
    var returning: ((EquationResult) -> EquationResult)?
}

/// What a reference computed in one step of one row.
struct EquationRecord {
    let yielded: [(name: String, values: [Double])]
    let operations: [EquationOperation]
    let result: EquationResult

    func values(of quantity: EquationQuantity) -> [Double]? {
        switch quantity {
        case .named(let name, let number): yielded.filter { $0.name == name }.dropFirst(number).first?.values
        case .output(let path): result.outputs[path]
        case .state(let path): result.state[path]
        }
    }

    /// The values whose names are yielded once.
    var uniqueValues: [String: [Double]] {
        Dictionary(grouping: yielded, by: \.name).compactMapValues { $0.count == 1 ? $0[0].values : nil }
    }

    /// Whether everything came out as in another run.
    func isSame(as other: EquationRecord) -> Bool {
        yielded.map(\.values) == other.yielded.map(\.values) && result.outputs == other.result.outputs
            && result.state == other.result.state
    }

    /// The first value of a name.
    func value(_ name: String) -> [Double]? { values(of: .named(name, number: 0)) }
}

/// What a reference has computed so far.
struct EquationHistory {
    /// The states before each step, `[time][row]`.
    var states: [[ScalarTree]]
    /// What each step computed, `[time][row]`; of the last one what the plain reference says.
    var records: [[EquationRecord]] = []
    let trace: EquationTrace

    init(_ trace: EquationTrace) {
        self.trace = trace
        states = [(0..<trace.batchSize).map(trace.initialState.row)]
    }

    /// What a step of the plain reference starts from.
    func setting(_ time: Int, _ row: Int) -> EquationSetting {
        EquationSetting(
            time: time, row: row, input: trace.inputs[time][row], states: states[time][row],
            parameters: trace.parameters)
    }
}

/// A reference that runs beside what a cell has computed, plain or with a mistake made on purpose.
struct EquationReplay {
    let trace: EquationTrace
    let reference: (EquationStep) -> EquationResult
    let tolerance: EquationTolerance

    /// Compares every step, from the reference's own states.
    ///
    /// - Parameters:
    ///   - confusion: what the reference does wrong; the comparison ends where the cell deviates from that.
    ///   - done: is told each step that was compared.
    func compare(
        into comparer: inout EquationComparer, making confusion: EquationConfusion? = nil,
        done: (Int) -> Void = { _ in }
    ) throws(EquationProblem) {
        var history = EquationHistory(trace)
        for (time, step) in trace.steps.enumerated() {
            advance(&history, making: confusion)
            try comparer.compare(step, with: history.records[time], step: time)
            done(time)
            if confusion != nil, comparer.deviation != nil { break }
        }
    }

    /// What the plain reference computes in all steps.
    var history: EquationHistory {
        var history = EquationHistory(trace)
        for _ in trace.steps { advance(&history) }
        return history
    }

    /// One more step in every row.
    func advance(_ history: inout EquationHistory, making confusion: EquationConfusion? = nil) {
        let time = history.records.count
        if time > 0 {
            let records = history.records[time - 1]
            history.states.append(zip(history.states[time - 1], records).map { $0.replacing($1.result.state) })
        }
        let settings = (0..<trace.batchSize).map { history.setting(time, $0) }
        history.records.append(settings.map(record))
        if let confusion { history.records[time] = settings.map { self.record($0, making: confusion, history) } }
    }

    /// What the reference says, with a mistake.
    private func record(
        _ setting: EquationSetting, making confusion: EquationConfusion, _ history: EquationHistory
    ) -> EquationRecord {
        var changed = setting
        if case .everywhere(let change) = confusion.change {
            change(&changed, history)
        } else if let (quantity, values) = forced(setting, making: confusion, history),
            trace.shows(quantity, at: setting.time)
        {
            let computed = trace.steps[setting.time].values(of: quantity, row: setting.row) ?? values
            // 0 / 0 says nothing about what the mistake leads to.
            let finite = values.combined(computed) { $0.isFinite ? $0 : $1 }
            changed.forced[quantity] = finite
            for state in statesLike(quantity, setting, history) { changed.forced[state] = finite }
        }
        return record(changed)
    }

    /// The states that are the output, in the reference as in the cell: one expression is returned as both, and what is
    /// wrong with the one is wrong with the other.
    private func statesLike(
        _ quantity: EquationQuantity, _ setting: EquationSetting, _ history: EquationHistory
    ) -> [EquationQuantity] {
        guard case .output = quantity else { return [] }
        let (plain, step) = (history.records[setting.time][setting.row], trace.steps[setting.time])
        return plain.result.state.keys.map(EquationQuantity.state).filter { state in
            plain.values(of: state) == plain.values(of: quantity)
                && step.values(of: state, row: setting.row) == step.values(of: quantity, row: setting.row)
        }
    }

    /// What a mistake in the equation of one quantity makes of it.
    private func forced(
        _ setting: EquationSetting, making confusion: EquationConfusion, _ history: EquationHistory
    ) -> (EquationQuantity, [Double])? {
        let plain = history.records[setting.time][setting.row]
        switch confusion.change {
        case .everywhere: return nil
        case .value(let quantity, let change):
            return plain.values(of: quantity).flatMap { own in
                change(own, setting, history).map { (quantity, confusion.limited($0, else: own)) }
            }
        case .inEquation(let quantity, let change):
            var inEquation = setting
            // The equations before this one are as they should be, whatever is changed for it.
            inEquation.substitutes = plain.uniqueValues
            change(&inEquation, history)
            return record(inEquation).values(of: quantity).map {
                (quantity, confusion.limited($0, else: plain.values(of: quantity) ?? $0))
            }
        }
    }

    /// A quantity as a mistake makes it, before anything is filled in.
    func values(
        of quantity: EquationQuantity, _ setting: EquationSetting, making confusion: EquationConfusion,
        _ history: EquationHistory
    ) -> [Double]? {
        guard case .everywhere(let change) = confusion.change else {
            return forced(setting, making: confusion, history)?.1
        }
        var changed = setting
        change(&changed, history)
        return record(changed).values(of: quantity)
    }

    func record(_ setting: EquationSetting) -> EquationRecord {
        let step = EquationStep(setting)
        var result = reference(step)
        if let returning = setting.returning { result = returning(result) }
        for (quantity, values) in setting.forced {
            switch quantity {
            case .output(let path): result.outputs[path] = values
            case .state(let path): result.state[path] = values
            case .named: break
            }
        }
        return EquationRecord(yielded: step.yielded, operations: step.operations, result: result)
    }
}
