import TapestryArrays

/// The untyped value under `Tensor<Scalar>`: an array and, while derivatives are being taken, its place on a tape.
///
/// An operation is recorded on the innermost tape among its operands; there the operands are seen as values of the
/// next level out (`inner`), on which the same operation is applied in turn. So derivatives nest to any depth
/// without a flag and without one perturbation being mistaken for another, and untracked values pay a `nil` check.
@usableFromInline
package struct Value: @unchecked Sendable {
    @usableFromInline package var array: NDArray
    /// The tape that this value is recorded on: the innermost one.
    package var tape: TapeReference?
    /// The index of the record on that tape, as narrow as the tape's own indices: a value is four words.
    private var narrowNode: Int32
    /// This value on the enclosing levels, if it is tracked there as well.
    var outer: Outer?

    /// A box, since a struct cannot hold a value of its own type.
    final class Outer: @unchecked Sendable {
        let value: Value
        /// The derivative that comes with the value, if the level is one of forward mode.
        let tangent: Value?
        init(_ value: Value, tangent: Value? = nil) { (self.value, self.tangent) = (value, tangent) }
    }

    @inline(__always)
    package init(_ array: consuming NDArray) {
        self.array = array
        tape = nil
        narrowNode = 0
        outer = nil
    }

    @inline(__always)
    init(_ array: consuming NDArray, tape: TapeReference, node: Int, outer: Outer?) {
        self.array = array
        self.tape = tape
        narrowNode = Int32(truncatingIfNeeded: node)
        self.outer = outer
    }

    /// The index of the record on the tape.
    package var node: Int {
        @inline(__always) get { Int(narrowNode) }
        @inline(__always) set { narrowNode = Int32(truncatingIfNeeded: newValue) }
    }

    @inlinable package var layout: Layout { array.layout }
    @inlinable package var shape: [Int] { array.layout.shape }
    @inlinable package var rank: Int { array.layout.rank }
    @inlinable package var count: Int { array.layout.count }
    package var elementType: ElementType { array.elementType }

    /// This value on the next level out: what the rules of its own tape see.
    @inline(__always)
    var inner: Value { outer?.value ?? Value(array) }

    /// Becomes `inner`.
    @inline(__always)
    mutating func stepOut() {
        if let outer {
            self = outer.value
        } else {
            tape = nil
            node = 0
        }
    }

    /// This value without the tapes that have finished: what left the closure it was tracked in is a constant.
    package var resolved: Value {
        var value = self
        value.resolve()
        return value
    }

    @inline(__always)
    mutating func resolve() {
        if let tape, !tape.isRecording { leaveFinishedTapes() }
    }

    private mutating func leaveFinishedTapes() {
        while let tape, !tape.isRecording {
            if tape.isAlive, !tape.isScoped, !tape.isPaused {
                trap("tape", "a value of a tape that has finished is used; make a new tape for a new derivative")
            }
            if isExample { trapOutsideOfMap() }
            self = inner
        }
    }

    /// Whether both are the same value: the same array, or equal elements under one shape.
    func isIdentical(to other: Value) -> Bool {
        array.identity == other.array.identity || array.hasSameElements(as: other.array)
    }

    /// The same elements as a constant: no derivative is taken through it. (Batches stay batches, and nodes of
    /// graphs nodes.)
    package var withoutTapes: Value {
        guard let tape else { return self }
        guard tape.isRecording, !tape.memory.pointee.kind.isDerivative else { return inner.withoutTapes }
        return tape.memory.pointee.kind == .batch ? tape.example(of: inner.withoutTapes) : self
    }

    /// This value without the tapes that have finished, explicit ones too, on which it would otherwise trap: what was
    /// watched by one goes on as a constant.
    package var withoutFinishedTapes: Value {
        guard let tape, !tape.isRecording, !isExample else { return self }
        return inner.withoutFinishedTapes
    }

    /// This value as a constant for its user. On a tape that keeps cuts it stays tracked, behind a record that marks
    /// it.
    var cut: Value {
        guard let tape, tape.isRecording, tape.memory.pointee.keepsCuts else { return withoutTapes }
        return .nary(.custom, [self], CustomAttributes("constant", role: .cut, { $0[0] }, { g, _, _ in [g] }))
    }

    /// Whether recording on its tape is paused, which makes it a constant meanwhile.
    package var isPaused: Bool { tape?.isPaused ?? false }

    /// Zeros that take no memory, for what is about to be replaced.
    package static func zerosWithoutMemory(_ shape: [Int], _ type: ElementType) -> Value {
        Value(NDArray(scalar: 0, type).viewed(Layout.scalar.expanded(to: shape)!))
    }

    /// One element, of the same type as this value, for formulas such as `1 − y`.
    func scalar(_ value: Double) -> Value { Value(NDArray(scalar: value, elementType)) }
}

// MARK: - Applying primitives

extension Value {
    static func unary(_ id: Primitive.ID, _ x: consuming Value, _ attributes: Attributes? = nil) -> Value {
        let primitive = Primitive[id]
        let compute = primitive.pointee.unaryValue
        x.resolve()
        guard let reference = x.tape else { return Value(compute((consume x).array, attributes)) }
        if x.outer != nil || reference.keepsEverything || primitive.pointee.isPiecewiseConstant {
            return anyUnary(id, x, attributes)
        }

        // What most records are: on one tape, lean.
        reference.checkOwner(id.name)
        let tape = reference.memory
        let node = x.node
        let reads = primitive.pointee.firstReads
        let takesSlice = attributes == nil && primitive.pointee.takesSlices
        let slice = takesSlice ? tape.pointee.takeSlice(node, of: &x.array) : nil
        let firstOperand = tape.pointee.operandCount
        if let slice {
            tape.pointee.appendOperand(slice.node)
        } else {
            tape.pointee.appendOperand(node)
            if reads.contains(.first) { tape.pointee.save(x.array, at: node) }
        }
        let attributes = slice?.place ?? attributes
        let result = compute((consume x).array, attributes)
        return tape.pointee.append(id, firstOperand, result, saving: reads.contains(.result), attributes)
    }

    /// The same for all levels, and for full tapes.
    private static func anyUnary(_ id: Primitive.ID, _ x: consuming Value, _ attributes: Attributes?) -> Value {
        let primitive = Primitive[id]
        x.tape!.checkOwner(id.name)
        let beside = x.tape!.appliedUnrecorded(id, [copy x], attributes) { unary(id, $0[0], attributes) }
        if let beside { return beside }
        let tape = x.tape!.memory
        let savesOperand = tape.pointee.keepsEverything || primitive.pointee.firstReads.contains(.first)
        let savesResult = tape.pointee.keepsEverything || primitive.pointee.firstReads.contains(.result)
        let firstOperand = tape.pointee.operandCount
        tape.pointee.appendOperand(&x, isTracked: true, isRead: savesOperand)
        let result = unary(id, x, attributes)
        return tape.pointee.append(id, firstOperand, result, saving: savesResult, attributes)
    }

    static func binary(
        _ id: Primitive.ID, _ a: consuming Value, _ b: consuming Value, _ attributes: Attributes? = nil
    ) -> Value {
        let primitive = Primitive[id]
        let compute = primitive.pointee.binaryValue
        a.resolve()
        b.resolve()
        if a.tape == nil && b.tape == nil {
            return Value(compute((consume a).array, (consume b).array, attributes))
        }
        let (aIsTracked, bIsTracked) = (a.tape != nil, b.tape != nil)
        let reference = (a.tape ?? b.tape)!
        let isOnOneTape = !aIsTracked || !bIsTracked || a.tape == b.tape
        if !isOnOneTape || a.outer != nil || b.outer != nil || reference.keepsEverything
            || primitive.pointee.isPiecewiseConstant
        {
            return anyBinary(id, a, b, attributes)
        }

        // What most records are: on one tape, lean.
        reference.checkOwner(id.name)
        let tape = reference.memory
        let (aNode, bNode) = (a.node, b.node)
        var reads: Primitive.Reads = []
        if aIsTracked { reads.formUnion(primitive.pointee.firstReads) }
        if bIsTracked { reads.formUnion(primitive.pointee.secondReads) }

        let firstOperand = tape.pointee.operandCount
        tape.pointee.appendOperand(a.array, aIsTracked ? aNode : nil, isRead: reads.contains(.first))
        tape.pointee.appendOperand(b.array, bIsTracked ? bNode : nil, isRead: reads.contains(.second))
        let isBroadcast = primitive.pointee.isBroadcasting && !a.layout.hasShape(of: b.layout)
        let attributes = isBroadcast ? tape.pointee.broadcastAttributes(a.layout, b.layout) : attributes
        let result = compute((consume a).array, (consume b).array, attributes)
        return tape.pointee.append(id, firstOperand, result, saving: reads.contains(.result), attributes)
    }

    /// The same for all levels, and for full tapes.
    private static func anyBinary(
        _ id: Primitive.ID, _ a: consuming Value, _ b: consuming Value, _ attributes: Attributes?
    ) -> Value {
        let primitive = Primitive[id]
        let reference = TapeReference.innermost(a.tape, b.tape, id)!
        reference.checkOwner(id.name)
        let beside = reference.appliedUnrecorded(id, [copy a, copy b], attributes) {
            binary(id, $0[0], $0[1], attributes)
        }
        if let beside { return beside }
        let tape = reference.memory
        let aIsTracked = a.tape == reference
        let bIsTracked = b.tape == reference
        var reads: Primitive.Reads = tape.pointee.keepsEverything ? .everything : []
        if aIsTracked { reads.formUnion(primitive.pointee.firstReads) }
        if bIsTracked { reads.formUnion(primitive.pointee.secondReads) }

        let firstOperand = tape.pointee.operandCount
        tape.pointee.appendOperand(&a, isTracked: aIsTracked, isRead: reads.contains(.first))
        tape.pointee.appendOperand(&b, isTracked: bIsTracked, isRead: reads.contains(.second))
        let isBroadcast = primitive.pointee.isBroadcasting && !a.layout.hasShape(of: b.layout)
        let attributes = isBroadcast ? tape.pointee.broadcastAttributes(a.layout, b.layout) : attributes
        let result = binary(id, a, b, attributes)
        return tape.pointee.append(id, firstOperand, result, saving: reads.contains(.result), attributes)
    }

    /// The sum of a product and an addend of its shape, for which the product's record is turned into one of both, if
    /// nobody but the caller has the product, nothing was recorded since, and neither has a value further out.
    @inline(__always)
    static func addedToProduct(_ product: inout Value, _ addend: borrowing Value) -> Value? {
        guard let reference = product.tape, reference.isRecording, !reference.keepsEverything, product.outer == nil,
            addend.tape == reference || addend.tape == nil, addend.outer == nil,
            product.layout.hasShape(of: addend.layout), reference.belongsToThisThread
        else { return nil }
        let node = addend.tape == nil ? nil : addend.node
        guard reference.memory.pointee.addToProduct(product.node, &product.array, node) else { return nil }
        let count = product.layout.count
        let evaluation = reference.takesShortcuts ? nil : MeasuredEvaluation(.multiplyAdd, nil, count, count)
        product.array.add(addend.array)
        evaluation?.end(product.array)
        return product
    }

    static func nary(_ id: Primitive.ID, _ operands: consuming [Value], _ attributes: Attributes? = nil) -> Value {
        let primitive = Primitive[id]
        let compute = primitive.pointee.naryValue
        var innermost: TapeReference?
        for index in operands.indices {
            operands[index].resolve()
            if operands[index].tape != nil { innermost = TapeReference.innermost(innermost, operands[index].tape, id) }
        }
        guard let reference = innermost else { return Value(compute(operands, attributes)) }
        reference.checkOwner(id.name)
        let beside = reference.appliedUnrecorded(id, operands, attributes) { nary(id, $0, attributes) }
        if let beside { return beside }
        let tape = reference.memory
        let firstOperand = tape.pointee.operandCount
        let reads = primitive.pointee.listReads
        var isNested = false
        var previousIsTracked = false
        for index in operands.indices {
            let isTracked = operands[index].tape == reference
            // Pairs are (0, 1), (2, 3), …; the first of a pair was stepped out of its tape when the second comes.
            let partnerIsTracked =
                !index.isMultiple(of: 2)
                ? previousIsTracked : index + 1 < operands.count && operands[index + 1].tape == reference
            let isRead =
                reads.includesResult && (index != 1 || reads == .everything)
                || reads == .partners && partnerIsTracked || reads == .first && index == 0
            tape.pointee.appendOperand(
                &operands[index], isTracked: isTracked, isRead: isRead || tape.pointee.keepsEverything)
            previousIsTracked = isTracked
            if operands[index].tape != nil { isNested = true }
        }
        let result =
            isNested
            ? nary(id, operands, attributes)
            : Value(compute(operands, attributes))
        return tape.pointee.append(
            id, firstOperand, result, saving: reads.includesResult || tape.pointee.keepsEverything, attributes)
    }
}
