import CTapestryKernels
import Foundation
import Testing

// MARK: Values

private let floats: [Float] = [
    0, -0.0, 1, -1, 0.5, -1.5, 2.5, 3, -7.25, 100, -88, 1e10, -1e10, 1e-20, 3e38, -3e38, 0x1p31, -0x1p31, -0x1.2p31,
    0x1.fffffep30, -0x1.fffffep30, 0x1p-149, -0x1p-130, .infinity, -.infinity, .nan, 0.693, 9.75, -0.03,
]
private let doubles: [Double] = floats.map { Double($0) + ($0.magnitude < 1e9 ? 1e-13 * Double($0) : 0) }
private let integers: [Int32] = [
    0, 1, -1, 2, -2, 3, 7, -7, 31, 33, -100, 46341, 100_000, 16_777_217, .max, .min, .max - 1, .min + 1,
]
private let booleans: [UInt8] = [0, 1, 1, 0, 1]

private let floatBits = floats.map { UInt64($0.bitPattern) }
private let doubleBits = doubles.map { $0.bitPattern }
private let integerBits = integers.map { UInt64(UInt32(bitPattern: $0)) }
private let booleanBits = booleans.map { UInt64($0) }

private let sizes = [4, 8, 4, 1]
private let pools = [floatBits, doubleBits, integerBits, booleanBits]
private let types = 0..<Int32(TAPESTRY_TYPE_COUNT)

private func pairs<T, R>(_ values: [T], _ f: (T, T) -> R) -> [R] {
    values.flatMap { a in values.map { b in f(a, b) } }
}

// MARK: The formulas, as scalar Swift

private func unaryOfFloats<T: BinaryFloatingPoint>(_ operation: Int) -> ((T) -> T)? {
    switch operation {
    case TAPESTRY_COPY: { $0 }
    case TAPESTRY_NEGATE: { -$0 }
    case TAPESTRY_ABSOLUTE: { abs($0) }
    case TAPESTRY_SIGN: { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 }
    case TAPESTRY_SQUARE: { $0 * $0 }
    case TAPESTRY_SQUARE_ROOT: { $0.squareRoot() }
    case TAPESTRY_RELU: { $0.isNaN ? $0 : $0 > 0 ? $0 : 0 }
    case TAPESTRY_RECIPROCAL: { 1 / $0 }
    case TAPESTRY_FLOOR: { $0.rounded(.down) }
    case TAPESTRY_CEILING: { $0.rounded(.up) }
    case TAPESTRY_ROUND: { $0.rounded(.toNearestOrEven) }
    case TAPESTRY_TRUNCATE: { $0.rounded(.towardZero) }
    default: nil
    }
}

private func unaryOfIntegers(_ operation: Int) -> ((Int32) -> Int32)? {
    switch operation {
    case TAPESTRY_COPY: { $0 }
    case TAPESTRY_NEGATE: { 0 &- $0 }
    case TAPESTRY_ABSOLUTE: { $0 < 0 ? 0 &- $0 : $0 }
    case TAPESTRY_SIGN: { $0.signum() }
    case TAPESTRY_SQUARE: { $0 &* $0 }
    case TAPESTRY_RELU: { max($0, 0) }
    default: nil
    }
}

private func unaryOfBooleans(_ operation: Int) -> ((UInt8) -> UInt8)? {
    switch operation {
    case TAPESTRY_COPY: { $0 }
    case TAPESTRY_NOT: { 1 - $0 }
    default: nil
    }
}

/// Operations whose rounding is tested elsewhere.
private let roundedElsewhere = [
    TAPESTRY_RECIPROCAL_SQUARE_ROOT, TAPESTRY_EXP, TAPESTRY_EXPM1, TAPESTRY_LOG, TAPESTRY_LOG1P, TAPESTRY_LOG2,
    TAPESTRY_LOG10, TAPESTRY_SIN, TAPESTRY_COS, TAPESTRY_TAN, TAPESTRY_ASIN, TAPESTRY_ACOS, TAPESTRY_ATAN,
    TAPESTRY_SINH, TAPESTRY_COSH, TAPESTRY_TANH, TAPESTRY_ASINH, TAPESTRY_ACOSH, TAPESTRY_ATANH, TAPESTRY_SIGMOID,
    TAPESTRY_ERF, TAPESTRY_ERFC, TAPESTRY_INVERSE_ERF, TAPESTRY_LOG_GAMMA,
]
private let pairsRoundedElsewhere = [
    TAPESTRY_ATAN2, TAPESTRY_HYPOT, TAPESTRY_LOG_ADD_EXP, TAPESTRY_X_LOG_Y, TAPESTRY_POLYGAMMA, TAPESTRY_TANH_RULE,
    TAPESTRY_SIGMOID_RULE,
]

private let accumulated = [TAPESTRY_MULTIPLY, TAPESTRY_TANH_RULE, TAPESTRY_SIGMOID_RULE, TAPESTRY_RELU_RULE]

private func binaryOfFloats<T: BinaryFloatingPoint>(
    _ operation: Int, power: @escaping (T, T) -> T
) -> ((T, T) -> T)? {
    switch operation {
    case TAPESTRY_ADD: { $0 + $1 }
    case TAPESTRY_SUBTRACT: { $0 - $1 }
    case TAPESTRY_MULTIPLY: { $0 * $1 }
    case TAPESTRY_DIVIDE: { $0 / $1 }
    case TAPESTRY_POWER: power
    case TAPESTRY_MAXIMUM: { $0.isNaN || $0 > $1 || ($0 == $1 && $0.sign == .plus) ? $0 : $1 }
    case TAPESTRY_MINIMUM: { $0.isNaN || $0 < $1 || ($0 == $1 && $0.sign == .minus) ? $0 : $1 }
    case TAPESTRY_REMAINDER: remainder
    case TAPESTRY_SQUARE_RULE: { ($0 + $0) * $1 }
    case TAPESTRY_MAXIMUM_SHARE: { share($0.isNaN || $0 > $1, $1.isNaN || $0 < $1) }
    case TAPESTRY_MINIMUM_SHARE: { share($0.isNaN || $0 < $1, $1.isNaN || $0 > $1) }
    case TAPESTRY_RELU_RULE: { $1 <= 0 ? 0 : $0 }
    default: nil
    }
}

/// Of one that wins everything, of two that do half.
private func share<T: BinaryFloatingPoint>(_ firstWins: Bool, _ secondWins: Bool) -> T {
    firstWins == secondWins ? 0.5 : firstWins ? 1 : 0
}

/// Of the truncated quotient's remainder, which is exact.
private func remainder<T: BinaryFloatingPoint>(_ a: T, _ b: T) -> T {
    let rest = a.truncatingRemainder(dividingBy: b)
    if rest == 0 { return T(signOf: b, magnitudeOf: 0) }
    return rest.sign == b.sign ? rest : rest + b
}

private func integerPower(_ a: Int32, _ n: Int32) -> Int32 {
    if n < 0 { return a == 1 ? 1 : a == -1 ? (n % 2 == 0 ? 1 : -1) : 0 }
    var power: Int32 = 1
    var square = a
    var rest = n
    while rest > 0 {
        if rest % 2 == 1 { power &*= square }
        square &*= square
        rest /= 2
    }
    return power
}

private func binaryOfIntegers(_ operation: Int) -> ((Int32, Int32) -> Int32)? {
    switch operation {
    case TAPESTRY_ADD: { $0 &+ $1 }
    case TAPESTRY_SUBTRACT: { $0 &- $1 }
    case TAPESTRY_MULTIPLY: { $0 &* $1 }
    case TAPESTRY_DIVIDE: { $1 == 0 ? 0 : $0.dividedReportingOverflow(by: $1).partialValue }
    case TAPESTRY_POWER: integerPower
    case TAPESTRY_MAXIMUM: { max($0, $1) }
    case TAPESTRY_MINIMUM: { min($0, $1) }
    default: bitwise(operation)
    }
}

private func bitwise<T: FixedWidthInteger>(_ operation: Int) -> ((T, T) -> T)? {
    switch operation {
    case TAPESTRY_AND: { $0 & $1 }
    case TAPESTRY_OR: { $0 | $1 }
    case TAPESTRY_EXCLUSIVE_OR: { $0 ^ $1 }
    default: nil
    }
}

private func floatTable(_ values: [Float]) -> [UInt64] { values.map { UInt64($0.bitPattern) } }
private func doubleTable(_ values: [Double]) -> [UInt64] { values.map(\.bitPattern) }
private func integerTable(_ values: [Int32]) -> [UInt64] { values.map { UInt64(UInt32(bitPattern: $0)) } }
private func booleanTable(_ values: [UInt8]) -> [UInt64] { values.map { UInt64($0) } }

/// What the kernel itself gives for single elements: for operations whose rounding is tested elsewhere.
private func alone(_ entry: ElementwiseCase) -> [UInt64] {
    let operands = entry.operandSizes.map { Operand(size: $0) }
    let result = Operand(size: entry.resultSize)
    var all: [UInt64] = []
    func fill(_ o: Int) {
        guard o < operands.count else {
            entry.call(1, 1, result, operands)
            all.append(loadBits(result.memory, result.origin, entry.resultSize))
            return
        }
        for bits in entry.pools[o] {
            storeBits(bits, operands[o].memory, operands[o].origin, operands[o].size)
            fill(o + 1)
        }
    }
    for operand in operands + [result] { operand.place(.contiguous, 1, 1) }
    fill(0)
    return all
}

/// Whether the first instruction set has the very same kernel.
private func servesAnEarlierSet<Kernel>(_ kernel: Kernel, _ set: Int32, _ of: (Int32) -> Kernel?) -> Bool {
    func address(_ kernel: Kernel?) -> UnsafeRawPointer? { unsafeBitCast(kernel, to: UnsafeRawPointer?.self) }
    return set != instructionSets[0] && address(kernel) == address(of(instructionSets[0]))
}

private func checkUnary(_ set: Int32, _ operation: Int, _ type: Int32, _ expected: [UInt64]?) {
    guard let kernel = tapestry_unary_kernel_of(set, Int32(operation), type) else {
        #expect(expected == nil, "unary \(operation) of type \(type) is missing")
        return
    }
    if servesAnEarlierSet(kernel, set, { tapestry_unary_kernel_of($0, Int32(operation), type) }) { return }
    let entry = ElementwiseCase(
        name: "unary \(operation) of type \(type), set \(set)", operandSizes: [sizes[Int(type)]],
        resultSize: sizes[Int(type)], pools: [pools[Int(type)]], expected: expected ?? [], call: callUnary(kernel))
    if expected == nil {
        #expect(roundedElsewhere.contains(operation) && type <= TAPESTRY_FLOAT64)
        entry.with(expected: alone(entry)).check()
    } else {
        entry.check()
    }
}

private func checkBinary(_ set: Int32, _ operation: Int, _ type: Int32, _ expected: [UInt64]?) {
    guard let kernel = tapestry_binary_kernel_of(set, Int32(operation), type) else {
        #expect(expected == nil, "binary \(operation) of type \(type) is missing")
        return
    }
    if servesAnEarlierSet(kernel, set, { tapestry_binary_kernel_of($0, Int32(operation), type) }) { return }
    let entry = ElementwiseCase(
        name: "binary \(operation) of type \(type), set \(set)", operandSizes: [sizes[Int(type)], sizes[Int(type)]],
        resultSize: sizes[Int(type)], pools: [pools[Int(type)], pools[Int(type)]], expected: expected ?? [],
        call: callBinary(kernel))
    if expected == nil {
        #expect(pairsRoundedElsewhere.contains(operation) && type <= TAPESTRY_FLOAT64)
        entry.with(expected: alone(entry)).check()
    } else {
        entry.check()
    }
}

/// The kernel that adds to its result, beside the one that writes it: the same bits as the two operations give.
private func checkAccumulating(_ set: Int32, _ operation: Int, _ type: Int32) {
    let kernel = tapestry_accumulating_binary_kernel_of(set, Int32(operation), type)
    let hasOne = type <= TAPESTRY_FLOAT64 && accumulated.contains(operation)
    #expect((kernel != nil) == hasOne, "accumulating binary \(operation) of type \(type)")
    guard let kernel else { return }
    let (size, pool) = (sizes[Int(type)], pools[Int(type)])
    func entry(_ kernel: @escaping tapestry_binary) -> ElementwiseCase {
        ElementwiseCase(
            name: "accumulating binary \(operation) of type \(type), set \(set)", operandSizes: [size, size],
            resultSize: size, pools: [pool, pool], expected: [], call: callBinary(kernel))
    }
    let before = 0.7
    let terms = alone(entry(tapestry_binary_kernel_of(set, Int32(operation), type)))
    let sums = terms.map { term in
        size == 4
            ? UInt64((Float(before) + Float(bitPattern: UInt32(term))).bitPattern)
            : (before + Double(bitPattern: term)).bitPattern
    }
    let beforeBits = size == 4 ? UInt64(Float(before).bitPattern) : before.bitPattern
    entry(kernel).with(expected: sums, before: beforeBits).check()
}

extension ElementwiseCase {
    fileprivate func with(expected: [UInt64], before: UInt64? = nil) -> ElementwiseCase {
        var copy = self
        copy.expected = expected
        if let before { copy.before = before }
        return copy
    }
}

extension KernelTests {
    @Suite struct Elementwise {
        @Test func unaryKernels() {
            for set in instructionSets {
                for operation in 0..<TAPESTRY_UNARY_COUNT {
                    checkUnary(set, operation, 0, unaryOfFloats(operation).map { floatTable(floats.map($0)) })
                    checkUnary(set, operation, 1, unaryOfFloats(operation).map { doubleTable(doubles.map($0)) })
                    checkUnary(set, operation, 2, unaryOfIntegers(operation).map { integerTable(integers.map($0)) })
                    checkUnary(set, operation, 3, unaryOfBooleans(operation).map { booleanTable(booleans.map($0)) })
                }
            }
        }

        @Test func binaryKernels() {
            for set in instructionSets {
                for operation in 0..<TAPESTRY_BINARY_COUNT {
                    let onFloats: ((Float, Float) -> Float)? = binaryOfFloats(operation) { pow($0, $1) }
                    let onDoubles: ((Double, Double) -> Double)? = binaryOfFloats(operation) { pow($0, $1) }
                    checkBinary(set, operation, 0, onFloats.map { floatTable(pairs(floats, $0)) })
                    checkBinary(set, operation, 1, onDoubles.map { doubleTable(pairs(doubles, $0)) })
                    checkBinary(
                        set, operation, 2, binaryOfIntegers(operation).map { integerTable(pairs(integers, $0)) })
                    checkBinary(set, operation, 3, bitwise(operation).map { booleanTable(pairs(booleans, $0)) })
                }
            }
        }

        @Test func accumulatingBinaryKernels() {
            for set in instructionSets {
                for operation in 0..<TAPESTRY_BINARY_COUNT {
                    for type in types { checkAccumulating(set, operation, type) }
                }
            }
        }

        @Test func comparisons() {
            func table<T: Comparable>(_ values: [T], _ operation: Int) -> [UInt64] {
                switch operation {
                case TAPESTRY_EQUAL: pairs(values) { $0 == $1 ? 1 : 0 }
                case TAPESTRY_NOT_EQUAL: pairs(values) { $0 != $1 ? 1 : 0 }
                case TAPESTRY_LESS: pairs(values) { $0 < $1 ? 1 : 0 }
                default: pairs(values) { $0 <= $1 ? 1 : 0 }
                }
            }
            for set in instructionSets {
                for operation in 0..<TAPESTRY_COMPARISON_COUNT {
                    let tables = [
                        table(floats, operation), table(doubles, operation), table(integers, operation),
                        table(booleans, operation),
                    ]
                    for type in types {
                        let size = sizes[Int(type)]
                        let pool = pools[Int(type)]
                        ElementwiseCase(
                            name: "comparison \(operation) of type \(type), set \(set)", operandSizes: [size, size],
                            resultSize: 1, pools: [pool, pool], expected: tables[Int(type)],
                            call: callBinary(tapestry_comparison_kernel_of(set, Int32(operation), type))
                        ).check()
                    }
                }
            }
        }

        @Test func classifications() {
            func table<T: BinaryFloatingPoint>(_ values: [T], _ operation: Int) -> [UInt64] {
                values.map { x in
                    switch operation {
                    case TAPESTRY_IS_FINITE: x.isFinite ? 1 : 0
                    case TAPESTRY_IS_INFINITE: x.isInfinite ? 1 : 0
                    default: x.isNaN ? 1 : 0
                    }
                }
            }
            for set in instructionSets {
                for operation in 0..<TAPESTRY_CLASSIFICATION_COUNT {
                    for (type, expected) in [table(floats, operation), table(doubles, operation)].enumerated() {
                        ElementwiseCase(
                            name: "classification \(operation) of type \(type), set \(set)",
                            operandSizes: [sizes[type]], resultSize: 1, pools: [pools[type]], expected: expected,
                            call: callUnary(tapestry_classification_kernel_of(set, Int32(operation), Int32(type)))
                        ).check()
                    }
                    for type in [TAPESTRY_INT32, TAPESTRY_BOOL] {
                        #expect(tapestry_classification_kernel_of(set, Int32(operation), Int32(type)) == nil)
                    }
                }
            }
        }

        @Test func select() {
            for set in instructionSets {
                for type in types {
                    let size = sizes[Int(type)]
                    let pool = pools[Int(type)]
                    let choices: [UInt64] = pairs(pool) { b, _ in b }
                    let others: [UInt64] = pairs(pool) { _, c in c }
                    let expected: [UInt64] = booleans.flatMap { $0 != 0 ? choices : others }
                    ElementwiseCase(
                        name: "select of type \(type), set \(set)", operandSizes: [1, size, size], resultSize: size,
                        pools: [booleanBits, pool, pool], expected: expected,
                        call: callTernary(tapestry_select_kernel_of(set, type))
                    ).check()
                }
            }
        }

        @Test func derivativeRules() {
            for set in instructionSets {
                var results: [Double] = []
                for operation in [TAPESTRY_TANH_RULE, TAPESTRY_SIGMOID_RULE] {
                    let a: [Float] = [1, -2, 0.3, 5, 0]
                    let b: [Float] = [0.5, -0.9, 0.999, 0, 1]
                    var y = [Float](repeating: 0, count: 5)
                    var z = [Double](repeating: 0, count: 5)
                    tapestry_binary_kernel_of(set, Int32(operation), 0)!(1, 5, &y, 0, 1, a, 0, 1, b, 0, 1)
                    tapestry_binary_kernel_of(set, Int32(operation), 1)!(
                        1, 5, &z, 0, 1, a.map(Double.init), 0, 1, b.map(Double.init), 0, 1)
                    for i in 0..<5 {
                        let (p, q) = (Double(a[i]), Double(b[i]))
                        let exact = operation == TAPESTRY_TANH_RULE ? p * (1 - q * q) : p * q * (1 - q)
                        #expect(abs(Double(y[i]) - exact) <= 3e-7 * abs(p))
                        #expect(abs(z[i] - exact) <= 5e-16 * abs(p))
                        results.append(exact)
                    }
                }
                #expect(results[0] == 0.75 && results[5] == 0.25)
            }
        }

        @Test func conversions() {
            func integer(_ x: Double) -> Int32 { x.isNaN ? 0 : x >= 0x1p31 ? .max : x <= -0x1p31 ? .min : Int32(x) }
            let asDoubles: [[Double]] = [
                floats.map(Double.init), doubles, integers.map(Double.init), booleans.map(Double.init),
            ]
            for set in instructionSets {
                for from in types {
                    for to in types {
                        let values = asDoubles[Int(from)]
                        var expected: [UInt64] =
                            switch Int(to) {
                            case TAPESTRY_FLOAT32: values.map { UInt64(Float($0).bitPattern) }
                            case TAPESTRY_FLOAT64: values.map(\.bitPattern)
                            case TAPESTRY_INT32: values.map { UInt64(UInt32(bitPattern: integer($0))) }
                            default: values.map { $0 != 0 ? 1 : 0 }
                            }
                        if from == to { expected = pools[Int(from)] }
                        ElementwiseCase(
                            name: "conversion of \(from) to \(to), set \(set)", operandSizes: [sizes[Int(from)]],
                            resultSize: sizes[Int(to)], pools: [pools[Int(from)]], expected: expected,
                            call: callUnary(tapestry_convert_kernel_of(set, from, to))
                        ).check()
                    }
                }
            }
        }

        /// An output may be the very buffer of an input.
        @Test func inPlace() {
            for set in instructionSets {
                for count in 0...70 {
                    var x = (0..<80).map { Float($0) }
                    let y = x.map { $0 < Float(count) ? $0 * $0 + 3 : $0 }
                    let three = [Float](repeating: 3, count: 1)
                    x.withUnsafeMutableBufferPointer { x in
                        let p = x.baseAddress
                        tapestry_unary_kernel_of(set, Int32(TAPESTRY_SQUARE), 0)!(1, count, p, 0, 1, p, 0, 1)
                        tapestry_binary_kernel_of(set, Int32(TAPESTRY_ADD), 0)!(1, count, p, 0, 1, p, 0, 1, three, 0, 0)
                    }
                    #expect(x == y)
                }
            }
        }

        /// A large transposed copy goes through blocks, whichever side is transposed, and touches nothing beside them.
        @Test func transposedCopies() {
            func check<T: BinaryFloatingPoint & BitwiseCopyable>(_ set: Int32, _ type: Int32, _: T.Type) {
                let copy = tapestry_unary_kernel_of(set, Int32(TAPESTRY_COPY), type)!
                for (rows, columns) in [(150, 70), (64, 64), (47, 31), (31, 79), (16, 500), (500, 3), (33, 17)] {
                    let a = (0..<rows * columns).map { T($0) }
                    var wanted = [T](repeating: -1, count: (columns + 1) * (rows + 1))
                    for j in 0..<columns {
                        for i in 0..<rows { wanted[j * (rows + 1) + i] = T(i * columns + j) }
                    }
                    var read = [T](repeating: -1, count: wanted.count)
                    var written = read
                    copy(columns, rows, &read, rows + 1, 1, a, 1, columns)
                    copy(rows, columns, &written, 1, rows + 1, a, columns, 1)
                    #expect(read == wanted && written == wanted, "\(rows) × \(columns) of type \(type), set \(set)")
                }
            }
            for set in instructionSets {
                check(set, 0, Float.self)
                check(set, 1, Double.self)
            }
        }
    }
}
