import TapestryArrays

/// A function as a full tape recorded it: operations, each of which can be applied by itself to other operands than it
/// had, and through which the function can be replayed.
package struct ReplayableFunction {
    /// What an operation was applied to: an earlier operation's result, or a constant.
    package enum Operand {
        case record(Int)
        case constant(Value)
    }

    /// One record of the tape.
    package struct Operation {
        /// The primitive as a printed tape shows it, with the name that a user gave it: `multiply`, `custom "cube"`.
        package let primitive: String
        /// The name of the result, if it has one; of an input, its path in the module.
        package let name: String?
        /// The scopes around it, outermost first.
        package let scope: [String]
        package let operands: [Operand]
        package let result: Value
        private let id: Primitive.ID
        private let attributes: Attributes?

        fileprivate init(_ memory: UnsafeMutablePointer<TapeMemory>, _ index: Int, inputPaths: [String]) {
            let record = memory.pointee.records.pointer[index]
            id = record.primitive
            attributes = record.attributes
            primitive = memory.pointee.name(of: index)
            let path = id == .input && index < inputPaths.count ? inputPaths[index] : ""
            name = memory.pointee.names[index] ?? (path.isEmpty ? nil : path)
            scope = memory.pointee.scopes[index] ?? []
            result = record.saved!.value
            operands = memory.pointee.operandRange(of: index).map { place in
                let node = Int(memory.pointee.operands.pointer[place])
                return node >= 0 ? .record(node) : .constant(memory.pointee.constants.pointer[~node].value)
            }
        }

        package var isInput: Bool { id == .input }

        private var custom: CustomAttributes? { id == .custom ? CustomAttributes.of(attributes) : nil }

        /// Whether it changes nothing but, perhaps, the cotangent that passes.
        package var isHook: Bool { custom?.role == .observer || custom?.role == .mapping }

        /// Whether it marks a value that became a constant, on a function that keeps cuts.
        package var isCut: Bool { custom?.role == .cut }

        /// Whether its operand must be symmetric: derivatives are then those by both triangles at once.
        package var takesSymmetricMatrices: Bool { id == .cholesky }

        /// The function of a user's own primitive, in operations that can be recorded.
        package var functionOfUser: (([Value]) -> Value)? { custom?.function }

        /// The operation on other operands of the same shapes, recorded wherever these are.
        package func applied(to operands: [Value]) -> Value {
            if id == .slice {
                // Where a slice lies depends on how its operand lies.
                let place = SliceAttributes.of(attributes)
                return operands[0].sliced(place.slice, droppingAxis: place.dropsAxis)
            }
            let primitive = Primitive[id]
            // Shapes before broadcasting are what each application finds for itself.
            let attributes = primitive.pointee.isBroadcasting ? nil : attributes
            if operands.count == 1, primitive.pointee.takesOneOperand { return .unary(id, operands[0], attributes) }
            if operands.count == 2, primitive.pointee.takesTwoOperands {
                return .binary(id, operands[0], operands[1], attributes)
            }
            return .nary(id, operands, attributes)
        }
    }

    /// All records in forward order, each at its number; the inputs come first.
    package let operations: [Operation]
    /// The function's floating-point results.
    package let results: [Operand]

    /// Runs a function once and keeps all of it.
    ///
    /// - Parameters:
    ///   - input: whose floating-point tensors are the inputs, in the order of its leaves.
    ///   - keepsCuts: whether what is computed from `withoutDerivative()` and in `withoutRecording` is recorded too,
    ///     behind operations that are marked as cuts.
    package init<Input: Module, Output: Module>(
        of function: (Input) -> Output, at input: Input, mode: Mode, keepingCuts keepsCuts: Bool = false
    ) {
        let tape = Tape(recording: .full, isScoped: true)
        tape.memory.pointee.keepsCuts = keepsCuts
        let argument = TrackedArgument(input, on: tape)
        let output = tape.run(mode: mode) { function(argument.tracked) }
        let memory = tape.memory
        let inputPaths = ModuleTree(of: input).leaves.filter(\.isParameter).map(\.path)
        operations = (0..<tape.recordCount).map { Operation(memory, $0, inputPaths: inputPaths) }
        results = ModuleTree(of: output).leaves.filter(\.isParameter).map { leaf in
            let value = leaf.value.seen(from: tape)
            return value.tape == tape.reference ? .record(value.node) : .constant(value)
        }
    }

    /// What an operand was.
    package func value(of operand: Operand) -> Value {
        switch operand {
        case .record(let number): operations[number].result
        case .constant(let value): value
        }
    }

    /// The results at other inputs.
    ///
    /// - Parameters:
    ///   - inputs: one for each operation that is an input.
    ///   - replacement: may give an operation another operand in the place of the one it had.
    ///   - passing: may give those that read an operation's result another value in its place.
    ///   - applying: computes an operation's result from its operands.
    package func replayed(
        at inputs: [Value],
        replacing replacement: (_ operation: Int, _ position: Int, Operand) -> Operand = { $2 },
        passing: (_ operation: Int, Value) -> Value = { $1 },
        applying: (_ operation: Int, Operation, [Value]) -> Value = { $1.applied(to: $2) }
    ) -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(operations.count)
        func current(_ operand: Operand) -> Value {
            switch operand {
            case .record(let number): values[number]
            case .constant(let value): value
            }
        }
        for (number, operation) in operations.enumerated() {
            if operation.isInput {
                values.append(inputs[number])
            } else {
                let operands = operation.operands.enumerated().map { current(replacement(number, $0, $1)) }
                values.append(passing(number, applying(number, operation, operands)))
            }
        }
        return results.map(current)
    }
}
