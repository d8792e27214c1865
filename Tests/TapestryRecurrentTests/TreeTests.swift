import TapestryAutograd
import TapestryRecurrent
import TapestryTestSupport
import Testing

/// Trees as values, and the driver over batches of them.
@Suite struct TreeTests {
    private let childSum = withRandomSeed(1) { ChildSumTreeLSTMCell<Double>(inputSize: 3, hiddenSize: 4) }
    private let binary = withRandomSeed(2) { BinaryTreeLSTMCell<Double>(inputSize: 3, hiddenSize: 4) }

    private func inputs(_ count: Int, seed: UInt64 = 3) -> Tensor<Double> {
        .normal([count, 3], using: RandomSource(seed: seed))
    }

    @Test("a tree from its parts, or from its nodes")
    func structure() {
        let nested = Tree("is", [Tree("sky", [Tree("the")]), Tree("blue")])
        #expect(nested == Tree(labels: ["is", "sky", "the", "blue"], parents: [nil, 0, 1, 0]))
        #expect(nested.count == 4 && nested.root == 0 && nested.heights == [2, 1, 0, 0])
        #expect(nested.children == [[1, 3], [2], [], []] && nested.topologicalOrder == [2, 3, 1, 0])
        let chain = Tree(chain: [5, 6, 7])
        #expect(chain.parents == [1, 2, nil] && chain.root == 2 && chain.heights == [0, 1, 2])
        let batch = TreeBatch([Tree(0), Tree(0, [Tree(1), Tree(2)])])
        #expect(batch.nodeCounts == [1, 3] && batch.nodeCount == 4 && batch.roots == Tensor<Int32>([0, 1]))
    }

    @Test("over a chain, the child-sum cell is the sequence LSTM")
    func chains() {
        var lstm = LSTMCell<Double>(inputSize: 3, hiddenSize: 4)
        (lstm.input, lstm.recurrent) = (childSum.input, childSum.recurrent)
        let (x, y) = (inputs(6), inputs(4, seed: 4))
        let trees = TreeBatch([Tree(chain: Array(0..<6)), Tree(chain: Array(0..<4))])
        let found = TreeRecurrent(childSum)(concatenate([x, y]), over: trees)
        let long = Recurrent(lstm)(x.unsqueezed(axis: 1))
        let short = Recurrent(lstm)(y.unsqueezed(axis: 1))
        let outputs = concatenate([long.outputs, short.outputs]).squeezed(axes: [1])
        #expect(found.outputs.isClose(to: outputs, relativeTolerance: 1e-13, absoluteTolerance: 1e-13))
        let cells = concatenate([long.finalState.cell, short.finalState.cell])
        #expect(found.rootStates.cell.isClose(to: cells, relativeTolerance: 1e-13, absoluteTolerance: 1e-13))
    }

    /// Trees drawn at random: each node but the first hangs from an earlier one that has room.
    private func drawnTree(_ count: Int, maximumChildCount: Int, seed: UInt64) -> Tree<Int> {
        var (generator, room) = (SeededGenerator(seed: seed), [Int]())
        var parents: [Int?] = []
        for _ in 0..<count {
            let parent = room.indices.filter { room[$0] > 0 }.randomElement(using: &generator)
            if let parent { room[parent] -= 1 }
            parents.append(parent)
            room.append(maximumChildCount)
        }
        return Tree(labels: Array(0..<count), parents: parents)
    }

    @Test("trees of a batch are as they are alone, and their order is that of the batch")
    func batches() {
        let trees = [7, 1, 12, 30, 2].enumerated().map { drawnTree($1, maximumChildCount: 2, seed: UInt64($0)) }
        let x = inputs(52)
        let sum = TreeRecurrent(childSum)(x, over: TreeBatch(trees))
        let pair = TreeRecurrent(binary)(x, over: TreeBatch(trees))
        var first = 0
        for (number, tree) in trees.enumerated() {
            let nodes = first..<first + tree.count
            let (own, batch) = (x.slice(axis: 0, nodes), TreeBatch([tree]))
            for (found, alone) in [
                (sum, TreeRecurrent(childSum)(own, over: batch)), (pair, TreeRecurrent(binary)(own, over: batch)),
            ] {
                #expect(
                    found.outputs.slice(axis: 0, nodes).isClose(
                        to: alone.outputs, relativeTolerance: 1e-12, absoluteTolerance: 1e-13))
                #expect(
                    found.rootOutputs[number].isClose(
                        to: alone.rootOutputs[0], relativeTolerance: 1e-12, absoluteTolerance: 1e-13))
                #expect(found.rootOutputs[number] == found.outputs[first + tree.root])
                #expect(
                    found.rootStates.cell[number].isClose(
                        to: alone.rootStates.cell[0], relativeTolerance: 1e-12, absoluteTolerance: 1e-13))
            }
            first += tree.count
        }
    }

    @Test("the order of the children counts for the binary cell alone")
    func order() {
        let x = inputs(3)
        let exchanged = concatenate([x[0..<1], x[2..<3], x[1..<2]])
        let batch = TreeBatch([Tree(0, [Tree(1), Tree(2)])])
        func root(_ x: Tensor<Double>, _ cell: some TreeCell<Double>) -> Tensor<Double> {
            TreeRecurrent(cell)(x, over: batch).rootOutputs
        }
        #expect(
            root(x, childSum).isClose(to: root(exchanged, childSum), relativeTolerance: 1e-13, absoluteTolerance: 1e-13)
        )
        #expect(!root(x, binary).isClose(to: root(exchanged, binary), relativeTolerance: 1e-3))
    }

    @Test("a chain of 10 000 nodes, and as many leaves along one, differentiate", arguments: [false, true])
    func deepTrees(hasLeaves: Bool) {
        let count = 10_000
        let parents: [Int?] = (0..<count).map { $0 + 1 < count ? $0 + 1 : nil }
        let leaves = hasLeaves ? (1..<count).map { Int?.some($0) } : []
        let tree = Tree(labels: Array(0..<count + leaves.count), parents: parents + leaves)
        #expect(tree.heights[count - 1] == count - 1)
        let (batch, x) = (TreeBatch([tree]), inputs(tree.count))
        let gradient = gradient(at: x) { square(TreeRecurrent(binary)($0, over: batch).outputs).sum() }
        let magnitudes = abs(gradient).sum(axes: [1])
        #expect(gradient.scalars.allSatisfy { $0.isFinite } && magnitudes.min().scalar > 0)
    }

    /// A tape that keeps everything shows what is put together again and again.
    @Test("what a tape has of a tree grows with its nodes")
    func records() {
        func byteCount(_ nodes: Int) -> Int {
            let parents: [Int?] = (0..<nodes).map { $0 + 1 < nodes ? $0 + 1 : nil } + (1..<nodes).map { $0 }
            let tree = Tree(labels: Array(0..<2 * nodes - 1), parents: parents)
            let tape = Tape(recording: .full)
            let x = tape.watch(inputs(tree.count))
            _ = TreeRecurrent(binary)(x, over: TreeBatch([tree]))
            return tape.statistics.keptByteCount
        }
        #expect(byteCount(400) < 5 * byteCount(100))
    }

    static let traps: [ExpectedTrap] = [
        ExpectedTrap("tree: 2 labels for 1 parents: there is one of each for every node") {
            _ = Tree(labels: [1, 2], parents: [nil])
        },
        ExpectedTrap("tree: the nodes [0, 2] have no parent; exactly one must have none, the root") {
            _ = Tree(labels: [1, 2, 3], parents: [nil, 0, nil])
        },
        ExpectedTrap("tree: the nodes [] have no parent; exactly one must have none, the root") {
            _ = Tree(chain: [Int]())
        },
        ExpectedTrap("tree: node 1 has the parent 2, and there are 2 nodes") {
            _ = Tree(labels: [1, 2], parents: [nil, 2])
        },
        ExpectedTrap("tree: the nodes [1, 2] do not hang from the root 0, but are their own ancestors") {
            _ = Tree(labels: [1, 2, 3], parents: [nil, 2, 1])
        },
        ExpectedTrap("trees: a batch must have a tree") { _ = TreeBatch([Tree<Int>]()) },
        ExpectedTrap("trees: inputs of shape [2, 3] are not [nodes, features] of 3 nodes") {
            _ = TreeRecurrent(ChildSumTreeLSTMCell<Float>(inputSize: 3, hiddenSize: 2))(
                .zeros([2, 3]), over: TreeBatch([Tree(chain: [0, 1, 2])]))
        },
        ExpectedTrap("BinaryTreeLSTMCell: a node has 3 children; it may have 2") {
            _ = TreeRecurrent(BinaryTreeLSTMCell<Float>(inputSize: 1, hiddenSize: 2))(
                .zeros([4, 1]), over: TreeBatch([Tree(0, [Tree(1), Tree(2), Tree(3)])]))
        },
    ]

    @Test(arguments: traps.indices)
    func trap(_ index: Int) async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { [index] in
            Self.traps[index].run()
        }
        #expect(Self.traps[index].complaint(about: result?.standardErrorContent) == nil)
    }
}
