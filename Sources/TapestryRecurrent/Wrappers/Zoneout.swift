import TapestryAutograd
import TapestryLayers

/// While training, each element of the state keeps its value of the step before with a probability; while inferring, it
/// is the expected value of that:
///
///     sₜ = m ⊙ sₜ₋₁ + (1 − m) ⊙ s̃ₜ           s̃ₜ: what the cell gives;  m: drawn with the rate, or the rate itself
///
/// An output that is a part of the state, as hₜ of an LSTM, is that part of the new state.
///
/// Reference: D. Krueger et al., "Zoneout: regularizing RNNs by randomly preserving hidden activations", 2017.
public struct Zoneout<Cell: StructuredRecurrentCell>: StructuredRecurrentCell {
    /// The type of the elements of parameters.
    public typealias Scalar = Cell.Scalar

    /// The cell.
    public var cell: Cell
    /// The rates by the path of the state's tensors; what no pattern matches has the rate 0.
    public let rates: [StateRate]

    /// Zoneout with one rate for the whole state. Traps unless 0 ≤ rate ≤ 1.
    public init(_ cell: Cell, rate: Double) { self.init(cell, rates: [StateRate(rate, of: "*")]) }

    /// Zoneout with rates of their own for parts of the state: `[StateRate(0.5, of: "cell"), StateRate(0.05, of:
    /// "hidden")]`.
    public init(_ cell: Cell, rates: [StateRate]) {
        self.cell = cell
        self.rates = rates
    }

    /// The cell's own.
    public func initialState(batchSize: Int) -> Cell.State { cell.initialState(batchSize: batchSize) }

    /// A step of the cell, and what zoneout makes of it.
    public func step(_ input: Cell.Input, _ state: Cell.State) -> (output: Cell.Output, state: Cell.State) {
        let (output, next) = cell.step(input, state)
        let before = ModuleTree(of: state).leaves
        var after = ModuleTree(of: next)
        var replaced: [(old: Value, new: Value)] = []
        for index in after.leaves.indices where after.leaves[index].isParameter {
            let rate = rates.rate(of: after.leaves[index].path)
            if rate == 0 { continue }
            let (old, new) = (Tensor<Scalar>(before[index].value), Tensor<Scalar>(after.leaves[index].value))
            let kept = mixture(of: old, new, rate).value
            replaced.append((after.leaves[index].value, kept))
            after.leaves[index].value = kept
        }
        return (output.replacing(replaced), after.module())
    }

    private func mixture(of old: Tensor<Scalar>, _ new: Tensor<Scalar>, _ rate: Double) -> Tensor<Scalar> {
        if Mode.current == .inference { return old * Scalar(rate) + new * Scalar(1 - rate) }
        return select(Tensor<Scalar>.uniform(new.shape) .< Scalar(rate), old, new)
    }

    /// The cell prepared.
    public func prepared(for input: Cell.Input, _ state: Cell.State) -> Zoneout {
        Zoneout(cell.prepared(for: input, state), rates: rates)
    }
}

extension Zoneout: RecurrentCell where Cell: RecurrentCell {}

/// A rate for those tensors of a state whose paths match a pattern. A state that is one tensor has an empty path, which
/// `*` matches.
public struct StateRate: Codable, Sendable, Equatable {
    /// A probability.
    public let rate: Double
    private let text: String
    /// Which tensors are meant.
    public var pattern: ParameterPattern { ParameterPattern(text) }

    /// A rate of some tensors. Traps unless 0 ≤ rate ≤ 1.
    public init(_ rate: Double, of pattern: ParameterPattern) {
        if !(0...1).contains(rate) { trap("rate", "\(rate) is not a probability") }
        self.rate = rate
        text = pattern.text
    }
}

extension [StateRate] {
    /// The rate of the first pattern that matches.
    func rate(of path: String) -> Double { first { $0.pattern.matches(path) }?.rate ?? 0 }
}
