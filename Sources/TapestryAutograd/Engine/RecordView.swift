import TapestryArrays

/// One record as its rule sees it: the values it declared to read, and its attributes.
package struct RecordView {
    let tape: UnsafeMutablePointer<TapeMemory>
    let index: Int
    /// Whether room for the record's cotangent was reserved where the whole's is gathered.
    let isPlaced: Bool

    @inline(__always)
    private var records: UnsafeMutablePointer<TapeMemory.Record> { tape.pointee.records.pointer }
    @inline(__always)
    private var operands: UnsafeMutablePointer<Int32> { tape.pointee.operands.pointer }
    @inline(__always)
    private var constants: UnsafeMutablePointer<SavedValue> { tape.pointee.constants.pointer }

    /// The first operand, named as in the formulas of unary rules.
    var x: Value { operand(0) }
    /// The first and the second operand of a binary rule.
    var a: Value { operand(0) }
    var b: Value { operand(1) }
    /// The result.
    var y: Value {
        guard let saved = records[index].saved else {
            trap("\(records[index].primitive)", "its rule reads the result, which it does not declare")
        }
        return saved.value
    }

    /// The one value that a rule reads.
    func value(_ read: Primitive.Reads) -> Value {
        read == .result ? y : operand(read == .first ? 0 : 1)
    }

    /// The elements of the one value that a rule reads, unless it is tracked further out.
    @inline(__always)
    func untrackedArray(_ read: Primitive.Reads) -> NDArray? {
        if read == .result { return untracked(at: index) }
        let first = Int(records[index].firstOperand)
        return untrackedOperand(at: read == .first ? first : first + 1)
    }

    /// The elements of operand k, unless it is tracked further out.
    func untrackedOperand(_ k: Int) -> NDArray? {
        untrackedOperand(at: Int(records[index].firstOperand) + k)
    }

    @inline(__always)
    private func untrackedOperand(at place: Int) -> NDArray? {
        let operand = operands[place]
        if operand >= 0 { return untracked(at: Int(operand)) }
        if operand == TapeMemory.notKept { return nil }
        let constant = constants + Int(~operand)
        return constant.pointee.isTracked ? nil : constant.pointee.array
    }

    @inline(__always)
    private func untracked(at node: Int) -> NDArray? {
        guard records[node].saved != nil, !records[node].saved!.isTracked else { return nil }
        return records[node].saved!.array
    }

    var operandCount: Int { tape.pointee.operandRange(of: index).count }

    /// Whether operand k, if there is one, has a cotangent on this tape.
    func isTracked(_ k: Int) -> Bool {
        k < operandCount && operands[Int(records[index].firstOperand) + k] >= 0
    }

    /// Whether all operands before this one are constants.
    func isFirstTrackedOperand(_ k: Int) -> Bool {
        let first = Int(records[index].firstOperand)
        return (first..<first + k).allSatisfy { operands[$0] < 0 }
    }

    func operand(_ k: Int) -> Value {
        let operand = operands[Int(records[index].firstOperand) + k]
        if operand >= 0, let saved = records[Int(operand)].saved { return saved.value }
        if operand < 0, operand != TapeMemory.notKept { return constants[Int(~operand)].value }
        trap("\(records[index].primitive)", "its rule reads operand \(k), which it does not declare")
    }

    /// The transpose of an operand that is a matrix, to multiply by from the right, unless it is tracked further out.
    func transposedArray(_ k: Int) -> NDArray? {
        guard let matrix = untrackedOperand(k) else { return nil }
        let operand = operands[Int(records[index].firstOperand) + k]
        return tape.pointee.transposes.transposed(matrix, operand: operand)
    }

    func attributes<Kind: Attributes>(_ kind: Kind.Type = Kind.self) -> Kind {
        unsafeDowncast(records[index].attributes!, to: kind)
    }

    @inline(__always)
    var hasAttributes: Bool { records[index].hasAttributes }

    /// The layout of operand k before it was broadcast.
    func broadcastOperand(_ k: Int) -> Layout { attributes(BroadcastAttributes.self)[k] }
}
