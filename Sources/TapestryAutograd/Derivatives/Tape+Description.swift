import TapestryArrays

extension Tape: CustomStringConvertible {
    /// One numbered line for each record: the primitive, its operands, the shape of its result, its name and scope.
    /// `%3` is the result of record 3, `#0` the first constant, `·` a constant that was not kept. Lean tapes show the
    /// shapes of what they kept.
    public var description: String {
        (0..<records.count).map(line).joined(separator: "\n")
    }

    private func line(_ index: Int) -> String {
        let record = records.pointer[index]
        let operands = operandRange(of: index).map { place -> String in
            let operand = self.operands.pointer[place]
            if operand >= 0 { return "%\(operand)" }
            return operand == Tape.notKept ? "·" : "#\(~operand)"
        }
        let width = "\(records.count - 1)".count + 1
        let number = "%\(index)"
        var line = String(repeating: " ", count: width - number.count) + number
        line += " = \(record.primitive.name)"
        if !operands.isEmpty { line += "(" + operands.joined(separator: ", ") + ")" }
        if let attributes = record.attributes, !attributes.text.isEmpty { line += " \(attributes.text)" }
        if let value = record.value { line += "  \(value.elementType) \(value.shape)" }
        if let name = names[index] { line += "  \"\(name)\"" }
        if let scope = scopes[index], !scope.isEmpty { line += "  in " + scope.joined(separator: " / ") }
        return line
    }

    /// Bytes of the arrays that the records keep, each counted once.
    public var savedByteCount: Int {
        var seen: Set<ObjectIdentifier> = []
        var bytes = 0
        let values = (0..<records.count).compactMap { records.pointer[$0].value }
        for value in values + (0..<constants.count).map({ constants.pointer[$0] })
        where seen.insert(ObjectIdentifier(value.array.owner)).inserted {
            bytes += value.array.owner.byteCount
        }
        return bytes
    }
}
