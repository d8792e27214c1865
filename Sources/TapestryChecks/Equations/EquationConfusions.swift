import TapestryAutograd

/// The usual confusions for one deviating quantity. Where two of them come to the same, the first one is the simpler to
/// say.
struct EquationConfusions {
    /// The quantity that deviates first, and the step in which it does.
    let quantity: EquationQuantity
    let time: Int
    /// What the plain reference computes up to that step.
    let history: EquationHistory
    let replay: EquationReplay

    /// All of them, in the order in which they are tried. Later ones cost more to find, and are not asked for where an
    /// earlier one explains everything.
    var stages: [() -> [EquationConfusion]] {
        [
            { ofTheValue + ofGates + ofParameters + extraParameters + ofStates + ofInputs + ofOperands },
            { ofReadings + ofMixtures }, { ofSomeUnits }, { ofOperations }, { ofTerms + affine },
            { ofOperandsAndParameters },
        ]
    }

    var trace: EquationTrace { history.trace }
    var rowCount: Int { trace.batchSize }
    var record: EquationRecord { history.records[time][0] }
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

    /// The numbers of the operations that the equation of the deviating quantity reads.
    var operationsInEquation: [Int] {
        var setting = history.setting(time, 0)
        setting.substitutes = record.uniqueValues
        return record.operations.indices.filter { number in
            var changed = setting
            changed.operations[number] = { $0.result.map { $0 + 0.37 } }
            return replay.record(changed).values(of: quantity) != record.values(of: quantity)
        }
    }

    /// An operation in words.
    func name(ofOperation number: Int) -> String {
        let operation = record.operations[number]
        switch operation.kind {
        case .product(let weights):
            return "the product with \(name(of: weights.flatMap(\.self)) ?? "a matrix (product \(number + 1))")"
        case .layerNorm(let form):
            let named = (form.gain ?? form.bias).flatMap { name(of: $0) }
            return named.map { "the layer norm with \($0)" } ?? "the layer norm (operation \(number + 1))"
        }
    }

    /// The parameter, or the gate's part of one, that has these elements.
    private func name(of elements: [Double]) -> String? {
        let parameters = trace.parameters
        let parts = parameters.parts + parameters.entries.map { ScalarTree.Part(path: $0.path, gate: nil) }
        return parts.first { parameters[$0].count == elements.count && parameters[$0].scalars == elements }
            .map { "\($0)" }
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
