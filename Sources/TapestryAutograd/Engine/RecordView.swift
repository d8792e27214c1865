import TapestryArrays

/// One record as its rule sees it: the values it declared to read, and its attributes.
package struct RecordView {
    unowned(unsafe) let tape: Tape
    let index: Int

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

    var operandCount: Int { tape.operandRange(of: index).count }

    func operand(_ k: Int) -> Value {
        let operand = tape.operands.pointer[Int(tape.records.pointer[index].firstOperand) + k]
        if operand >= 0, let value = tape.records.pointer[Int(operand)].value { return value }
        if operand < 0, operand != Tape.notKept { return tape.constants.pointer[Int(~operand)] }
        trap("\(tape.records.pointer[index].primitive)", "its rule reads operand \(k), which it does not declare")
    }

    /// The transpose of an operand that is a matrix.
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
