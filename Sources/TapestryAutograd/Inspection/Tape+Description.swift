import TapestryArrays

extension Tape: CustomStringConvertible {
    /// One numbered line for each record: the primitive, its operands, the shape of its result, what its rules keep of
    /// both (a lean tape keeps nothing else), its name and scope. `%3` is the result of record 3, `#0` the first
    /// constant, `·` a constant that was not kept. Lean tapes show the shapes of what they kept. Below stand the
    /// constants that were given names, under the numbers by which records read them, also where they read a view, such
    /// as a reshaped one.
    public var description: String {
        let constants = memory.pointee.namedConstants.flatMap(lines)
        return ((0..<memory.pointee.records.count).map(line) + constants).joined(separator: "\n")
    }

    private func line(_ index: Int) -> String {
        let record = memory.pointee.records.pointer[index]
        let operands = memory.pointee.operandRange(of: index).map { label(memory.pointee.operands.pointer[$0]) }
        let width = "\(memory.pointee.records.count - 1)".count + 1
        let number = "%\(index)"
        var line = String(repeating: " ", count: width - number.count) + number
        line += " = \(memory.pointee.name(of: index))"
        if !operands.isEmpty { line += "(" + operands.joined(separator: ", ") + ")" }
        if record.primitive != .custom, let text = record.attributes?.text, !text.isEmpty { line += " \(text)" }
        if let value = record.saved?.array { line += "  \(value.elementType) \(value.shape)" }
        let kept = readByRules(of: index)
        if !kept.isEmpty { line += "  keeps " + kept.joined(separator: ", ") }
        if let name = memory.pointee.names[index] { line += "  \"\(name)\"" }
        if let scope = memory.pointee.scopes[index], !scope.isEmpty { line += "  in " + scope.joined(separator: " / ") }
        return line
    }

    private func label(_ operand: Int32) -> String {
        if operand >= 0 { return "%\(operand)" }
        return operand == TapeMemory.notKept ? "·" : "#\(~operand)"
    }

    /// What the rules of a record read, which is what a lean tape keeps for them: each once, the result first.
    private func readByRules(of index: Int) -> [String] {
        let operands = memory.pointee.operandRange(of: index).map { memory.pointee.operands.pointer[$0] }
        let primitive = Primitive[memory.pointee.records.pointer[index].primitive]
        let (result, positions) = primitive.pointee.reads(tracked: operands.map { $0 >= 0 })
        let read = positions.map { label(operands[$0]) }
        return ((result ? ["%\(index)"] : []) + read).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// A constant that has a name: a line for each number under which records read it or a view of it.
    private func lines(_ constant: (name: String, scope: [String], value: Value)) -> [String] {
        func line(_ number: String, _ array: NDArray, _ isView: Bool) -> String {
            var line = "#\(number) = constant  \(array.elementType) \(array.shape)  "
            line += (isView ? "a view of " : "") + "\"\(constant.name)\""
            if !constant.scope.isEmpty { line += "  in " + constant.scope.joined(separator: " / ") }
            return line
        }
        let whole = constant.value.array
        let read = (0..<memory.pointee.constants.count).filter {
            memory.pointee.constants.pointer[$0].array.owner === whole.owner
        }
        if read.isEmpty { return [line("", whole, false)] }
        return read.map { number in
            let array = memory.pointee.constants.pointer[number].array
            return line("\(number)", array, array.identity != whole.identity)
        }
    }

    /// Bytes of the arrays that the records keep, each counted once.
    public var keptByteCount: Int {
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
