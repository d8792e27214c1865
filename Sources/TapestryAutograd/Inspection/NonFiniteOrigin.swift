import TapestryArrays

/// Where the first infinity or NaN of a derivative comes from.
public struct NonFiniteOrigin: Sendable, CustomStringConvertible {
    /// On the way to the loss, or back from it.
    public enum Pass: String, Sendable {
        /// On the way to the loss: the operation's own result is not finite.
        case forward
        /// On the way back: a rule's result, or the sum of cotangents, is not finite.
        case backward
    }

    /// One of the numbers that an operation read.
    public struct Operand: Sendable, Equatable {
        /// What it is: an operand, or the cotangent that came to the operation.
        public let name: String
        /// The extent of each axis.
        public let shape: [Int]
        /// The range of its finite elements; `nil` if it has none.
        public let range: ClosedRange<Double>?
        /// The number of elements that are infinite or NaN.
        public let nonFiniteCount: Int
    }

    /// The pass in which it came up.
    public let pass: Pass
    /// The primitive whose result, or whose rule's result, or the sum of whose result's cotangents, is not finite.
    public let primitive: String
    /// The number of its record, as in a printed full tape.
    public let record: Int
    /// The name of its result, if it has one.
    public let name: String?
    /// The scopes around it, outermost first.
    public let scope: [String]
    /// In the backward pass, the operand for which the rule is; `nil` if all rules are finite, and the sum of the
    /// cotangents of the record's result is not.
    public let operand: Int?
    /// The index of the first element that is not finite.
    public let element: [Int]
    /// That element.
    public let value: Double
    /// What the operation read: its operands, before them the cotangent of its result in the backward pass; of a sum
    /// the cotangents that were added.
    public let operands: [Operand]

    /// `forward pass: log (record %3) "surprise" in t = 2: element [0, 1] is -inf`, and a line for each operand, up to
    /// twenty. On the way back `rule of sqrt for operand 0 (record %3)` or `sum of cotangents of add (record %3)`.
    public var description: String {
        var text = "\(pass.rawValue) pass: "
        switch (pass, operand) {
        case (.forward, _): text += primitive
        case (.backward, let operand?): text += "rule of \(primitive) for operand \(operand)"
        case (.backward, nil): text += "sum of cotangents of \(primitive)"
        }
        text += " (record %\(record))"
        if let name { text += " \"\(name)\"" }
        if !scope.isEmpty { text += " in " + scope.joined(separator: " / ") }
        // The sign of a NaN is the processor's, and says nothing.
        text += ": element \(element) is \(value.isNaN ? "nan" : "\(value)")"
        for operand in operands.prefix(20) {
            let range = operand.range.map { "\($0.lowerBound) to \($0.upperBound)" } ?? "no finite element"
            text += "\n    \(operand.name) \(operand.shape): \(range)"
            if operand.nonFiniteCount > 0 { text += ", \(operand.nonFiniteCount) not finite" }
        }
        if operands.count > 20 { text += "\n    and \(operands.count - 20) more" }
        return text
    }
}

/// Finds the operation that makes the first infinity or NaN in a loss or in its gradient: the first record whose result
/// is not finite, or else the first rule on the way back that makes something that is not finite of numbers that are,
/// or the first sum of cotangents that overflows.
///
/// Records everything, so it is for a step that is known to fail:
///
/// ```swift
/// if !gradient.parameterNorm.isFinite { print(firstNonFinite(at: model) { loss($0, batch) } ?? "nothing") }
/// ```
///
/// - Returns: `nil` if value and gradient are finite. An input that is not finite is reported as the primitive `input`.
///
/// Traps unless the function returns one number, of shape `[]`.
public func firstNonFinite<Input: Module, Scalar: DifferentiableScalar, Failure: Error>(
    at input: Input, mode: Mode = .training, of function: (Input) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> NonFiniteOrigin? {
    let tape = Tape(recording: .full, isScoped: true)
    let argument = TrackedArgument(input, on: tape)
    let loss = try tape.run(mode: mode) { () throws(Failure) in try function(argument.tracked) }
    checkScalarLoss("firstNonFinite", loss.value)
    return tape.firstNonFiniteResult() ?? tape.firstNonFiniteCotangent(of: loss.value)
}

/// The same for a function of several modules or tensors, whose inputs' names begin with the argument's number.
public func firstNonFinite<
    First: Module, Second: Module, each Other: Module, Scalar: DifferentiableScalar, Failure: Error
>(
    at first: First, _ second: Second, _ others: repeat each Other, mode: Mode = .training,
    of function: (First, Second, repeat each Other) throws(Failure) -> Tensor<Scalar>
) throws(Failure) -> NonFiniteOrigin? {
    try firstNonFinite(at: ModuleTuple(first, second, repeat each others), mode: mode) { (input) throws(Failure) in
        try input.passed(to: function)
    }
}

extension Tape {
    fileprivate func firstNonFiniteResult() -> NonFiniteOrigin? {
        for index in 0..<recordCount {
            guard let array = memory.pointee.records.pointer[index].saved?.array,
                let (element, value) = array.firstNonFinite
            else { continue }
            return origin(.forward, index, operand: nil, element, value, operands: operands(of: index))
        }
        return nil
    }

    /// The first rule on the way back whose result is not finite, or the first sum of cotangents that is not though all
    /// that it is of are.
    fileprivate func firstNonFiniteCotangent(of loss: Value) -> NonFiniteOrigin? {
        walkBack(from: loss) { index, g in
            guard let (element, value) = g.firstNonFinite else { return nil }
            return origin(.backward, index, operand: nil, element, value, operands: terms(of: index, from: loss))
        } visiting: { index, k, contribution, g in
            guard let (element, value) = contribution.firstNonFinite else { return nil }
            let operands = [operand(g, named: "cotangent")] + operands(of: index)
            return origin(.backward, index, operand: k, element, value, operands: operands)
        }
    }

    /// The cotangents that a record's result gets from those that read it.
    private func terms(of node: Int, from loss: Value) -> [NonFiniteOrigin.Operand] {
        var terms: [NonFiniteOrigin.Operand] = []
        _ = walkBack(from: loss) { index, _ in
            // Nothing further back reads it.
            index == node ? terms : nil
        } visiting: { index, k, contribution, _ in
            if memory.pointee.operands.pointer[memory.pointee.operandRange(of: index).lowerBound + k] == node {
                terms.append(operand(contribution, named: "cotangent from %\(index)"))
            }
            return nil
        }
        return terms
    }

    /// Goes over the records from the last to the first, as the walk of the gradient does, and looks at every number on
    /// the way, until one of the two functions returns something.
    ///
    /// - Parameters:
    ///   - reach: gets a record and the sum g of its result's cotangents.
    ///   - visit: gets a record, the position of an operand, what the operand's rule makes of g, and g.
    private func walkBack<Found>(
        from loss: Value, reaching reach: (_ index: Int, _ g: NDArray) -> Found?,
        visiting visit: (_ index: Int, _ operand: Int, _ contribution: NDArray, _ g: NDArray) -> Found?
    ) -> Found? {
        guard loss.tape == reference else { return nil }
        var sums = [CotangentSum](repeating: CotangentSum(), count: recordCount)
        sums[loss.node].add(NDArray(repeating: 1, layout: loss.layout, loss.elementType))
        for index in (0..<recordCount).reversed() {
            guard let g = sums[index].takeArray() else { continue }
            if let found = reach(index, g) { return found }
            let record = RecordView(tape: memory, index: index, isPlaced: false)
            for (k, place) in memory.pointee.operandRange(of: index).enumerated() {
                let node = Int(memory.pointee.operands.pointer[place])
                if node < 0 { continue }
                if record.placesElements {
                    // In the room of the whole at once, so that T slices of a sequence cost O(T).
                    record.accumulate(Value(g), k, in: &sums[node])
                    if let found = visit(index, k, g, g) { return found }
                } else if let contribution = record.contribution(of: Value(g), to: k)?.array {
                    if let found = visit(index, k, contribution, g) { return found }
                    sums[node].add(contribution)
                }
            }
        }
        return nil
    }

    private func origin(
        _ pass: NonFiniteOrigin.Pass, _ index: Int, operand: Int?, _ element: [Int], _ value: Double,
        operands: [NonFiniteOrigin.Operand]
    ) -> NonFiniteOrigin {
        NonFiniteOrigin(
            pass: pass, primitive: memory.pointee.name(of: index), record: index,
            name: memory.pointee.names[index], scope: memory.pointee.scopes[index] ?? [], operand: operand,
            element: element, value: value, operands: operands)
    }

    private func operands(of index: Int) -> [NonFiniteOrigin.Operand] {
        memory.pointee.operandRange(of: index).enumerated().compactMap { k, place in
            let node = memory.pointee.operands.pointer[place]
            if node == TapeMemory.notKept { return nil }
            let saved =
                node >= 0
                ? memory.pointee.records.pointer[Int(node)].saved : memory.pointee.constants.pointer[Int(~node)]
            return saved.map { operand($0.array, named: "operand \(k), " + (node >= 0 ? "%\(node)" : "a constant")) }
        }
    }

    private func operand(_ array: NDArray, named name: String) -> NonFiniteOrigin.Operand {
        let elements = array.converted(to: .float64).elements(as: Double.self)
        let finite = elements.filter(\.isFinite)
        let range = finite.isEmpty ? nil : finite.min()!...finite.max()!
        return .init(
            name: name, shape: array.shape, range: range, nonFiniteCount: elements.count - finite.count)
    }
}

extension RecordView {
    private var primitive: UnsafePointer<Primitive> { Primitive[tape.pointee.records.pointer[index].primitive] }

    /// Whether an operand's cotangent is g's own elements, each at its place, and zeros.
    fileprivate var placesElements: Bool {
        switch primitive.pointee.id {
        case .slice, .rows: true
        default: false
        }
    }

    /// What the record's cotangent g gives for one operand, by itself; `nil` if nothing.
    fileprivate func contribution(of g: Value, to operand: Int) -> Value? {
        switch primitive.pointee.reverse {
        case .none, .recomputation: return nil
        case .rules:
            if operand == 2 { return g }
            let rule = operand == 0 ? primitive.pointee.firstRule : primitive.pointee.secondRule
            let contribution = rule.formula(g, self)
            let isBroadcast = primitive.pointee.isBroadcasting && hasAttributes
            return isBroadcast ? contribution.summed(to: broadcastOperand(operand)) : contribution
        case .accumulation:
            var sum = CotangentSum()
            accumulate(g, operand, in: &sum)
            return sum.takeArray().map { Value($0) } ?? sum.takeTracked()
        }
    }

    fileprivate func accumulate(_ g: Value, _ operand: Int, in sum: inout CotangentSum) {
        var g = g
        primitive.pointee.accumulation(&g, self, operand, &sum)
    }
}

extension NDArray {
    /// The first element in row-major order that is infinite or NaN.
    fileprivate var firstNonFinite: (index: [Int], value: Double)? {
        if !elementType.isFloatingPoint { return nil }
        let elements = converted(to: .float64).elements(as: Double.self)
        guard let position = elements.firstIndex(where: { !$0.isFinite }) else { return nil }
        var rest = position
        let index = shape.reversed().map { extent -> Int in
            defer { rest /= extent }
            return rest % extent
        }
        return (index.reversed(), elements[position])
    }
}
