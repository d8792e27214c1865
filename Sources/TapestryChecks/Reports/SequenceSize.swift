import TapestryAutograd
import TapestryRecurrent

/// Draws the input of a step from the current source of random numbers: a tree of tensors, each `[batch, …]`.
public typealias DrawnInput<Input> = (_ step: Int, _ batchSize: Int) -> Input

/// Draws the state before the first step from the current source of random numbers: a tree of tensors, each
/// `[batch, …]`.
public typealias DrawnState<State> = (_ batchSize: Int) -> State

/// `[batch, inputSize]` for every step, uniform in ±1. Traps without a feature.
func uniformInput<Scalar: DifferentiableScalar>(_ operation: String, _ inputSize: Int) -> DrawnInput<Tensor<Scalar>> {
    if inputSize < 1 { trap(operation, "\(inputSize) features leave nothing to check") }
    return { _, batchSize in .uniform([batchSize, inputSize], from: -1) }
}

/// How large a sequence a check of a cell draws.
struct SequenceSize {
    let stepCount: Int
    let batchSize: Int

    /// Traps on a size of 0.
    func require(_ operation: String) {
        if stepCount < 1 || batchSize < 1 {
            trap(operation, "\(stepCount) steps and \(batchSize) rows leave nothing to check")
        }
    }

    /// The state before the first step: every number of it uniform in ±1 unless it is drawn otherwise.
    func initialState<Cell: StructuredRecurrentCell>(of cell: Cell, _ draw: DrawnState<Cell.State>?) -> Cell.State {
        draw?(batchSize) ?? cell.initialState(batchSize: batchSize).withDrawnParameters()
    }

    /// The inputs of all steps. Traps unless each of their tensors has the rows of the batch, and an element in each.
    func inputs<Input: Module>(_ operation: String, _ draw: DrawnInput<Input>) -> [Input] {
        (0..<stepCount).map { step in
            let input = draw(step, batchSize)
            for leaf in ModuleTree(of: input).leaves {
                if leaf.value.count == 0 || leaf.value.shape.first != batchSize {
                    trap(
                        operation,
                        "the input of step \(step) has \(leaf.path.isEmpty ? "" : "\(leaf.path) of ")shape "
                            + "\(leaf.value.shape); it must have the \(batchSize) rows of the batch first, and features"
                    )
                }
            }
            return input
        }
    }

    /// What so few steps and rows cannot show.
    var cautions: [String] {
        var cautions: [String] = []
        switch stepCount {
        case 1:
            cautions.append(
                "Only 1 step was run: what goes wrong from one step to the next (states that are not carried on, steps in "
                    + "another order, derivatives cut through time) cannot be seen.")
        case 2:
            cautions.append(
                "Only 2 steps were run: what goes wrong later than at the first passing on of a state, such as a state of two "
                    + "steps before, cannot be seen.")
        default: break
        }
        if batchSize == 1 { cautions.append("Only 1 row was run: rows that are mixed up cannot be seen.") }
        return cautions
    }
}
