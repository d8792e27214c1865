import TapestryAutograd

/// How far a value may be off.
struct EquationTolerance {
    /// Relative to the largest magnitude of the value in its step.
    var relative: Double
    /// Some roundings of 1, which is how large inputs are: a small value may come from the difference of larger ones.
    let rounding: Double

    func allowed(_ scale: Double) -> Double { relative * scale + rounding }
}

/// Collects comparisons in the order of the steps and of the reference.
struct EquationComparer {
    let tolerance: EquationTolerance
    private(set) var deviation: EquationDeviation?
    /// The number of comparisons before the one that found the deviation.
    private(set) var deviationPosition: Int?
    /// The number of comparisons so far.
    private(set) var position = 0
    private(set) var comparisons: [EquationComparison] = []
    private(set) var namesOnlyInReference: [String] = []
    private(set) var namesOnlyInCell: [String] = []

    init(tolerance: EquationTolerance) { self.tolerance = tolerance }

    /// Compares all that a step computed with what the reference says of each row.
    mutating func compare(
        _ step: EquationTrace.Step, with records: [EquationRecord], step time: Int
    ) throws(EquationProblem) {
        try compare(values: step.values, with: records, step: time)
        try compare(step.output, with: records.map(\.result.outputs), step: time, EquationQuantity.output) {
            EquationProblem.outputsDiffer(cell: $0, reference: $1)
        }
        if let state = step.state {
            try compare(state, with: records.map(\.result.state), step: time, EquationQuantity.state) {
                EquationProblem.statesDiffer(cell: $0, reference: $1)
            }
        }
    }

    /// Compares the values named in one step with what the reference yields for each row.
    private mutating func compare(
        values: [(name: String, tensor: Tensor<Double>)], with records: [EquationRecord], step: Int
    ) throws(EquationProblem) {
        let names = records[0].yielded.map(\.name)
        if let row = records.firstIndex(where: { $0.yielded.map(\.name) != names }) {
            throw .namesDiffer(step: step, row: row)
        }
        var unmatched = values
        var numbers: [String: Int] = [:]
        for (index, name) in names.enumerated() {
            guard let match = unmatched.firstIndex(where: { $0.name == name }) else {
                namesOnlyInReference.appendIfNew(name)
                continue
            }
            let value = unmatched.remove(at: match)
            let number = numbers[name, default: 0]
            numbers[name] = number + 1
            try compare(
                .named(name, number: number), value.tensor, with: records.map { $0.yielded[index].values }, step: step)
        }
        for value in unmatched { namesOnlyInCell.appendIfNew(value.name) }
    }

    /// Compares every tensor of an output or a state.
    private mutating func compare(
        _ tree: ScalarTree, with expected: [[String: [Double]]], step: Int, _ quantity: (String) -> EquationQuantity,
        orThrow problem: ([String], [String]) -> EquationProblem
    ) throws(EquationProblem) {
        let paths = tree.entries.map(\.path)
        for row in expected where Set(row.keys) != Set(paths) { throw problem(paths, row.keys.sorted()) }
        for entry in tree.entries {
            try compare(quantity(entry.path), entry.tensor, with: expected.map { $0[entry.path]! }, step: step)
        }
    }

    /// Compares a tensor `[batch, …]` with the reference's numbers for each row.
    private mutating func compare(
        _ quantity: EquationQuantity, _ computed: Tensor<Double>, with expected: [[Double]], step: Int
    ) throws(EquationProblem) {
        guard computed.shape.first == expected.count,
            expected.allSatisfy({ $0.count * expected.count == computed.count })
        else {
            throw .countsDiffer(quantity: quantity, shape: computed.shape, expected: expected[0].count)
        }
        let pairs = Array(zip(computed.scalars, expected.joined()))
        let width = expected[0].count
        if let index = pairs.firstIndex(where: { !$0.0.isFinite || !$0.1.isFinite }) {
            throw .notFinite(
                quantity: quantity, step: step, row: index / width, unit: index % width, computed: pairs[index].0,
                expected: pairs[index].1)
        }
        record(quantity, pairs, width: width, step: step)
    }

    private mutating func record(
        _ quantity: EquationQuantity, _ pairs: [(computed: Double, expected: Double)], width: Int, step: Int
    ) {
        let scale = pairs.reduce(0) { max($0, $1.computed.magnitude, $1.expected.magnitude) }
        let errors = pairs.map { ($0.computed - $0.expected).magnitude }
        guard let worst = errors.indices.max(by: { errors[$0] < errors[$1] }) else { return }
        let deviatingCount = errors.count { $0 > tolerance.allowed(scale) }
        note(
            quantity, count: pairs.count, largest: scale > 0 ? errors[worst] / scale : 0,
            deviatingStep: deviatingCount > 0 ? step : nil)
        if deviation == nil, deviatingCount > 0 {
            deviation = EquationDeviation(
                quantity: quantity, step: step, row: worst / width, unit: worst % width,
                computed: pairs[worst].computed, expected: pairs[worst].expected, scale: scale,
                deviatingCount: deviatingCount, count: pairs.count)
            deviationPosition = position
        }
        position += 1
    }

    private mutating func note(_ quantity: EquationQuantity, count: Int, largest: Double, deviatingStep: Int?) {
        let index = comparisons.firstIndex { $0.quantity == quantity } ?? comparisons.count
        if index == comparisons.count { comparisons.append(EquationComparison(quantity: quantity)) }
        comparisons[index].count += count
        comparisons[index].largestDeviation = max(comparisons[index].largestDeviation, largest)
        comparisons[index].firstDeviatingStep = comparisons[index].firstDeviatingStep ?? deviatingStep
    }

    /// Throws if no named value was compared.
    func requireComparison() throws(EquationProblem) {
        let compared = comparisons.contains { if case .named = $0.quantity { true } else { false } }
        if !compared { throw .nothingCompared(named: namesOnlyInCell, yielded: namesOnlyInReference) }
    }
}

extension [String] {
    fileprivate mutating func appendIfNew(_ name: String) {
        if !contains(name) { append(name) }
    }
}
