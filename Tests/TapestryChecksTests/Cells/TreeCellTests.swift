import Tapestry
import Testing

/// Tree LSTMs against their paper's equations in plain numbers, and their gradients by gate.
@Suite struct TreeCellTests {
    /// Trees of different shapes, whose nodes are not all numbered from the leaves up, and whose leaves hang at several
    /// heights. No node has more than two children.
    static let binary: [Tree<Int>] = [
        Tree(labels: Array(0..<7), parents: [2, 2, 4, 4, nil, 3, 3]),
        Tree(0),
        Tree(chain: [0, 1, 2]),
        Tree(labels: Array(0..<9), parents: [nil, 0, 1, 2, 3, 0, 1, 2, 3]),
    ]
    /// The same, and one with up to four.
    static let any = binary + [Tree(labels: Array(0..<8), parents: [1, nil, 1, 1, 3, 1, 3, 3])]

    /// A cell, and what it is applied to.
    private struct Run<Cell: TreeCell>: Module where Cell.Scalar == Double {
        var cell: Cell
        var inputs: Tensor<Double>

        init(_ cell: Cell, _ trees: TreeBatch) {
            self.cell = cell
            inputs = .uniform([trees.nodeCount, 3], from: -1)
        }

        func result(_ trees: TreeBatch) -> TreeResult<Double, Cell.State> { TreeRecurrent(cell)(inputs, over: trees) }
    }

    private static let childSum = withRandomSeed(1) {
        Run(ChildSumTreeLSTMCell<Double>(inputSize: 3, hiddenSize: 2), TreeBatch(any))
    }
    private static let binaryTree = withRandomSeed(2) {
        Run(BinaryTreeLSTMCell<Double>(inputSize: 3, hiddenSize: 2), TreeBatch(binary))
    }

    /// Holds every output and every root's state against the reference.
    private func expectEquations(
        _ run: Run<some TreeCell<Double>>, _ result: TreeResult<Double, LSTMState<Double>>, _ trees: [Tree<Int>],
        _ reference: (ScalarTreeLSTM, _ node: Int) -> ScalarTreeLSTM.Values
    ) {
        var first = 0
        for (number, tree) in trees.enumerated() {
            let inputs = run.inputs.slice(axis: 0, first..<first + tree.count).unstacked().map(\.scalars)
            let equations = ScalarTreeLSTM(parents: tree.parents, inputs: inputs)
            for node in 0..<tree.count {
                let expected = Tensor(reference(equations, node)["hidden"]!)
                #expect(
                    result.outputs[first + node].isClose(
                        to: expected, relativeTolerance: 1e-12, absoluteTolerance: 1e-13),
                    "node \(node) of tree \(number)")
            }
            let root = reference(equations, tree.root)
            for (found, name) in [
                (result.rootOutputs, "hidden"), (result.rootStates.hidden, "hidden"), (result.rootStates.cell, "cell"),
            ] {
                #expect(
                    found[number].isClose(to: Tensor(root[name]!), relativeTolerance: 1e-12, absoluteTolerance: 1e-13),
                    "\(name) of \(number)")
            }
            first += tree.count
        }
    }

    @Test("child-sum: every node of every tree follows the equations")
    func childSumEquations() {
        let run = Self.childSum
        expectEquations(run, run.result(TreeBatch(Self.any)), Self.any) { $0.childSum(run.cell, at: $1) }
    }

    @Test("binary: every node of every tree follows the equations")
    func binaryEquations() {
        let run = Self.binaryTree
        expectEquations(run, run.result(TreeBatch(Self.binary)), Self.binary) { $0.binary(run.cell, at: $1) }
    }

    /// What a node with two leaves below it names, against the reference.
    private func expectGates(_ run: Run<some TreeCell<Double>>, _ expected: (ScalarTreeLSTM) -> ScalarTreeLSTM.Values) {
        let inputs = run.inputs.slice(axis: 0, 0..<3)
        let tree = Tree("root", [Tree("left"), Tree("right")])
        let (_, traced) = tracing { TreeRecurrent(run.cell)(inputs, over: TreeBatch([tree])) }
        let values = expected(ScalarTreeLSTM(parents: tree.parents, inputs: inputs.unstacked().map(\.scalars)))
        let found = traced.filter { $0.scope == ["height = 1"] }
        #expect(Set(found.map(\.name)) == Set(values.keys))
        for value in found {
            let expected = Tensor(values[value.name]!)
            #expect(
                value.tensor(as: Double.self).flattened().isClose(
                    to: expected, relativeTolerance: 1e-12, absoluteTolerance: 1e-13),
                "\(value.name)")
        }
    }

    @Test("each gate by its name")
    func gates() {
        expectGates(Self.childSum) { $0.childSum(Self.childSum.cell, at: 0) }
        expectGates(Self.binaryTree) { $0.binary(Self.binaryTree.cell, at: 0) }
    }

    @Test("gradients of every element, by gate, and second order")
    func gradients() throws {
        let (any, binary) = (TreeBatch(Self.any), TreeBatch(Self.binary))
        let childSum = checkGradients(of: { $0.result(any) }, at: Self.childSum)
        try childSum.requireCorrect()
        #expect(childSum["cell.recurrent.weights", "forget"] != nil)
        let binaryTree = checkGradients(of: { $0.result(binary) }, at: Self.binaryTree)
        try binaryTree.requireCorrect()
        #expect(binaryTree["cell.left.weights", "rightForget"] != nil)
        try checkGradients(of: { $0.result(any) }, at: Self.childSum, elements: .projections(2), orders: 2)
            .requireCorrect()
        try checkGradients(of: { $0.result(binary) }, at: Self.binaryTree, elements: .projections(2), orders: 2)
            .requireCorrect()
    }
}
