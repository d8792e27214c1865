import TapestryArrays
import TapestryAutograd

/// One node of a tree: from its input and the states of its children to an output and a state. What `RecurrentCell` is
/// for sequences; `TreeRecurrent` applies it to whole trees.
///
/// A step is one of many nodes at once, which may have any numbers of children: those of one height, of all trees of a
/// batch.
public protocol TreeCell<Scalar>: Module {
    /// The type of the elements of inputs, outputs and parameters.
    associatedtype Scalar: DifferentiableScalar
    /// What a node hands to its parent: any tree of tensors, each `[nodes, …]`.
    associatedtype State: Module

    /// The states of children that are missing, as many as are asked for.
    func initialState(nodeCount: Int) -> State

    /// One step.
    ///
    /// - Parameters:
    ///   - input: of each node, `[nodes, features]`.
    ///   - children: the states of their children.
    /// - Returns: the output of each node, `[nodes, units]`, and its state.
    func step(_ input: Tensor<Scalar>, _ children: TreeChildren<State>) -> (output: Tensor<Scalar>, state: State)
}

/// The states of the children of some nodes, and which child belongs to which node.
public struct TreeChildren<State: Module> {
    /// The states of all children, one after the other, each `[children, …]`.
    public let states: State
    /// The number of nodes whose children these are.
    public let nodeCount: Int
    /// The node that each child belongs to, and which of its children it is.
    private let parents, positions: [Int]
    private let parentIndices: Tensor<Int32>

    init(_ states: State, of level: TreeBatch.Level) {
        self.states = states
        (nodeCount, parents, positions) = (level.nodeCount, level.parents, level.positions)
        parentIndices = Tensor(parents.map { Int32($0) })
    }

    /// What belongs to each node, `[nodes, …]`, once for each of its children, `[children, …]`.
    public func forEachChild<Scalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        x.slices(axis: 0, at: parentIndices)
    }

    /// The sum of what belongs to each child, `[children, …]`, over those of each node, `[nodes, …]`; zeros for a node
    /// without children.
    public func sum<Scalar: DifferentiableScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        let table = Layout([nodeCount] + x.shape.dropFirst())
        return Tensor(.putBack(x.value, at: parentIndices.value, axis: 0, into: table))
    }

    /// The states of the first children of all nodes (position 0), of the second ones, and so on, each `[nodes, …]`.
    ///
    /// - Parameters:
    ///   - position: of the children among those of their node, from 0.
    ///   - missing: the state of a child that is missing, each `[1, …]`.
    public func states(at position: Int, missing: State) -> State {
        // Where a child is missing, the row after the last one.
        var rows = [Int](repeating: parents.count, count: nodeCount)
        for child in parents.indices where positions[child] == position { rows[parents[child]] = child }
        let indices = Tensor(rows.map { Int32($0) }).value
        return State.concatenated([states, missing]).mapTensors { $0.taken(axis: 0, indices) }
    }

    /// Traps if a node has more than `count` children.
    public func require(atMost count: Int, _ cell: String) {
        if let last = positions.max(), last >= count {
            trap(cell, "a node has \(last + 1) children; it may have \(count)")
        }
    }
}
