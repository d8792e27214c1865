import TapestryArrays
import TapestryAutograd

// Operations that are not on single elements.

extension ONNXTarget {
    func structural(_ id: Primitive.ID, _ node: RecordedNode, _ x: [Term]) throws(ExportError) -> Term? {
        guard let name = try structure(id, node, x) else { return nil }
        return Term(
            name: name, elementType: node.a.elementType, shape: try builder.open.shape(node.a.shape, node.b.shape))
    }

    private func structure(_ id: Primitive.ID, _ node: RecordedNode, _ x: [Term]) throws(ExportError) -> String? {
        switch (id, node.settings.a, node.settings.b) {
        case (.matmul, _, _): matmul(x[0], x[1]).name
        case (.convert, _, _), (.cast, _, _): convert(x[0], to: node.a.elementType).name
        case (.reshape, _, _): try reshape(x[0], node)
        case (.expand, _, _):
            emit("Expand", [x[0].name, builder.vector(try builder.open.shape(node.a.shape, node.b.shape))])
        case (.permute, .order(let order), _): emit("Transpose", [x[0].name], [("perm", .ints(order))])
        case (.slice, .slice(let a), .slice(let b)): try slice(x[0], a, b)
        case (.assembleSlices, .assembly(let a), .assembly(let b)): try assembly(x, a, b, node)
        case (.concatenate, .concatenation(let axis, let isStacking), _):
            emit(
                "Concat", x.map { isStacking ? addingAxis(axis, to: $0).name : $0.name }, [("axis", .int(axis))])
        case (.softmax, .axes(let axes, _, _), _): emit("Softmax", [x[0].name], [("axis", .int(axes[0]))])
        case (.logSoftmax, .axes(let axes, _, _), _): emit("LogSoftmax", [x[0].name], [("axis", .int(axes[0]))])
        // The node is not for all types, nor for rows of nothing.
        case (.layerNorm, .epsilon(let epsilon), _) where node.a.elementType == .float32 && node.a.shape.last != 0:
            layerNorms(x, epsilon)
        case (.cumulativeSum, .running(let axis, let isReversed), _):
            emit(
                "CumSum", [x[0].name, builder.constant(NDArray(scalar: Double(axis), .int32))],
                [("reverse", .int(isReversed ? 1 : 0))])
        case (.triangle, .triangle(let isLower, let offset), _):
            emit(
                "Trilu", [x[0].name, emit("Squeeze", [builder.integers([offset])])],
                [("upper", .int(isLower ? 0 : 1))])
        case (.windows, .windows(let windows, let whole), _): self.windows(x[0], windows, whole)
        default: try indexing(id, node, x)
        }
    }

    /// A node for each term of a sum, of x₁, γ₁, x₂, γ₂, …, β₁, β₂, …; or one for x and γ without a bias.
    private func layerNorms(_ x: [Term], _ epsilon: Double) -> String {
        let termCount = LayerNormOperand.termCount(x.count)
        let norms = (0..<termCount).map { k in
            let operands = [x[2 * k], x[2 * k + 1]] + x.dropFirst(2 * termCount + k).prefix(1)
            return emit(
                "LayerNormalization", operands.map(\.name), [("axis", .int(-1)), ("epsilon", .float(Float(epsilon)))])
        }
        return norms.dropFirst().reduce(norms[0]) { emit("Add", [$0, $1]) }
    }

    private func reshape(_ x: Term, _ node: RecordedNode) throws(ExportError) -> String {
        let shape = try builder.open.shape(node.a.shape, node.b.shape)
        let open = shape.indices.filter { if case .open = shape[$0] { true } else { false } }
        // One extent follows from the others.
        guard open.count == 1, !node.a.shape.contains(0) else {
            // Without the attribute, 0 stands for the extent that was there.
            return emit("Reshape", [x.name, builder.vector(shape)], [("allowzero", .int(1))])
        }
        var extents = node.a.shape
        extents[open[0]] = -1
        return emit("Reshape", [x.name, builder.integers(extents)])
    }

    private func slice(
        _ x: Term, _ a: OperationGraph.Slice, _ b: OperationGraph.Slice
    ) throws(ExportError) -> String {
        func end(_ slice: OperationGraph.Slice) -> Int {
            if slice.count == 0 { return slice.start }
            return slice.start + slice.step * (slice.count - 1) + (slice.step > 0 ? 1 : -1)
        }
        let start = try builder.open.extent(a.start, b.start)
        // The end before position 0 is as far to the left as there is.
        let end = end(a) == -1 ? OpenExtent.fixed(.min) : try builder.open.extent(end(a), end(b))
        let name = emit(
            "Slice",
            [
                x.name, builder.vector([start]), builder.vector([end]), builder.integers([a.axis]),
                builder.integers([a.step]),
            ])
        return a.dropsAxis ? emit("Squeeze", [name, builder.integers([a.axis])]) : name
    }

    /// Parts among zeros, one for each slice, and their sum.
    private func assembly(
        _ x: [Term], _ a: [OperationGraph.Slice], _ b: [OperationGraph.Slice], _ node: RecordedNode
    ) throws(ExportError) -> String? {
        guard a.allSatisfy({ $0.step == 1 }) else { return nil }
        var sum: String?
        for k in x.indices {
            let part = a[k].dropsAxis ? addingAxis(a[k].axis, to: x[k]) : x[k]
            func behind(_ slice: OperationGraph.Slice) -> Int { slice.extent - slice.start - slice.count }
            var (before, after) = (
                [OpenExtent](repeating: .fixed(0), count: node.a.shape.count),
                [OpenExtent](repeating: .fixed(0), count: node.a.shape.count)
            )
            before[a[k].axis] = try builder.open.extent(a[k].start, b[k].start)
            after[a[k].axis] = try builder.open.extent(behind(a[k]), behind(b[k]))
            let padded = emit("Pad", [part.name, builder.vector(before + after)])
            sum = sum.map { emit("Add", [$0, padded]) } ?? padded
        }
        return sum
    }

    // MARK: Windows

    /// For each window of an axis the positions of its elements.
    private func windowPositions(_ window: WindowAxis, _ whole: [Int]) -> Term {
        let positions = window.positions(in: whole)
        return Term(name: builder.constant(positions), elementType: .int32, shape: positions.shape.map { .fixed($0) })
    }

    /// Windows by the positions of their elements: ONNX has no views.
    private func windows(_ x: Term, _ windows: [WindowAxis], _ whole: [Int]) -> String {
        var name = x.name
        var rank = x.shape.count
        for window in windows {
            name = emit("Gather", [name, windowPositions(window, whole).name], [("axis", .int(window.axis))])
            rank += 1
            // The axis within the window goes to the end.
            let order = (0..<rank).filter { $0 != window.axis + 1 } + [window.axis + 1]
            name = emit("Transpose", [name], [("perm", .ints(order))])
        }
        return name
    }

    private func overlapAdd(
        _ x: Term, _ windows: [WindowAxis], _ a: [Int], _ b: [Int]
    ) throws(ExportError) -> String {
        var sum = x
        let whole = try builder.open.shape(a, b)
        for window in windows.reversed() {
            var order = Array(0..<sum.shape.count - 1)
            order.insert(sum.shape.count - 1, at: window.axis + 1)
            let moved = transpose(sum, order)
            var table = moved.shape
            table.remove(at: window.axis + 1)
            table[window.axis] = whole[window.axis]
            sum = putBack(moved, windowPositions(window, a), window.axis, into: table)
        }
        return sum.name
    }

    // MARK: Positions

    private func indexing(_ id: Primitive.ID, _ node: RecordedNode, _ x: [Term]) throws(ExportError) -> String? {
        switch (id, node.settings.a, node.settings.b) {
        case (.rows, _, _): return emit("Gather", [x[0].name, x[1].name], [("axis", .int(0))])
        case (.slices, .indexing(let axis, _), _):
            return emit("Gather", [x[0].name, x[1].name], [("axis", .int(axis))])
        case (.gather, .indexing(let axis, _), _):
            return emit("GatherElements", [x[0].name, x[1].name], [("axis", .int(axis))])
        case (.scatter, .indexing(let axis, let table), .indexing(_, let other)):
            return emit(
                "ScatterElements", [try zeros(table, other, x[0].elementType), x[1].name, x[0].name],
                [("axis", .int(axis)), ("reduction", .string("add"))])
        case (.scatterRows, .indexing(let axis, let table), .indexing(_, let other)),
            (.scatterSlices, .indexing(let axis, let table), .indexing(_, let other)):
            return try putBack(x[0], x[1], axis, table, other).name
        case (.overlapAdd, .windows(let windows, let whole), .windows(_, let other)):
            return try overlapAdd(x[0], windows, whole, other)
        case (.argMax, .ordering(let axis, _, _), _), (.argMin, .ordering(let axis, _, _), _):
            let name = emit(
                id == .argMax ? "ArgMax" : "ArgMin", [x[0].name], [("axis", .int(axis)), ("keepdims", .int(1))])
            return emit("Cast", [name], [("to", .int(ElementType.int32.onnxNumber))])
        case (.argSort, .ordering(let axis, let isDescending, _), _):
            return positions(x[0], axis, builder.vector([x[0].shape[axis]]), isLargest: isDescending)
        case (.largest, .ordering(let axis, _, let count?), _), (.smallest, .ordering(let axis, _, let count?), _):
            return positions(x[0], axis, builder.integers([count]), isLargest: id == .largest)
        default: return nil
        }
    }

    private func zeros(_ a: [Int], _ b: [Int], _ type: ElementType) throws(ExportError) -> String {
        builder.expanded(NDArray(scalar: 0, type), to: try builder.open.shape(a, b))
    }

    private func transpose(_ x: Term, _ order: [Int]) -> Term {
        Term(
            name: emit("Transpose", [x.name], [("perm", .ints(order))]), elementType: x.elementType,
            shape: order.map { x.shape[$0] })
    }

    private func putBack(
        _ x: Term, _ indices: Term, _ axis: Int, _ a: [Int], _ b: [Int]
    ) throws(ExportError) -> Term {
        putBack(x, indices, axis, into: try builder.open.shape(a, b))
    }

    /// Slices added into zeros, at positions along an axis, which comes first meanwhile.
    private func putBack(_ x: Term, _ indices: Term, _ axis: Int, into table: [OpenExtent]) -> Term {
        let places = emit("Cast", [addingAxis(indices.shape.count, to: indices).name], [("to", .int(7))])
        let own = axis..<axis + indices.shape.count
        let first = transpose(x, Array(own) + x.shape.indices.filter { !own.contains($0) })
        let shape = [table[axis]] + table.indices.filter { $0 != axis }.map { table[$0] }
        let zeros = builder.expanded(NDArray(scalar: 0, x.elementType), to: shape)
        let sum = Term(
            name: emit("ScatterND", [zeros, places, first.name], [("reduction", .string("add"))]),
            elementType: x.elementType, shape: shape)
        var order = Array(1..<shape.count)
        order.insert(0, at: axis)
        return transpose(sum, order)
    }

    /// The positions of as many elements as are wanted, the greatest or the least first.
    private func positions(_ x: Term, _ axis: Int, _ count: String, isLargest: Bool) -> String {
        let names = [builder.newName("TopK"), builder.newName("TopK")]
        append(
            ONNXNode(
                operation: "TopK", inputs: [x.name, count], outputs: names,
                attributes: [("axis", .int(axis)), ("largest", .int(isLargest ? 1 : 0)), ("sorted", .int(1))]))
        return emit("Cast", [names[1]], [("to", .int(ElementType.int32.onnxNumber))])
    }
}
