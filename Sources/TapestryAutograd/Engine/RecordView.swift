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
        guard let value = tape.records.pointer[index].value else {
            trap("\(tape.records.pointer[index].primitive)", "its rule reads the result, which it does not declare")
        }
        return value
    }

    /// The one value that a rule reads.
    func value(_ read: Primitive.Reads) -> Value {
        read == .result ? y : operand(read == .first ? 0 : 1)
    }

    /// The elements of the one value that a rule reads, unless it is tracked further out.
    @inline(__always)
    func untrackedArray(_ read: Primitive.Reads) -> NDArray? {
        var node = index
        if read != .result {
            let first = Int(tape.records.pointer[index].firstOperand)
            let operand = tape.operands.pointer[read == .first ? first : first + 1]
            if operand < 0 {
                let constant = tape.constants.pointer + Int(~operand)
                return constant.pointee.tape == nil ? constant.pointee.array : nil
            }
            node = Int(operand)
        }
        guard tape.records.pointer[node].value != nil, tape.records.pointer[node].value!.tape == nil else { return nil }
        return tape.records.pointer[node].value!.array
    }

    var operandCount: Int { tape.operandRange(of: index).count }

    func operand(_ k: Int) -> Value {
        let operand = tape.operands.pointer[Int(tape.records.pointer[index].firstOperand) + k]
        if operand >= 0, let value = tape.records.pointer[Int(operand)].value { return value }
        if operand < 0, operand != Tape.notKept { return tape.constants.pointer[Int(~operand)] }
        trap("\(tape.records.pointer[index].primitive)", "its rule reads operand \(k), which it does not declare")
    }

    /// The transpose of an operand that is a matrix, to multiply by from the right.
    func transposedOperand(_ k: Int) -> Value {
        let value = self.operand(k)
        let operand = tape.operands.pointer[Int(tape.records.pointer[index].firstOperand) + k]
        guard value.tape == nil else { return value.transposed }
        return Value(tape.transposes.transposed(value.array, operand: operand))
    }

    func attributes<Kind: Attributes>(_ kind: Kind.Type = Kind.self) -> Kind {
        unsafeDowncast(tape.records.pointer[index].attributes!, to: kind)
    }

    /// The layout of operand k before it was broadcast, `nil` when no operand was.
    func broadcastOperand(_ k: Int) -> Layout? {
        guard let attributes = tape.records.pointer[index].attributes else { return nil }
        return unsafeDowncast(attributes, to: BroadcastAttributes.self).operands[k]
    }
}
