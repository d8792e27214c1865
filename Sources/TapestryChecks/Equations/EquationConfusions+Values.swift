import Foundation

/// Quantities that are a function of what they should be.
extension EquationConfusions {
    var ofTheValue: [EquationConfusion] {
        simpleFunctions + activations + otherValues + ofPreactivations + limits + reorderings + combinations
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

    /// A linear function of what it should be.
    var affine: [EquationConfusion] {
        guard let (factor, term) = affineRelation else { return [] }
        let text = factor == -1 ? "−" : "+ \(NumberText.ratio(factor)) times"
        return [
            value(.scale, "\(quantity) is \(NumberText.long(term)) \(text) what it should be") { values, _, _ in
                values.map { factor * $0 + term }
            }
        ]
    }

    /// The straight line through the smallest and the largest element, if there are more to confirm it.
    private var affineRelation: (factor: Double, term: Double)? {
        if width * rowCount < 4 { return nil }
        guard let least = pairs.min(by: { $0.expected < $1.expected }),
            let most = pairs.max(by: { $0.expected < $1.expected }), most.expected > least.expected
        else { return nil }
        let factor = (most.computed - least.computed) / (most.expected - least.expected)
        let simple = (factor + 1).magnitude < 1e-9 ? -1 : factor
        return simple == 0 || (simple - 1).magnitude < 1e-9 ? nil : (simple, least.computed - simple * least.expected)
    }

    /// The ratio of the element with the largest magnitude, if there are several elements to confirm it.
    private var constantFactor: Double? {
        if width * rowCount < 3 { return nil }
        guard let largest = pairs.max(by: { $0.expected.magnitude < $1.expected.magnitude }),
            largest.expected != 0, largest.computed != 0
        else { return nil }
        return largest.computed / largest.expected
    }

    /// The elements of the step in all rows, as the reference and as the cell have them.
    private var pairs: [(expected: Double, computed: Double)] {
        (0..<rowCount).flatMap { row in
            let expected = history.records[time][row].values(of: quantity) ?? []
            let computed = trace.steps[time].values(of: quantity, row: row) ?? []
            return zip(expected, computed).map { ($0, $1) }
        }
    }

    /// A pre-activation with a number too much, or multiplied by one, such as a forget bias of 1.
    private var ofPreactivations: [EquationConfusion] {
        if width * rowCount < 3 { return [] }
        return [ScalarActivation.sigmoid, .tanh, .identity].flatMap { activation -> [EquationConfusion] in
            let name = activation == .identity ? "\(quantity)" : "the pre-activation of \(quantity)"
            let known = pairs.map {
                (activation.preActivations($0.expected).lower, activation.preActivations($0.computed).lower)
            }
            .filter { $0.0.isFinite && $0.1.isFinite && $0.0 != 0 }
            // Where the activation is steep, least is lost by computing back.
            guard let steepest = known.min(by: { $0.1.magnitude < $1.1.magnitude }) else { return [] }
            let (term, factor) = (steepest.1 - steepest.0, steepest.1 / steepest.0)
            var confusions = [
                value(.extraTerm, "\(NumberText.long(term)) is added to \(name)", isInexact: true) { values, _, _ in
                    values.map { activation.value(activation.preActivations($0).lower + term) }
                }
            ]
            if activation != .identity {
                let text = "\(name) is \(NumberText.ratio(factor)) times what it should be"
                confusions.append(
                    value(.scale, text, isInexact: true) { values, _, _ in
                        values.map { activation.value(activation.preActivations($0).lower * factor) }
                    })
            }
            return confusions
        }
    }

    /// A value that is not let beyond what the cell's largest or smallest ones are.
    private var limits: [EquationConfusion] {
        guard let most = pairs.map(\.computed).max(), let least = pairs.map(\.computed).min() else { return [] }
        let both = max(most, -least)
        return [
            value(.limit, "\(quantity) is limited to at most \(NumberText.long(most))") { values, _, _ in
                values.map { min($0, most) }
            },
            value(.limit, "\(quantity) is limited to at least \(NumberText.long(least))") { values, _, _ in
                values.map { max($0, least) }
            },
            value(.limit, "\(quantity) is limited to ±\(NumberText.long(both))") { values, _, _ in
                values.map { min(max($0, -both), both) }
            },
        ]
    }

    private var activations: [EquationConfusion] {
        ScalarActivation.invertible.flatMap { right in
            // Nothing has a square for its activation; a value that is squared is called that.
            ScalarActivation.allCases.filter { $0 != right && $0 != .square }.map { wrong in
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
        let ofNames = names.filter { $0 != own }.flatMap { name in
            [
                value(.otherValue, "\(quantity) is \(name)") { _, setting, history in
                    setting.record(history).value(name)
                },
                value(.complement, "\(quantity) is 1 − \(name)") { _, setting, history in
                    setting.record(history).value(name)?.map { 1 - $0 }
                },
            ]
        }
        let ofPreactivations = names.filter { $0 != own }.flatMap { name in
            [ScalarActivation.sigmoid, .tanh].map { activation in
                let text = "\(quantity) is what \(name) is \(activation.rawValue) of"
                return value(.activation, text, isInexact: true) { _, setting, history in
                    setting.record(history).value(name)?.map { activation.preActivations($0).lower }
                }
            }
        }
        let ofStates = operandStates.map { path in
            value(.oldState, "\(quantity) is \(previous(path))") { _, setting, _ in setting.state(path) }
        }
        let ofStepBefore = value(.time, "\(quantity) is that of the step before") {
            [quantity] values, setting, history in
            setting.time == 0 ? values : history.records[setting.time - 1][setting.row].values(of: quantity)
        }
        return ofNames + ofStates + [ofStepBefore] + ofOtherSteps + ofPreactivations
    }

    /// What a driver returns in another order, or has from the beginning.
    private var ofOtherSteps: [EquationConfusion] {
        switch quantity {
        case .named: return []
        case .output(let path):
            let plain = replay.history
            return [
                value(.time, "the outputs are in reverse order") { _, setting, history in
                    plain.records[history.trace.steps.count - 1 - setting.time][setting.row].result.outputs[path]
                }
            ]
        case .state(let path):
            let name = path.isEmpty ? "the initial state" : "the initial \(path)"
            return [
                value(.carriedState, "\(quantity) is \(name)") { _, setting, history in
                    history.states[0][setting.row].scalars(path)
                }
            ]
        }
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

    func extraTerm(
        _ term: String, _ values: @escaping (EquationSetting, EquationHistory) -> [Double]?
    ) -> [EquationConfusion] {
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

    private var extraTerms: [EquationConfusion] {
        return operandNames.flatMap { name in extraTerm(name) { $0.record($1).value(name) } }
            + operandStates.flatMap { path in extraTerm(previous(path)) { setting, _ in setting.state(path) } }
    }

    /// Parameters of one number a unit, such as another gate's bias or peephole, where none belongs.
    var extraParameters: [EquationConfusion] {
        let vectors = trace.parameters.parts.filter { trace.parameters[$0].shape == [width] }
        return vectors.flatMap { part in
            let parameter = trace.parameters[part].scalars
            return extraTerm("\(part)") { _, _ in parameter }
                + operandStates.flatMap { path in
                    extraTerm("\(part) · \(previous(path))") { setting, _ in
                        parameter.combined(setting.state(path), *)
                    }
                }
                + operandNames.flatMap { name in
                    extraTerm("\(part) · \(name)") { setting, history in
                        setting.record(history).value(name)?.combined(parameter, *)
                    }
                }
        }
    }
}
