import TapestryAutograd

/// What the caller of a check decides, beside the function and the point.
struct GradientCheckSettings {
    var frozen: [ParameterPattern]
    var elements: CheckedElements
    let tolerance: GradientTolerance
    let mode: Mode
    let seed: UInt64
    /// The highest order to check.
    var orders: Int
    /// What is looked at of a block that projections call wrong.
    var elementsOfWrongBlocks = CheckedElements.all
    /// What cotangents are multiplied by to see whether the gradient is linear in them: so large, and negative, that
    /// what is clipped or looks at the sign shows; a power of two, so that nothing is rounded.
    var largeFactor = -0x1p20
    /// Whether mappings of cotangents that change none at the point are left out where cotangents are so large.
    var leavesOutIdleMappings = true
    /// Whether a wrong gradient's origin is searched.
    var findsOrigin = true
    var progress: ((CheckProgress) -> Void)?
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
    var order = 1
    /// A function that reads elements, and whose differences are taken in place of those of the function.
    var reference: ((Input) -> Output)?

    func report() -> GradientReport {
        var report = reportOfThisOrder()
        if order < settings.orders, report.problem == nil {
            let next = GradientChecker<Input, Input>(
                function: contractedGradient, point: point, subject: subject, settings: settings, order: order + 1
            ).report()
            report.higherOrders = [next] + next.higherOrders
            report.higherOrders[0].higherOrders = []
        }
        if order == 1, settings.findsOrigin, report.verdict == .wrong {
            if report.lowestWrongOrder == nil {
                report.origin = origin()
            } else {
                report = withMode(settings.mode) { explained(report) }
            }
        }
        return report
    }

    /// x ↦ ∇⟨c, f(x)⟩ with fixed cotangents c: the function that the next order is about.
    private func contractedGradient(_ x: Input) -> Input {
        let (value, pullback) = vjp(at: x, mode: settings.mode, of: function)
        let source = RandomSource(seed: settings.seed &+ 3)
        return pullback(value.mapValues { Tensor<Double>.uniform($0.shape, from: 0.5, to: 1, using: source).value })
    }

    private func reportOfThisOrder() -> GradientReport {
        let outcome = withMode(settings.mode) {
            Result { () throws(GradientProblem) in try checkedBlocks() }
        }
        return switch outcome {
        case .success(let checked): report(checked)
        case .failure(let problem): report(CheckedBlocks(), problem)
        }
    }

    private func report(_ checked: CheckedBlocks, _ problem: GradientProblem? = nil) -> GradientReport {
        GradientReport(
            problem: problem, blocks: checked.blocks, subject: subject.name, tolerance: settings.tolerance,
            seed: settings.seed, evaluationCount: checked.evaluationCount, order: order,
            idleMappingCount: checked.idleMappingCount)
    }

    private struct CheckedBlocks {
        var blocks: [GradientBlock] = []
        var evaluationCount = 0
        var idleMappingCount = 0
    }

    private func checkedBlocks() throws(GradientProblem) -> CheckedBlocks {
        let (tree, parameters) = try differentiableParameters()
        let results = try reproducedResults()
        if order == 1 { try requireSameInEveryLayout(tree, parameters, results) }
        let plain = try contractedFunction(at: tree, results)
        let gradient = try reverseGradient(contractedWith: plain.cotangents, results)
        let noise = plain.noise(perturbing: parameters)
        func checked(
            _ noise: FunctionNoise, _ gradientNoise: [[Double]]?, progress: ((CheckProgress) -> Void)?
        ) -> [GradientBlock] {
            let checks = parameters.flatMap { ParameterBlock.blocks(of: tree.leaves[$0], at: $0) }.map { block in
                BlockCheck(
                    block: block, values: tree.leaves[block.leaf].value.array.elements(as: Double.self),
                    gradient: gradient.elements[block.leaf], noise: noise, gradientNoise: gradientNoise?[block.leaf],
                    tolerance: settings.tolerance,
                    order: order)
            }
            let run = Run(
                tree: tree, parameters: parameters, plain: plain, source: RandomSource(seed: settings.seed &+ 2),
                progress: progress)
            return settings.elements.projectionCount.map { projected(checks, $0, run) }
                ?? checks.enumerated().map { number, check in
                    counted(elementwise(check, settings.elements, run), number, of: checks.count, run)
                }
        }
        var blocks = checked(noise, nil, progress: settings.progress)
        // What rounding makes of intermediate results and of the gradient takes a few more runs: wrong is only what is
        // so beyond that, too.
        if blocks.contains(where: { $0.verdict == .wrong }) {
            let wider = noise.widened(to: roundingOfResults(cotangents: plain.cotangents))
            let gradientNoise = roundingOfGradient(tree, parameters, cotangents: plain.cotangents)
            blocks = checked(wider, gradientNoise, progress: nil)
        }
        // Where elements are wrong, they say more.
        if let nonlinearity = gradient.nonlinearity, !blocks.contains(where: { $0.count(of: .wrong) > 0 }) {
            throw nonlinearity
        }
        // Two runs at the point, one in another layout and one on a tape, beside the perturbed ones.
        return CheckedBlocks(
            blocks: blocks, evaluationCount: plain.evaluationCount + 4, idleMappingCount: gradient.idleMappingCount)
    }

    /// What differences are taken of.
    private func contractedFunction(
        at tree: ModuleTree, _ results: [CheckedResult]
    ) throws(GradientProblem) -> ContractedFunction<Input, Output> {
        guard let reference else {
            return ContractedFunction(function, at: tree, results: results, seed: settings.seed)
        }
        let results = try CheckedResult.results(of: reference(point)).get()
        return ContractedFunction(reference, at: tree, results: results, seed: settings.seed, isBatchable: false)
    }

    /// What the parts of one check share.
    private struct Run {
        let tree: ModuleTree
        let parameters: [Int]
        let plain: ContractedFunction<Input, Output>
        let source: RandomSource
        /// Is told each block that is done.
        let progress: ((CheckProgress) -> Void)?

        /// The function at many coordinates' values.
        func changes(_ values: [(probe: DifferenceProbe, value: Double)]) -> [Double] {
            plain.changes(at: values.count, of: Set(values.map(\.probe.leaf)).sorted()) { point, leaf, elements in
                let (probe, value) = values[point]
                if probe.leaf == leaf { probe.write(value, into: elements) }
            }
        }

        /// The same where all other elements are moved a little.
        func changesBesideTies(_ values: [(probe: DifferenceProbe, value: Double)]) -> [Double] {
            let moves = Dictionary(
                uniqueKeysWithValues: parameters.map { leaf in
                    let elements = tree.leaves[leaf].value.array.elements(as: Double.self)
                    let parts = Tensor<Double>.uniform([elements.count], from: -1, to: 1, using: source).scalars
                    let typical = ElementSize.typical(of: elements)
                    return (leaf, zip(elements, parts).map { max($0.magnitude, typical) * $1 })
                })
            return plain.changes(at: values.count, of: parameters) { point, leaf, elements in
                let (probe, value) = values[point]
                for (number, move) in moves[leaf]!.enumerated() {
                    elements[number] += move * DifferenceQuotient.displacement
                }
                if probe.leaf == leaf { probe.write(value, into: elements) }
            }
        }
    }

    /// Every element of a block, or a sample of them.
    private func elementwise(_ check: BlockCheck, _ selection: CheckedElements, _ run: Run) -> GradientBlock {
        let sample = check.block.sample(selection, using: run.source)
        var groups = [check.elements(sample)]
        ProbeGroup.settle(&groups, run.changes)
        groups[0].markSharedKinks(run.changesBesideTies)
        return check.result(groups[0], of: sample, adjoint: adjointTest(check, run)) { element in
            forwardDerivative(check.block.leaf, [element: 1], run)
        }
    }

    /// Random projections of every block, all of them at once; the blocks that they call wrong element by element.
    private func projected(_ checks: [BlockCheck], _ count: Int, _ run: Run) -> [GradientBlock] {
        var groups = checks.map { $0.projections(count, using: run.source) }
        ProbeGroup.settle(&groups, run.changes)
        return checks.indices.map { number in
            let check = checks[number]
            let block = check.result(groups[number], of: nil, adjoint: adjointTest(check, run)) { _ in .nan }
            let isWrong = block.verdict == .wrong
            return counted(isWrong ? elementsOfWrong(block, check, run) : block, number, of: checks.count, run)
        }
    }

    /// Passes on a block that is done, after it was told to whoever follows the check.
    private func counted(_ block: GradientBlock, _ number: Int, of count: Int, _ run: Run) -> GradientBlock {
        run.progress?(
            CheckProgress(
                completedCount: (order - 1) * count + number + 1, totalCount: settings.orders * count, name: block.name)
        )
        return block
    }

    /// A block that projections call wrong, element by element, or as it is if a sample of its elements does not show
    /// it.
    private func elementsOfWrong(_ block: GradientBlock, _ check: BlockCheck, _ run: Run) -> GradientBlock {
        let elements = elementwise(check, settings.elementsOfWrongBlocks, run)
        let isSample = elements.elements.count < elements.elementCount
        return isSample && elements.verdict != .wrong ? block : elements
    }

    private func adjointTest(_ check: BlockCheck, _ run: Run) -> AdjointTest {
        let parts = Tensor<Double>.uniform([check.block.elements.count], from: -1, to: 1, using: run.source).scalars
        let direction = Dictionary(uniqueKeysWithValues: zip(check.block.elements, parts))
        let forward = forwardDerivative(check.block.leaf, direction, run)
        let terms = direction.map { check.gradient[$0] * $1 }
        return AdjointTest(
            forward: forward, reverse: terms.reduce(0, +),
            allowed: 1e-9 * max(terms.reduce(0) { $0 + $1.magnitude }, forward.magnitude)
                + 16 * check.noise.deviation / check.typical * parts.reduce(0) { $0 + $1.magnitude }
                + direction.reduce(0) { $0 + check.gradientNoise(of: $1.key) * $1.value.magnitude })
    }

    /// ⟨c, J u⟩ by forward mode, for a direction u in one parameter.
    private func forwardDerivative(_ leaf: Int, _ direction: [Int: Double], _ run: Run) -> Double {
        var tree = run.tree
        for index in tree.leaves.indices where tree.leaves[index].isParameter {
            let value = tree.leaves[index].value
            var scalars = [Double](repeating: 0, count: value.count)
            if index == leaf { for (element, part) in direction { scalars[element] = part } }
            tree.leaves[index].value = Tensor<Double>(shape: value.shape, scalars: scalars).value
                .converted(to: value.elementType)
        }
        let tangent = CotangentMapping.$isLinearized.withValue(true) {
            withRandomSeed(settings.seed) {
                jvp(
                    at: run.tree.module(as: Input.self), along: tree.module(as: Input.self), mode: settings.mode,
                    of: function)
            }.tangent
        }
        let parts = ModuleTree(of: tangent).leaves.filter(\.isParameter)
        return zip(parts, run.plain.cotangents).reduce(0) { sum, part in
            zip(part.0.value.array.elements(as: Double.self), part.1).reduce(sum) { $0 + $1.0 * $1.1 }
        }
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

    private func reverseGradient(
        contractedWith cotangents: [[Double]], _ results: [CheckedResult]
    ) throws(GradientProblem) -> ReverseGradient {
        let (value, pullback) = withRandomSeed(settings.seed) { vjp(at: point, mode: settings.mode, of: function) }
        let recorded = try CheckedResult.results(of: value).get()
        for (plain, recorded) in zip(results, recorded) {
            if let element = plain.firstLargeDifference(from: recorded) {
                throw .dependsOnRecording(
                    place: plain.place(of: element), plain: plain.elements[element],
                    recorded: recorded.elements[element])
            }
        }
        let outputs = ModuleTree(of: value)
        func gradient(_ factor: Double) -> ModuleTree {
            var tree = outputs
            var next = cotangents.makeIterator()
            for index in tree.leaves.indices where tree.leaves[index].isParameter {
                let scaled = next.next()!.map { factor * $0 }
                tree.leaves[index].value = Tensor(shape: tree.leaves[index].value.shape, scalars: scaled).value
            }
            return ModuleTree(of: pullback(tree.module()))
        }
        try requireZeros(gradient(0))
        let watched = CotangentMapping.Trial()
        let plain = CotangentMapping.$trial.withValue(watched) { gradient(1) }
        let elements = plain.leaves.map { leaf in
            leaf.value.elementType == .float64 ? leaf.value.array.elements(as: Double.self) : []
        }
        let nonlinearity = nonlinearity(plain, watched, gradient)
        return ReverseGradient(elements: elements, nonlinearity: nonlinearity, idleMappingCount: watched.counts.idle)
    }

    /// What the reverse walk gave.
    private struct ReverseGradient {
        /// For each leaf of the point, its gradient in row-major order.
        let elements: [[Double]]
        /// Where it is not linear in the cotangents, if so.
        let nonlinearity: GradientProblem?
        /// How often a mapping of cotangents changed nothing.
        let idleMappingCount: Int
    }

    /// Where the gradient is not linear in the cotangents. Mappings that change none of the check's own are left out
    /// where cotangents are huge: what they are for is another size. What they do to the sign counts.
    private func nonlinearity(
        _ plain: ModuleTree, _ watched: CotangentMapping.Trial, _ gradient: (Double) -> ModuleTree
    ) -> GradientProblem? {
        if watched.counts.idle == 0 || !settings.leavesOutIdleMappings {
            return nonlinearity(plain, scaled: gradient(settings.largeFactor), by: settings.largeFactor)
        }
        let skipping = CotangentMapping.Trial(skippingThoseOf: watched)
        let large = CotangentMapping.$trial.withValue(skipping) { gradient(settings.largeFactor) }
        return nonlinearity(plain, scaled: gradient(-1), by: -1)
            ?? nonlinearity(plain, scaled: large, by: settings.largeFactor)
    }

    /// Where the gradient for cotangents that are much larger is not larger in proportion.
    private func nonlinearity(_ plain: ModuleTree, scaled: ModuleTree, by factor: Double) -> GradientProblem? {
        for (a, b) in zip(plain.leaves, scaled.leaves) where a.isParameter && a.value.elementType == .float64 {
            let expected = a.value.array.elements(as: Double.self).map { factor * $0 }
            let found = b.value.array.elements(as: Double.self)
            let largest = expected.lazy.map(\.magnitude).filter(\.isFinite).max() ?? 0
            // What is near the smallest numbers has no digits to compare.
            let allowed = max(1e-9 * largest, 0x1p-940)
            let element = expected.indices.first {
                expected[$0].isFinite && found[$0].isFinite && (expected[$0] - found[$0]).magnitude > allowed
            }
            if let element {
                let position = ElementPosition.of(element, in: a.value.shape)
                return .notLinear(
                    place: "\(a.path)\(position.isEmpty ? "" : "\(position)")", factor: factor,
                    expected: expected[element], value: found[element])
            }
        }
        return nil
    }

    /// The gradient is linear in the cotangents: zeros give zeros, or NaN where a slope is infinite, which its element
    /// will say.
    private func requireZeros(_ gradient: ModuleTree) throws(GradientProblem) {
        for leaf in gradient.leaves where leaf.isParameter {
            let elements = leaf.value.array.converted(to: .float64).elements(as: Double.self)
            if let element = elements.firstIndex(where: { $0 != 0 && !$0.isNaN }) {
                let place = ElementPosition.of(element, in: leaf.value.shape)
                throw .notZeroOfZero(place: "\(leaf.path)\(place.isEmpty ? "" : "\(place)")", value: elements[element])
            }
        }
    }

    /// The function's results where the same parameters lie otherwise in memory.
    private func requireSameInEveryLayout(
        _ tree: ModuleTree, _ parameters: [Int], _ results: [CheckedResult]
    ) throws(GradientProblem) {
        var transposed = tree
        for index in parameters where tree.leaves[index].value.shape.count > 1 {
            let order = Array(tree.leaves[index].value.shape.indices.reversed())
            let turned = Tensor<Double>(tree.leaves[index].value).permuted(order).value.array.copied()
            transposed.leaves[index].value = Tensor<Double>(Value(turned)).permuted(order).value
        }
        let others = try CheckedResult.results(of: withRandomSeed(settings.seed) { function(transposed.module()) })
            .get()
        for (result, other) in zip(results, others) {
            if let element = result.firstLargeDifference(from: other) {
                throw .dependsOnLayout(
                    place: result.place(of: element), contiguous: result.elements[element],
                    transposed: other.elements[element])
            }
        }
    }
}
