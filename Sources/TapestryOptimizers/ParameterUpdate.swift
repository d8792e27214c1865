import TapestryAutograd

/// The parameters of a model, its gradient and an optimiser's memories side by side.
struct ParameterUpdate<Model: Module> {
    /// One parameter, as an optimiser sees it.
    struct Parameter {
        let path: String
        let value: Value
        let gradient: Value
    }

    /// Walks all of them at once and replaces parameter and memories by what `step` makes of them, in operations on
    /// values: where a parameter, a gradient or a memory is tracked, the step is differentiated like anything else.
    static func apply(
        _ model: inout Model, _ gradient: Model, _ memories: inout [Model], freezing frozen: [ParameterPattern],
        _ weightDecay: WeightDecay, _ step: (_ parameter: Parameter, _ memories: inout [Value]) -> Value
    ) {
        var modelTree = ModuleTree(of: model)
        let gradients = ModuleTree(of: gradient).leaves
        var memoryTrees = memories.map { ModuleTree(of: $0) }
        weightDecay.check(for: modelTree.leaves)
        modelTree.leaves.checkMatches(of: frozen, "frozen pattern", in: "optimizer")
        if gradients.count != modelTree.leaves.count {
            trap("optimizer", "the gradient has \(gradients.count) tensors and the model \(modelTree.leaves.count)")
        }
        for tree in memoryTrees where tree.leaves.count != modelTree.leaves.count {
            trap(
                "optimizer",
                "the model has \(modelTree.leaves.count) tensors and the optimizer remembers \(tree.leaves.count); "
                    + "a model that gains or loses tensors needs a new one")
        }
        for index in modelTree.leaves.indices {
            let leaf = modelTree.leaves[index]
            guard leaf.isParameter, !frozen.matches(leaf.path) else { continue }
            let gradient = gradients[index].value
            if gradient.shape != leaf.value.shape {
                trap("optimizer", "\(leaf.path) has shape \(leaf.value.shape) and its gradient \(gradient.shape)")
            }
            var values = memoryTrees.map { $0.leaves[index].value.withoutFinishedTapes }
            // A memory of another shape might be broadcast.
            for value in values where value.shape != leaf.value.shape {
                trap(
                    "optimizer",
                    "\(leaf.path) has shape \(leaf.value.shape) and what is remembered of it \(value.shape)")
            }
            modelTree.leaves[index].value = step(
                Parameter(
                    path: leaf.path, value: leaf.value.withoutFinishedTapes, gradient: gradient.withoutFinishedTapes),
                &values)
            for position in values.indices { memoryTrees[position].leaves[index].value = values[position] }
        }
        model = modelTree.module()
        memories = memoryTrees.map { $0.module() }
    }
}
