import TapestryAutograd

/// What an optimiser remembers of each parameter, and the walk over the parameters of a model, its gradient and these
/// memories side by side.
struct ParameterMemory<Model: Module>: Codable, Sendable {
    /// One parameter, as an optimiser sees it, with what decay does to it done.
    struct Parameter {
        let value: Value
        let gradient: Value
        /// η of its group.
        let learningRate: Double
        /// t, this step included, counted for each parameter: one that was frozen for a while has seen fewer, and how
        /// much its memories lack is a matter of what they themselves have seen.
        let stepCount: Int
    }

    /// What is remembered of one parameter.
    struct Slot {
        /// Tensors of its shape, zeros before its first step.
        var values: [Value]
        /// A number, 1 before its first step.
        var number: Double
    }

    /// Each of the model's own type.
    private var memories: [SeparateTies<Model>]
    private var numbers: [Double] = []
    private var stepCounts: [Int] = []

    /// Zeros for each parameter, `count` times.
    init(of model: Model, count: Int) { memories = Array(repeating: SeparateTies(model.zerosLike), count: count) }

    /// One memory, which is a copy of the parameters.
    init(copying model: Model) { memories = [SeparateTies(model)] }

    /// Whether nothing is remembered.
    var isEmpty: Bool { memories.isEmpty }

    /// Replaces parameters and memories by what `step` makes of them, in operations on values: where a parameter, a
    /// gradient or a memory is tracked, the step is differentiated like anything else. What is frozen, and what is
    /// remembered of it, stays as it is.
    mutating func update(
        _ model: inout Model, along gradient: Model, freezing frozen: [ParameterPattern], _ settings: StepSettings,
        decay kind: DecayKind = .coupled, _ step: (_ parameter: Parameter, _ slot: inout Slot) -> Value
    ) {
        var tree = ModuleTree(of: model)
        let gradients = ModuleTree(of: gradient).leaves
        var memoryTrees = memories.map { ModuleTree(of: $0.wrapped) }
        settings.check(for: tree.leaves)
        tree.leaves.checkMatches(of: frozen, "frozen pattern", in: "optimizer")
        checkCounts(tree, gradients, memoryTrees)
        if stepCounts.count != tree.leaves.count {
            stepCounts = Array(repeating: 0, count: tree.leaves.count)
            numbers = Array(repeating: 1, count: tree.leaves.count)
        }
        for index in tree.leaves.indices {
            let leaf = tree.leaves[index]
            guard leaf.isParameter, !frozen.matches(leaf.path) else { continue }
            checkShapes(leaf, gradients[index].value, memoryTrees.map { $0.leaves[index].value })
            stepCounts[index] += 1
            let rates = settings.rates(for: leaf.path)
            var (value, slope) = (leaf.value.withoutFinishedTapes, gradients[index].value.withoutFinishedTapes)
            if settings.isMaximizing { slope = -slope }
            if rates.decay != 0 {
                switch kind {
                case .coupled: slope = slope + value * rates.decay
                case .decoupled: value = value * (1 - rates.decay * rates.learning)
                }
            }
            var slot = Slot(
                values: memoryTrees.map { $0.leaves[index].value.withoutFinishedTapes }, number: numbers[index])
            tree.leaves[index].value = step(
                Parameter(
                    value: value, gradient: slope, learningRate: rates.learning, stepCount: stepCounts[index]),
                &slot)
            for position in slot.values.indices { memoryTrees[position].leaves[index].value = slot.values[position] }
            numbers[index] = slot.number
        }
        model = tree.module()
        memories = memoryTrees.map { SeparateTies($0.module()) }
    }

    private func checkCounts(_ tree: ModuleTree, _ gradients: [ModuleTree.Leaf], _ memories: [ModuleTree]) {
        if gradients.count != tree.leaves.count {
            trap("optimizer", "the gradient has \(gradients.count) tensors and the model \(tree.leaves.count)")
        }
        for memory in memories where memory.leaves.count != tree.leaves.count {
            trap(
                "optimizer",
                "the model has \(tree.leaves.count) tensors and the optimizer remembers \(memory.leaves.count); "
                    + "a model that gains or loses tensors needs a new one")
        }
    }

    private func checkShapes(_ leaf: ModuleTree.Leaf, _ gradient: Value, _ memories: [Value]) {
        if gradient.shape != leaf.value.shape {
            trap("optimizer", "\(leaf.path) has shape \(leaf.value.shape) and its gradient \(gradient.shape)")
        }
        // A memory of another shape might be broadcast.
        for memory in memories where memory.shape != leaf.value.shape {
            trap(
                "optimizer", "\(leaf.path) has shape \(leaf.value.shape) and what is remembered of it \(memory.shape)")
        }
    }
}

extension Value {
    /// m ← β m + (1 − β) x.
    mutating func average(_ x: Value, decay: Double) { self = self * decay + x * (1 - decay) }

    /// √v of a memory of squares, which is 0 for a parameter that has had no gradient yet: of |g| / (|g| + ε) only the
    /// root would have no slope there.
    var rootOfSquares: Value { isTracked ? squareRootFlatAtZero : squareRoot() }
}
