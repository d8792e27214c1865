import TapestryArrays
import TapestryAutograd

/// The translation of one graph, that of a function or of the step of a recurrence in it, from one or two recordings.
final class ONNXTranslation {
    private let a, b: OperationGraph
    private let target: ONNXTarget
    /// The translation of the graph around this one, whose values it may read.
    private let outer: ONNXTranslation?
    /// The values of nodes, by their indices in the first recording.
    private var terms: [Int: ONNXTarget.Term] = [:]
    /// The values that recurrences give.
    private var results: [Int: [String]] = [:]

    private var builder: ONNXBuilder { target.builder }

    init(_ a: OperationGraph, _ b: OperationGraph, _ target: ONNXTarget, in outer: ONNXTranslation? = nil) {
        (self.a, self.b, self.target, self.outer) = (a, b, target, outer)
    }

    /// Translates all nodes that are needed.
    ///
    /// - Parameter inputs: the names of the inputs.
    func run(inputs: [String]) throws(ExportError) {
        let (used, other) = (a.usedNodes, b.usedNodes)
        guard used.count == other.count else {
            throw builder.open.error("it has \(used.count) operations in one recording and \(other.count) in another")
        }
        var rest = inputs[...]
        for (first, second) in zip(used, other) {
            let node = RecordedNode(a: a.nodes[first], b: b.nodes[second])
            switch (node.a.kind, node.b.kind) {
            case (.input, .input): terms[first] = try term(rest.removeFirst(), node)
            case (.parameter(let path, let array), .parameter):
                let name = path.isEmpty || builder.isTaken(path) ? builder.newName("parameter") : builder.claim(path)
                terms[first] = try term(builder.tensor(array, named: name), node)
            case (.primitive(let id, _), .primitive(let other, _)) where id == other:
                terms[first] = try target.translate(id, node, operands(of: node))
            case (.scan(let one), .scan(let two)): results[first] = try scan(one, two, node)
            case (.result(let number), .result(let other)) where number == other:
                guard case .node(let scan) = node.a.operands[0] else { continue }
                terms[first] = try term(results[scan.index]![number], node)
            default: throw builder.open.error("it has other operations in one recording than in another")
            }
        }
    }

    private func term(_ name: String, _ node: RecordedNode) throws(ExportError) -> ONNXTarget.Term {
        ONNXTarget.Term(
            name: name, elementType: node.a.elementType, shape: try builder.open.shape(node.a.shape, node.b.shape))
    }

    /// The values that the function returns.
    func outputs() throws(ExportError) -> [ONNXTarget.Term] {
        var terms: [ONNXTarget.Term] = []
        for (one, two) in zip(a.outputs, b.outputs) { terms.append(try value(one.operand, two.operand)) }
        return terms
    }

    private func operands(of node: RecordedNode) throws(ExportError) -> [ONNXTarget.Term] {
        guard node.a.operands.count == node.b.operands.count else {
            throw builder.open.error("an operation has \(node.a.operands.count) operands, or \(node.b.operands.count)")
        }
        var terms: [ONNXTarget.Term] = []
        for (one, two) in zip(node.a.operands, node.b.operands) { terms.append(try value(one, two)) }
        return terms
    }

    private func value(
        _ a: OperationGraph.Operand, _ b: OperationGraph.Operand
    ) throws(ExportError) -> ONNXTarget.Term {
        switch (a, b) {
        case (.node(let reference), .node): return self[reference]
        case (.constant(let one), .constant(let two)): return try constant(one, two)
        default: throw builder.open.error("an operand is a constant in one recording only")
        }
    }

    private subscript(reference: OperationGraph.Reference) -> ONNXTarget.Term {
        reference.depth == a.depth ? terms[reference.index]! : outer![reference]
    }

    // MARK: Constants

    /// A constant that is the same in both recordings, or the same but for a number of equal parts that depends on what
    /// is left open, or one number that depends on it.
    private func constant(_ a: NDArray, _ b: NDArray) throws(ExportError) -> ONNXTarget.Term {
        let shape = try builder.open.shape(a.shape, b.shape)
        if a.shape == b.shape {
            if a.hasSameElements(as: b) {
                return ONNXTarget.Term(name: builder.constant(a), elementType: a.elementType, shape: shape)
            }
            guard a.count == 1 else { throw builder.open.error("a constant of shape \(a.shape) depends on it") }
            func number(_ array: NDArray) -> Double { array.converted(to: .float64).scalar(as: Double.self) }
            let number = try target.number(number(a), number(b), a.elementType)
            if a.rank == 0 { return number }
            let name = target.emit("Reshape", [number.name, builder.integers(a.shape)])
            return ONNXTarget.Term(name: name, elementType: a.elementType, shape: shape)
        }
        guard let part = commonPart(a, b, shape) else {
            throw builder.open.error("a constant has the shape \(a.shape) in one recording and \(b.shape) in another")
        }
        return ONNXTarget.Term(
            name: builder.expanded(part, to: shape), elementType: a.elementType, shape: shape)
    }

    /// What both consist of, if their elements do not change along the open axes.
    private func commonPart(_ a: NDArray, _ b: NDArray, _ shape: [OpenExtent]) -> NDArray? {
        var (one, two) = (a, b)
        for (axis, extent) in shape.enumerated() {
            guard case .open = extent else { continue }
            one = one.sliced(AxisSlice(axis: axis, start: 0, count: 1))
            two = two.sliced(AxisSlice(axis: axis, start: 0, count: 1))
        }
        func isRepeated(_ part: NDArray, _ whole: NDArray) -> Bool {
            part.viewed(part.layout.expanded(to: whole.shape)!).hasSameElements(as: whole)
        }
        return one.hasSameElements(as: two) && isRepeated(one, a) && isRepeated(two, b) ? one.contiguous() : nil
    }

    // MARK: Recurrences

    /// A `Scan`, whose states come before the sequences: the names of its results, sequences first.
    private func scan(
        _ a: OperationGraph.Scan, _ b: OperationGraph.Scan, _ node: RecordedNode
    ) throws(ExportError) -> [String] {
        let operands = try operands(of: node)
        let sequenceCount = operands.count - a.stateCount
        let inputNames = operands.map { _ in builder.newName("step") }
        let inside = ONNXTarget(builder, stepGraph: ONNXGraph(name: builder.newName("step")))
        let step = ONNXTranslation(a.body, b.body, inside, in: self)
        try step.run(inputs: inputNames)
        let outputs = try step.outputs()
        let outputNames = outputs.map { _ in builder.newName("step") }
        for (output, name) in zip(outputs, outputNames) { inside.emit(output, as: name) }

        func statesFirst<Element>(_ list: [Element]) -> [Element] {
            list.suffix(a.stateCount) + list.dropLast(a.stateCount)
        }
        var graph = inside.stepGraph!
        // Nothing is said about shapes: what is open would have names that are only known outside.
        graph.inputs = statesFirst(
            zip(inputNames, operands).map { ONNXValueInfo(name: $0, elementType: $1.elementType, shape: nil) })
        graph.outputs = statesFirst(
            zip(outputNames, outputs).map { ONNXValueInfo(name: $0, elementType: $1.elementType, shape: nil) })
        let names = outputs.map { _ in builder.newName("Scan") }
        let directions = a.isReversed ? 1 : 0
        let resultCount = outputs.count - a.stateCount
        target.append(
            ONNXNode(
                operation: "Scan", inputs: statesFirst(operands.map(\.name)), outputs: statesFirst(names),
                attributes: [
                    ("body", .graph(graph)), ("num_scan_inputs", .int(sequenceCount)),
                    ("scan_input_axes", .ints([Int](repeating: a.axis, count: sequenceCount))),
                    ("scan_input_directions", .ints([Int](repeating: directions, count: sequenceCount))),
                    ("scan_output_axes", .ints([Int](repeating: a.axis, count: resultCount))),
                    ("scan_output_directions", .ints([Int](repeating: directions, count: resultCount))),
                ]))
        return names
    }
}
