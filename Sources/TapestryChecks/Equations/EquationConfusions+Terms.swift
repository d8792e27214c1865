import TapestryAutograd

/// Equations that are sums of products of what they read, perhaps with an activation around: f ⊙ c + i ⊙ C̃,
/// σ(w + u + b), (1 − z) ⊙ n + z ⊙ h. Their terms are found by setting what they read to zeros and ones.
extension EquationConfusions {
    var ofTerms: [EquationConfusion] {
        let probe = EquationProbe(self)
        for activation in [ScalarActivation.identity, .tanh, .sigmoid] {
            guard let expansion = probe.expansion(under: activation) else { continue }
            return TermConfusions(probe: probe, activation: activation, expansion: expansion).all
        }
        return []
    }
}

/// The mistakes with the terms of an equation.
private struct TermConfusions {
    let probe: EquationProbe
    let activation: ScalarActivation
    let expansion: EquationProbe.Expansion

    private var atoms: [EquationAtom] { expansion.atoms }
    private var terms: [EquationTerm] { expansion.terms }
    private var search: EquationConfusions { probe.search }
    private var others: [EquationAtom] { probe.atoms }

    var all: [EquationConfusion] {
        terms.indices.flatMap(ofTerm) + complements + ofPairs + ofGroups + extraTerms
    }

    /// What the atoms and the coefficients of the terms are in one row of one step.
    private struct Values {
        let atoms: [[Double]]
        let coefficients: [[Double]]
        var other: [Double] = []
    }

    private func values(_ setting: EquationSetting, _ history: EquationHistory) -> Values {
        let isConstant = terms.allSatisfy { $0.constant != nil }
        let coefficients = isConstant ? [] : probe.coefficients(expansion, activation, setting, history)
        return Values(
            atoms: atoms.map { $0.value(setting, history) },
            coefficients: terms.map { term in
                term.constant.map { [Double](repeating: $0, count: search.width) }
                    ?? coefficients[term.position]
            })
    }

    /// A mistake that adds something to the argument of the activation, perhaps with something else that the equation
    /// may not read.
    private func adding(
        _ kind: EquationConfusionKind, _ statement: String, with other: EquationAtom? = nil,
        _ change: @escaping (_ unit: Int, Values) -> Double
    ) -> EquationConfusion {
        search.value(kind, "\(statement) in \(search.quantity)", isInexact: activation != .identity) {
            [activation] own, setting, history in
            var values = values(setting, history)
            values.other = other.map { $0.value(setting, history) } ?? []
            return own.indices.map { unit in
                activation.value(activation.preActivations(own[unit]).lower + change(unit, values))
            }
        }
    }

    private func product(_ factors: [Int], _ unit: Int, _ values: Values) -> Double {
        factors.reduce(1) { $0 * values.atoms[$1][unit] }
    }

    private func value(_ place: Int, _ unit: Int, _ values: Values) -> Double {
        values.coefficients[place][unit] * product(terms[place].factors, unit, values)
    }

    private func text(_ factors: [Int]) -> String {
        factors.isEmpty ? "1" : factors.map { atoms[$0].text }.joined(separator: " · ")
    }

    private func name(_ place: Int) -> String {
        let term = terms[place]
        return term.factors.isEmpty && term.constant == nil
            ? "what else is added" : "the term \(text(term.factors))"
    }

    /// What is said of something that is so many times what it should be.
    private func scaled(_ ratio: Double) -> (kind: EquationConfusionKind, predicate: String) {
        switch ratio {
        case -1e-6...1e-6: (.missingTerm, "is missing")
        case -1.000001...(-0.999999): (.sign, "has the opposite sign")
        case 1.999999...2.000001: (.extraTerm, "is there twice")
        default: (.scale, "is \(NumberText.ratio(ratio)) times what it should be")
        }
    }

    // MARK: One term

    private func ofTerm(_ place: Int) -> [EquationConfusion] {
        let (term, what) = (terms[place], name(place))
        var confusions: [EquationConfusion] = []
        if let ratio = ratioOfDeviation(to: { value(place, $0, $1) }) {
            let (kind, predicate) = scaled(1 + ratio)
            confusions.append(adding(kind, "\(what) \(predicate)") { ratio * value(place, $0, $1) })
        }
        if terms.count > 2, let ratio = ratioOfDeviation(to: { rest(of: place, $0, $1) }) {
            let (kind, predicate) = scaled(1 + ratio)
            confusions.append(adding(kind, "all but \(what) \(predicate)") { ratio * rest(of: place, $0, $1) })
        }
        if term.constant == nil { confusions += ofCoefficient(place) }
        for factor in term.factors { confusions += ofFactor(factor, place) }
        for other in others {
            confusions += [
                adding(.extraFactor, "\(what) is multiplied by \(other.text) too", with: other) {
                    value(place, $0, $1) * ($1.other[$0] - 1)
                },
                adding(.extraFactor, "\(what) is multiplied by 1 − \(other.text) too", with: other) {
                    -value(place, $0, $1) * $1.other[$0]
                },
            ]
        }
        if term.factors.count == 2 {
            let (a, b) = (term.factors[0], term.factors[1])
            confusions.append(
                adding(.otherValue, "\(atoms[a].text) and \(atoms[b].text) are added, not multiplied,") {
                    let (x, y) = ($1.atoms[a][$0], $1.atoms[b][$0])
                    return $1.coefficients[place][$0] * (x + y - x * y)
                })
        }
        return confusions
    }

    /// An activation, around what else a term is multiplied by, that is not there, or is there and should not be.
    private func ofCoefficient(_ place: Int) -> [EquationConfusion] {
        let what =
            terms[place].factors.isEmpty
            ? "what else is added" : "what \(text(terms[place].factors)) is multiplied by"
        func changed(_ predicate: String, _ function: @escaping (Double) -> Double) -> EquationConfusion {
            adding(.activation, "\(what) \(predicate)") {
                let own = $1.coefficients[place][$0]
                return (function(own) - own) * product(terms[place].factors, $0, $1)
            }
        }
        return [ScalarActivation.tanh, .sigmoid].flatMap { activation in
            [
                changed("lacks \(activation.rawValue)") { activation.preActivations($0).lower },
                changed("has \(activation.rawValue) around it", activation.value),
            ]
        }
    }

    private func rest(of place: Int, _ unit: Int, _ values: Values) -> Double {
        terms.indices.reduce(0) { $1 == place ? $0 : $0 + value($1, unit, values) }
    }

    /// A factor that another one stands in for in one term.
    private func ofFactor(_ factor: Int, _ place: Int) -> [EquationConfusion] {
        let rest = terms[place].factors.filter { $0 != factor }
        let own = atoms[factor]
        func replaced(
            _ kind: EquationConfusionKind, _ text: String, by other: EquationAtom,
            _ function: @escaping (Double) -> Double = { $0 }
        ) -> EquationConfusion {
            adding(kind, "\(name(place)) has \(text) where \(own.text) belongs", with: other) { unit, values in
                let change = function(values.other[unit]) - values.atoms[factor][unit]
                return values.coefficients[place][unit] * product(rest, unit, values) * change
            }
        }
        let missing = adding(.missingFactor, "\(name(place)) lacks the factor \(own.text)") {
            $1.coefficients[place][$0] * product(rest, $0, $1) * (1 - $1.atoms[factor][$0])
        }
        let activations = [ScalarActivation.tanh, .sigmoid, .relu].map { activation in
            replaced(.activation, "\(activation.rawValue)(\(own.text))", by: own, activation.value)
        }
        let byOthers = others.filter { $0.name != own.name }.flatMap { other in
            inTheSameFunction(own, other, replaced) + [
                replaced(.otherValue, other.name, by: other),
                replaced(.complement, "1 − \(other.name)", by: other) { 1 - $0 },
                replaced(.activation, "tanh(\(other.name))", by: other, ScalarActivation.tanh.value),
            ]
        }
        return [missing] + activations + otherFunctions(of: own, replaced) + byOthers
    }

    /// Something else of which the equation takes the function that it should take of an atom, or one factor of a
    /// square.
    private func inTheSameFunction(
        _ own: EquationAtom, _ other: EquationAtom,
        _ replaced: (EquationConfusionKind, String, EquationAtom, @escaping (Double) -> Double) -> EquationConfusion
    ) -> [EquationConfusion] {
        if own.function == .identity { return [] }
        let all = replaced(.otherValue, own.function.text(of: other.name), other, own.function.value)
        if own.function != .square { return [all] }
        let name = "\(own.name) · \(other.name)"
        let product = EquationAtom(name: name) { setting, history in
            own.values(setting, history).combined(other.values(setting, history), *)
        } replace: { _, _ in
        }
        return [all, replaced(.otherValue, name, product) { $0 }]
    }

    /// Another function in the place of the one that the equation takes of an atom.
    private func otherFunctions(
        of own: EquationAtom,
        _ replaced: (EquationConfusionKind, String, EquationAtom, @escaping (Double) -> Double) -> EquationConfusion
    ) -> [EquationConfusion] {
        if own.function == .identity { return [] }
        var bare = own
        bare.function = .identity
        let others = ScalarActivation.allCases.filter { $0 != own.function && $0 != .identity }
        let functions = ([.identity] + others).map { activation in
            replaced(.activation, activation.text(of: own.name), bare, activation.value)
        }
        guard let number = own.operation else { return functions }
        let behind = EquationAtom(name: own.name) { setting, history in
            let operation = setting.record(history).operations[number]
            return operation(operation.operand.map(own.function.value))
        } replace: { _, _ in
        }
        return functions + [replaced(.activation, "\(own.name) of \(own.function.rawValue)", behind) { $0 }]
    }

    // MARK: 1 − a

    /// Pairs of terms c b and −d a b, of which (c − d) b + d (1 − a) b can be said, each with its a.
    private var complementPairs: [(gate: Int, place: Int, other: Int)] {
        terms.indices.flatMap { place in
            atoms.indices.compactMap { gate in
                if terms[place].factors.contains(gate) { return nil }
                let factors = (terms[place].factors + [gate]).sorted()
                let other = terms.indices.first { other in
                    terms[other].factors == factors
                        && zip(terms[other].coefficients, terms[place].coefficients).allSatisfy { $0 * $1 < 0 }
                }
                return other.map { (gate, place, $0) }
            }
        }
    }

    private var complements: [EquationConfusion] {
        complementPairs.flatMap { gate, place, other in
            let (own, rest) = (atoms[gate].text, text(terms[place].factors))
            return [
                adding(.complement, "\(rest) is multiplied by \(own) where 1 − \(own) belongs") {
                    let coefficient = -$1.coefficients[other][$0]
                    return coefficient * product(terms[place].factors, $0, $1) * (2 * $1.atoms[gate][$0] - 1)
                },
                adding(.otherValue, "1 − \(own) and \(rest) are added, not multiplied,") {
                    let (x, y) = (1 - $1.atoms[gate][$0], product(terms[place].factors, $0, $1))
                    return -$1.coefficients[other][$0] * (x + y - x * y)
                },
            ]
        }
    }

    // MARK: Several terms

    /// Some terms of the sum.
    private struct Part {
        let text: String
        /// The numbers of the terms.
        let members: Set<Int>
        let value: (_ unit: Int, Values) -> Double
    }

    /// Sums that should be products. Two terms (1 − a) b are one here.
    private var ofPairs: [EquationConfusion] {
        let single = terms.indices.map { place in
            Part(text: text(terms[place].factors), members: [place]) { value(place, $0, $1) }
        }
        let complements = complementPairs.map { gate, place, other in
            Part(text: "(1 − \(atoms[gate].text)) · \(text(terms[place].factors))", members: [place, other]) {
                value(place, $0, $1) + value(other, $0, $1)
            }
        }
        let parts = single + complements
        return parts.indices.flatMap { first in
            parts.indices.dropFirst(first + 1).filter { parts[first].members.isDisjoint(with: parts[$0].members) }
                .flatMap { second in
                    let (a, b) = (parts[first], parts[second])
                    let others: [(String, (Double, Double) -> Double)] = [
                        ("are multiplied, not added,", { $0 * $1 }),
                        ("give their maximum, not their sum,", { max($0, $1) }),
                        ("give their minimum, not their sum,", { min($0, $1) }),
                    ]
                    return others.map { text, function in
                        adding(.otherValue, "\(a.text) and \(b.text) \(text)") {
                            let (x, y) = (a.value($0, $1), b.value($0, $1))
                            return function(x, y) - x - y
                        }
                    }
                }
        }
    }

    /// All that an atom is multiplied by, in all terms together.
    private var ofGroups: [EquationConfusion] {
        atoms.indices.flatMap { atom -> [EquationConfusion] in
            let group = terms.indices.filter { terms[$0].factors.contains(atom) }
            if group.count < 2 { return [] }
            func sum(_ unit: Int, _ values: Values) -> Double {
                group.reduce(0) { $0 + value($1, unit, values) }
            }
            var confusions: [EquationConfusion] = []
            if let ratio = ratioOfDeviation(to: sum) {
                let (kind, predicate) = scaled(1 + ratio)
                confusions.append(adding(kind, "all with \(atoms[atom].text) \(predicate)") { ratio * sum($0, $1) })
            }
            confusions.append(
                adding(.otherValue, "\(atoms[atom].text) and what it is multiplied by are added,") {
                    let (own, sum) = ($1.atoms[atom][$0], sum($0, $1))
                    return own + sum / own - sum
                })
            for other in others where other.name != atoms[atom].name {
                for (text, function) in [(other.name, { $0 }), ("1 − \(other.name)", { 1 - $0 })]
                    as [(String, (Double) -> Double)]
                {
                    confusions.append(
                        adding(.otherValue, "\(atoms[atom].text) is multiplied by \(text) alone", with: other) {
                            $1.atoms[atom][$0] * function($1.other[$0]) - sum($0, $1)
                        })
                }
            }
            return confusions
        }
    }

    /// A product of up to two things that the equation reads, or could read, with one number for a coefficient. One of
    /// the two may be 1 less the thing, or a function of it.
    private var extraTerms: [EquationConfusion] {
        let all = atoms + others.filter { other in !atoms.contains { $0.text == other.text } }
        let plain = all.indices.flatMap { first in
            ([nil] + all.indices.filter { $0 >= first }.map(Optional.some)).compactMap { second in
                extraTerm([all[first]] + (second.map { [all[$0]] } ?? []))
            }
        }
        let functions = all.filter { $0.function == .identity }.flatMap { atom in
            let complement = EquationAtom(name: "(1 − \(atom.name))") { setting, history in
                atom.values(setting, history).map { 1 - $0 }
            } replace: { _, _ in
            }
            return [complement]
                + [ScalarActivation.square, .tanh, .sigmoid].map { function in
                    var changed = atom
                    changed.function = function
                    return changed
                }
        }
        // Products that belong to another equation, or to none.
        let products = search.products(search.width).map { product in
            EquationAtom(name: "(\(product.name))", values: product.values) { _, _ in
            }
        }
        let changed = (functions + products).flatMap { factor in
            [extraTerm([factor])] + all.map { extraTerm([factor, $0]) }
        }
        return plain + changed.compactMap(\.self)
    }

    private func extraTerm(_ factors: [EquationAtom]) -> EquationConfusion? {
        func term(_ setting: EquationSetting, _ history: EquationHistory) -> [Double] {
            let values = factors.map { $0.value(setting, history) }
            return values.dropFirst().reduce(values[0]) { $0.combined($1, *) }
        }
        guard let factor = ratioOfDeviation(toTerm: term) else { return nil }
        let text = factors.map(\.text).joined(separator: " · ")
        let number = (factor - 1).magnitude < 1e-6 ? "" : "\(NumberText.ratio(factor)) · "
        return search.value(
            .extraTerm, "\(number)\(text) is added in \(search.quantity)", isInexact: activation != .identity
        ) { [activation] own, setting, history in
            own.combined(term(setting, history)) {
                activation.value(activation.preActivations($0).lower + factor * $1)
            }
        }
    }

    // MARK: What the deviation says

    private func ratioOfDeviation(to value: (_ unit: Int, Values) -> Double) -> Double? {
        ratioOfDeviation { setting, history in
            let values = values(setting, history)
            return (0..<search.width).map { value($0, values) }
        }
    }

    /// By how many times a term the argument deviates, where that is one number for all units and rows.
    private func ratioOfDeviation(
        toTerm term: (EquationSetting, EquationHistory) -> [Double]
    ) -> Double? {
        var pairs: [(deviation: Double, term: Double)] = []
        for row in 0..<search.rowCount {
            let setting = search.history.setting(search.time, row)
            guard let expected = setting.record(search.history).values(of: search.quantity),
                let computed = search.trace.steps[search.time].values(of: search.quantity, row: row)
            else { return nil }
            let deviations = computed.combined(expected) {
                activation.preActivations($0).lower - activation.preActivations($1).lower
            }
            pairs += zip(deviations, term(setting, search.history)).map { ($0, $1) }
        }
        pairs = pairs.filter { $0.deviation.isFinite }
        guard pairs.count > 2, let largest = pairs.max(by: { $0.term.magnitude < $1.term.magnitude }),
            largest.term != 0
        else { return nil }
        let ratio = largest.deviation / largest.term
        let allowed = 1e-6 * largest.deviation.magnitude
        return pairs.allSatisfy { ($0.deviation - ratio * $0.term).magnitude <= allowed } ? ratio : nil
    }
}
