import TapestryAutograd
import TapestryLayers

/// While training, sets features of a cell's input, of its state before the step, or of its output to zero, the same
/// ones at every step of a sequence, and divides the others by 1 − rate; the cell as it is while inferring.
///
/// Of the state those tensors are meant whose path the pattern matches: `hidden` of an LSTM, by default, and a state
/// that is one tensor.
///
/// Reference: Y. Gal and Z. Ghahramani, "A theoretically grounded application of dropout in recurrent neural networks",
/// 2016.
public struct VariationalDropout<Cell: StructuredRecurrentCell>: StructuredRecurrentCell {
    /// The type of the elements of parameters.
    public typealias Scalar = Cell.Scalar

    /// The cell.
    public var cell: Cell
    /// The probabilities with which features of the input and of the output become zero.
    public let inputRate, outputRate: Double
    /// Those of tensors of the state.
    public let stateRates: [StateRate]
    /// What the tensors of one sequence are multiplied by.
    private var masks: Masks?

    private struct Masks: Module {
        var input: Cell.Input?
        var state: Cell.State?
        var output: Cell.Output?
    }

    /// Dropout around a cell. Traps unless each rate is in 0 ..< 1.
    public init(
        _ cell: Cell, input: Double = 0, state: Double = 0, of pattern: ParameterPattern = "hidden", output: Double = 0
    ) {
        for rate in [input, state, output] where !(rate >= 0 && rate < 1) {
            trap("variationalDropout", "the rate \(rate) is not in 0 ..< 1")
        }
        self.cell = cell
        (inputRate, outputRate) = (input, output)
        stateRates = [StateRate(state, of: pattern), StateRate(pattern == "hidden" ? state : 0, of: "")]
    }

    /// The cell's own.
    public func initialState(batchSize: Int) -> Cell.State { cell.initialState(batchSize: batchSize) }

    /// A step of the cell between its masks.
    public func step(_ input: Cell.Input, _ state: Cell.State) -> (output: Cell.Output, state: Cell.State) {
        let (output, state) = cell.step(
            masks?.input.map { input.multiplied(by: $0) } ?? input,
            masks?.state.map { state.multiplied(by: $0) } ?? state)
        return (masks?.output.map { output.multiplied(by: $0) } ?? output, state)
    }

    /// The cell with masks of its own for one sequence, if there is a rate and this is training.
    public func prepared(for input: Cell.Input, _ state: Cell.State) -> VariationalDropout {
        var result = self
        result.cell = cell.prepared(for: input, state)
        guard Mode.current == .training else { return result }
        var masks = Masks()
        if inputRate > 0 { masks.input = input.dropoutMask { _ in inputRate } }
        if stateRates.contains(where: { $0.rate > 0 }) { masks.state = state.dropoutMask { stateRates.rate(of: $0) } }
        if outputRate > 0 {
            let output = withRandomSource(RandomSource.current.copy()) {
                withoutRecording { result.cell.step(input, state).output }
            }
            masks.output = output.dropoutMask { _ in outputRate }
        }
        result.masks = masks
        return result
    }
}

extension VariationalDropout: RecurrentCell where Cell: RecurrentCell {}

extension Module {
    /// For each parameter a tensor of its shape that is 0 with the probability of its path, and 1 / (1 − rate)
    /// elsewhere.
    func dropoutMask(_ rate: (_ path: String) -> Double) -> Self {
        mapLeaves { leaf in
            let rate = rate(leaf.path)
            func mask<Scalar: DifferentiableScalar>(_ type: Scalar.Type) -> Value {
                let keeps = Tensor<Scalar>.uniform(leaf.value.shape) .>= Scalar(rate)
                return (keeps.converted(to: Scalar.self) * Scalar(1 / (1 - rate))).value
            }
            return leaf.value.elementType == .float64 ? mask(Double.self) : mask(Float.self)
        }
    }

    /// The product with another module, parameter by parameter.
    func multiplied(by other: Self) -> Self {
        var tree = ModuleTree(of: self)
        let factors = ModuleTree(of: other).leaves
        for index in tree.leaves.indices where tree.leaves[index].isParameter {
            tree.leaves[index].value = tree.leaves[index].value * factors[index].value
        }
        return tree.module()
    }
}
