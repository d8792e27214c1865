import TapestryAutograd

/// An equation that reads something else where an earlier value, or the state before, belongs.
extension EquationConfusions {
    var ofOperands: [EquationConfusion] {
        // Those as wide as the quantity are the likelier ones.
        let own = operands.filter { count($0) == width }
        let others = operands.filter { count($0) != width }
        return own.flatMap(ofOperandAlone) + own.flatMap(ofOperandAndAnother) + others.flatMap(ofOperandAlone)
            + others.flatMap(ofOperandAndAnother) + exchanges + sumsAndProducts + operandNames.flatMap(ofGatedProduct)
    }

    /// Equations that read a parameter, or a product of one, where an earlier value or the state belongs: too many to
    /// begin with.
    var ofOperandsAndParameters: [EquationConfusion] {
        operands.flatMap { operand in
            terms(count(operand)).map { term in
                reads(.otherValue, term.name, where: operand) { _, setting, history in term.values(setting, history) }
            }
                + trace.parameters.parts.filter { trace.parameters[$0].shape == [count(operand)] }.map { part in
                    inEquation(.otherValue, "\(quantity) reads \(name(operand)) where \(part) belongs") {
                        setting, history in
                        let values = Tensor<Double>(operand.values(setting, history))
                        setting.parameters = setting.parameters.replacing(part, values)
                    }
                }
        }
    }

    /// What the equation can read: the earlier values and the states, of any number of numbers. Later values first: the
    /// last factor of a product is the one that a sign or a function is said of.
    private var operands: [Operand] { earlierNames.reversed().map(Operand.named) + statePaths.map(Operand.state) }

    private func count(_ operand: Operand) -> Int { operand.values(history.setting(time, 0), history).count }

    private enum Operand: Equatable {
        case named(String)
        case state(String)

        func values(_ setting: EquationSetting, _ history: EquationHistory) -> [Double] {
            switch self {
            case .named(let name): setting.record(history).value(name) ?? []
            case .state(let path): setting.state(path)
            }
        }

        func replace(with values: [Double], in setting: inout EquationSetting) {
            switch self {
            case .named(let name): setting.substitutes[name] = values
            case .state(let path): setting.states = setting.states.replacing([path: values])
            }
        }
    }

    private func name(_ operand: Operand) -> String {
        switch operand {
        case .named(let name): name
        case .state(let path): previous(path)
        }
    }

    private func reads(
        _ kind: EquationConfusionKind, _ what: String, where operand: Operand,
        _ function: @escaping ([Double], EquationSetting, EquationHistory) -> [Double]
    ) -> EquationConfusion {
        replacing(kind, "\(quantity) reads \(what) where \(name(operand)) belongs", operand, function)
    }

    private func replacing(
        _ kind: EquationConfusionKind, _ statement: String, _ operand: Operand,
        _ function: @escaping ([Double], EquationSetting, EquationHistory) -> [Double]
    ) -> EquationConfusion {
        inEquation(kind, statement) { setting, history in
            operand.replace(with: function(operand.values(setting, history), setting, history), in: &setting)
        }
    }

    /// What an operand alone can be taken for.
    private func ofOperandAlone(_ operand: Operand) -> [EquationConfusion] {
        let own = name(operand)
        let activations = ScalarActivation.invertible.filter { $0 != .identity }.map { activation in
            reads(.activation, "\(activation.rawValue)(\(own))", where: operand) { values, _, _ in
                values.map(activation.value)
            }
        }
        return [
            reads(.normalization, "the normalisation of \(own)", where: operand) { values, _, _ in
                LayerNormForm()(values)
            },
            replacing(.complement, "\(quantity) has \(own) and 1 − \(own) the wrong way round", operand) {
                values, _, _ in values.map { 1 - $0 }
            },
            reads(.sign, "−\(own)", where: operand) { values, _, _ in values.map(-) },
            replacing(.missingFactor, "the factor \(own) is missing in \(quantity)", operand) { values, _, _ in
                values.map { _ in 1 }
            },
            replacing(.missingTerm, "the term with \(own) is missing in \(quantity)", operand) { values, _, _ in
                values.map { _ in 0 }
            },
        ] + activations
    }

    /// What an operand can be taken for, or lacks, with another one.
    private func ofOperandAndAnother(_ operand: Operand) -> [EquationConfusion] {
        let own = name(operand)
        let others = earlierNames.map(Operand.named) + statePaths.map(Operand.state)
        let count = count(operand)
        return others.filter { $0 != operand && self.count($0) == count }.flatMap { other in
            let isState = if case .state = other { true } else { false }
            let text = name(other)
            return [
                reads(isState ? .oldState : .otherValue, text, where: operand) { _, setting, history in
                    other.values(setting, history)
                },
                reads(.complement, "1 − \(text)", where: operand) { _, setting, history in
                    other.values(setting, history).map { 1 - $0 }
                },
                reads(.extraFactor, "\(own) · \(text)", where: operand) { values, setting, history in
                    values.combined(other.values(setting, history), *)
                },
                reads(.extraFactor, "\(own) · (1 − \(text))", where: operand) { values, setting, history in
                    values.combined(other.values(setting, history)) { $0 * (1 - $1) }
                },
                replacing(.missingFactor, "the factor \(text) of \(own) is missing in \(quantity)", operand) {
                    values, setting, history in
                    values.combined(other.values(setting, history), /)
                },
                replacing(.missingFactor, "the factor 1 − \(text) of \(own) is missing in \(quantity)", operand) {
                    values, setting, history in
                    values.combined(other.values(setting, history)) { $0 / (1 - $1) }
                },
                replacing(
                    .complement, "\(own) is multiplied by \(text) where 1 − \(text) belongs in \(quantity)", operand
                ) { values, setting, history in
                    values.combined(other.values(setting, history)) { $0 * $1 / (1 - $1) }
                },
                replacing(
                    .complement, "\(own) is multiplied by 1 − \(text) where \(text) belongs in \(quantity)", operand
                ) { values, setting, history in
                    values.combined(other.values(setting, history)) { $0 * (1 - $1) / $1 }
                },
            ]
        }
    }

    /// Two operands, each in the other's place.
    private var exchanges: [EquationConfusion] {
        let operands = earlierNames.map(Operand.named) + statePaths.map(Operand.state)
        return operands.indices.flatMap { first in
            operands.indices.dropFirst(first + 1).filter { count(operands[$0]) == count(operands[first]) }.map {
                second in
                let (a, b) = (operands[first], operands[second])
                return inEquation(.otherValue, "\(name(a)) and \(name(b)) are exchanged in \(quantity)") {
                    setting, history in
                    let (x, y) = (a.values(setting, history), b.values(setting, history))
                    a.replace(with: y, in: &setting)
                    b.replace(with: x, in: &setting)
                }
            }
        }
    }

    /// Two operands, or an operand and a parameter of one number a unit, added where they should be multiplied, or the
    /// other way round.
    private var sumsAndProducts: [EquationConfusion] {
        let operands = operandNames.map(Operand.named) + operandStates.map(Operand.state)
        let vectors = trace.parameters.parts.filter { trace.parameters[$0].shape == [width] }
        typealias Factor = (name: String, values: (EquationSetting, EquationHistory) -> [Double])
        func mistakes(
            _ a: Operand, _ b: Factor, _ replace: @escaping (inout EquationSetting, [Double]) -> Void
        ) -> [EquationConfusion] {
            [("added, not multiplied,", 1.0), ("multiplied, not added,", 0.0)].map { text, neutral in
                inEquation(.otherValue, "\(name(a)) and \(b.name) are \(text) in \(quantity)") { setting, history in
                    let (x, y) = (a.values(setting, history), b.values(setting, history))
                    a.replace(with: x.combined(y) { neutral == 1 ? $0 + $1 : $0 * $1 }, in: &setting)
                    replace(&setting, y.map { _ in neutral })
                }
            }
        }
        return operands.indices.flatMap { first -> [EquationConfusion] in
            let others = operands.dropFirst(first + 1).flatMap { other in
                mistakes(operands[first], (name(other), other.values)) { other.replace(with: $1, in: &$0) }
            }
            let parameters = vectors.flatMap { part in
                let own = trace.parameters[part].scalars
                return mistakes(operands[first], ("\(part)", { _, _ in own })) {
                    $0.parameters = $0.parameters.replacing(part, Tensor($1))
                }
            }
            let width = width
            let numbers =
                width == 1
                ? []
                : earlierNames.filter { record.value($0)?.count == 1 }.flatMap { other in
                    // One number for all units.
                    mistakes(
                        operands[first],
                        (
                            other,
                            { setting, history in
                                let own = setting.record(history).value(other) ?? []
                                return (0..<width).map { _ in own.first ?? .nan }
                            }
                        )
                    ) { $0.substitutes[other] = [$1[0]] }
                }
            return others + parameters + numbers
        }
    }

    /// A gate that acts before a product with weights where it belongs behind it, or the other way round, and on a bias
    /// that it should leave alone, or leaves one alone on which it should act.
    private func ofGatedProduct(_ gate: String) -> [EquationConfusion] {
        let before = operandStates.map { path in
            inEquation(
                .otherValue, "\(gate) multiplies \(previous(path)) before the product with the weights, not the product"
            ) { setting, history in
                let factor = setting.record(history).value(gate)!
                let scaled = factor.combined(setting.state(path), *)
                setting.states = setting.states.replacing([path: scaled])
                setting.substitutes[gate] = factor.map { _ in 1 }
            }
        }
        let parts = trace.parameters.parts.filter { trace.parameters[$0].shape.last == width }
        return parts.flatMap { ofGatedParts(gate, [$0]) } + pairs(of: parts).flatMap { ofGatedParts(gate, $0) } + before
            + parts.map { productOnly(gate, $0) }
            + parts.flatMap { weights in
                parts.filter { $0.path != weights.path }.map { productAndBias(gate, weights, $0) }
            }
    }

    /// Two parts of one gate, such as weights and bias.
    private func pairs(of parts: [ScalarTree.Part]) -> [[ScalarTree.Part]] {
        parts.indices.flatMap { first in
            parts.dropFirst(first + 1).filter { $0.gate != nil && $0.gate == parts[first].gate }.map {
                [parts[first], $0]
            }
        }
    }

    private func ofGatedParts(_ gate: String, _ parts: [ScalarTree.Part]) -> [EquationConfusion] {
        func scaled(
            _ kind: EquationConfusionKind, _ statement: String, _ factor: @escaping (Double) -> Double
        ) -> EquationConfusion {
            inEquation(kind, statement) { setting, history in
                let factors = setting.record(history).value(gate)!.map(factor)
                setting.parameters = parts.reduce(setting.parameters) { $0.scaling($1, by: factors) }
            }
        }
        let names = parts.map { "\($0)" }.joined(separator: " and ")
        return [
            scaled(.extraFactor, "\(gate) multiplies \(names) too") { $0 },
            scaled(.missingFactor, "\(gate) does not multiply \(names)") { 1 / $0 },
        ]
    }

    /// A gate behind the product.
    private func productOnly(_ gate: String, _ part: ScalarTree.Part) -> EquationConfusion {
        inEquation(.otherValue, "\(gate) multiplies the product with \(part), not its operand") { setting, history in
            let factor = setting.record(history).value(gate)!
            setting.parameters = setting.parameters.scaling(part, by: factor)
            setting.substitutes[gate] = factor.map { _ in 1 }
        }
    }

    /// A gate behind the product, and on a bias as well.
    private func productAndBias(
        _ gate: String, _ weights: ScalarTree.Part, _ bias: ScalarTree.Part
    ) -> EquationConfusion {
        inEquation(
            .otherValue, "\(gate) multiplies the product with \(weights) and \(bias), not the operand"
        ) { setting, history in
            let factor = setting.record(history).value(gate)!
            setting.parameters = setting.parameters.scaling(weights, by: factor).scaling(bias, by: factor)
            setting.substitutes[gate] = factor.map { _ in 1 }
        }
    }
}

extension ScalarTree {
    /// The same with the units of one parameter, or of one gate's part of it, multiplied by a factor each.
    fileprivate func scaling(_ part: Part, by factor: [Double]) -> ScalarTree {
        replacing(part, self[part] * Tensor(factor))
    }
}
