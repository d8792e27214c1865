import TapestryAutograd

/// Something that an equation reads, element by element, or a function of it.
struct EquationAtom {
    let name: String
    let values: (EquationSetting, EquationHistory) -> [Double]
    /// The same setting where it has other values.
    let replace: (inout EquationSetting, [Double]) -> Void
    /// The number of the operation that it is the result of, if it is one.
    var operation: Int?
    /// What the equation takes of it.
    var function = ScalarActivation.identity

    func value(_ setting: EquationSetting, _ history: EquationHistory) -> [Double] {
        values(setting, history).map(function.value)
    }
    var text: String { function.text(of: name) }
}

/// The functions of something that an equation is a sum of: a + b φ(x), or a + b φ(x) + c ψ(x).
struct EquationForm {
    let functions: [ScalarActivation]
    /// Values of x, one more than functions, from which a, b, … can be told.
    let nodes: [Double]
    /// What a, b, … are of the sums at the nodes.
    private let weights: [[Double]]

    /// Those that equations are made of, the simplest first.
    static let all: [EquationForm] = {
        // Where a function is 0 and where it is 1, nothing is lost.
        let single = [
            EquationForm([.identity], nodes: [0, 1]), EquationForm([.tanh], nodes: [0, 40]),
            EquationForm([.sigmoid], nodes: [-800, 40]), EquationForm([.square], nodes: [0, 1]),
        ]
        let functions = [ScalarActivation.identity, .square, .tanh, .sigmoid]
        let pairs = functions.indices.flatMap { first in
            functions.dropFirst(first + 1).map { EquationForm([functions[first], $0], nodes: [0, 1, -2]) }
        }
        return single + pairs
    }()

    private init(_ functions: [ScalarActivation], nodes: [Double]) {
        (self.functions, self.nodes) = (functions, nodes)
        let rows = nodes.map { x in [1] + functions.map { $0.value(x) } }
        weights = Tensor<Double>(rows).inverse().nestedArray()
    }

    /// a, b, … of the sums at the nodes, in each unit.
    func coefficients(of sums: [[Double]]) -> [[Double]] {
        weights.map { row in
            zip(row, sums).dropFirst().reduce(sums[0].map { row[0] * $0 }) { total, part in
                total.combined(part.1) { $0 + part.0 * $1 }
            }
        }
    }

    /// What the sum is for a value of x in each unit.
    func sum(_ coefficients: [[Double]], at x: [Double]) -> [Double] {
        zip(functions, coefficients.dropFirst()).reduce(coefficients[0]) { total, part in
            total.indices.map { total[$0] + part.1[$0] * part.0.value(x[$0]) }
        }
    }
}

/// A product of atoms, by their numbers, and what it is multiplied by.
struct EquationTerm {
    /// Which of the products in an expansion it is.
    let position: Int
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
    private static let mostEvaluations = 128

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

    /// Something that the argument of an activation reads, and in which functions.
    fileprivate typealias Read = (atom: EquationAtom, form: EquationForm)

    /// A sum of products of functions of what is read.
    struct Expansion {
        fileprivate let read: [Read]
        /// The functions of what is read, those of one thing beside each other.
        let atoms: [EquationAtom]
        let terms: [EquationTerm]
    }

    /// The functions of what it reads of which this activation's argument is a polynomial, linear in each, and its
    /// terms. What it takes in other ways stays as it is.
    func expansion(under activation: ScalarActivation) -> Expansion? {
        let setting = search.history.setting(search.time, 0)
        let plain = quantity(setting, search.history, [])
        let own = plain.map { activation.preActivations($0).lower }
        guard own.allSatisfy(\.isFinite) else { return nil }
        let read = atoms.compactMap { atom -> Read? in
            let values = atom.values(setting, search.history)
            if quantity(setting, search.history, [(atom, values.map { $0 + 0.37 })]) == plain { return nil }
            let form = form(of: values, own) {
                quantity(setting, search.history, [(atom, $0)]).map { activation.preActivations($0).lower }
            }
            return form.map { (atom, $0) }
        }
        if read.isEmpty || evaluationCount(read) > Self.mostEvaluations { return nil }
        return terms(read, activation).map { Expansion(read: read, atoms: functions(read), terms: $0) }
    }

    private func evaluationCount(_ read: [Read]) -> Int {
        // More than can be is enough to know.
        read.reduce(1) { min($0 * $1.form.nodes.count, 1 << 20) }
    }

    private func functions(_ read: [Read]) -> [EquationAtom] {
        read.flatMap { atom, form in
            form.functions.map { function in
                var atom = atom
                atom.function = function
                return atom
            }
        }
    }

    /// The simplest functions of an operand that the argument is a sum of.
    private func form(
        of values: [Double], _ own: [Double], _ argument: ([Double]) -> [Double]
    ) -> EquationForm? {
        // Several points, so that what passes one by chance does not count.
        let others = [values.map { 0.5 - 0.7 * $0 }, values.map { -0.3 - 1.1 * $0 }]
        let points = [(values, own)] + others.map { ($0, argument($0)) }
        return EquationForm.all.first { form in
            let coefficients = form.coefficients(of: form.nodes.map { argument(constant($0)) })
            return points.allSatisfy { values, found in
                zip(found, form.sum(coefficients, at: values)).allSatisfy {
                    ($0 - $1).magnitude <= 1e-8 * (1 + $1.magnitude)
                }
            }
        }
    }

    /// The coefficient of every product of functions of what is read, one of each at most, in each unit.
    func coefficients(
        _ expansion: Expansion, _ activation: ScalarActivation, _ setting: EquationSetting, _ history: EquationHistory
    ) -> [[Double]] {
        coefficients(expansion.read, activation, setting, history)
    }

    private func coefficients(
        _ read: [Read], _ activation: ScalarActivation, _ setting: EquationSetting, _ history: EquationHistory
    ) -> [[Double]] {
        var sums = (0..<evaluationCount(read)).map { place in
            let changes = zip(read, digits(of: place, read)).map { ($0.atom, constant($0.form.nodes[$1])) }
            return quantity(setting, history, changes).map { activation.preActivations($0).lower }
        }
        // One operand after the other.
        var stride = 1
        for (_, form) in read {
            let count = form.nodes.count
            for start in sums.indices where start / stride % count == 0 {
                let places = (0..<count).map { start + $0 * stride }
                for (place, values) in zip(places, form.coefficients(of: places.map { sums[$0] })) {
                    sums[place] = values
                }
            }
            stride *= count
        }
        return sums
    }

    /// Which node, or which function, of each operand a place stands for.
    private func digits(of place: Int, _ read: [Read]) -> [Int] {
        var rest = place
        return read.map { _, form in
            defer { rest /= form.nodes.count }
            return rest % form.nodes.count
        }
    }

    /// The numbers of the atoms that are multiplied at a place.
    private func factors(at place: Int, _ read: [Read]) -> [Int] {
        var first = 0
        return zip(read, digits(of: place, read)).compactMap { read, digit in
            defer { first += read.form.functions.count }
            return digit == 0 ? nil : first + digit - 1
        }
    }

    private func terms(_ read: [Read], _ activation: ScalarActivation) -> [EquationTerm]? {
        let rows = (0..<min(search.rowCount, 2)).map {
            coefficients(read, activation, search.history.setting(search.time, $0), search.history)
        }
        let terms = rows[0].indices.filter { rows[0][$0].contains { $0.magnitude > 1e-7 } }.map { place in
            let (own, first) = (rows[0][place], rows[0][place].first ?? 0)
            let isConstant = rows.allSatisfy { $0[place].allSatisfy { ($0 - first).magnitude <= 1e-8 } }
            return EquationTerm(
                position: place, factors: factors(at: place, read), constant: isConstant ? first : nil,
                coefficients: own)
        }
        // Many evaluations for each step then.
        let isCheap = evaluationCount(read) <= 16 || terms.allSatisfy { $0.constant != nil }
        return rows.joined().allSatisfy { $0.allSatisfy(\.isFinite) } && isCheap ? terms : nil
    }
}
