import TapestryAutograd

/// Moves the parameters of a model along a gradient.
///
/// An optimiser's memory of each parameter is a value of the model's own type. It is a value itself: a copy is a
/// snapshot, and it encodes for checkpoints.
///
/// A step is arithmetic on tensors. Inside of a derivative it is differentiated like all else, by the parameters, by
/// the gradient, which is one of the second order then, and by what the optimiser remembers:
///
/// ```swift
/// let outer = gradient(at: model) { model in
///     var adapted = model
///     var optimizer = SGD(for: model, learningRate: 0.1)
///     optimizer.update(&adapted, along: gradient(at: model) { loss($0, support) })
///     return loss(adapted, query)
/// }
/// ```
///
/// `model.withoutDerivative()`, or that of the gradient, makes a step of the first order of it.
public protocol Optimizer<Model>: Codable, Sendable {
    /// The type of the model and of its gradient.
    associatedtype Model: Module
    /// The step size η, finite and at least 0. Schedules set it between steps.
    var learningRate: Double { get set }
    /// Takes one step. `frozen` parameters, and what the optimiser remembers of them, stay as they are.
    ///
    /// Traps unless model, gradient and memory have the same tensors in the same shapes, each pattern in `frozen` means
    /// some parameter, and the optimiser's settings are in their ranges.
    mutating func update(_ model: inout Model, along gradient: Model, freezing frozen: [ParameterPattern])
}

extension Optimizer {
    /// Takes one step with all parameters. Traps as `update(_:along:freezing:)` does.
    public mutating func update(_ model: inout Model, along gradient: Model) {
        update(&model, along: gradient, freezing: [])
    }
}

/// An optimiser whose step is a formula of one parameter at a time, so that parameters may have step sizes and decays
/// of their own.
public protocol ParameterwiseOptimizer<Model>: Optimizer {
    /// The step size, the decay and the groups.
    var settings: StepSettings { get set }
}

extension ParameterwiseOptimizer {
    /// η, finite and at least 0, of which groups have a multiple.
    public var learningRate: Double {
        get { settings.learningRate }
        set { settings.learningRate = newValue }
    }

    /// λ, and the parameters that it spares.
    public var weightDecay: WeightDecay {
        get { settings.weightDecay }
        set { settings.weightDecay = newValue }
    }

    /// Parameters with a step size or a decay of their own.
    public var groups: [ParameterGroup] {
        get { settings.groups }
        set { settings.groups = newValue }
    }

    /// Whether steps go uphill, along the gradient of a reward: g ← −g, before decay, so that weights still shrink.
    public var isMaximizing: Bool {
        get { settings.isMaximizing }
        set { settings.isMaximizing = newValue }
    }
}

/// Traps unless a setting of an optimiser is at least 0, and finite or below a limit.
func checkRange(_ name: @autoclosure () -> String, _ value: Double, below limit: Int? = nil) {
    guard value >= 0, value < limit.map(Double.init) ?? .infinity else {
        trap("optimizer", "the \(name()) \(value) is not in 0 ..< \(limit.map { "\($0)" } ?? "∞")")
    }
}
