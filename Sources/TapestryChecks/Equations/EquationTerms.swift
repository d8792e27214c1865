import TapestryAutograd

/// Something that an equation reads, element by element.
struct EquationAtom {
    let name: String
    let values: (EquationSetting, EquationHistory) -> [Double]
    /// The same setting where it has other values.
    let replace: (inout EquationSetting, [Double]) -> Void
    /// The number of the operation that it is the result of, if it is one.
    var operation: Int?
    /// What the equation takes of it, and values of which that is next to 0 and to 1.
    var function = ScalarActivation.identity
    var zero = 0.0
    var one = 1.0

    func value(_ setting: EquationSetting, _ history: EquationHistory) -> [Double] {
        values(setting, history).map(function.value)
    }
    var text: String { function == .identity ? name : "\(function.rawValue)(\(name))" }
}

/// A product of atoms, by their numbers, and what it is multiplied by.
struct EquationTerm {
    let factors: [Int]
    /// The coefficient, if it is one number; else it is made of what the equation takes in other ways.
    let constant: Double?
    /// The coefficient of each unit in the deviating step, in the first row.
    let coefficients: [Double]
}

/// Evaluates the equation with other values of what it reads.
struct EquationProbe {
    let search: EquationConfusions
    /// What the equation could read.
    let atoms: [EquationAtom]
    private static let mostAtoms = 7

    init(_ search: EquationConfusions) {
        self.search = search
        let names = search.operandNames.map { name in
            EquationAtom(name: name) { setting, history in
                setting.record(history).value(name) ?? []
            } replace: {
                $0.substitutes[name] = $1
            }
        }
        let states = search.operandStates.map { path in
            EquationAtom(name: search.previous(path)) { setting, _ in
                setting.state(path)
            } replace: {
                $0.states = $0.states.replacing([path: $1])
            }
        }
        let operations = search.operationsInEquation.filter { search.record.operations[$0].width == search.width }
            .map { number in
                var atom = EquationAtom(name: search.name(ofOperation: number)) { setting, history in
                    setting.record(history).operations[number].result
                } replace: { setting, values in
                    setting.operations[number] = { _ in values }
                }
                atom.operation = number
                return atom
            }
        let parameters = search.trace.parameters
        let vectors = parameters.parts.filter { parameters[$0].shape == [search.width] }.map { part in
            let own = parameters[part].scalars
            return EquationAtom(name: "\(part)") { _, _ in
                own
            } replace: { setting, values in
                setting.parameters = setting.parameters.replacing(part, Tensor(values))
            }
        }
        atoms = names + states + operations + vectors
    }

    /// The quantity where some of the atoms have other values.
    private func quantity(
        _ setting: EquationSetting, _ history: EquationHistory, _ changes: [(EquationAtom, [Double])]
    ) -> [Double] {
        let record = setting.record(history)
        var setting = setting
        setting.substitutes = record.uniqueValues
        // What an operation reads is not what is changed here.
        for (number, operation) in record.operations.enumerated() {
            let result = operation.result
            setting.operations[number] = { _ in result }
        }
        for (atom, values) in changes { atom.replace(&setting, values) }
        return search.replay.record(setting).values(of: search.quantity) ?? []
    }

    private func constant(_ value: Double) -> [Double] { [Double](repeating: value, count: search.width) }

    /// The atoms of which this activation's argument is a polynomial, linear in each, and its terms. What it takes in
    /// other ways stays as it is.
    func terms(under activation: ScalarActivation) -> ([EquationAtom], [EquationTerm])? {
        let setting = search.history.setting(search.time, 0)
        let plain = quantity(setting, search.history, [])
        let own = plain.map { activation.preActivations($0).lower }
        guard own.allSatisfy(\.isFinite) else { return nil }
        let read = atoms.compactMap { atom -> EquationAtom? in
            let values = atom.values(setting, search.history)
            if quantity(setting, search.history, [(atom, values.map { $0 + 0.37 })]) == plain { return nil }
            return form(of: atom, values, own) {
                quantity(setting, search.history, [(atom, $0)]).map { activation.preActivations($0).lower }
            }
        }
        if read.isEmpty || read.count > Self.mostAtoms { return nil }
        return terms(read, activation).map { (read, $0) }
    }

    /// The atom, or a function of it, of which the argument is a linear function.
    private func form(
        of atom: EquationAtom, _ values: [Double], _ own: [Double], _ argument: ([Double]) -> [Double]
    ) -> EquationAtom? {
        let other = values.map { 0.5 - 0.7 * $0 }
        let second = argument(other)
        for (function, zero, one) in [
            (ScalarActivation.identity, 0.0, 1.0), (.tanh, 0, 40), (.sigmoid, -800, 40),
        ] {
            let (low, high) = (argument(constant(zero)), argument(constant(one)))
            // Two points, so that what passes one by chance does not count.
            let isLine = [(values, own), (other, second)].allSatisfy { values, found in
                found.indices.allSatisfy {
                    let expected = low[$0] + (high[$0] - low[$0]) * function.value(values[$0])
                    return (found[$0] - expected).magnitude <= 1e-8 * (1 + expected.magnitude)
                }
            }
            if isLine {
                var form = atom
                (form.function, form.zero, form.one) = (function, zero, one)
                return form
            }
        }
        return nil
    }

    /// The coefficient of every product of atoms, by the subset's bits, in each unit: by inclusion and exclusion.
    func expansion(
        _ atoms: [EquationAtom], _ activation: ScalarActivation, _ setting: EquationSetting, _ history: EquationHistory
    ) -> [[Double]] {
        let count = 1 << atoms.count
        var sums = (0..<count).map { subset in
            let changes = atoms.indices.map {
                (atoms[$0], constant(subset >> $0 & 1 == 1 ? atoms[$0].one : atoms[$0].zero))
            }
            return quantity(setting, history, changes).map { activation.preActivations($0).lower }
        }
        for bit in atoms.indices {
            for subset in 0..<count where subset >> bit & 1 == 1 {
                sums[subset] = sums[subset].combined(sums[subset ^ (1 << bit)], -)
            }
        }
        return sums
    }

    private func terms(_ atoms: [EquationAtom], _ activation: ScalarActivation) -> [EquationTerm]? {
        let rows = (0..<min(search.rowCount, 2)).map {
            expansion(atoms, activation, search.history.setting(search.time, $0), search.history)
        }
        let terms = rows[0].indices.filter { rows[0][$0].contains { $0.magnitude > 1e-7 } }.map { subset in
            let (own, first) = (rows[0][subset], rows[0][subset].first ?? 0)
            let isConstant = rows.allSatisfy { $0[subset].allSatisfy { ($0 - first).magnitude <= 1e-8 } }
            return EquationTerm(
                factors: atoms.indices.filter { subset >> $0 & 1 == 1 }, constant: isConstant ? first : nil,
                coefficients: own)
        }
        // Many evaluations for each step then.
        let isCheap = atoms.count <= 4 || terms.allSatisfy { $0.constant != nil }
        return rows.joined().allSatisfy { $0.allSatisfy(\.isFinite) } && isCheap ? terms : nil
    }
}
