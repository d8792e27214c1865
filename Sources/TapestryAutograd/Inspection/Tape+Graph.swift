extension Tape {
    /// The records as a graph in the DOT language, drawn from left to right: a node for each record with its primitive,
    /// name and shape, an edge from each operand, and a cluster for each scope. Constants are dashed.
    ///
    /// ```
    /// try tape.dot().write(toFile: "tape.dot", atomically: true, encoding: .utf8)      // dot -Tsvg tape.dot > tape.svg
    /// ```
    public func dot() -> String {
        var root = Cluster()
        for index in 0..<recordCount { root.insert(node(index), at: (memory.pointee.scopes[index] ?? [])[...]) }
        let constants = constantNumbers.sorted().map { number -> String in
            let array = memory.pointee.constants.pointer[number].array
            return "c\(number) [label=\"\(array.elementType) \(array.shape)\", style=dashed];"
        }
        var number = 0
        let lines =
            ["rankdir=LR;", "node [shape=box, fontname=\"sans-serif\"];"] + constants
            + root.lines(&number) + (0..<recordCount).flatMap(edges)
        return "digraph tape {\n" + lines.map { "    \($0)\n" }.joined() + "}\n"
    }

    private func node(_ index: Int) -> String {
        let record = memory.pointee.records.pointer[index]
        var label = [memory.pointee.name(of: index)]
        if let name = memory.pointee.names[index] { label.append("“\(name)”") }
        if let array = record.saved?.array { label.append("\(array.shape)") }
        return "r\(index) [label=\"\(label.map(\.escapedForDOT).joined(separator: "\\n"))\"];"
    }

    private func operands(_ index: Int) -> [Int32] {
        memory.pointee.operandRange(of: index).map { memory.pointee.operands.pointer[$0] }
    }

    private func edges(_ index: Int) -> [String] {
        operands(index).filter { $0 != TapeMemory.notKept }
            .map { $0 >= 0 ? "r\($0) -> r\(index);" : "c\(~$0) -> r\(index) [style=dashed];" }
    }

    private var constantNumbers: Set<Int> {
        Set((0..<recordCount).flatMap(operands).filter { $0 < 0 && $0 != TapeMemory.notKept }.map { Int(~$0) })
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
