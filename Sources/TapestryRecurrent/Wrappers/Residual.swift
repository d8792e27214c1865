import TapestryAutograd
import TapestryLayers

/// A cell whose output is added to its input: yₜ + xₜ. Both need the same shape.
///
/// Reference: K. He, X. Zhang, S. Ren and J. Sun, "Deep residual learning for image recognition", 2016; between
/// recurrent layers: Y. Wu et al., "Google's neural machine translation system", 2016.
public struct Residual<Cell: RecurrentCell>: RecurrentCell
where Cell.Input == Tensor<Cell.Scalar>, Cell.Output == Tensor<Cell.Scalar> {
    /// The type of the elements of parameters.
    public typealias Scalar = Cell.Scalar

    /// The cell under the connection.
    public var cell: Cell

    /// A residual connection around a cell.
    public init(_ cell: Cell) { self.cell = cell }

    /// The cell's own.
    public func initialState(batchSize: Int) -> Cell.State { cell.initialState(batchSize: batchSize) }

    /// yₜ + xₜ, and the state of the cell. Traps unless their shapes agree.
    public func step(
        _ x: Tensor<Scalar>, _ state: Cell.State
    ) -> (output: Tensor<Scalar>, state: Cell.State) {
        let (y, state) = cell.step(x, state)
        return (sum(y, x), state)
    }

    private func sum(_ y: Tensor<Scalar>, _ x: Tensor<Scalar>) -> Tensor<Scalar> {
        if y.shape != x.shape { trap("residual", "the output's shape \(y.shape) is not the input's, \(x.shape)") }
        return y + x
    }

    /// The cell prepared.
    public func prepared(for input: Tensor<Scalar>, _ state: Cell.State) -> Residual {
        Residual(cell.prepared(for: input, state))
    }
}

extension Residual: ScannableRecurrentCell where Cell: ScannableRecurrentCell {
    /// The cell's own.
    public func transition(_ input: Tensor<Scalar>) -> Cell.Transition { cell.transition(input) }

    /// yₜ + xₜ, and the state of the cell. Traps unless their shapes agree.
    public func readout(_ x: Tensor<Scalar>, _ state: Cell.State) -> (output: Tensor<Scalar>, state: Cell.State) {
        let (y, state) = cell.readout(x, state)
        return (sum(y, x), state)
    }
}

/// A cell whose output is mixed with its input by a gate:
///
///     gₜ = σ(xₜ · W + b)                      carries the cell's output
///     gₜ ⊙ yₜ + (1 − gₜ) ⊙ xₜ
///
/// Reference: R. K. Srivastava, K. Greff and J. Schmidhuber, "Highway networks", 2015.
public struct Highway<Cell: RecurrentCell>: RecurrentCell
where Cell.Input == Tensor<Cell.Scalar>, Cell.Output == Tensor<Cell.Scalar> {
    /// The type of the elements of parameters.
    public typealias Scalar = Cell.Scalar

    /// The cell under the connection.
    public var cell: Cell
    /// W and b of the gate, `[features, features]`; the same at every place of maps.
    public var gate: Linear<Scalar>

    /// A highway connection around a cell whose inputs and outputs have `featureCount` features. The gate's bias starts
    /// at −1: at first most of the input is carried through.
    public init(_ cell: Cell, featureCount: Int) {
        self.cell = cell
        gate = Linear(inputSize: featureCount, outputSize: featureCount)
        gate.bias = -Tensor<Scalar>.ones([featureCount])
    }

    /// The cell's own.
    public func initialState(batchSize: Int) -> Cell.State { cell.initialState(batchSize: batchSize) }

    /// The mixture, and the state of the cell. Traps unless the shapes of input and output agree.
    public func step(
        _ x: Tensor<Scalar>, _ state: Cell.State
    ) -> (output: Tensor<Scalar>, state: Cell.State) {
        let (y, state) = cell.step(x, state)
        return (mixture(y, x, ofFeatures(x)), state)
    }

    /// The mixture by a gate of that pre-activation.
    private func mixture(_ y: Tensor<Scalar>, _ x: Tensor<Scalar>, _ z: Tensor<Scalar>) -> Tensor<Scalar> {
        if y.shape != x.shape { trap("highway", "the output's shape \(y.shape) is not the input's, \(x.shape)") }
        let g = sigmoid(z).named("highway")
        return g * y + (1 - g) * x
    }

    /// x · W + b over the features of `[batch, features]`, or the channels of `[batch, channels, axes…]`.
    private func ofFeatures(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        if x.rank <= 2 { return gate(x) }
        let last = x.rank - 1
        return gate(x.permuted([0] + (2...last) + [1])).permuted([0, last] + (1..<last))
    }

    /// The cell prepared.
    public func prepared(for input: Tensor<Scalar>, _ state: Cell.State) -> Highway {
        var result = self
        result.cell = cell.prepared(for: input, state)
        return result
    }
}

extension Highway: ScannableRecurrentCell where Cell: ScannableRecurrentCell {
    /// The cell's own.
    public func transition(_ input: Tensor<Scalar>) -> Cell.Transition { cell.transition(input) }

    /// The mixture, and the state of the cell. Traps unless the shapes of input and output agree.
    public func readout(_ x: Tensor<Scalar>, _ state: Cell.State) -> (output: Tensor<Scalar>, state: Cell.State) {
        let (y, state) = cell.readout(x, state)
        return (mixture(y, x, gate(x)), state)
    }
}
