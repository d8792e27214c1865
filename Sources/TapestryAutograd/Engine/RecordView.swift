import TapestryArrays

/// One record as its rule sees it: the values it declared to read, and its attributes.
package struct RecordView {
    unowned(unsafe) let tape: Tape
    let index: Int
    /// Whether room for the record's cotangent was reserved where the whole's is gathered.
    let isPlaced: Bool

    /// The first operand, named as in the formulas of unary rules.
    var x: Value { operand(0) }
    /// The first and the second operand of a binary rule.
    var a: Value { operand(0) }
    var b: Value { operand(1) }
    /// The result.
    var y: Value {
        guard let saved = tape.records.pointer[index].saved else {
            trap("\(tape.records.pointer[index].primitive)", "its rule reads the result, which it does not declare")
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
        let first = Int(tape.records.pointer[index].firstOperand)
        return untrackedOperand(at: read == .first ? first : first + 1)
    }

    /// The elements of operand k, unless it is tracked further out.
    func untrackedOperand(_ k: Int) -> NDArray? {
        untrackedOperand(at: Int(tape.records.pointer[index].firstOperand) + k)
    }

    @inline(__always)
    private func untrackedOperand(at place: Int) -> NDArray? {
        let operand = tape.operands.pointer[place]
        if operand >= 0 { return untracked(at: Int(operand)) }
        if operand == Tape.notKept { return nil }
        let constant = tape.constants.pointer + Int(~operand)
        return constant.pointee.isTracked ? nil : constant.pointee.array
    }

    @inline(__always)
    private func untracked(at node: Int) -> NDArray? {
        guard tape.records.pointer[node].saved != nil, !tape.records.pointer[node].saved!.isTracked else { return nil }
        return tape.records.pointer[node].saved!.array
    }

    var operandCount: Int { tape.operandRange(of: index).count }

    func operand(_ k: Int) -> Value {
        let operand = tape.operands.pointer[Int(tape.records.pointer[index].firstOperand) + k]
        if operand >= 0, let saved = tape.records.pointer[Int(operand)].saved { return saved.value }
        if operand < 0, operand != Tape.notKept { return tape.constants.pointer[Int(~operand)].value }
        trap("\(tape.records.pointer[index].primitive)", "its rule reads operand \(k), which it does not declare")
    }

    /// The transpose of an operand that is a matrix, to multiply by from the right, unless it is tracked further out.
    func transposedArray(_ k: Int) -> NDArray? {
        guard let matrix = untrackedOperand(k) else { return nil }
        let operand = tape.operands.pointer[Int(tape.records.pointer[index].firstOperand) + k]
        return tape.transposes.transposed(matrix, operand: operand)
    }

    func attributes<Kind: Attributes>(_ kind: Kind.Type = Kind.self) -> Kind {
        unsafeDowncast(tape.records.pointer[index].attributes!, to: kind)
    }

    @inline(__always)
    var hasAttributes: Bool { tape.records.pointer[index].hasAttributes }

    /// The layout of operand k before it was broadcast.
    func broadcastOperand(_ k: Int) -> Layout { attributes(BroadcastAttributes.self).operands[k] }
}
