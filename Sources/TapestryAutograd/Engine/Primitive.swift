import TapestryArrays

/// One primitive operation: how its value is computed, the rule of its derivative, and what that rule reads.
///
/// The families under `Primitives/` define them, a few aligned lines each; `Primitive.all` enumerates them, and
/// the test suites run over it.
package struct Primitive: Sendable {
    /// Every primitive by its name in printed tapes.
    package enum ID: UInt8, CaseIterable, Sendable {
        case input
        // Elementwise
        case negate, absolute, sign, square, squareRoot, exp, log, tanh, sigmoid, relu, softplus, convert
        case add, subtract, multiply, divide, power, maximum, minimum
        case tanhRule, sigmoidRule, reluRule, select
        // Reductions
        case sum, max, min, softmax, logSoftmax
        // Linear algebra
        case matmul
        // Shape
        case reshape, permute, expand, slice, assembleSlices, concatenate
        // Indexing
        case gatherRows, scatterRows

        package var name: String { "\(self)" }
    }

    /// What a rule reads of its record, declared so that nothing else needs to be kept.
    package struct Reads: OptionSet, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        static let result = Reads(rawValue: 1)
        static let first = Reads(rawValue: 2)
        static let second = Reads(rawValue: 4)
        static let everything = Reads(rawValue: 255)

        static func operand(_ index: Int) -> Reads { index == 0 ? .first : index == 1 ? .second : Reads(rawValue: 128) }
    }

    /// The cotangent that the record's cotangent g contributes to one operand.
    typealias Rule = @Sendable (_ g: Value, _ record: RecordView) -> Value
    /// The same for the k-th of any number of operands, added to the sum in place where that is possible.
    typealias Accumulation = @Sendable (
        _ g: Value, _ record: RecordView, _ operand: Int, _ sum: inout CotangentSum
    ) -> Void

    enum Computation: Sendable {
        case none
        case unary(@Sendable (consuming NDArray, Attributes?) -> NDArray)
        case binary(@Sendable (consuming NDArray, consuming NDArray, Attributes?) -> NDArray)
        case nary(@Sendable ([NDArray], Attributes?) -> NDArray)
    }

    enum Reverse: Sendable {
        case none
        case rules([Rule])
        case accumulation(Accumulation)
    }

    package let id: ID
    let computation: Computation
    let reverse: Reverse
    /// For each operand, what its rule reads; the last entry serves all further operands.
    let reads: [Reads]
    /// Whether operands are broadcast, so that cotangents have to be summed back to the operands' shapes.
    var broadcasts = false

    /// Whether the derivative is zero wherever it exists: results are constants and leave no record.
    package var isPiecewiseConstant: Bool {
        if case .none = reverse { true } else { false }
    }

    @inline(__always)
    func value(_ a: consuming NDArray, _ attributes: Attributes?) -> NDArray {
        switch computation {
        case .unary(let compute): return compute(a, attributes)
        case .nary(let compute): return compute([a], attributes)
        default: trap(id.name, "takes another number of operands than one")
        }
    }

    @inline(__always)
    func value(_ a: consuming NDArray, _ b: consuming NDArray, _ attributes: Attributes?) -> NDArray {
        switch computation {
        case .binary(let compute): return compute(a, b, attributes)
        case .nary(let compute): return compute([a, b], attributes)
        default: trap(id.name, "takes another number of operands than two")
        }
    }

    func value(_ operands: [NDArray], _ attributes: Attributes?) -> NDArray {
        guard case .nary(let compute) = computation else { trap(id.name, "takes a fixed number of operands") }
        return compute(operands, attributes)
    }

    // MARK: The table

    package static let all: [Primitive] = {
        var table = PrimitiveTable()
        defineElementwise(in: &table)
        defineReductions(in: &table)
        defineLinearAlgebra(in: &table)
        defineShape(in: &table)
        defineIndexing(in: &table)
        return table.complete()
    }()

    @inline(__always)
    static subscript(id: ID) -> Primitive { all[Int(id.rawValue)] }
}

/// Collects the definitions of the families; each primitive exactly once.
struct PrimitiveTable {
    private var primitives: [Primitive.ID: Primitive] = [
        .input: Primitive(id: .input, computation: .none, reverse: .rules([]), reads: [[]])
    ]

    private mutating func define(_ primitive: Primitive) {
        if primitives.updateValue(primitive, forKey: primitive.id) != nil {
            trap("primitives", "\(primitive.id) is defined twice")
        }
    }

    /// One operand, one rule.
    mutating func unary(
        _ id: Primitive.ID, reads: Primitive.Reads = [],
        _ value: @escaping @Sendable (consuming NDArray, Attributes?) -> NDArray, rule: @escaping Primitive.Rule
    ) {
        define(Primitive(id: id, computation: .unary(value), reverse: .rules([rule]), reads: [reads]))
    }

    /// One operand; zero derivative wherever it exists.
    mutating func constant(
        _ id: Primitive.ID, _ value: @escaping @Sendable (consuming NDArray, Attributes?) -> NDArray
    ) {
        define(Primitive(id: id, computation: .unary(value), reverse: .none, reads: [[]]))
    }

    /// Two operands, broadcast against each other, and a rule for each; rules need not care about broadcasting.
    mutating func binary(
        _ id: Primitive.ID,
        _ value: @escaping @Sendable (consuming NDArray, consuming NDArray, Attributes?) -> NDArray,
        firstReads: Primitive.Reads = [], first: @escaping Primitive.Rule,
        secondReads: Primitive.Reads = [], second: @escaping Primitive.Rule
    ) {
        let rules: [Primitive.Rule] = [
            { g, record in first(g, record).summed(to: record.broadcastOperand(0)) },
            { g, record in second(g, record).summed(to: record.broadcastOperand(1)) },
        ]
        define(
            Primitive(
                id: id, computation: .binary(value), reverse: .rules(rules), reads: [firstReads, secondReads],
                broadcasts: true))
    }

    /// One or two operands whose cotangents are accumulated in a way of their own.
    mutating func accumulating(
        _ id: Primitive.ID, reads: [Primitive.Reads] = [[]], _ computation: Primitive.Computation,
        _ accumulation: @escaping Primitive.Accumulation
    ) {
        define(Primitive(id: id, computation: computation, reverse: .accumulation(accumulation), reads: reads))
    }

    func complete() -> [Primitive] {
        Primitive.ID.allCases.map { id in
            guard let primitive = primitives[id] else { trap("primitives", "\(id) is not defined") }
            return primitive
        }
    }
}
