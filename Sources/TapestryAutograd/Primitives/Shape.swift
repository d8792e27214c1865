import TapestryArrays

// Elements stay, places change. Reshape, permute, expand and slice are views where strides allow it.

extension Primitive {
    static func defineShape(in table: inout PrimitiveTable) {
        table.unary(.reshape, { x, a in x.reshaped(to: shape(a).shape) }) { g, r in
            g.reshaped(to: shape(r.attributes()).operand.shape)
        }
        table.unary(.permute, { x, a in x.viewed(x.layout.permuted(order(a).order)) }) { g, r in
            g.permuted(order(r.attributes()).inverse)
        }
        table.unary(.expand, { x, a in x.viewed(x.layout.expanded(to: shape(a).shape)!) }) { g, r in
            g.summed(to: shape(r.attributes()).operand)
        }
        // x → x[slices]; the cotangents of all slices of x are gathered in one buffer.
        table.accumulating(.slice, unary: { x, a in slice(a).slices.reduce(x) { $0.sliced($1) } }) { g, r, _, sum in
            let attributes = slice(r.attributes())
            sum.addSlice(g, at: attributes.slices, of: attributes.whole)
        }
        // The reverse of slicing: parts added into zeros at their places.
        table.accumulating(
            .assembleSlices,
            nary: { parts, a in
                let result = NDArray(repeating: 0, layout: assembly(a).whole, parts[0].elementType)
                for (part, slices) in zip(parts, assembly(a).parts) {
                    slices.reduce(result) { $0.sliced($1) }.add(part)
                }
                return result
            }
        ) { g, r, k, sum in
            sum.add(g.sliced(assembly(r.attributes()).parts[k]))
        }
        table.accumulating(.concatenate, nary: { parts, a in .concatenated(parts, axis: concatenation(a).axis) }) {
            g, r, k, sum in
            let attributes = concatenation(r.attributes())
            let start = attributes.extents[..<k].reduce(0, +)
            sum.add(g.sliced([AxisSlice(axis: attributes.axis, start: start, count: attributes.extents[k])]))
        }
    }

    private static func shape(_ attributes: Attributes?) -> ShapeAttributes {
        unsafeDowncast(attributes!, to: ShapeAttributes.self)
    }
    private static func order(_ attributes: Attributes?) -> OrderAttributes {
        unsafeDowncast(attributes!, to: OrderAttributes.self)
    }
    private static func slice(_ attributes: Attributes?) -> SliceAttributes {
        unsafeDowncast(attributes!, to: SliceAttributes.self)
    }
    private static func assembly(_ attributes: Attributes?) -> AssemblyAttributes {
        unsafeDowncast(attributes!, to: AssemblyAttributes.self)
    }
    private static func concatenation(_ attributes: Attributes?) -> ConcatenationAttributes {
        unsafeDowncast(attributes!, to: ConcatenationAttributes.self)
    }
}

// MARK: - As operations on values

extension Value {
    func reshaped(to shape: [Int]) -> Value {
        if shape == self.shape { return self }
        if Layout.count(of: shape) != count {
            trap("reshape", "\(self.shape) has \(count) elements and \(shape) has \(Layout.count(of: shape))")
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
        var order = Array(0..<rank)
        order.swapAt(rank - 1, rank - 2)
        return permuted(order)
    }

    func expanded(to shape: [Int]) -> Value {
        if shape == self.shape { return self }
        if layout.broadcastStrides(to: shape) == nil {
            trap("expand", "\(self.shape) to \(shape): only axes of extent 1 can grow, and new ones lead")
        }
        return .unary(.expand, self, ShapeAttributes(shape, operand: layout))
    }

    func sliced(_ slices: [AxisSlice]) -> Value {
        if slices.isEmpty { return self }
        return .unary(.slice, self, SliceAttributes(slices, of: layout))
    }

    /// One position of an axis, without that axis.
    package func selected(axis: Int, at position: Int) -> Value {
        sliced([AxisSlice(axis: axis, start: position, count: 1)]).squeezed([axis])
    }

    /// Values of one shape side by side along a new first axis.
    package static func stacked(_ values: [Value]) -> Value {
        concatenated(values.map { $0.unsqueezed([0]) }, axis: 0)
    }

    static func concatenated(_ parts: [Value], axis: Int) -> Value {
        for part in parts where part.rank != parts[0].rank {
            trap("concatenate", "ranks differ: \(parts[0].shape) and \(part.shape)")
        }
        return nary(.concatenate, parts, ConcatenationAttributes(axis: axis, extents: parts.map { $0.shape[axis] }))
    }
}
