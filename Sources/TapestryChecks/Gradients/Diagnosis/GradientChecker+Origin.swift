import TapestryArrays
import TapestryAutograd

// What a wrong gradient comes from, and what it looks like.

extension GradientChecker {
    /// The report with the origin of what is wrong, and a diagnosis of every wrong block.
    func explained(_ report: GradientReport) -> GradientReport {
        var report = report
        let order = report.lowestWrongOrder!.order
        var function = recordedFunction()
        var settings = settings
        settings.orders = order
        var origin = RuleSearch(function: function, settings: settings).origin()
        if order == 1, origin.wrongRule == nil { (origin.cuts, function) = cuts(in: function, report) }
        origin.isUnexplained = origin.isEmpty && report.lowestWrongOrder!.hasWrongReverse
        let common = origin.diagnosis(in: function)
        let stepCount = function.stepCount
        report.diagnose(
            blocksOf: tree, common, isPathMissing: origin.isUnexplained && common == nil, stepCount: stepCount)
        for index in report.higherOrders.indices {
            report.higherOrders[index].diagnose(blocksOf: tree, nil, isPathMissing: false, stepCount: stepCount)
        }
        report.origin = origin
        return report
    }

    /// The records of the function, whose rules are then held against differences.
    func origin() -> GradientOrigin {
        withMode(settings.mode) { RuleSearch(function: recordedFunction(), settings: settings).origin() }
    }

    private var tree: ModuleTree {
        var tree = ModuleTree(of: point)
        for index in tree.leaves.indices where tree.leaves[index].isParameter {
            tree.leaves[index].value = Value(tree.leaves[index].value.array.contiguous())
        }
        return tree
    }

    func recordedFunction(keepingCuts: Bool = false) -> ReplayableFunction {
        withRandomSeed(settings.seed) {
            ReplayableFunction(
                of: function, at: tree.module(as: Input.self), mode: settings.mode, keepingCuts: keepingCuts)
        }
    }

    /// The cuts that explain the gradient, and the record of the function in which they are found. What is computed
    /// from a constant is not on the function's own tape, and so is looked for on one that keeps cuts.
    private func cuts(
        in function: ReplayableFunction, _ report: GradientReport
    ) -> ([GradientOrigin.Cut], ReplayableFunction) {
        let cuts = cutsOnTape(of: function, report)
        if !cuts.isEmpty { return (cuts, function) }
        let marked = recordedFunction(keepingCuts: true)
        let cutsByMark = marked.operations.contains(where: \.isCut) ? cutsOnTape(of: marked, report) : []
        return (cutsByMark, cutsByMark.isEmpty ? function : marked)
    }

    private func cutsOnTape(of function: ReplayableFunction, _ report: GradientReport) -> [GradientOrigin.Cut] {
        let leaves = tree.leaves.filter(\.isParameter)
        let results = function.results.map { function.value(of: $0) }
        guard (leaves.map(\.value) + results).allSatisfy({ $0.elementType == .float64 }) else { return [] }
        let blocks = leaves.indices.flatMap { ParameterBlock.blocks(of: leaves[$0], at: $0) }
        let compared = report.wrongBlocks(of: leaves, blocks)
        func isRight(_ gradients: [[Double]]) -> Bool {
            compared.allSatisfy { block, compared in
                compared.differences.allSatisfy { number, d in
                    let g = gradients[block.leaf][block.elements[number]]
                    return (g - d.value).magnitude <= 2 * compared.slack + d.error
                }
            }
        }
        let cotangents = ContractedFunction<Input, Output>.cotangents(
            for: results.map { $0.array.elements(as: Double.self) }, seed: settings.seed)
        return CutSearch(
            function: function, isRight: isRight, inputs: leaves.map { Tensor($0.value) }, cotangents: cotangents
        ).cuts()
    }
}

extension GradientReport {
    /// The wrong blocks with their places in the parameters.
    fileprivate func wrongBlocks(
        of leaves: [ModuleTree.Leaf], _ places: [ParameterBlock]
    ) -> [(place: ParameterBlock, compared: ComparedBlock)] {
        blocks.filter { $0.verdict == .wrong }.compactMap { block in
            places.first { $0.parameter == block.parameter && $0.part == block.part }.map {
                ($0, ComparedBlock(block, shape: $0.shape, tolerance: tolerance))
            }
        }
    }

    /// Says of every wrong block what it looks like.
    ///
    /// - Parameters:
    ///   - common: what is known of the whole gradient; it says more than a block that follows no special pattern.
    ///   - isPathMissing: whether nothing else can be the reason.
    fileprivate mutating func diagnose(
        blocksOf tree: ModuleTree, _ common: GradientDiagnosis?, isPathMissing: Bool, stepCount: Int
    ) {
        let places = tree.leaves.indices.filter { tree.leaves[$0].isParameter }
            .flatMap { ParameterBlock.blocks(of: tree.leaves[$0], at: $0) }
        let shapes = Dictionary(places.map { ([$0.parameter, $0.part], $0.shape) }) { first, _ in first }
        let all = blocks.map { ComparedBlock($0, shape: shapes[[$0.parameter, $0.part]]!, tolerance: tolerance) }
        for index in blocks.indices where blocks[index].verdict == .wrong {
            // The other gates of the parameter before other parameters.
            let (own, foreign) = all.indices.filter { $0 != index }.reduce(into: ([Int](), [Int]())) { parts, other in
                if blocks[other].parameter == blocks[index].parameter {
                    parts.0.append(other)
                } else {
                    parts.1.append(other)
                }
            }
            let others = own + foreign
            var (pattern, evidence) = all[index].pattern(stepCount: stepCount, others: others.map { all[$0] })
            if pattern.isVague, let common { (pattern, evidence) = (common.pattern, common.evidence) }
            if pattern == .unrecognized, isPathMissing {
                (pattern, evidence) = (.detached, "No rule is wrong. \(GradientOrigin.missingPathText)")
            }
            blocks[index].diagnosis = GradientDiagnosis(pattern, modes: all[index].modes, evidence)
        }
    }
}
