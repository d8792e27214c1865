import TapestryArrays
import TapestryTestSupport
import Testing

@testable import TapestryAutograd

extension TensorTrapTests {
    static let primitives: [ExpectedTrap] = [
        ExpectedTrap("exp: does not take two operands") { _ = Value.binary(.exp, zeros(2).value, zeros(2).value) },
        ExpectedTrap("add: does not take one operand") { _ = Value.unary(.add, zeros(2).value) },
        ExpectedTrap("tanh: does not take a list of operands") { _ = Value.nary(.tanh, [zeros(2).value]) },
        ExpectedTrap("primitives: sign is defined twice") {
            var table = PrimitiveTable()
            for _ in 0..<2 { table.constant(.sign) { x, _ in x } }
        },
        ExpectedTrap("primitives: negate is not defined") { _ = PrimitiveTable().complete() },
    ]

    /// A lean record keeps what its rule declares to read and nothing else.
    static let rules: [ExpectedTrap] = [
        ExpectedTrap("negate: its rule reads operand 0, which it does not declare") { _ = record { -$0 }.x },
        ExpectedTrap("negate: its rule reads the result, which it does not declare") { _ = record { -$0 }.y },
        ExpectedTrap("exp: its rule reads operand 0, which it does not declare") { _ = record { exp($0) }.x },
        ExpectedTrap("add: its rule reads operand 1, which it does not declare") { _ = record { $0 + zeros(2) }.b },
        ExpectedTrap("multiply: its rule reads operand 0, which it does not declare") {
            _ = record { $0 * zeros(2) }.a
        },
        ExpectedTrap("sign: has no rule for its first operand") {
            _ = Primitive(.sign).firstRule.formula(zeros(2).value, record { -$0 })
        },
        ExpectedTrap("exp: has no rule for its second operand") {
            _ = Primitive(.exp).secondRule.formula(zeros(2).value, record { -$0 })
        },
        ExpectedTrap("matmul: has no rule for its operands") {
            var (g, sum) = (zeros(2).value, CotangentSum())
            Primitive(.matmul).accumulation(&g, record { -$0 }, 0, &sum)
        },
    ]

    /// The record that `function` leaves on a lean tape, as its rule sees it. The operand is neither an input nor a
    /// constant, which are there anyway.
    private static func record(_ function: (Tensor<Double>) -> Tensor<Double>) -> RecordView {
        let tape = Tape()
        _ = function(-tape.watch(zeros(2)))
        // The view does not own its tape; the process ends with it.
        return RecordView(tape: Unmanaged.passRetained(tape).takeUnretainedValue().memory, index: 2, isPlaced: false)
    }
}
