import TapestryArrays

/// The untyped value under `Tensor<Scalar>`: an array and, while derivatives are being taken, its place on a tape.
///
/// An operation is recorded on the innermost tape among its operands; there the operands are seen as values of the
/// next level out (`inner`), on which the same operation is applied in turn. So derivatives nest to any depth
/// without a flag and without one perturbation being mistaken for another, and untracked values pay a `nil` check.
package struct Value: @unchecked Sendable {
    package var array: NDArray
    /// The tape that this value is recorded on: the innermost one.
    package var tape: Tape?
    /// The index of the record on that tape.
    package var node: Int
    /// This value on the enclosing levels, if it is tracked there as well.
    var outer: Outer?

    /// A box, since a struct cannot hold a value of its own type.
    final class Outer: @unchecked Sendable {
        let value: Value
        init(_ value: Value) { self.value = value }
    }

    @inline(__always)
    package init(_ array: consuming NDArray) {
        self.array = array
        tape = nil
        node = 0
        outer = nil
    }

    @inline(__always)
    init(_ array: consuming NDArray, tape: Tape, node: Int, outer: Outer?) {
        self.array = array
        self.tape = tape
        self.node = node
        self.outer = outer
    }

    package var layout: Layout { array.layout }
    package var shape: [Int] { array.layout.shape }
    package var rank: Int { array.layout.rank }
    package var count: Int { array.layout.count }
    package var elementType: ElementType { array.elementType }

    /// This value on the next level out: what the rules of its own tape see.
    @inline(__always)
    var inner: Value { outer?.value ?? Value(array) }

    /// This value without the tapes that have finished: what left the closure it was tracked in is a constant.
    var resolved: Value {
        var value = self
        while let tape = value.tape, !tape.isRecording {
            if !tape.isScoped {
                trap("tape", "a value of a tape that has finished is used; make a new tape for a new derivative")
            }
            value = value.inner
        }
        return value
    }

    /// The same elements as a constant on every level.
    package var withoutTapes: Value { Value(array) }

    /// One element, of the same type as this value, for formulas such as `1 − y`.
    func scalar(_ value: Double) -> Value { Value(NDArray(scalar: value, elementType)) }
}

// MARK: - Applying primitives

extension Value {
    static func unary(_ id: Primitive.ID, _ x: consuming Value, _ attributes: Attributes? = nil) -> Value {
        let primitive = Primitive[id]
        if x.tape == nil { return Value(primitive.value(x.array, attributes)) }
        let x = x.resolved
        guard let tape = x.tape, !primitive.isPiecewiseConstant else {
            return Value(primitive.value(x.array, attributes))
        }
        tape.checkOwner(id)
        let node = x.node
        let inner = x.inner
        let saved = tape.keepsEverything || primitive.reads[0].contains(.first) ? inner : nil
        let result = unary(id, consume inner, attributes)
        return tape.append(primitive, node, saved, result, attributes)
    }

    static func binary(
        _ id: Primitive.ID, _ a: consuming Value, _ b: consuming Value, _ attributes: Attributes? = nil
    ) -> Value {
        let primitive = Primitive[id]
        if a.tape == nil, b.tape == nil { return Value(primitive.value(a.array, b.array, attributes)) }
        let (a, b) = (a.resolved, b.resolved)
        guard let tape = Tape.innermost(a.tape, b.tape, id), !primitive.isPiecewiseConstant else {
            return Value(primitive.value(a.array, b.array, attributes))
        }
        tape.checkOwner(id)
        let aIsTracked = a.tape === tape
        let bIsTracked = b.tape === tape
        let aInner = aIsTracked ? a.inner : a
        let bInner = bIsTracked ? b.inner : b
        var reads: Primitive.Reads = []
        if aIsTracked { reads.formUnion(primitive.reads[0]) }
        if bIsTracked { reads.formUnion(primitive.reads[1]) }
        if tape.keepsEverything { reads = .everything }
        let result = binary(id, aInner, bInner, attributes)
        var attributes = attributes
        if primitive.broadcasts, result.layout !== a.layout || result.layout !== b.layout,
            a.shape != result.shape || b.shape != result.shape
        {
            attributes = BroadcastAttributes(a.layout, b.layout)
        }
        return tape.append(
            primitive,
            aIsTracked ? a.node : nil, reads.contains(.first) ? aInner : nil,
            bIsTracked ? b.node : nil, reads.contains(.second) ? bInner : nil,
            savesResult: reads.contains(.result), result, attributes)
    }

    static func nary(_ id: Primitive.ID, _ operands: [Value], _ attributes: Attributes? = nil) -> Value {
        let primitive = Primitive[id]
        let operands = operands.map(\.resolved)
        let tape = operands.reduce(nil) { Tape.innermost($0, $1.tape, id) }
        guard let tape, !primitive.isPiecewiseConstant else {
            return Value(primitive.value(operands.map(\.array), attributes))
        }
        tape.checkOwner(id)
        let inner = operands.map { $0.tape === tape ? $0.inner : $0 }
        var reads: Primitive.Reads = tape.keepsEverything ? .everything : []
        for (index, operand) in operands.enumerated() where operand.tape === tape {
            reads.formUnion(primitive.reads[Swift.min(index, primitive.reads.count - 1)])
        }
        let result = nary(id, inner, attributes)
        return tape.append(
            primitive, operands.map { $0.tape === tape ? $0.node : nil },
            inner.enumerated().map { reads.contains(.operand($0.offset)) ? $0.element : nil },
            savesResult: reads.contains(.result), result, attributes)
    }
}
