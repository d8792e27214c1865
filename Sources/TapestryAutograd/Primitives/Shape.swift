import TapestryArrays

// Elements stay, places change. Reshape, permute, expand and slice are views where strides allow it.

extension Primitive {
    static func defineShape(in table: inout PrimitiveTable) {
        table.unary(
            .reshape, { x, a in x.reshaped(to: ShapeAttributes.of(a).shape) },
            Rule { g, r in g.reshaped(to: r.attributes(ShapeAttributes.self).operand.shape) },
            forward: .linear,
            batching: .formula { batch, a in batch[0].reshaped(to: [batch.count] + ShapeAttributes.of(a).shape) })
        table.unary(
            .permute, { x, a in x.viewed(x.layout.permuted(OrderAttributes.of(a).order)) },
            Rule { g, r in g.permuted(r.attributes(OrderAttributes.self).inverse) },
            forward: .linear,
            batching: .formula { batch, a in batch[0].permuted([0] + OrderAttributes.of(a).order.map { $0 + 1 }) })
        table.unary(
            .expand, { x, a in x.viewed(x.layout.expanded(to: ShapeAttributes.of(a).shape)!) },
            Rule { g, r in g.summed(to: r.attributes(ShapeAttributes.self).operand) },
            forward: .linear,
            batching: .formula { batch, a in
                let shape = ShapeAttributes.of(a).shape
                return batch.aligned(0, toRank: shape.count).expanded(to: [batch.count] + shape)
            })
        // x → x[slice]; the cotangents of all slices of x are gathered in one buffer.
        table.accumulating(
            .slice, unary: { x, a in x.part(SliceAttributes.of(a).part) },
            forward: .formula { t, r in
                let place = r.attributes(SliceAttributes.self)
                return t[0]!.sliced(place.slice, droppingAxis: place.dropsAxis)
            },
            batching: .formula { batch, a in
                let place = SliceAttributes.of(a)
                return batch[0].sliced(place.slice.afterBatchAxis, droppingAxis: place.dropsAxis)
            }
        ) { g, r, _, sum in
            sum.addSlice(g, at: r.attributes(SliceAttributes.self), isPlaced: r.isPlaced)
        }
        // The reverse of slicing: parts added into zeros at their places.
        table.accumulating(
            .assembleSlices,
            nary: { parts, a in
                let attributes = AssemblyAttributes.of(a)
                let result = NDArray(repeating: 0, layout: attributes.whole, parts[0].elementType)
                for (part, place) in zip(parts, attributes.parts) { place.part(of: result).add(part.array) }
                return result
            },
            forward: .linear,
            batching: .formula { batch, a in
                let attributes = AssemblyAttributes.of(a)
                let whole = Layout([batch.count] + attributes.whole.shape)
                let places = attributes.parts.map {
                    SliceAttributes($0.slice.afterBatchAxis, droppingAxis: $0.dropsAxis, of: whole)
                }
                return .nary(.assembleSlices, batch.all, AssemblyAttributes(places, of: whole))
            }
        ) { g, r, k, sum in
            let place = r.attributes(AssemblyAttributes.self).parts[k]
            sum.add(g.sliced(place.slice, droppingAxis: place.dropsAxis))
        }
        // Parts side by side along an axis that they have, or along a new one.
        table.accumulating(
            .concatenate,
            nary: { parts, a in
                let attributes = ConcatenationAttributes.of(a)
                let parts = parts.map(\.array)
                return attributes.isStacking
                    ? .stacked(parts, axis: attributes.axis) : .concatenated(parts, axis: attributes.axis)
            },
            forward: .linear,
            batching: .formula { batch, a in
                let attributes = ConcatenationAttributes.of(a)
                let axis = attributes.axis + 1
                return attributes.isStacking ? .stacked(batch.all, axis: axis) : .concatenated(batch.all, axis: axis)
            }
        ) { g, r, k, sum in
            let attributes = r.attributes(ConcatenationAttributes.self)
            sum.add(g.sliced(attributes.slice(k), droppingAxis: attributes.isStacking))
        }
    }
}

extension AxisSlice {
    /// The same slice of every example of a batch.
    fileprivate var afterBatchAxis: AxisSlice { AxisSlice(axis: axis + 1, start: start, count: count, step: step) }
}

// MARK: - As operations on values

extension Value {
    package func reshaped(to shape: [Int]) -> Value {
        if shape == self.shape { return self }
        if Layout.count(of: shape) != count {
            trap("reshaped", "\(self.shape) has \(count) elements and \(shape) has \(Layout.count(of: shape))")
        }
        return .unary(.reshape, self, ShapeAttributes(shape, operand: layout))
    }

    func squeezed(_ axes: [Int]) -> Value {
        reshaped(to: shape.enumerated().filter { !axes.contains($0.offset) }.map(\.element))
    }

    /// Inserts an axis of extent 1 at each given position of the result.
    func unsqueezed(_ axes: [Int]) -> Value {
        var shape = shape
        for axis in axes.sorted() { shape.insert(1, at: axis) }
        return reshaped(to: shape)
    }

    func permuted(_ order: [Int]) -> Value { .unary(.permute, self, OrderAttributes(order)) }

    /// Swaps the last two axes.
    var transposed: Value {
        if tape == nil { return Value(array.transposed) }
        var order = Array(0..<rank)
        order.swapAt(rank - 1, rank - 2)
        return permuted(order)
    }

    package func expanded(to shape: [Int]) -> Value {
        if shape == self.shape { return self }
        if !layout.fits(shape) {
            trap("expanded", "\(self.shape) to \(shape): only axes of extent 1 can grow, and new ones lead")
        }
        return .unary(.expand, self, ShapeAttributes(shape, operand: layout))
    }

    package consuming func sliced(_ slice: AxisSlice, droppingAxis dropsAxis: Bool = false) -> Value {
        resolve()
        if tape == nil { return Value(array.part(layout.part(slice, droppingAxis: dropsAxis))) }
        if outer != nil || !tape!.takesShortcuts {
            return .unary(.slice, self, SliceAttributes(slice, droppingAxis: dropsAxis, of: layout))
        }

        // As in `unary`, without what a slice has no need of.
        tape!.checkOwner("slice")
        let memory = tape!.memory
        let attributes = memory.pointee.slices.attributes(slice, droppingAxis: dropsAxis, of: layout)
        let firstOperand = memory.pointee.operandCount
        memory.pointee.appendOperand(node)
        return memory.pointee.append(.slice, firstOperand, array.part(attributes.part), saving: false, attributes)
    }

    /// One position of an axis, without that axis.
    package consuming func selected(axis: Int, at position: Int) -> Value {
        sliced(AxisSlice(axis: axis, start: position, count: 1), droppingAxis: true)
    }

    /// Values side by side along a new axis; traps unless they have one shape.
    package static func stacked(_ values: [Value], axis: Int = 0) -> Value {
        for value in values where value.shape != values[0].shape {
            trap("stack", "shapes differ: \(values[0].shape) and \(value.shape)")
        }
        let extents = [Int](repeating: 1, count: values.count)
        return nary(.concatenate, values, ConcatenationAttributes(axis: axis, extents: extents, isStacking: true))
    }

    package static func concatenated(_ parts: [Value], axis: Int) -> Value {
        for part in parts where part.rank != parts[0].rank {
            trap("concatenate", "ranks differ: \(parts[0].shape) and \(part.shape)")
        }
        let extents = parts.map { $0.shape[axis] }
        // Views that repeat their elements can be longer together than can be counted.
        var total = 0
        for extent in extents {
            let (sum, overflows) = total.addingReportingOverflow(extent)
            if overflows { trap("concatenate", "axis \(axis) of \(parts.map(\.shape)) together overflows") }
            total = sum
        }
        return nary(.concatenate, parts, ConcatenationAttributes(axis: axis, extents: extents, isStacking: false))
    }
}
