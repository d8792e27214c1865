import TapestryAutograd

/// A tree whose nodes carry labels, and of which the children of each node have an order: a sentence and its parse.
///
/// Nodes have numbers, and each knows the number of its parent. So a tree is flat: a chain of any length is made,
/// copied and freed without recursion.
///
/// ```swift
/// let sentence = Tree("is", [Tree("sky", [Tree("the")]), Tree("blue")])
/// let same = Tree(labels: ["is", "sky", "the", "blue"], parents: [nil, 0, 1, 0])
/// ```
public struct Tree<Label> {
    /// The label of each node.
    public let labels: [Label]
    /// The number of each node's parent, `nil` for the root.
    public let parents: [Int?]
    /// The numbers of each node's children, in their order.
    public let children: [[Int]]
    /// The numbers of all nodes, each after its children: the leaves first, the root last.
    public let topologicalOrder: [Int]
    /// How many steps lead from each node to the leaf that is farthest below it: 0 of a leaf.
    public let heights: [Int]

    /// The number of nodes.
    public var count: Int { labels.count }
    /// The number of the root.
    public var root: Int { topologicalOrder.last! }

    /// A tree of nodes with parents. The children of a node are in the order of their numbers. Traps unless there is a
    /// parent for each label, one node is the root, and all others hang from it.
    public init(labels: [Label], parents: [Int?]) {
        if labels.count != parents.count {
            trap("tree", "\(labels.count) labels for \(parents.count) parents: there is one of each for every node")
        }
        let roots = parents.indices.filter { parents[$0] == nil }
        if roots.count != 1 { trap("tree", "the nodes \(roots) have no parent; exactly one must have none, the root") }
        var children = [[Int]](repeating: [], count: labels.count)
        for (node, parent) in parents.enumerated() {
            guard let parent else { continue }
            if !parents.indices.contains(parent) {
                trap("tree", "node \(node) has the parent \(parent), and there are \(labels.count) nodes")
            }
            children[parent].append(node)
        }
        // A node comes after the last of its children; those of a cycle never come.
        var (order, heights) = (
            labels.indices.filter { children[$0].isEmpty }, [Int](repeating: 0, count: labels.count)
        )
        var missing = children.map(\.count)
        var next = 0
        while next < order.count {
            let node = order[next]
            next += 1
            guard let parent = parents[node] else { continue }
            heights[parent] = max(heights[parent], heights[node] + 1)
            missing[parent] -= 1
            if missing[parent] == 0 { order.append(parent) }
        }
        if order.count < labels.count {
            let cycle = labels.indices.filter { missing[$0] > 0 }
            trap("tree", "the nodes \(cycle) do not hang from the root \(roots[0]), but are their own ancestors")
        }
        (self.labels, self.parents, self.children) = (labels, parents, children)
        (topologicalOrder, self.heights) = (order, heights)
    }

    /// A root with trees below it, in their order. The root is node 0, and each tree's nodes follow in the order that
    /// they had there.
    public init(_ label: Label, _ children: [Tree] = []) {
        var (labels, parents) = ([label], [Int?.none])
        for child in children {
            let offset = labels.count
            labels += child.labels
            parents += child.parents.map { $0.map { $0 + offset } ?? 0 }
        }
        self.init(labels: labels, parents: parents)
    }

    /// A chain, as a sequence is one: the first label is that of the leaf, the last one that of the root. Traps if
    /// there is no label.
    public init(chain labels: [Label]) {
        self.init(labels: labels, parents: labels.indices.map { $0 + 1 < labels.count ? $0 + 1 : nil })
    }
}

extension Tree: Sendable where Label: Sendable {}
extension Tree: Equatable where Label: Equatable {}
extension Tree: Hashable where Label: Hashable {}
