import Foundation

/// Quantities that are a function of what they should be.
extension EquationConfusions {
    var ofTheValue: [EquationConfusion] {
        simpleFunctions + activations + otherValues + reorderings + combinations
    }

    private var simpleFunctions: [EquationConfusion] {
        var confusions = [
            value(.sign, "\(quantity) has the opposite sign") { values, _, _ in values.map(-) },
            value(.complement, "\(quantity) is 1 − \(quantity)") { values, _, _ in values.map { 1 - $0 } },
        ]
        if let factor = constantFactor {
            confusions.append(
                value(.scale, "\(quantity) is \(NumberText.ratio(factor)) times what it should be") { values, _, _ in
                    values.map { factor * $0 }
                })
        }
        return confusions
    }

    /// The ratio of the element with the largest magnitude, if there are several elements to confirm it.
    private var constantFactor: Double? {
        if width * rowCount < 3 { return nil }
        let pairs = (0..<rowCount).flatMap { row -> [(expected: Double, computed: Double)] in
            let expected = history.records[time][row].values(of: quantity) ?? []
            let computed = trace.steps[time].values(of: quantity, row: row) ?? []
            return zip(expected, computed).map { ($0, $1) }
        }
        guard let largest = pairs.max(by: { $0.expected.magnitude < $1.expected.magnitude }),
            largest.expected != 0, largest.computed != 0
        else { return nil }
        return largest.computed / largest.expected
    }

    private var activations: [EquationConfusion] {
        ScalarActivation.allCases.flatMap { right in
            ScalarActivation.allCases.filter { $0 != right }.map { wrong in
                value(
                    .activation, "\(quantity) has \(wrong.rawValue) where the reference has \(right.rawValue)",
                    isInexact: true
                ) { [quantity] values, setting, history in
                    history.trace.steps[setting.time].values(of: quantity, row: setting.row).flatMap { computed in
                        let changed = values.combined(computed) { wrong.value(insteadOf: right, for: $0, computed: $1) }
                        return changed.contains(where: \.isNaN) ? nil : changed
                    }
                }
            }
        }
    }

    private var otherValues: [EquationConfusion] {
        let own: String? = if case .named(let name, _) = quantity { name } else { nil }
        let ofNames = names.filter { $0 != own }.map { name in
            value(.otherValue, "\(quantity) is \(name)") { _, setting, history in setting.record(history).value(name) }
        }
        let ofStates = operandStates.map { path in
            value(.oldState, "\(quantity) is \(previous(path))") { _, setting, _ in setting.state(path) }
        }
        let ofStepBefore = value(.time, "\(quantity) is that of the step before") {
            [quantity] values, setting, history in
            setting.time == 0 ? values : history.records[setting.time - 1][setting.row].values(of: quantity)
        }
        return ofNames + ofStates + [ofStepBefore]
    }

    private var reorderings: [EquationConfusion] {
        let units = Reordering.all(width).map { order in
            value(.units, "the units of \(quantity) are taken \(order.description)") { values, _, _ in order(values) }
        }
        let rows = Reordering.all(rowCount).map { order in
            value(.rows, "the rows of \(quantity) are taken \(order.description)") { [quantity] _, setting, history in
                order(history.records[setting.time])[setting.row].values(of: quantity)
            }
        }
        return units + rows
    }

    /// What the quantity is multiplied by, added to, or squashed with.
    private var combinations: [EquationConfusion] {
        var confusions: [EquationConfusion] = []
        for name in operandNames {
            for (right, wrong) in [
                (ScalarActivation.tanh, ScalarActivation.identity), (.tanh, .sigmoid), (.identity, .tanh),
                (.identity, .sigmoid), (.sigmoid, .identity), (.sigmoid, .tanh),
            ] {
                let text: String =
                    switch (right, wrong) {
                    case (.identity, _): "\(quantity) is multiplied by \(wrong.rawValue)(\(name)), not by \(name)"
                    case (_, .identity): "\(quantity) is multiplied by \(name), not by \(right.rawValue)(\(name))"
                    default:
                        "\(quantity) is multiplied by \(wrong.rawValue)(\(name)), not by \(right.rawValue)(\(name))"
                    }
                confusions.append(
                    value(.activation, text) { values, setting, history in
                        setting.record(history).value(name).map { operand in
                            values.combined(operand) { $0 * wrong.value($1) / right.value($1) }
                        }
                    })
            }
            for other in operandNames.drop(while: { $0 != name }).dropFirst() {
                confusions.append(
                    value(.activation, "\(quantity) is tanh(\(name) · \(other))") { _, setting, history in
                        let record = setting.record(history)
                        guard let a = record.value(name), let b = record.value(other) else { return nil }
                        return a.combined(b) { tanh($0 * $1) }
                    })
            }
        }
        return confusions + extraTerms
    }

    private var extraTerms: [EquationConfusion] {
        func confusions(_ term: String, _ values: @escaping (EquationSetting, EquationHistory) -> [Double]?)
            -> [EquationConfusion]
        {
            [ScalarActivation.identity, .sigmoid, .tanh].map { activation in
                let place = activation == .identity ? "\(quantity)" : "the pre-activation of \(quantity)"
                return value(
                    .extraTerm, "\(term) is added to \(place)", isInexact: activation != .identity
                ) { own, setting, history in
                    values(setting, history).map { term in
                        own.combined(term) { activation.value(activation.preActivations($0).lower + $1) }
                    }
                }
            }
        }
        return operandNames.flatMap { name in confusions(name) { $0.record($1).value(name) } }
            + operandStates.flatMap { path in confusions(previous(path)) { setting, _ in setting.state(path) } }
    }
}
