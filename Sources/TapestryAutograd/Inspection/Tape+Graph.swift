extension Tape {
    /// The records as a graph in the DOT language, drawn from left to right: a node for each record with its primitive,
    /// name and shape, an edge from each operand, and a cluster for each scope. Constants are dashed.
    ///
    /// ```
    /// try tape.dot().write(toFile: "tape.dot", atomically: true, encoding: .utf8)    // dot -Tsvg tape.dot > tape.svg
    /// ```
    public func dot() -> String {
        let graph = graph
        let names = graph.nodes.map { ($0.isConstant ? "c" : "r") + $0.number.dropFirst() }
        var root = Cluster()
        var constants: [String] = []
        for (node, name) in zip(graph.nodes, names) {
            if node.isConstant {
                constants.append("\(name) [label=\"\(node.label) \(node.shape ?? [])\", style=dashed];")
            } else {
                root.insert(statement(node, name), at: node.scope[...])
            }
        }
        let edges = graph.edges.map { edge in
            let style = graph.nodes[edge.operand].isConstant ? " [style=dashed]" : ""
            return "\(names[edge.operand]) -> \(names[edge.reader])\(style);"
        }
        var number = 0
        let lines =
            ["rankdir=LR;", "node [shape=box, fontname=\"sans-serif\"];"] + constants + root.lines(&number) + edges
        return "digraph tape {\n" + lines.map { "    \($0)\n" }.joined() + "}\n"
    }

    private func statement(_ node: TapeGraph.Node, _ name: String) -> String {
        let label = [node.label, node.name.map { "“\($0)”" }, node.shape.map { "\($0)" }].compactMap(\.self)
        return "\(name) [label=\"\(label.map(\.escapedForDOT).joined(separator: "\\n"))\"];"
    }
}

/// What stands in one scope: its nodes, and the scopes within it, in the order in which they came.
private struct Cluster {
    private var nodes: [String] = []
    private var inner: [(name: String, cluster: Cluster)] = []

    mutating func insert(_ node: String, at scope: ArraySlice<String>) {
        guard let name = scope.first else { return nodes.append(node) }
        let place = inner.firstIndex { $0.name == name } ?? inner.count
        if place == inner.count { inner.append((name, Cluster())) }
        inner[place].cluster.insert(node, at: scope.dropFirst())
    }

    /// - Parameter number: of clusters so far, which gives each its own name.
    func lines(_ number: inout Int) -> [String] {
        var lines = nodes
        for (name, cluster) in inner {
            number += 1
            lines.append("subgraph cluster_\(number) {")
            lines.append("    label=\"\(name.escapedForDOT)\";")
            lines += cluster.lines(&number).map { "    " + $0 }
            lines.append("}")
        }
        return lines
    }
}

extension String {
    /// The text as a part of a quoted string in the DOT language.
    fileprivate var escapedForDOT: String { replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") }
}
