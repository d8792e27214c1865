import TapestryArrays
import TapestryAutograd

// Operations that are not on single elements.

extension StableHLOTarget {
    func structural(_ id: Primitive.ID, _ node: RecordedNode, _ x: [Term]) throws(ExportError) -> Term? {
        let shape = node.a.shape
        switch (id, node.settings.a) {
        case (.matmul, _): return matmul(x[0], x[1])
        case (.convert, _), (.cast, _): return convert(x[0], to: node.a.elementType)
        case (.reshape, _): return reshape(x[0], to: shape)
        case (.expand, _): return broadcast(x[0], to: shape)
        case (.permute, .order(let order)): return transpose(x[0], order)
        case (.slice, .slice(let place)): return slice(x[0], place)
        case (.assembleSlices, .assembly(let places)): return try assembly(x, places)
        case (.concatenate, .concatenation(let axis, let isStacking)):
            let parts = isStacking ? x.map { addingAxis(axis, to: $0) } : x
            let names = parts.map(\.name).joined(separator: ", ")
            return emit("stablehlo.concatenate \(names), dim = \(axis)", from: parts, x[0].elementType, shape)
        case (.triangle, .triangle(let isLower, let offset)): return try triangle(x[0], isLower, offset)
        case (.cumulativeSum, .running(let axis, let isReversed)):
            return try cumulativeSum(x[0], axis, isReversed: isReversed)
        case (.windows, .windows(let windows, let whole)): return self.windows(x[0], windows, whole)
        case (.overlapAdd, .windows(let windows, let whole)): return overlapAdd(x[0], windows, whole)
        default: return try indexing(id, node, x)
        }
    }

    private func addingAxis(_ axis: Int, to term: Term) -> Term {
        var shape = term.shape
        shape.insert(1, at: axis)
        return reshape(term, to: shape)
    }

    /// Slices have positive steps here, so a negative one is a slice from the other end of what is turned around.
    private func slice(_ x: Term, _ place: OperationGraph.Slice) -> Term {
        var (x, start) = (x, place.start)
        if place.step < 0 {
            x = emit("stablehlo.reverse \(x.name), dims = [\(place.axis)]", x.elementType, x.shape) { $0.type }
            start = place.extent - 1 - start
        }
        let step = abs(place.step)
        let end = place.count == 0 ? start : start + step * (place.count - 1) + 1
        let part = part(x, place.axis, from: start, to: end, by: step)
        return place.dropsAxis ? removingAxes([place.axis], of: part) : part
    }

    private func part(_ x: Term, _ axis: Int, from start: Int, to end: Int, by step: Int = 1) -> Term {
        var shape = x.shape
        shape[axis] = (end - start + step - 1) / step
        let ranges = x.shape.indices.map { $0 == axis ? "\(start):\(end):\(step)" : "0:\(x.shape[$0])" }
        return emit("stablehlo.slice \(x.name) [\(ranges.joined(separator: ", "))]", from: [x], x.elementType, shape)
    }

    /// Zeros around a value, so many before and behind it along an axis, and between its elements.
    private func pad(_ x: Term, _ axis: Int, before: Int, behind: Int, between: Int = 0) -> Term {
        func list(_ count: Int) -> [Int] { x.shape.indices.map { $0 == axis ? count : 0 } }
        let zero = scalar(0, x.elementType)
        var shape = x.shape
        shape[axis] += before + behind + between * max(shape[axis] - 1, 0)
        return emit(
            "stablehlo.pad \(x.name), \(zero.name), low = \(list(before)), high = \(list(behind)), interior = \(list(between))",
            from: [x, zero], x.elementType, shape)
    }

    /// Parts among zeros, one for each slice, and their sum.
    private func assembly(_ x: [Term], _ places: [OperationGraph.Slice]) throws(ExportError) -> Term {
        var sum: Term?
        for (part, place) in zip(x, places) {
            let axis = place.axis
            var part = place.dropsAxis ? addingAxis(axis, to: part) : part
            var start = place.start
            if place.step < 0 {
                part = emit("stablehlo.reverse \(part.name), dims = [\(axis)]", part.elementType, part.shape) {
                    $0.type
                }
                start += place.step * (place.count - 1)
            }
            let length = place.count == 0 ? 0 : abs(place.step) * (place.count - 1) + 1
            let padded = pad(
                part, axis, before: place.count == 0 ? 0 : start,
                behind: place.extent - length - (place.count == 0 ? 0 : start), between: abs(place.step) - 1)
            if let before = sum { sum = try apply(.add, before, padded) } else { sum = padded }
        }
        return sum!
    }

    /// The positions along an axis, in a shape.
    private func positions(_ axis: Int, of shape: [Int]) -> Term {
        emit("stablehlo.iota dim = \(axis)", .int32, shape) { $0.type }
    }

    private func triangle(_ x: Term, _ isLower: Bool, _ offset: Int) throws(ExportError) -> Term {
        let rank = x.shape.count
        let rows = try apply(.add, positions(rank - 2, of: x.shape), scalar(Double(offset), .int32))
        let columns = positions(rank - 1, of: x.shape)
        let isKept = isLower ? try apply(.lessOrEqual, columns, rows) : try apply(.lessOrEqual, rows, columns)
        return try apply(.select, isKept, x, scalar(0, x.elementType))
    }

    /// Sums of 2, 4, 8, … neighbours: each is the sum of two before.
    private func cumulativeSum(_ x: Term, _ axis: Int, isReversed: Bool) throws(ExportError) -> Term {
        let extent = x.shape[axis]
        var (sum, distance) = (x, 1)
        while distance < extent {
            let shifted = pad(
                sum, axis, before: isReversed ? -distance : distance, behind: isReversed ? distance : -distance)
            sum = try apply(.add, sum, shifted)
            distance *= 2
        }
        return sum
    }

    // MARK: Positions

    private func indexing(_ id: Primitive.ID, _ node: RecordedNode, _ x: [Term]) throws(ExportError) -> Term? {
        switch (id, node.settings.a) {
        case (.rows, _): return take(x[0], x[1], 0)
        case (.slices, .indexing(let axis, let table)):
            return take(x[0], try fromStart(x[1], table[axis]), axis)
        case (.scatterRows, .indexing(_, let table)): return putBack(x[0], x[1], 0, into: table)
        case (.scatterSlices, .indexing(let axis, let table)):
            return putBack(x[0], try fromStart(x[1], table[axis]), axis, into: table)
        case (.gather, .indexing(let axis, let table)):
            let (places, rank) = (try places(fromStart(x[1], table[axis]), axis), x[0].shape.count)
            let numbers = Array(0..<rank)
            return emit(
                """
                "stablehlo.gather"(\(x[0].name), \(places.name)) <{dimension_numbers = #stablehlo.gather<\
                collapsed_slice_dims = \(numbers), start_index_map = \(numbers), index_vector_dim = \(rank)>, \
                slice_sizes = array<i64: \(numbers.map { _ in "1" }.joined(separator: ", "))>}>
                """, from: [x[0], places], x[0].elementType, x[1].shape)
        case (.scatter, .indexing(let axis, let table)):
            let (places, rank) = (try places(fromStart(x[1], table[axis]), axis), table.count)
            let numbers = Array(0..<rank)
            return scatter(
                x[0], places, into: table,
                "inserted_window_dims = \(numbers), scatter_dims_to_operand_dims = \(numbers), index_vector_dim = \(rank)"
            )
        case (.argSort, .ordering(let axis, let isDescending, _)): return order(x[0], axis, isDescending)
        case (.largest, .ordering(let axis, _, let count?)), (.smallest, .ordering(let axis, _, let count?)):
            return part(order(x[0], axis, id == .largest), axis, from: 0, to: count)
        case (.argMax, .ordering(let axis, _, _)): return try extremePosition(x[0], axis, .max)
        case (.argMin, .ordering(let axis, _, _)): return try extremePosition(x[0], axis, .min)
        default: return nil
        }
    }

    /// Positions, of which negative ones count from the end of an axis.
    private func fromStart(_ indices: Term, _ extent: Int) throws(ExportError) -> Term {
        let isNegative = try apply(.less, indices, scalar(0, .int32))
        return try apply(.select, isNegative, apply(.add, indices, scalar(Double(extent), .int32)), indices)
    }

    /// For each index along an axis the positions along all axes, as a last axis.
    private func places(_ indices: Term, _ axis: Int) throws(ExportError) -> Term {
        let rank = indices.shape.count
        let parts = (0..<rank).map { k in
            addingAxis(rank, to: k == axis ? indices : positions(k, of: indices.shape))
        }
        let names = parts.map(\.name).joined(separator: ", ")
        return emit(
            "stablehlo.concatenate \(names), dim = \(rank)", from: parts, .int32, indices.shape + [rank])
    }

    /// Slices at positions along an axis, whose axes stand in its place.
    private func take(_ x: Term, _ indices: Term, _ axis: Int) -> Term {
        let rank = indices.shape.count
        let shape = x.shape[..<axis] + indices.shape + x.shape[(axis + 1)...]
        let windows = Array(0..<axis) + Array(axis + rank..<shape.count)
        var sizes = x.shape
        sizes[axis] = 1
        return emit(
            """
            "stablehlo.gather"(\(x.name), \(indices.name)) <{dimension_numbers = #stablehlo.gather<\
            offset_dims = \(windows), collapsed_slice_dims = [\(axis)], start_index_map = [\(axis)], \
            index_vector_dim = \(rank)>, slice_sizes = array<i64: \(sizes.map(String.init).joined(separator: ", "))>}>
            """, from: [x, indices], x.elementType, Array(shape))
    }

    /// Slices added into zeros, at positions along an axis.
    private func putBack(_ x: Term, _ indices: Term, _ axis: Int, into table: [Int]) -> Term {
        let rank = indices.shape.count
        let windows = Array(0..<axis) + Array(axis + rank..<x.shape.count)
        return scatter(
            x, indices, into: table,
            """
            update_window_dims = \(windows), inserted_window_dims = [\(axis)], \
            scatter_dims_to_operand_dims = [\(axis)], index_vector_dim = \(rank)
            """)
    }

    private func scatter(_ x: Term, _ indices: Term, into table: [Int], _ numbers: String) -> Term {
        let zeros = broadcast(scalar(0, x.elementType), to: table)
        let element = Term(name: "", elementType: x.elementType, shape: []).type
        return emit(
            """
            "stablehlo.scatter"(\(zeros.name), \(indices.name), \(x.name)) <{scatter_dimension_numbers = \
            #stablehlo.scatter<\(numbers)>}> ({ ^bb0(%a: \(element), %b: \(element)): %s = stablehlo.add %a, %b : \
            \(element) stablehlo.return %s : \(element) })
            """, from: [zeros, indices, x], x.elementType, table)
    }

    /// The first position of an extremum, with the axis.
    private func extremePosition(_ x: Term, _ axis: Int, _ id: Primitive.ID) throws(ExportError) -> Term {
        let isAttained = try apply(.equal, x, reduce(id, x, over: [axis]))
        let behind = scalar(Double(x.shape[axis]), .int32)
        return try reduce(
            .min, apply(.select, isAttained, positions(axis, of: x.shape), behind), over: [axis])
    }

    /// The positions of the elements in their order along an axis; equal ones stay as they are.
    private func order(_ x: Term, _ axis: Int, _ isDescending: Bool) -> Term {
        let positions = positions(axis, of: x.shape)
        let element = Term(name: "", elementType: x.elementType, shape: []).type
        let both = emit(
            """
            "stablehlo.sort"(\(x.name), \(positions.name)) <{dimension = \(axis) : i64, is_stable = true}> ({ \
            ^bb0(%a: \(element), %b: \(element), %c: tensor<i32>, %d: tensor<i32>): \
            %s = stablehlo.compare \(isDescending ? "GT" : "LT"), %a, %b : (\(element), \(element)) -> tensor<i1> \
            stablehlo.return %s : tensor<i1> })
            """, from: [x, positions], resultCount: 2)
        return Term(name: both + "#1", elementType: .int32, shape: x.shape)
    }

    // MARK: Windows

    private func windows(_ x: Term, _ windows: [WindowAxis], _ whole: [Int]) -> Term {
        windows.reduce(x) { x, window in
            let taken = take(x, constant(window.positions(in: whole)), window.axis)
            // The axis within the window goes to the end.
            return transpose(taken, taken.shape.indices.filter { $0 != window.axis + 1 } + [window.axis + 1])
        }
    }

    private func overlapAdd(_ x: Term, _ windows: [WindowAxis], _ whole: [Int]) -> Term {
        windows.reversed().reduce(x) { x, window in
            var order = Array(0..<x.shape.count - 1)
            order.insert(x.shape.count - 1, at: window.axis + 1)
            let moved = transpose(x, order)
            let table = moved.shape[..<window.axis] + [whole[window.axis]] + moved.shape[(window.axis + 2)...]
            return putBack(moved, constant(window.positions(in: whole)), window.axis, into: Array(table))
        }
    }
}
