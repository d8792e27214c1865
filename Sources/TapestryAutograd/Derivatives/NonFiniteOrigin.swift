import CTapestryKernels
import TapestryArrays

/// Where the first infinity or NaN of a derivative comes from.
public struct NonFiniteOrigin: Sendable, CustomStringConvertible {
    /// On the way to the loss, or back from it.
    public enum Pass: String, Sendable { case forward, backward }

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
    /// The primitive whose result, or whose rule's result, is not finite.
    public let primitive: String
    /// The number of its record, as in a printed full tape.
    public let record: Int
    /// The name of its result, if it has one.
    public let name: String?
    /// The scopes around it, outermost first.
    public let scope: [String]
    /// In the backward pass, the operand whose cotangent it is.
    public let operand: Int?
    /// The index of the first element that is not finite.
    public let element: [Int]
    /// That element.
    public let value: Double
    /// What the operation read.
    public let operands: [Operand]

    /// `forward pass: log (record %3) "surprise" in t = 2: element [0, 1] is -inf`, and a line for each operand.
    public var description: String {
        var text = "\(pass.rawValue) pass: "
        text += pass == .forward ? primitive : "rule of \(primitive) for operand \(operand ?? 0)"
        text += " (record %\(record))"
        if let name { text += " \"\(name)\"" }
        if !scope.isEmpty { text += " in " + scope.joined(separator: " / ") }
        text += ": element \(element) is \(value)"
        for operand in operands {
            let range = operand.range.map { "\($0.lowerBound) to \($0.upperBound)" } ?? "no finite element"
            text += "\n    \(operand.name) \(operand.shape): \(range)"
            if operand.nonFiniteCount > 0 { text += ", \(operand.nonFiniteCount) not finite" }
        }
        return text
    }
}

/// Finds the operation that makes the first infinity or NaN in a loss or in its gradient: the first record whose result
/// is not finite, or else the first rule on the way back that makes something that is not finite of numbers that are.
///
/// Records everything, so it is for a step that is known to fail:
///
/// ```swift
/// if !gradient.norm.isFinite { print(firstNonFinite(at: model) { loss($0, batch) } ?? "nothing") }
/// ```
///
/// - Returns: `nil` if value and gradient are finite. An input that is not finite is reported as the primitive `input`.
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
        for index in 0..<count {
            guard let array = memory.pointee.records.pointer[index].saved?.array,
                let (element, value) = array.firstNonFinite
            else { continue }
            return origin(.forward, index, operand: nil, element, value, operands: operands(of: index))
        }
        return nil
    }

    fileprivate func firstNonFiniteCotangent(of loss: Value) -> NonFiniteOrigin? {
        guard loss.tape == reference else { return nil }
        var cotangents: [Int: NDArray] = [
            loss.node: NDArray(repeating: 1, layout: loss.layout, loss.elementType)
        ]
        for index in (0..<count).reversed() {
            guard let g = cotangents.removeValue(forKey: index) else { continue }
            let record = RecordView(tape: memory, index: index, isPlaced: false)
            for (k, place) in memory.pointee.operandRange(of: index).enumerated() {
                let node = Int(memory.pointee.operands.pointer[place])
                guard node >= 0, let contribution = record.contribution(of: Value(g), to: k)?.array else { continue }
                if let (element, value) = contribution.firstNonFinite {
                    let operands = [operand(g, named: "cotangent")] + operands(of: index)
                    return origin(.backward, index, operand: k, element, value, operands: operands)
                }
                cotangents[node] =
                    cotangents[node].map { .binary(TAPESTRY_ADD, "gradient", $0, contribution) } ?? contribution
            }
        }
        return nil
    }

    private func origin(
        _ pass: NonFiniteOrigin.Pass, _ index: Int, operand: Int?, _ element: [Int], _ value: Double,
        operands: [NonFiniteOrigin.Operand]
    ) -> NonFiniteOrigin {
        NonFiniteOrigin(
            pass: pass, primitive: memory.pointee.records.pointer[index].primitive.name, record: index,
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
    /// What the record's cotangent g gives for one operand, by itself; `nil` if nothing.
    fileprivate func contribution(of g: Value, to operand: Int) -> Value? {
        let primitive = Primitive[tape.pointee.records.pointer[index].primitive]
        switch primitive.pointee.reverse {
        case .none, .recomputation: return nil
        case .rules:
            if operand == 2 { return g }
            let rule = operand == 0 ? primitive.pointee.firstRule : primitive.pointee.secondRule
            let contribution = rule.formula(g, self)
            let isBroadcast = primitive.pointee.isBroadcasting && hasAttributes
            return isBroadcast ? contribution.summed(to: broadcastOperand(operand)) : contribution
        case .accumulation:
            var (g, sum) = (g, CotangentSum())
            primitive.pointee.accumulation(&g, self, operand, &sum)
            return sum.takeArray().map { Value($0) }
        }
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
