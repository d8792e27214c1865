import CTapestryKernels
import TapestryTestSupport
import Testing

@testable import TapestryArrays

/// Operations of two and three operands over all pairs of shapes and layouts.
@Suite struct BroadcastTests {
    static let shapes: [[Int]] = [
        [], [1], [3], [2, 3], [2, 1], [1, 3], [4, 1, 3], [4, 2, 3], [4, 2, 1], [0, 3], [0], [2, 0], [1, 0, 1],
        [2, 1, 2, 3],
    ]

    private struct Operation: Sendable {
        let code: Int
        let name: String
        let reference: @Sendable (Double, Double) -> Double
    }

    private static let arithmetic = [
        Operation(code: TAPESTRY_ADD, name: "add") { $0 + $1 },
        Operation(code: TAPESTRY_SUBTRACT, name: "subtract") { $0 - $1 },
        Operation(code: TAPESTRY_MULTIPLY, name: "multiply") { $0 * $1 },
        Operation(code: TAPESTRY_MAXIMUM, name: "maximum") { max($0, $1) },
    ]

    private static let comparisons = [
        Operation(code: TAPESTRY_LESS, name: "less") { $0 < $1 ? 1 : 0 },
        Operation(code: TAPESTRY_EQUAL, name: "equal") { $0 == $1 ? 1 : 0 },
    ]

    @Test(arguments: shapes, [ElementType.float32, .float64, .int32])
    func twoOperands(_ shape: [Int], _ type: ElementType) {
        var generator = SeededGenerator(seed: 1)
        for other in Self.shapes {
            guard let common = Layout.broadcastShape(shape, other) else { continue }
            let pairs = Sample.inAllLayouts(shape, type, using: &generator).flatMap { left in
                Sample.inAllLayouts(other, type, using: &generator).map { (left, $0) }
            }
            for (left, right) in pairs {
                func check(_ actual: NDArray, _ operation: Operation, _ type: ElementType) {
                    let expected = ReferenceArray(shape: common) {
                        operation.reference(left.reference.broadcast($0), right.reference.broadcast($0))
                    }
                    #expect(
                        actual.plain == expected, "\(operation.name): \(left.array.layout) and \(right.array.layout)")
                    #expect(actual.elementType == type)
                }
                for operation in Self.arithmetic {
                    check(.binary(operation.code, operation.name, left.array, right.array), operation, type)
                }
                for operation in Self.comparisons {
                    check(.comparison(operation.code, operation.name, left.array, right.array), operation, .bool)
                }
            }
        }
    }

    /// Written into a destination, or added to what it holds: whatever its layout.
    @Test(arguments: shapes, [ElementType.float32, .float64])
    func intoADestination(_ shape: [Int], _ type: ElementType) {
        var generator = SeededGenerator(seed: 5)
        for other in Self.shapes {
            guard Layout.broadcastShape(shape, other) == shape else { continue }
            for (index, a) in Sample.inAllLayouts(shape, type, using: &generator).enumerated() {
                let operands = Sample.inAllLayouts(other, type, using: &generator)
                let b = operands[index % operands.count]
                for destination in Sample.inAllLayouts(shape, type, using: &generator) {
                    let layout = destination.array.layout
                    if zip(layout.shape, layout.strides).contains(where: { $0 > 1 && $1 == 0 }) { continue }
                    let product = ReferenceArray(shape: shape) { a.reference[$0] * b.reference.broadcast($0) }
                    let sum = ReferenceArray(shape: shape) { destination.reference[$0] + product[$0] }
                    let place = "\(a.array.layout) and \(b.array.layout) into \(layout)"
                    destination.array.accumulate(TAPESTRY_MULTIPLY, a.array, b.array)
                    #expect(destination.array.plain == sum, "\(place)")
                    NDArray.binary(TAPESTRY_MULTIPLY, "multiply", a.array, b.array, into: destination.array)
                    #expect(destination.array.plain == product, "\(place)")
                }
            }
        }
    }

    @Test(arguments: shapes)
    func selection(_ shape: [Int]) {
        var generator = SeededGenerator(seed: 2)
        for other in Self.shapes {
            guard let common = Layout.broadcastShape(shape, other) else { continue }
            let conditions = Sample.inAllLayouts(common, .bool, in: 0...1, using: &generator)
            let chosen = Sample.inAllLayouts(shape, using: &generator)
            let others = Sample.inAllLayouts(other, using: &generator)
            for (index, condition) in conditions.enumerated() {
                let (a, b) = (chosen[index % chosen.count], others[index % others.count])
                let expected = ReferenceArray(shape: common) { position in
                    condition.reference[position] == 1
                        ? a.reference.broadcast(position) : b.reference.broadcast(position)
                }
                #expect(NDArray.select(condition.array, a.array, b.array).plain == expected, "\(shape), \(other)")
            }
        }
    }

    @Test func aConditionIsBroadcastToo() {
        let condition = NDArray([true, false], shape: [2, 1])
        let (a, b) = (NDArray([1, 2, 3] as [Double], shape: [3]), NDArray(scalar: 9, .float64))
        #expect(NDArray.select(condition, a, b).plain == NDArray([1, 2, 3, 9, 9, 9] as [Double], shape: [2, 3]).plain)
    }

    /// What is written in place lands in the destination's elements and nowhere else.
    @Test(arguments: shapes)
    func writingInPlace(_ shape: [Int]) {
        var generator = SeededGenerator(seed: 3)
        for other in Self.shapes where Layout.broadcastShape(shape, other) == shape {
            for value in Sample.inAllLayouts(other, using: &generator) {
                for isSum in [false, true] {
                    let whole = Sample.random(shape.map { 2 * $0 + 1 }, using: &generator)
                    let target = shape.indices.reduce(whole) {
                        $0.sliced(AxisSlice(axis: $1, start: 1, count: shape[$1], step: 2))
                    }
                    isSum ? target.array.add(value.array) : target.array.assign(value.array)
                    let expected = ReferenceArray(shape: whole.shape) { position in
                        let old = whole.reference[position]
                        guard position.allSatisfy({ $0 % 2 == 1 }) else { return old }
                        let new = value.reference.broadcast(position.map { ($0 - 1) / 2 })
                        return isSum ? old + new : new
                    }
                    #expect(whole.array.plain == expected, "\(shape) from \(other), \(isSum ? "added" : "assigned")")
                }
            }
        }
    }

    /// Long enough for several threads, whose number belongs to the process, in each of the loops that split.
    @Test(arguments: [1, 2, 3])
    func resultsDoNotDependOnThreads(_ threads: Int) async {
        await #expect(processExitsWith: .success) { [threads] in
            Parallel.threadCount = threads
            let a = NDArray((0..<300_000).map { Double($0) }, shape: [300, 1000])
            let row = NDArray((0..<1000).map { Double($0 % 7) }, shape: [1000])
            let sum = NDArray.binary(TAPESTRY_ADD, "add", a, row).elements(as: Double.self)
            #expect(sum.enumerated().allSatisfy { $1 == Double($0) + Double($0 % 1000 % 7) })
            let square = NDArray.unary(TAPESTRY_SQUARE, a).elements(as: Double.self)
            #expect(square.enumerated().allSatisfy { $1 == Double($0) * Double($0) })
            let transposed = a.transposed.copied().elements(as: Double.self)
            #expect(transposed.enumerated().allSatisfy { $1 == Double($0 % 300 * 1000 + $0 / 300) })
            let half = NDArray(scalar: 0.5, .float64)
            let scaled = NDArray.binary(TAPESTRY_MULTIPLY, "multiply", a, half).elements(as: Double.self)
            #expect(scaled.enumerated().allSatisfy { $1 == 0.5 * Double($0) })
            let isSmall = NDArray.comparison(TAPESTRY_LESS, "less", row, NDArray(scalar: 3, .float64))
            let selected = NDArray.select(isSmall, a, row).elements(as: Double.self)
            #expect(selected.enumerated().allSatisfy { $1 == Double($0 % 1000 % 7 < 3 ? $0 : $0 % 1000 % 7) })
        }
    }
}

/// Operations of one operand keep shapes and follow strides.
@Suite struct ElementwiseTests {
    @Test(arguments: BroadcastTests.shapes)
    func oneOperand(_ shape: [Int]) {
        var generator = SeededGenerator(seed: 4)
        for type in [ElementType.float32, .float64, .int32] {
            for sample in Sample.inAllLayouts(shape, type, using: &generator) {
                func check(_ operation: Int, _ reference: (Double) -> Double) {
                    let expected = ReferenceArray(shape: shape) { reference(sample.reference[$0]) }
                    #expect(NDArray.unary(operation, sample.array).plain == expected, "\(operation) of \(shape)")
                }
                check(TAPESTRY_COPY) { $0 }
                check(TAPESTRY_NEGATE) { 0 - $0 }
                check(TAPESTRY_ABSOLUTE) { $0.magnitude }
                check(TAPESTRY_SQUARE) { $0 * $0 }
            }
        }
    }

    /// The reciprocals of zeros are infinite, and the differences of infinities NaN.
    @Test(arguments: BroadcastTests.shapes)
    func classifications(_ shape: [Int]) {
        var generator = SeededGenerator(seed: 6)
        for type in [ElementType.float32, .float64] {
            for sample in Sample.inAllLayouts(shape, type, in: -1...1, using: &generator) {
                func check(_ operation: Int, _ array: NDArray, _ reference: (Double) -> Bool) {
                    let expected = ReferenceArray(shape: shape) { reference(sample.reference[$0]) ? 1 : 0 }
                    let classes = NDArray.classification(operation, array)
                    #expect(classes.elementType == .bool && classes.plain == expected, "\(operation) of \(shape)")
                }
                let reciprocal = NDArray.unary(TAPESTRY_RECIPROCAL, sample.array)
                check(TAPESTRY_IS_FINITE, sample.array) { _ in true }
                check(TAPESTRY_IS_FINITE, reciprocal) { $0 != 0 }
                check(TAPESTRY_IS_INFINITE, reciprocal) { $0 == 0 }
                check(TAPESTRY_IS_NAN, .binary(TAPESTRY_SUBTRACT, "subtract", reciprocal, reciprocal)) { $0 == 0 }
            }
        }
    }

    @Test func theOrderOfPolygammaIsBroadcast() {
        let x = NDArray([1, 2, 3, 4, 5, 6] as [Double], shape: [2, 3])
        let result = NDArray.binary(TAPESTRY_POLYGAMMA, "polygamma", NDArray(scalar: 1, .float64), x.transposed)
        #expect(result.shape == [3, 2])
        // ψ′(1) = π² / 6 and ψ′(x + 1) = ψ′(x) − 1 / x².
        for (value, exact) in zip(
            result.elements(as: Double.self),
            [0, 1 + 1.0 / 4 + 1.0 / 9, 1, 1.4236111111111112, 1.25, 1.4636111111111112])
        {
            #expect(abs(value - (.pi * .pi / 6 - exact)) < 1e-15)
        }
    }

    @Test(arguments: ElementType.allCases, ElementType.allCases)
    func conversions(_ from: ElementType, _ to: ElementType) {
        var generator = SeededGenerator(seed: 5)
        for shape in BroadcastTests.shapes {
            for sample in Sample.inAllLayouts(shape, from, in: from == .bool ? 0...1 : -3...3, using: &generator) {
                let converted = sample.array.converted(to: to)
                let expected = ReferenceArray(shape: shape) { position in
                    let number = sample.reference[position]
                    return to == .bool ? (number == 0 ? 0 : 1) : number
                }
                #expect(converted.elementType == to)
                #expect(converted.plain == expected, "\(from) to \(to), \(shape)")
            }
        }
    }

    @Test func conversionsToIntegersTruncateAndSaturate() {
        let numbers = [1.9, -1.9, .nan, .infinity, -.infinity, 1e10, -1e10, 2_147_483_647, -2_147_483_648, -0.0]
        let expected: [Int32] = [1, -1, 0, .max, .min, .max, .min, .max, .min, 0]
        let exact = NDArray(numbers, shape: [10])
        #expect(exact.converted(to: .int32).elements(as: Int32.self) == expected)
        let rounded = NDArray(numbers.map { Float($0) }, shape: [10])
        #expect(rounded.converted(to: .int32).elements(as: Int32.self) == expected)
        let isNonzero = [true, true, true, true, true, true, true, true, true, false]
        #expect(exact.converted(to: .bool).elements(as: Bool.self) == isNonzero)
    }

    @Test func converting2ToFloatRounds() {
        let array = NDArray([16_777_217, 0.1, 1e300, -1e-300] as [Double], shape: [4])
        #expect(array.converted(to: .float32).elements(as: Float.self) == [16_777_216, 0.1, .infinity, -0.0])
    }

    @Test func integerArithmeticNeverTraps() {
        let a = NDArray([Int32.max, Int32.min, 7, -7, 5, Int32.min], shape: [6])
        let b = NDArray([1, 1, 2, 2, 0, -1] as [Int32], shape: [6])
        #expect(NDArray.binary(TAPESTRY_ADD, "add", a, b).elements(as: Int32.self)[0] == .min)
        let quotients = NDArray.binary(TAPESTRY_DIVIDE, "divide", a, b).elements(as: Int32.self)
        #expect(quotients == [.max, .min, 3, -3, 0, .min])
    }
}
