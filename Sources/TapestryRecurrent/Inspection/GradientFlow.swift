import Synchronization
import TapestryAutograd

/// How much of a loss's gradient reaches the states of each step: ‖∂L/∂sₜ‖ for every tensor s of the state and every t.
///
/// In a plain recurrent network the norms fall exponentially from the step of the loss to earlier ones; an LSTM's cell
/// state keeps them.
///
/// ```swift
/// let flow = layer.gradientFlow(inputs) { square($0.outputs[-1]).sum() }
/// flow["hidden"]                      // one number a step
/// ```
///
/// Reference: Y. Bengio, P. Simard and P. Frasconi, "Learning long-term dependencies with gradient descent is
/// difficult", 1994.
public struct GradientFlow: Sendable {
    /// The names of the tensors of the state, after those of the scopes around the steps and a slash each. A state that
    /// is one tensor is called `state`.
    public let names: [String]
    private let norms: [String: [Double]]

    /// The Euclidean norm of ∂L/∂sₜ over all rows and units, for every t; traps on a name that is not among `names`.
    public subscript(_ name: String) -> [Double] {
        guard let norms = norms[name] else { trap("gradientFlow", "no state is called \"\(name)\", but \(names)") }
        return norms
    }

    fileprivate init(_ observed: [GradientFlowObserver.Entry]) {
        names = observed.map(\.name).uniqued
        norms = Dictionary(grouping: observed, by: \.name).mapValues { entries in
            entries.sorted { $0.time < $1.time }.map(\.norm)
        }
    }
}

extension RecurrentLayer {
    /// Runs over a sequence and back, and returns what arrives at the states. The gradient is the whole one: through
    /// the output of step t and all later steps.
    ///
    /// - Parameters:
    ///   - inputs: see `callAsFunction(_:initialState:mask:)`.
    ///   - initialState: the state before the first step; by default what the cell begins with.
    ///   - mask: which steps of which sequences are there; by default all.
    ///   - loss: one number, of the layer's result.
    public func gradientFlow(
        _ inputs: Input, initialState: State? = nil, mask: SequenceMask? = nil,
        of loss: (RecurrentResult<Output, State>) -> Tensor<Scalar>
    ) -> GradientFlow {
        let observer = GradientFlowObserver()
        GradientFlowObserver.$current.withValue(observer) {
            Naming.observers.add(1, ordering: .relaxed)
            defer { Naming.observers.subtract(1, ordering: .relaxed) }
            _ = gradient(at: self) { loss($0.run(inputs, initialState: initialState, mask: mask)) }
        }
        return GradientFlow(observer.entries)
    }
}

/// Puts hooks on the states as they come out of the steps.
final class GradientFlowObserver: Sendable {
    @TaskLocal static var current: GradientFlowObserver?

    struct Entry {
        let name: String
        let time: Int
        var norm = 0.0
    }

    private let observed = Mutex<[Entry]>([])
    var entries: [Entry] { observed.withLock { $0 } }

    /// What a step returned, with a hook on every tensor of the state, and on the output where it is one of them.
    func observing<Output: Module, State: Module>(
        _ output: Output, _ state: State, at time: Int
    ) -> (output: Output, state: State) {
        var tree = ModuleTree(of: state)
        var replaced: [(old: Value, new: Value)] = []
        for index in tree.leaves.indices where tree.leaves[index].isParameter {
            let (path, value) = (tree.leaves[index].path, tree.leaves[index].value)
            let name = (Naming.scope.dropLast() + [path.isEmpty ? "state" : path]).joined(separator: "/")
            let hooked =
                value.elementType == .float64
                ? observing(Tensor<Double>(value), name, time).value : observing(Tensor<Float>(value), name, time).value
            replaced.append((value, hooked))
            tree.leaves[index].value = hooked
        }
        return (output.replacing(replaced), tree.module())
    }

    private func observing<Scalar: DifferentiableScalar>(
        _ tensor: Tensor<Scalar>, _ name: String, _ time: Int
    ) -> Tensor<Scalar> {
        let index = observed.withLock { entries in
            if let known = entries.firstIndex(where: { $0.name == name && $0.time == time }) { return known }
            entries.append(Entry(name: name, time: time))
            return entries.count - 1
        }
        return tensor.observingCotangent { cotangent in
            let norm = cotangent.parameterNorm
            self.observed.withLock { $0[index].norm = norm }
        }
    }
}

extension Module {
    /// The module with other values in the place of some, which it may share with another module.
    func replacing(_ replaced: [(old: Value, new: Value)]) -> Self {
        mapTensors { value in
            replaced.first { $0.old.array.identity == value.array.identity }?.new ?? value
        }
    }
}

extension [String] {
    /// The elements in the order in which they appear first, each once.
    fileprivate var uniqued: [String] {
        var seen: Set<String> = []
        return filter { seen.insert($0).inserted }
    }
}
