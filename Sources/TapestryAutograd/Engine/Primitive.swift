import CTapestryKernels
import Synchronization
import TapestryArrays

/// One primitive operation: how its value is computed, the rule of its derivative, and what that rule reads.
///
/// The families under `Primitives/` define them, a few aligned lines each; `Primitive.all` enumerates them, and
/// the test suites run over it.
package struct Primitive: Sendable {
    /// Every primitive by its name, in printed tapes, profiles, reports and messages. That is the name of the operation
    /// that users call, as far as there is one.
    package enum ID: UInt8, CaseIterable, Sendable {
        case input
        // Elementwise
        case negate, abs, sign, square, sqrt, exp, log, tanh, sigmoid, relu, softplus, softsign, convert
        case reciprocal, rsqrt, expm1, log1p, log2, log10
        case sin, cos, tan, asin, acos, atan, sinh, cosh, asinh, acosh, atanh
        case erf, erfc, erfinv, lgamma, polygamma
        case add, subtract, multiply, multiplyAdd, divide, pow, maximum, minimum
        case remainder, atan2, hypot, logAddExp, xlogy, binaryCrossEntropy
        case tanhRule, sigmoidRule, reluRule, select
        // Elementwise, without a derivative
        case floor, ceil, round, trunc, maximumShare, minimumShare
        case equal, notEqual, less, lessOrEqual, and, or, exclusiveOr, not, isFinite, isInfinite, isNaN, cast
        // Reductions
        case sum, max, min, any, all, softmax, logSoftmax, logSumExp, norm, meanOfSquares
        // Normalization
        case layerNorm, standardize, standardizeRule
        // Linear algebra
        case matmul, sumOfProducts
        case diagonal, embeddedDiagonal, triangle, triangularSolve, solve, cholesky
        case determinant, rankCompletion, logDeterminant, signOfDeterminant
        // Windows
        case windows, overlapAdd
        // Shape
        case reshape, permute, expand, slice, assembleSlices, concatenate
        // Indexing
        case rows, scatterRows, gather, scatter, slices, scatterSlices
        case argSort, argMax, argMin, largest, smallest, cumulativeMax, cumulativeMin, scatterSet, searchSorted
        // Running
        case cumulativeSum, cumulativeLogSumExp, cumulativeLogOdds, linearRecurrence
        // Functions
        case custom, checkpoint, checkpointed

        package var name: String { "\(self)" }

        /// The name of a primitive with such attributes, if that is another one: a user's primitive has its user's
        /// name.
        func ownName(with attributes: Attributes?) -> String? {
            self == .custom ? "\(name) \(attributes!.text)" : nil
        }
    }

    /// What a rule reads of its record, declared so that nothing else needs to be kept.
    package struct Reads: OptionSet, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        static let result = Reads(rawValue: 1)
        static let first = Reads(rawValue: 2)
        static let second = Reads(rawValue: 4)
        static let everything = Reads(rawValue: 255)
    }

    /// What rules read of a list of operands.
    enum ListReads: UInt8, Sendable {
        case nothing
        /// Operands come in pairs, and the rule of each reads the other (beside a last one without a partner).
        case partners
        /// The first operand, which has no derivative itself.
        case first
        /// All operands but the second, and the result.
        case allButSecond
        /// All operands, and the result.
        case everything

        @inline(__always) var includesResult: Bool { rawValue >= ListReads.allButSecond.rawValue }
    }

    /// How cotangents go from a record's result to its operands.
    enum Reverse: UInt8, Sendable {
        /// Not at all: the derivative is zero wherever it exists.
        case none
        /// By one rule for each operand; a third one is an addend, to which the cotangent is passed on.
        case rules
        /// By one function that adds to the sum of any operand's cotangents.
        case accumulation
        /// By computing a function again, whose records then take the cotangents.
        case recomputation
    }

    typealias UnaryValue = @Sendable (consuming NDArray, Attributes?) -> NDArray
    typealias BinaryValue = @Sendable (consuming NDArray, consuming NDArray, Attributes?) -> NDArray
    /// From values that nothing tracks any more, of which it reads the arrays.
    typealias NaryValue = @Sendable ([Value], Attributes?) -> NDArray
    /// What the record's cotangent g adds to the k-th operand's, in place where that is possible. What g's array is
    /// needed for at later operands may be done with the first one, which may then take it.
    typealias Accumulation =
        @Sendable (
            _ g: inout Value, _ record: RecordView, _ operand: Int, _ sum: inout CotangentSum
        ) -> Void

    /// The cotangent that the record's cotangent g contributes to one operand.
    struct Rule: Sendable {
        typealias Formula = @Sendable (_ g: consuming Value, _ record: RecordView) -> Value

        /// In differentiable operations. It may use up g's buffer.
        let formula: Formula
        /// What the formula reads.
        let reads: Reads
        /// The kernel that computes the formula from g and the one value that is read, if there is one.
        let kernel: Int?
        /// Whether g is passed on as it is.
        private(set) var isIdentity = false

        /// - Parameter kernel: what computes the formula from g and the one value that it reads, if there is such a
        ///   kernel.
        init(reads: Reads = [], kernel: Int? = nil, _ formula: @escaping Formula) {
            self.formula = formula
            self.reads = reads
            self.kernel = kernel
        }

        /// A binary primitive and its kernel, applied to g and a value of the record.
        init(_ id: ID, _ kernel: Int, _ read: Reads) {
            formula = { g, record in .binary(id, g, record.value(read)) }
            reads = read
            self.kernel = kernel
        }

        /// g itself.
        static let identity: Rule = {
            var rule = Rule { g, _ in g }
            rule.isIdentity = true
            return rule
        }()

        /// g · the value that is read.
        static func times(_ read: Reads) -> Rule { Rule(.multiply, TAPESTRY_MULTIPLY, read) }
        /// g / the value that is read.
        static func over(_ read: Reads) -> Rule { Rule(.divide, TAPESTRY_DIVIDE, read) }
    }

    package let id: ID
    var unaryValue: UnaryValue
    var binaryValue: BinaryValue
    var naryValue: NaryValue
    /// Whether it has a value of one operand, and one of two; what has neither takes a list.
    let takesOneOperand: Bool
    let takesTwoOperands: Bool

    let reverse: Reverse
    let firstRule: Rule
    let secondRule: Rule
    let accumulation: Accumulation
    /// What the rules of the first and of the second operand read; further operands read nothing.
    let firstReads: Reads
    let secondReads: Reads
    /// What rules read of a list of operands.
    let listReads: ListReads
    /// Whether operands are broadcast, so that cotangents have to be summed back to the operands' shapes.
    let isBroadcasting: Bool
    /// Whether it has one operand, whose rule is a kernel of g and one saved array.
    let isUnaryKernel: Bool
    /// Whether it may take over the record of a slice that is its operand: a unary kernel that does not read it.
    let takesSlices: Bool
    /// Whether an accumulation makes fresh arrays, which may as well be made where the cotangent of a whole is
    /// gathered.
    let accumulatesProducts: Bool

    /// How tangents go from the operands to the result.
    let forward: Forward
    /// How it is applied to batches.
    let batching: Batching

    /// Results of such a primitive are constants and leave no record.
    package let isPiecewiseConstant: Bool

    init(
        _ id: ID, unary: UnaryValue? = nil, binary: BinaryValue? = nil, nary: NaryValue? = nil,
        first: Rule? = nil, second: Rule? = nil, firstReads: Reads = [], secondReads: Reads = [],
        listReads: ListReads = .nothing, accumulatesProducts: Bool = false, accumulation: Accumulation? = nil,
        forward: Forward = .symmetric, batching: Batching = .elementwise, isRecomputed: Bool = false
    ) {
        self.id = id
        unaryValue = unary ?? { _, _ in trap(id.name, "does not take one operand") }
        binaryValue = binary ?? { _, _, _ in trap(id.name, "does not take two operands") }
        naryValue = nary ?? { _, _ in trap(id.name, "does not take a list of operands") }
        takesOneOperand = unary != nil
        takesTwoOperands = binary != nil
        reverse =
            isRecomputed
            ? .recomputation : accumulation != nil ? .accumulation : first != nil || id == .input ? .rules : .none
        isPiecewiseConstant = reverse == .none
        firstRule = first ?? Rule { _, _ in trap(id.name, "has no rule for its first operand") }
        secondRule = second ?? Rule { _, _ in trap(id.name, "has no rule for its second operand") }
        self.accumulation = accumulation ?? { _, _, _, _ in trap(id.name, "has no rule for its operands") }
        self.firstReads = firstReads.union(firstRule.reads)
        self.secondReads = secondReads.union(secondRule.reads)
        self.listReads = listReads
        self.forward = forward
        self.batching = batching
        self.accumulatesProducts = accumulatesProducts
        isBroadcasting = second != nil
        isUnaryKernel = unary != nil && accumulation == nil && firstRule.kernel != nil
        takesSlices = isUnaryKernel && firstRule.reads == .result
    }

    /// What the rules of those operands read that are tracked: whether the result, and which operands.
    func reads(tracked: [Bool]) -> (result: Bool, operands: [Int]) {
        if takesOneOperand || takesTwoOperands, tracked.count <= 2 {
            let reads = zip(tracked, [firstReads, secondReads]).reduce(into: Reads()) {
                if $1.0 { $0.formUnion($1.1) }
            }
            let operands = zip([Reads.first, .second], tracked.indices).filter { reads.contains($0.0) }.map(\.1)
            return (reads.contains(.result), operands)
        }
        let operands = tracked.indices.filter { index in
            switch listReads {
            case .nothing: false
            // Pairs are (0, 1), (2, 3), …
            case .partners: tracked.indices.contains(index ^ 1) && tracked[index ^ 1]
            case .first: index == 0
            case .allButSecond: index != 1
            case .everything: true
            }
        }
        return (listReads.includesResult, operands)
    }

    // MARK: The table

    package static let all: [Primitive] = {
        var table = PrimitiveTable()
        defineElementwise(in: &table)
        definePowersAndLogarithms(in: &table)
        defineTrigonometry(in: &table)
        defineSpecialFunctions(in: &table)
        defineConstants(in: &table)
        defineReductions(in: &table)
        defineNormalization(in: &table)
        defineLinearAlgebra(in: &table)
        defineMatrices(in: &table)
        defineWindows(in: &table)
        defineShape(in: &table)
        defineIndexing(in: &table)
        definePositions(in: &table)
        defineRunning(in: &table)
        defineLinearRecurrence(in: &table)
        defineFunctions(in: &table)
        return table.complete()
    }()

    /// The same in memory that is never freed, so that an operation reads its primitive in place.
    nonisolated(unsafe) private static let plainTable = table(of: all)
    /// The primitives whose evaluations tell profiles of themselves.
    nonisolated(unsafe) private static let measuredTable = table(of: all.map(\.measured))
    /// The one of the two that operations read now, once the first operation has set it.
    nonisolated(unsafe) private static let table = Atomic<UnsafePointer<Primitive>?>(nil)
    /// How many profiles are being taken.
    private static let profileCount = Mutex(0)

    private static func table(of primitives: [Primitive]) -> UnsafePointer<Primitive> {
        let table = UnsafeMutablePointer<Primitive>.allocate(capacity: primitives.count)
        table.initialize(from: primitives, count: primitives.count)
        return UnsafePointer(table)
    }

    @inline(__always)
    static subscript(id: ID) -> UnsafePointer<Primitive> {
        (table.load(ordering: .acquiring) ?? chooseTable()) + Int(id.rawValue)
    }

    /// Sets the table for one more profile, or one less.
    @discardableResult
    static func chooseTable(addingProfiles difference: Int = 0) -> UnsafePointer<Primitive> {
        profileCount.withLock {
            $0 += difference
            let chosen = $0 == 0 ? plainTable : measuredTable
            table.store(chosen, ordering: .releasing)
            return chosen
        }
    }
}

/// Collects the definitions of the families; each primitive exactly once.
struct PrimitiveTable {
    private var primitives: [Primitive.ID: Primitive] = [.input: Primitive(.input)]

    private mutating func define(_ primitive: Primitive) {
        if primitives.updateValue(primitive, forKey: primitive.id) != nil {
            trap("primitives", "\(primitive.id) is defined twice")
        }
    }

    /// One operand, one rule.
    mutating func unary(
        _ id: Primitive.ID, _ value: @escaping Primitive.UnaryValue, _ rule: Primitive.Rule,
        forward: Primitive.Forward = .symmetric, batching: Primitive.Batching = .elementwise
    ) {
        define(Primitive(id, unary: value, first: rule, forward: forward, batching: batching))
    }

    /// One operand; zero derivative wherever it exists.
    mutating func constant(
        _ id: Primitive.ID, batching: Primitive.Batching = .elementwise, _ value: @escaping Primitive.UnaryValue
    ) {
        define(Primitive(id, unary: value, batching: batching))
    }

    /// Two operands, broadcast against each other; zero derivative wherever it exists.
    mutating func constant(
        _ id: Primitive.ID, batching: Primitive.Batching = .elementwise, _ value: @escaping Primitive.BinaryValue
    ) {
        define(Primitive(id, binary: value, batching: batching))
    }

    /// Two operands, broadcast against each other, and a rule for each; rules need not care about broadcasting.
    mutating func binary(
        _ id: Primitive.ID, _ value: @escaping Primitive.BinaryValue,
        first: Primitive.Rule, second: Primitive.Rule,
        forward: Primitive.Forward = .symmetric, batching: Primitive.Batching = .elementwise
    ) {
        define(Primitive(id, binary: value, first: first, second: second, forward: forward, batching: batching))
    }

    /// The same with an addend of the result's shape, for whose cotangent there is no rule but to take g as it is.
    mutating func binaryWithAddend(
        _ id: Primitive.ID, _ value: @escaping Primitive.NaryValue, first: Primitive.Rule, second: Primitive.Rule
    ) {
        define(Primitive(id, nary: value, first: first, second: second, listReads: .partners))
    }

    /// Operands whose cotangents are accumulated in a way of their own.
    mutating func accumulating(
        _ id: Primitive.ID, unary: Primitive.UnaryValue? = nil, binary: Primitive.BinaryValue? = nil,
        nary: Primitive.NaryValue? = nil, firstReads: Primitive.Reads = [], secondReads: Primitive.Reads = [],
        listReads: Primitive.ListReads = .nothing, accumulatesProducts: Bool = false,
        forward: Primitive.Forward, batching: Primitive.Batching,
        _ accumulation: @escaping Primitive.Accumulation
    ) {
        define(
            Primitive(
                id, unary: unary, binary: binary, nary: nary, firstReads: firstReads, secondReads: secondReads,
                listReads: listReads, accumulatesProducts: accumulatesProducts, accumulation: accumulation,
                forward: forward, batching: batching))
    }

    /// A function, or a result of one, that is not applied as a primitive but recorded in the place of its operations.
    mutating func recomputed(_ id: Primitive.ID) { define(Primitive(id, isRecomputed: true)) }

    func complete() -> [Primitive] {
        Primitive.ID.allCases.map { id in
            guard let primitive = primitives[id] else { trap("primitives", "\(id) is not defined") }
            return primitive
        }
    }
}
