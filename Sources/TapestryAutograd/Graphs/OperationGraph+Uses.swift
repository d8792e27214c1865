extension OperationGraph {
    /// The nodes that an output depends on, in their order, and all inputs.
    package var usedNodes: [Int] {
        var isUsed = [Bool](repeating: false, count: nodes.count)
        for output in outputs { mark(output.operand, &isUsed) }
        for index in nodes.indices.reversed() {
            if case .input = nodes[index].kind { isUsed[index] = true }
            guard isUsed[index] else { continue }
            for operand in nodes[index].operands { mark(operand, &isUsed) }
            if case .scan(let scan) = nodes[index].kind {
                for reference in scan.body.referencesOutside where reference.depth == depth {
                    isUsed[reference.index] = true
                }
            }
        }
        return nodes.indices.filter { isUsed[$0] }
    }

    private func mark(_ operand: Operand, _ isUsed: inout [Bool]) {
        if case .node(let reference) = operand, reference.depth == depth { isUsed[reference.index] = true }
    }

    /// The nodes of graphs around this one that it reads.
    private var referencesOutside: Set<Reference> {
        var references: Set<Reference> = []
        func add(_ operand: Operand) {
            if case .node(let reference) = operand, reference.depth < depth { references.insert(reference) }
        }
        for output in outputs { add(output.operand) }
        for index in usedNodes {
            nodes[index].operands.forEach(add)
            if case .scan(let scan) = nodes[index].kind {
                references.formUnion(scan.body.referencesOutside.filter { $0.depth < depth })
            }
        }
        return references
    }
}
