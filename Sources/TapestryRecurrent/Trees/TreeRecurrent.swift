import TapestryAutograd

/// Any cell over trees, from the leaves to the roots: what `Recurrent` is for sequences.
///
/// ```swift
/// let model = TreeRecurrent(ChildSumTreeLSTMCell<Float>(inputSize: 64, hiddenSize: 128))
/// let trees = TreeBatch(sentences)                    // of [Tree<String>]
/// let result = model(words, over: trees)              // [nodes, 64] to outputs [nodes, 128]
/// classifier(result.rootOutputs)                      // [trees, 128]
/// ```
///
/// All nodes of one height are computed as one step, which is a scope named `height = 0`, `height = 1`, … in tapes and
/// reports; there is no padding. A chain takes as many steps as it has nodes, and the time and memory of all trees grow
/// with their nodes, whatever their shapes.
public struct TreeRecurrent<Cell: TreeCell>: Module {
    /// What is applied at every node.
    public var cell: Cell

    /// A driver of a cell.
    public init(_ cell: Cell) { self.cell = cell }

    /// Runs over all trees of a batch.
    ///
    /// - Parameters:
    ///   - inputs: of all nodes, `[nodes, features]`, in the order of the batch; zeros for nodes that have none, as
    ///     those inside of a parse whose words are its leaves. Traps unless there is a row for each.
    ///   - trees: their shapes.
    public func callAsFunction(
        _ inputs: Tensor<Cell.Scalar>, over trees: TreeBatch
    ) -> TreeResult<Cell.Scalar, Cell.State> {
        if inputs.rank < 2 || inputs.shape[0] != trees.nodeCount {
            trap("trees", "inputs of shape \(inputs.shape) are not [nodes, features] of \(trees.nodeCount) nodes")
        }
        let inputsByLevel = inputs.slices(axis: 0, at: trees.order).split(trees.levels.map(\.nodeCount))
        var (outputs, states) = ([Tensor<Cell.Scalar>](), [Cell.State]())
        for (height, (level, input)) in zip(trees.levels, inputsByLevel).enumerated() {
            let children = level.sources.map { states[$0.level].rows($0.places) }
            let childStates = children.isEmpty ? cell.initialState(nodeCount: 0) : .concatenated(children)
            let (output, state) = withScope("height = ", height) {
                cell.step(input, TreeChildren(childStates, of: level))
            }
            outputs.append(output)
            states.append(state)
        }
        let all = concatenate(outputs).slices(axis: 0, at: trees.places)
        let roots = zip(trees.levels, states).filter { !$0.0.roots.isEmpty }.map { $1.rows($0.roots) }
        return TreeResult(
            outputs: all, rootOutputs: all.slices(axis: 0, at: trees.roots),
            rootStates: Cell.State.concatenated(roots).mapTensors { $0.taken(axis: 0, trees.rootPlaces.value) })
    }
}

/// What comes of a batch of trees.
public struct TreeResult<Scalar: DifferentiableScalar, State: Module>: Module {
    /// The output of every node, `[nodes, units]`, in the order of the batch.
    public var outputs: Tensor<Scalar>
    /// The output of each tree's root, `[trees, units]`.
    public var rootOutputs: Tensor<Scalar>
    /// The state of each tree's root, each `[trees, …]`.
    public var rootStates: State
}
