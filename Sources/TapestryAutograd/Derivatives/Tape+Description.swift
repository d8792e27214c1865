import TapestryArrays

extension Tape: CustomStringConvertible {
    /// One numbered line for each record: the primitive, its operands, the shape of its result, its name and scope.
    /// `%3` is the result of record 3, `#0` the first constant, `·` a constant that was not kept. Lean tapes show the
    /// shapes of what they kept. Below stand the constants that were given names.
    public var description: String {
        ((0..<memory.pointee.records.count).map(line) + memory.pointee.namedConstants.map(line)).joined(separator: "\n")
    }

    private func line(_ index: Int) -> String {
        let record = memory.pointee.records.pointer[index]
        let operands = memory.pointee.operandRange(of: index).map { place -> String in
            let operand = memory.pointee.operands.pointer[place]
            if operand >= 0 { return "%\(operand)" }
            return operand == TapeMemory.notKept ? "·" : "#\(~operand)"
        }
        let width = "\(memory.pointee.records.count - 1)".count + 1
        let number = "%\(index)"
        var line = String(repeating: " ", count: width - number.count) + number
        line += " = \(record.primitive.name)"
        if !operands.isEmpty { line += "(" + operands.joined(separator: ", ") + ")" }
        if let attributes = record.attributes, !attributes.text.isEmpty { line += " \(attributes.text)" }
        if let value = record.saved?.array { line += "  \(value.elementType) \(value.shape)" }
        if let name = memory.pointee.names[index] { line += "  \"\(name)\"" }
        if let scope = memory.pointee.scopes[index], !scope.isEmpty { line += "  in " + scope.joined(separator: " / ") }
        return line
    }

    /// A constant that has a name: its number if a record reads it.
    private func line(_ constant: (name: String, scope: [String], value: Value)) -> String {
        let number = (0..<memory.pointee.constants.count).first {
            memory.pointee.constants.pointer[$0].array.identity == constant.value.array.identity
        }
        var line = "\(number.map { "#\($0)" } ?? "#") = constant  \(constant.value.elementType) \(constant.value.shape)"
        line += "  \"\(constant.name)\""
        if !constant.scope.isEmpty { line += "  in " + constant.scope.joined(separator: " / ") }
        return line
    }

    /// Bytes of the arrays that the records keep, each counted once.
    public var savedByteCount: Int {
        var seen: Set<ObjectIdentifier> = []
        var bytes = 0
        let arrays = (0..<memory.pointee.records.count).compactMap { memory.pointee.records.pointer[$0].saved?.array }
        for array in arrays + (0..<memory.pointee.constants.count).map({ memory.pointee.constants.pointer[$0].array })
        where seen.insert(ObjectIdentifier(array.owner)).inserted {
            bytes += array.owner.byteCount
        }
        return bytes
    }
}
