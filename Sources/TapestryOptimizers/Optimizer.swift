import TapestryAutograd

/// Moves the parameters of a model along a gradient.
///
/// An optimiser's memory of each parameter is a value of the model's own type. It is a value itself: a copy is a
/// snapshot, and it encodes for checkpoints.
public protocol Optimizer<Model>: Codable, Sendable {
    associatedtype Model: Module
    /// The step size.
    var learningRate: Double { get set }
    /// Takes one step. `frozen` parameters, and what the optimiser remembers of them, stay as they are.
    mutating func update(_ model: inout Model, along gradient: Model, freezing frozen: [ParameterPattern])
}

extension Optimizer {
    /// Takes one step with all parameters.
    public mutating func update(_ model: inout Model, along gradient: Model) {
        update(&model, along: gradient, freezing: [])
    }
}

/// Decoupled or coupled decay of weights toward zero, and the parameters that it spares.
public struct WeightDecay: Codable, Sendable {
    public var rate: Double
    /// Parameters without decay, by path, for instance `*.bias`.
    public var exceptions: [String]

    public init(rate: Double, except exceptions: [String] = []) {
        self.rate = rate
        self.exceptions = exceptions
    }

    func rate(for path: String) -> Double {
        exceptions.contains { ParameterPattern($0).matches(path) } ? 0 : rate
    }
}

/// The parameters of a model, its gradient and an optimiser's memories side by side.
struct ParameterUpdate<Model: Module> {
    /// Walks all of them at once and replaces parameter and memories by what `step` makes of them.
    static func apply(
        _ model: inout Model, _ gradient: Model, _ memories: inout [Model], freezing frozen: [ParameterPattern],
        _ step: (_ path: String, _ parameter: Value, _ gradient: Value, _ memories: inout [Value]) -> Value
    ) {
        var modelTree = ModuleTree(of: model)
        let gradients = ModuleTree(of: gradient).leaves
        var memoryTrees = memories.map { ModuleTree(of: $0) }
        if gradients.count != modelTree.leaves.count {
            trap("optimizer", "the gradient has \(gradients.count) tensors and the model \(modelTree.leaves.count)")
        }
        for index in modelTree.leaves.indices {
            let leaf = modelTree.leaves[index]
            guard leaf.isParameter, !frozen.matches(leaf.path) else { continue }
            let gradient = gradients[index].value
            if gradient.shape != leaf.value.shape {
                trap("optimizer", "\(leaf.path) has shape \(leaf.value.shape) and its gradient \(gradient.shape)")
            }
            var values = memoryTrees.map { $0.leaves[index].value }
            modelTree.leaves[index].value = step(
                leaf.path, leaf.value.withoutTapes, gradient.withoutTapes, &values)
            for position in values.indices { memoryTrees[position].leaves[index].value = values[position] }
        }
        model = modelTree.module()
        memories = memoryTrees.map { $0.module() }
    }
}
