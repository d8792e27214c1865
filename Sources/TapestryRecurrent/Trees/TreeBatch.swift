import TapestryAutograd

/// Trees of any shapes as one batch, without padding: their nodes lie one after the other, `[nodes, features]`, tree by
/// tree, each tree's in the order of their numbers.
///
/// It says in which order nodes are computed: all nodes of one height together, leaves first.
public struct TreeBatch: Sendable {
    /// The number of nodes of each tree.
    public let nodeCounts: [Int]
    /// Where the root of each tree lies among all nodes, `[trees]`.
    public let roots: Tensor<Int32>
    /// The number of all nodes.
    public var nodeCount: Int { nodeCounts.reduce(0, +) }

    /// What is computed together, from the leaves up.
    let levels: [Level]
    /// Where the nodes of the levels, one level after the other, lie in the batch; and the inverse.
    let order, places: Tensor<Int32>
    /// Where the roots, in the order in which levels have them, lie among the trees; inverted.
    let rootPlaces: Tensor<Int32>

    /// The nodes of one height.
    ///
    /// Every node is the child of one other at most. In a level, the children of nodes of one height lie in a row,
    /// those of the lowest first, and roots come last: so a level reads its children as slices of the levels below, and
    /// all levels together read each node once.
    struct Level: Sendable {
        /// The number of nodes.
        var nodeCount: Int
        /// Where the children lie, as places in levels below.
        var sources: [Source] = []
        /// The node of this level that each child belongs to, and which of the node's children it is.
        var parents: [Int] = []
        var positions: [Int] = []
        /// Where the roots lie.
        var roots: Range<Int>
    }

    /// Nodes that lie in a row in a level.
    struct Source: Sendable {
        let level: Int
        let places: Range<Int>
    }

    /// A batch of trees. Traps if there is none.
    public init<Label>(_ trees: [Tree<Label>]) {
        if trees.isEmpty { trap("trees", "a batch must have a tree") }
        nodeCounts = trees.map(\.count)
        var (nodes, first) = ([Node](), 0)
        for tree in trees {
            for number in 0..<tree.count {
                let parent = tree.parents[number]
                nodes.append(
                    Node(
                        height: tree.heights[number], parent: parent.map { $0 + first },
                        parentHeight: parent.map { tree.heights[$0] }))
            }
            for siblings in tree.children {
                for (position, child) in siblings.enumerated() { nodes[first + child].position = position }
            }
            first += tree.count
        }
        let numbersByLevel = Node.numbersByLevel(nodes)
        for numbers in numbersByLevel {
            for (place, number) in numbers.enumerated() { nodes[number].place = place }
        }
        levels = Level.levels(of: nodes, numbersByLevel)
        let order = numbersByLevel.flatMap { $0 }
        self.order = Tensor(order.map { Int32($0) })
        places = Tensor(TreeBatch.inverse(order).map { Int32($0) })
        let roots = nodes.indices.filter { nodes[$0].parent == nil }
        self.roots = Tensor(roots.map { Int32($0) })
        let treeOfRoot = Dictionary(uniqueKeysWithValues: roots.enumerated().map { ($1, $0) })
        rootPlaces = Tensor(TreeBatch.inverse(order.compactMap { treeOfRoot[$0] }).map { Int32($0) })
    }

    private static func inverse(_ order: [Int]) -> [Int] {
        var inverse = order
        for (place, number) in order.enumerated() { inverse[number] = place }
        return inverse
    }

    /// A node among all those of the batch.
    struct Node {
        let height: Int
        let parent: Int?
        let parentHeight: Int?
        /// Which of its parent's children it is.
        var position = 0
        /// Where it lies in its level.
        var place = 0

        /// The numbers of the nodes of each height, as they lie in a level.
        static func numbersByLevel(_ nodes: [Node]) -> [[Int]] {
            var levels = [[Int]](repeating: [], count: 1 + nodes.map(\.height).max()!)
            for (number, node) in nodes.enumerated() { levels[node.height].append(number) }
            return levels.map { numbers in
                // Those of one parent's height in the order of their numbers.
                numbers.sorted { a, b in
                    let heights = (nodes[a].parentHeight ?? .max, nodes[b].parentHeight ?? .max)
                    return heights.0 == heights.1 ? a < b : heights.0 < heights.1
                }
            }
        }
    }
}

extension TreeBatch.Level {
    /// The levels, each with its children: those of all levels together are as many as there are nodes.
    fileprivate static func levels(of nodes: [TreeBatch.Node], _ numbersByLevel: [[Int]]) -> [TreeBatch.Level] {
        var levels = numbersByLevel.map { numbers in
            let rootCount = numbers.count { nodes[$0].parent == nil }
            return TreeBatch.Level(nodeCount: numbers.count, roots: numbers.count - rootCount..<numbers.count)
        }
        for (level, numbers) in numbersByLevel.enumerated() {
            var start = 0
            while start < numbers.count, let above = nodes[numbers[start]].parentHeight {
                let end = numbers[start...].firstIndex { nodes[$0].parentHeight != above } ?? numbers.count
                levels[above].sources.append(TreeBatch.Source(level: level, places: start..<end))
                for number in numbers[start..<end] {
                    levels[above].parents.append(nodes[nodes[number].parent!].place)
                    levels[above].positions.append(nodes[number].position)
                }
                start = end
            }
        }
        return levels
    }
}
