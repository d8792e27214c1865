import TapestryAutograd

/// What the caller of a check decides, beside the function and the point.
struct GradientCheckSettings {
    let frozen: [ParameterPattern]
    let elements: CheckedElements
    let tolerance: GradientTolerance
    let mode: Mode
    let seed: UInt64
}

/// What a check is of, for reports: the types as the caller knows them.
struct CheckedSubject {
    let name: String
    /// Where the caller gave several modules, the type of each by the first part of its paths.
    var parts: [(path: String, type: String)] = []

    /// The type that a parameter belongs to.
    func type(at path: String) -> String {
        parts.first { path.split(separator: ".").first.map(String.init) == $0.path }?.type ?? name
    }
}

/// One gradient check.
struct GradientChecker<Input: Module, Output: Module> {
    let function: (Input) -> Output
    let point: Input
    let subject: CheckedSubject
    let settings: GradientCheckSettings

    func report() -> GradientReport {
        let outcome = withMode(settings.mode) {
            Result { () throws(GradientProblem) in try checkedBlocks() }
        }
        return switch outcome {
        case .success(let checked): report(blocks: checked.blocks, evaluationCount: checked.evaluationCount)
        case .failure(let problem): report(problem: problem)
        }
    }

    private func report(
        problem: GradientProblem? = nil, blocks: [GradientBlock] = [], evaluationCount: Int = 0
    ) -> GradientReport {
        GradientReport(
            problem: problem, blocks: blocks, subject: subject.name, tolerance: settings.tolerance,
            seed: settings.seed, evaluationCount: evaluationCount)
    }

    private func checkedBlocks() throws(GradientProblem) -> (blocks: [GradientBlock], evaluationCount: Int) {
        let (tree, parameters) = try differentiableParameters()
        let results = try reproducedResults()
        let plain = ContractedFunction(function, at: tree, results: results, seed: settings.seed)
        let gradient = try reverseGradient(contractedWith: plain.cotangents, results)
        let noise = plain.noise(perturbing: parameters)
        let source = RandomSource(seed: settings.seed &+ 2)
        let blocks = parameters.flatMap { ParameterBlock.blocks(of: tree.leaves[$0], at: $0) }.map { block in
            BlockCheck(
                block: block, values: tree.leaves[block.leaf].value.array.elements(as: Double.self),
                gradient: gradient[block.leaf], noise: noise, tolerance: settings.tolerance
            ).result(of: block.sample(settings.elements, using: source)) { values in
                plain.changes(at: values.count, of: [block.leaf]) { point, _, elements in
                    elements[values[point].element] = values[point].value
                }
            }
        }
        // Two runs at the point and one on a tape, beside the perturbed ones.
        return (blocks, plain.evaluationCount + 3)
    }

    /// The module taken apart, its parameters without gaps, and which of the leaves are to be checked.
    private func differentiableParameters() throws(GradientProblem) -> (tree: ModuleTree, parameters: [Int]) {
        var tree = ModuleTree(of: point)
        var parameters: [Int] = []
        for index in tree.leaves.indices where tree.leaves[index].isParameter {
            let leaf = tree.leaves[index]
            if settings.frozen.matches(leaf.path) { continue }
            let path = leaf.path.isEmpty ? "The tensor" : leaf.path
            if leaf.value.elementType != .float64 {
                throw .singlePrecision(path: path, type: subject.type(at: leaf.path))
            }
            if leaf.value.count == 0 { throw .emptyParameter(path: path) }
            tree.leaves[index].value = Value(leaf.value.array.contiguous())
            parameters.append(index)
        }
        if parameters.isEmpty { throw .noParameter(type: subject.name) }
        return (tree, parameters)
    }

    /// The function's results at the point, the same in two runs, and finite.
    private func reproducedResults() throws(GradientProblem) -> [CheckedResult] {
        let first = try CheckedResult.results(of: withRandomSeed(settings.seed) { function(point) }).get()
        let second = try CheckedResult.results(of: withRandomSeed(settings.seed) { function(point) }).get()
        for (a, b) in zip(first, second) {
            if let element = a.firstDifference(from: b) {
                throw .notDeterministic(
                    place: a.place(of: element), first: a.elements[element], second: b.elements[element])
            }
            if let element = a.elements.firstIndex(where: { !$0.isFinite }) {
                throw .resultNotFinite(place: a.place(of: element), value: a.elements[element])
            }
        }
        return first
    }

    /// For each leaf of the point, its gradient in row-major order.
    private func reverseGradient(
        contractedWith cotangents: [[Double]], _ results: [CheckedResult]
    ) throws(GradientProblem) -> [[Double]] {
        let (value, pullback) = withRandomSeed(settings.seed) { vjp(at: point, mode: settings.mode, of: function) }
        let recorded = try CheckedResult.results(of: value).get()
        for (plain, recorded) in zip(results, recorded) {
            if let element = plain.firstLargeDifference(from: recorded) {
                throw .dependsOnRecording(
                    place: plain.place(of: element), plain: plain.elements[element],
                    recorded: recorded.elements[element])
            }
        }
        var tree = ModuleTree(of: value)
        var next = cotangents.makeIterator()
        for index in tree.leaves.indices where tree.leaves[index].isParameter {
            tree.leaves[index].value = Tensor(shape: tree.leaves[index].value.shape, scalars: next.next()!).value
        }
        let gradient = ModuleTree(of: pullback(tree.module()))
        return gradient.leaves.map { leaf in
            leaf.value.elementType == .float64 ? leaf.value.array.elements(as: Double.self) : []
        }
    }
}
