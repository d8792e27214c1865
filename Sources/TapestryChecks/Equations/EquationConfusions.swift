import TapestryAutograd

/// The usual confusions for one deviating quantity. Where two of them come to the same, the first one is the simpler to
/// say.
struct EquationConfusions {
    /// The quantity that deviates first, and the step in which it does.
    let quantity: EquationQuantity
    let time: Int
    /// What the plain reference computes up to that step.
    let history: EquationHistory
    /// What it computes in all steps.
    let plain: EquationHistory
    let replay: EquationReplay

    var all: [EquationConfusion] {
        ofTheValue + ofGates + ofParameters + extraParameters + ofStates + ofInputs + ofOperands
    }

    var trace: EquationTrace { history.trace }
    var rowCount: Int { trace.batchSize }
    private var record: EquationRecord { history.records[time][0] }
    var width: Int { record.values(of: quantity)?.count ?? 0 }

    /// The values that the reference yields in a step, in order.
    var names: [String] {
        var names: [String] = []
        for (name, _) in record.yielded where !names.contains(name) { names.append(name) }
        return names
    }

    /// Those that the deviating quantity can depend on.
    var earlierNames: [String] {
        guard case .named(let name, _) = quantity else { return names }
        return Array(names.prefix { $0 != name })
    }

    /// Those of them that have as many numbers as the quantity.
    var operandNames: [String] { earlierNames.filter { record.value($0)?.count == width } }

    var statePaths: [String] { trace.initialState.entries.map(\.path) }
    /// The states that have as many numbers as the quantity.
    var operandStates: [String] {
        statePaths.filter { history.states[time][0].scalars($0).count == width }
    }

    /// A state before a step, in words.
    func previous(_ path: String) -> String { path.isEmpty ? "the previous state" : "the previous \(path)" }

    func value(
        _ kind: EquationConfusionKind, _ statement: String, isInexact: Bool = false,
        _ change: @escaping ([Double], EquationSetting, EquationHistory) -> [Double]?
    ) -> EquationConfusion {
        EquationConfusion(
            kind: kind, statement: statement, change: .value(quantity, change), isInexact: isInexact)
    }

    func everywhere(
        _ kind: EquationConfusionKind, _ statement: String,
        _ change: @escaping (inout EquationSetting, EquationHistory) -> Void
    ) -> EquationConfusion {
        EquationConfusion(kind: kind, statement: statement, change: .everywhere(change))
    }

    /// A change in the equation of the deviating quantity alone.
    func inEquation(
        _ kind: EquationConfusionKind, _ statement: String, isInexact: Bool = false,
        _ change: @escaping (inout EquationSetting, EquationHistory) -> Void
    ) -> EquationConfusion {
        EquationConfusion(
            kind: kind, statement: statement, change: .inEquation(quantity, change), isInexact: isInexact)
    }
}

extension EquationSetting {
    /// What the plain reference computes in this step.
    func record(_ history: EquationHistory) -> EquationRecord { history.records[time][row] }

    /// A state before this step.
    func state(_ path: String) -> [Double] { states.scalars(path) }
}

extension [Double] {
    /// Element by element.
    func combined(_ other: [Double], _ function: (Double, Double) -> Double) -> [Double] {
        zip(self, other).map(function)
    }
}

/// The orders that positions 0 ..< n are taken for: backwards, and rolled by 1 ..< n.
struct Reordering {
    let description: String
    let source: @Sendable (_ position: Int, _ count: Int) -> Int

    static func all(_ count: Int) -> [Reordering] {
        if count < 2 { return [] }
        let rolled = (1..<count).map { shift in
            Reordering(description: "\(shift) further") { ($0 + shift) % $1 }
        }
        // Two positions backwards are two positions rolled.
        return rolled + (count == 2 ? [] : [Reordering(description: "in reverse order") { $1 - 1 - $0 }])
    }

    func callAsFunction<Element>(_ elements: [Element]) -> [Element] {
        elements.indices.map { elements[source($0, elements.count)] }
    }
}
