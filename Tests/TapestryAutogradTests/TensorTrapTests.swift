import Foundation
import TapestryArrays
import TapestryTestSupport
import Testing

@testable import TapestryAutograd

/// What breaks a rule of tensors, tapes and modules ends the program and says what, with the shapes.
@Suite struct TensorTrapTests {
    static let traps: [ExpectedTrap] =
        shapes + subscripts + tapes + derivatives + operators + modules + primitives + rules

    @Test(arguments: traps.indices)
    func trapsWithItsMessage(_ index: Int) async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { [index] in
            Self.traps[index].run()
        }
        #expect(Self.traps[index].complaint(about: result?.standardErrorContent) == nil)
    }

    // MARK: Operators

    private static let operators: [ExpectedTrap] = [
        ExpectedTrap("jvp: a direction of shape [3] for an input of shape [2]") {
            _ = jvp(at: zeros(2), along: zeros(3)) { $0 }
        },
        ExpectedTrap("jvp: the direction has 1 tensors, and the input has 2") {
            _ = jvp(at: [zeros(2), zeros(2)], along: [zeros(2)]) { $0 }
        },
        ExpectedTrap("vmap: tensors of 2 and of 3 examples along axis 0 (1)") {
            _ = vmap(over: [zeros(2), zeros(3)]) { $0[0] }
        },
        ExpectedTrap("vmap: axis 1 does not exist in a tensor of shape [2]") {
            _ = vmap(over: zeros(2), axis: 1) { $0 }
        },
        ExpectedTrap("vmap: the batch has no tensor") { _ = vmap(over: [Tensor<Double>]()) { $0 } },
        ExpectedTrap("scalar: inside of vmap the elements of one example cannot be read (shape [])") {
            _ = vmap(over: zeros(2)) { $0 * $0.scalar }
        },
        ExpectedTrap("scalars: inside of vmap the elements of one example cannot be read (shape [3])") {
            _ = vmap(over: zeros(2, 3)) { x in gradient(at: x) { $0.sum() * $0.scalars[0] } }
        },
        ExpectedTrap("vmap: a value of one example, of shape [3], is used outside of the function that made it") {
            var leaked = zeros(1)
            _ = vmap(over: zeros(2, 3)) { x in
                leaked = x * 2
                return x
            }
            _ = leaked + 1
        },
        ExpectedTrap("custom gradient: f reads a tracked value that is not in its input") {
            _ = gradient(at: zeros(2)) { x in
                let outside = 2 * x
                return withCustomGradient(named: "f", at: x) {
                    $0 * outside
                } pullback: { g, _, _ in
                    g
                }.sum()
            }
        },
        ExpectedTrap("custom gradient: f returns a cotangent of shape [] for an operand of shape [2]") {
            _ = gradient(at: zeros(2)) { x in
                withCustomGradient(named: "f", at: x) {
                    2 * $0
                } pullback: { g, _, _ in
                    g.sum()
                }.sum()
            }
        },
    ]

    // MARK: Shapes

    private static let shapes: [ExpectedTrap] = [
        ExpectedTrap("add: shapes [3] and [2] cannot be broadcast") { _ = Tensor([1.0, 2, 3]) + Tensor([10.0, 20]) },
        ExpectedTrap("multiply: shapes [2, 3] and [2] cannot be broadcast") { _ = zeros(2, 3) * zeros(2) },
        ExpectedTrap("pow: shapes [2, 3] and [2] cannot be broadcast") { _ = pow(zeros(2, 3), zeros(2)) },
        ExpectedTrap("less: shapes [3] and [2] cannot be broadcast") { _ = zeros(3) .< zeros(2) },
        ExpectedTrap("matmul: inner dimensions differ: [2, 3] · [2, 3] (3 ≠ 2)") {
            _ = matmul(zeros(2, 3), zeros(2, 3))
        },
        ExpectedTrap("matmul: inner dimensions differ: [2] · [3] (2 ≠ 3)") { _ = matmul(zeros(2), zeros(3)) },
        ExpectedTrap("matmul: operands need at least one axis: [] · [3]") { _ = matmul(zeros(), zeros(3)) },
        ExpectedTrap("matmul: inner dimensions differ: [3] · [2, 4, 5] (3 ≠ 4)") {
            _ = matmul(zeros(3), zeros(2, 4, 5))
        },
        ExpectedTrap("matmul: inner dimensions differ: [2, 5, 3] · [4] (3 ≠ 4)") {
            _ = matmul(zeros(2, 5, 3), zeros(4))
        },
        ExpectedTrap("matmul: inner dimensions differ: [2, 5, 3] · [4, 7] (3 ≠ 4)") {
            _ = matmul(zeros(2, 5, 3), zeros(4, 7))
        },
        ExpectedTrap("matmul: batch axes cannot be broadcast: [2, 2, 3] · [3, 3, 2]") {
            _ = matmul(zeros(2, 2, 3), zeros(3, 3, 2))
        },
        ExpectedTrap("reshape: [2, 3] has 6 elements and [4] has 4") { _ = zeros(2, 3).reshaped(to: 4) },
        ExpectedTrap("reshape: [2, 3] has 6 elements, which no extent for −1 in [4, -1] can give") {
            _ = zeros(2, 3).reshaped(to: 4, -1)
        },
        ExpectedTrap("reshape: [2, 3] has 6 elements, which no extent for −1 in [-1, -1] can give") {
            _ = zeros(2, 3).reshaped(to: -1, -1)
        },
        ExpectedTrap("reshape: [0, 3] has 0 elements, which no extent for −1 in [0, -1] can give") {
            _ = zeros(0, 3).reshaped(to: 0, -1)
        },
        ExpectedTrap("expand: [2, 3] to [4, 3]: only axes of extent 1 can grow") {
            _ = zeros(2, 3).expanded(to: [4, 3])
        },
        ExpectedTrap("expand: [2, 3] to [3]: only axes of extent 1 can grow") { _ = zeros(2, 3).expanded(to: [3]) },
        ExpectedTrap("permute: [0, 0] is not an order of all 2 axes of shape [2, 3]") {
            _ = zeros(2, 3).permuted([0, 0])
        },
        ExpectedTrap("permute: [0] is not an order of all 2 axes of shape [2, 3]") { _ = zeros(2, 3).permuted([0]) },
        ExpectedTrap("permute: axis 2 does not exist in a tensor of shape [2, 3]") {
            _ = zeros(2, 3).permuted([0, 2])
        },
        ExpectedTrap("transpose: axis -2 does not exist in a tensor of shape [3]") { _ = zeros(3).transposed() },
        ExpectedTrap("squeeze: axis 1 of shape [1, 3] has extent 3, not 1") { _ = zeros(1, 3).squeezed(axes: [1]) },
        ExpectedTrap("unsqueeze: axis 3 does not exist in the result of rank 3 (from shape [2, 3])") {
            _ = zeros(2, 3).unsqueezed(axis: 3)
        },
        ExpectedTrap("split: extents [1, 2] do not add up to axis 0 of shape [2, 3]") {
            _ = zeros(2, 3).split([1, 2])
        },
        ExpectedTrap("split: extents [3, -1] do not add up to axis 0 of shape [2, 3]") {
            _ = zeros(2, 3).split([3, -1])
        },
        ExpectedTrap("split: axis 1 of shape [2, 3] cannot be cut into 2 equal parts") {
            _ = zeros(2, 3).split(count: 2, axis: 1)
        },
        ExpectedTrap("split: axis 1 of shape [2, 3] cannot be cut into 0 equal parts") {
            _ = zeros(2, 3).split(count: 0, axis: 1)
        },
        ExpectedTrap("concatenate: there is no tensor") { _ = concatenate([] as [Tensor<Float>]) },
        ExpectedTrap("concatenate: ranks differ: [2, 3] and [2]") {
            _ = concatenate([zeros(2, 3), zeros(2)], axis: 1)
        },
        ExpectedTrap("concatenate: float64 [2, 3] and float64 [3, 3] must agree but for axis 1") {
            _ = concatenate([zeros(2, 3), zeros(3, 3)], axis: 1)
        },
        ExpectedTrap("stack: there is no tensor") { _ = stack([] as [Tensor<Float>]) },
        ExpectedTrap("stack: shapes differ: [2, 3] and [3]") { _ = stack([zeros(2, 3), zeros(3)]) },
        ExpectedTrap("gather: index 5 at position 1 is outside 0 ..< 2 (table [2, 3])") {
            _ = zeros(2, 3).gatheringRows(at: Tensor([0, 5]))
        },
        ExpectedTrap("sum: axis 2 does not exist in a tensor of shape [2, 3]") { _ = zeros(2, 3).sum(axes: [2]) },
        ExpectedTrap("mean: axis 0 is named twice in [0, -2]") { _ = zeros(2, 3).mean(axes: [0, -2]) },
        ExpectedTrap("variance: axis -3 does not exist in a tensor of shape [2, 3]") {
            _ = zeros(2, 3).variance(axes: [-3])
        },
        ExpectedTrap("softmax: axis -1 does not exist in a tensor of shape []") { _ = zeros().softmax() },
        ExpectedTrap("logSoftmax: axis 1 does not exist in a tensor of shape [3]") { _ = zeros(3).logSoftmax(axis: 1) },
        ExpectedTrap("logSumExp: axis 1 does not exist in a tensor of shape [3]") { _ = zeros(3).logSumExp(axes: [1]) },
        ExpectedTrap("logSumExp: there is no element along axes [0] of shape [0, 3]") {
            _ = zeros(0, 3).logSumExp(axes: [0])
        },
        ExpectedTrap("max: there is no element along axes [0] of shape [0, 3]") { _ = zeros(0, 3).max(axes: [0]) },
        ExpectedTrap("min: there is no element along axes [0, 1] of shape [0, 3]") { _ = zeros(0, 3).min() },
        ExpectedTrap("scalar: a tensor of shape [2, 3] has 6 elements, not one") { _ = zeros(2, 3).scalar },
        ExpectedTrap("tensor: nested arrays are ragged: one has 1 elements where the shape is [2, 2]") {
            _ = Tensor<Float>([[1, 2], [3]])
        },
        ExpectedTrap("tensor: 2 elements do not fill the shape [3], which has 3") {
            _ = Tensor<Float>(shape: [3], scalars: [1, 2])
        },
        ExpectedTrap("shape: negative extent in [2, -3]") { _ = zeros(2, -3) },
        ExpectedTrap("nestedArray: a tensor of shape [2, 3] does not nest as Array<Double>") {
            _ = zeros(2, 3).nestedArray(as: [Double].self)
        },
        ExpectedTrap("shape: negative extent in [-1, -1]") { _ = Tensor<Double>.identity(-1) },
        ExpectedTrap("random: the bound 0 is not positive") { _ = RandomSource(seed: 1).integer(below: 0) },
        ExpectedTrap("random: the count -1 of integers is negative") {
            _ = RandomSource(seed: 1).integers(below: 3, count: -1)
        },
        ExpectedTrap("random: the count -1 of a permutation is negative") {
            _ = RandomSource(seed: 1).permutation(-1)
        },
    ]

    // MARK: Subscripts

    private static let subscripts: [ExpectedTrap] = [
        ExpectedTrap("subscript: 3 subscripts for a tensor of shape [2, 3], which has 2 axes") {
            _ = zeros(2, 3)[0, 0, 0]
        },
        ExpectedTrap("subscript: 3 subscripts for a tensor of shape [2, 3], which has 2 axes") {
            _ = zeros(2, 3)[0, .newAxis, .ellipsis, 0, 0]
        },
        ExpectedTrap("subscript: 4 subscripts for a tensor of shape [2, 3], which has 2 axes") {
            _ = zeros(2, 3)[0, 1, 0..., .newAxis, 0]
        },
        ExpectedTrap("subscript: two ellipses: which axes each of them stands for is open") {
            _ = zeros(2, 3)[.ellipsis, 0, .ellipsis]
        },
        ExpectedTrap("subscript: two ellipses: which axes each of them stands for is open") {
            _ = zeros(2, 3)[..., 0, .ellipsis]
        },
        ExpectedTrap("subscript: a tensor of shape [3, 1] cannot be broadcast to the part of shape [2, 1]") {
            var x = zeros(2, 3)
            x[..., 0, .newAxis] = zeros(3, 1)
        },
        ExpectedTrap("truncatedNormal: the bound 1.0 is not less than the bound 1.0") {
            _ = Tensor<Double>.truncatedNormal([1], from: 1, to: 1)
        },
        ExpectedTrap("truncatedNormal: mean 0.0 and standard deviation 0.0 must be finite, and the latter positive") {
            _ = Tensor<Double>.truncatedNormal([1], standardDeviation: 0, from: 0, to: 1)
        },
        ExpectedTrap("random: the bound 0 is not positive") { _ = Tensor<Int32>.uniform([1], in: 3..<3) },
        ExpectedTrap("subscript: position 2 is outside axis 0 of shape [2, 3]") { _ = zeros(2, 3)[2] },
        ExpectedTrap("subscript: position -4 is outside axis 1 of shape [2, 3]") { _ = zeros(2, 3)[0, -4] },
        ExpectedTrap("subscript: range 1..<3 is outside axis 0 of shape [2, 3]") { _ = zeros(2, 3)[1..<3] },
        ExpectedTrap(
            """
            subscript: range -2..<0 on axis 0 of shape [2, 3] has a negative bound, which counts from the end in \
            one-sided ranges only
            """
        ) { _ = zeros(2, 3)[(-2)..<0] },
        ExpectedTrap("subscript: range -2...1 on axis 0 of shape [2, 3] has a negative bound") {
            _ = zeros(2, 3)[(-2)...1]
        },
        ExpectedTrap("subscript: range 1...2 is outside axis 0 of shape [2, 3]") { _ = zeros(2, 3)[1...2] },
        ExpectedTrap("subscript: range 0...9223372036854775807 is outside axis 0 of shape [2, 3]") {
            _ = zeros(2, 3)[0...Int.max]
        },
        ExpectedTrap("subscript: range 3... is outside axis 0 of shape [2, 3]") { _ = zeros(2, 3)[3...] },
        ExpectedTrap("subscript: range -3... is outside axis 0 of shape [2, 3]") { _ = zeros(2, 3)[(-3)...] },
        ExpectedTrap("subscript: range ..<-3 is outside axis 0 of shape [2, 3]") { _ = zeros(2, 3)[..<(-3)] },
        ExpectedTrap("subscript: range ..<4 is outside axis 1 of shape [2, 3]") { _ = zeros(2, 3)[0, ..<4] },
        ExpectedTrap("subscript: range ...-5 is outside axis 0 of shape [2, 3]") { _ = zeros(2, 3)[...(-5)] },
        ExpectedTrap("subscript: range ...9223372036854775807 is outside axis 0 of shape [2, 3]") {
            _ = zeros(2, 3)[...Int.max]
        },
        ExpectedTrap("subscript: position -1 of a stride is outside axis 0 of shape [5]") {
            _ = zeros(5)[stride(from: 3, through: -1, by: -1)]
        },
        ExpectedTrap("subscript: a tensor of shape [2] cannot be broadcast to the part of shape [3]") {
            var x = zeros(2, 3)
            x[1] = zeros(2)
        },
        ExpectedTrap("subscript: position 4 of a stride is outside axis 1 of shape [2, 3]") {
            _ = zeros(2, 3)[0, stride(from: 0, to: 6, by: 2)]
        },
        ExpectedTrap("subscript: position -1 of a stride is outside axis 1 of shape [2, 3]") {
            _ = zeros(2, 3)[0, stride(from: -1, to: 3, by: 2)]
        },
        ExpectedTrap("subscript: position 3 of a stride is outside axis 1 of shape [2, 3]") {
            _ = zeros(2, 3)[0, stride(from: 0, through: Int.max, by: 1)]
        },
        ExpectedTrap("subscript: position 2 is outside axis 0 of shape [2, 3]") {
            _ = zeros(2, 3).select(axis: 0, at: 2)
        },
        ExpectedTrap("slice: range 2..<4 is outside axis 1 of shape [2, 3]") { _ = zeros(2, 3).slice(axis: 1, 2..<4) },
        ExpectedTrap("slice: range -1..<2 is outside axis 1 of shape [2, 3]") {
            _ = zeros(2, 3).slice(axis: -1, (-1)..<2)
        },
        ExpectedTrap("slice: axis 2 does not exist in a tensor of shape [2, 3]") {
            _ = zeros(2, 3).slice(axis: 2, 0..<1)
        },
    ]

    // MARK: Tapes

    private static let tapes: [ExpectedTrap] = [
        ExpectedTrap("add: the operands are recorded on two different tapes of the same level") {
            let (first, second) = (Tape(), Tape())
            _ = first.watch(Tensor(1.0)) + second.watch(Tensor(2.0))
        },
        ExpectedTrap("concatenate: the operands are recorded on two different tapes of the same level") {
            let (first, second) = (Tape(), Tape())
            _ = concatenate([Tensor([0.0]), first.watch(Tensor([1.0])), second.watch(Tensor([2.0]))])
        },
        ExpectedTrap("tape: a value of a tape that has finished is used; make a new tape for a new derivative") {
            let tape = Tape()
            let x = tape.watch(Tensor(1.0))
            _ = tape.gradient(of: x * x, at: x)
            _ = x + 1
        },
        ExpectedTrap("tape: a value of a tape that has finished is used") {
            let tape = Tape()
            let x = tape.watch(Tensor(1.0))
            _ = tape.gradient(of: x * x, at: x)
            _ = gradient(at: Tensor(2.0)) { _ in x }
        },
        ExpectedTrap("gradient: the tape has finished: a lean one gives one gradient") {
            let tape = Tape()
            let x = tape.watch(Tensor(1.0))
            let y = x * x
            _ = tape.gradient(of: y, at: x)
            _ = tape.gradient(of: y, at: x)
        },
        ExpectedTrap("watch: the tape has finished") {
            let tape = Tape()
            let x = tape.watch(Tensor(1.0))
            _ = tape.gradient(of: x, at: x)
            _ = tape.watch(x)
        },
        ExpectedTrap("multiply: the tape belongs to another thread; a tape records only on the thread that made it") {
            let tape = Tape()
            let x = tape.watch(Tensor(1.0))
            onAnotherThread { _ = x * 2 }
            withExtendedLifetime(tape) {}
        },
        ExpectedTrap("input: the tape belongs to another thread") {
            let tape = Tape()
            onAnotherThread { _ = tape.watch(Tensor(1.0)) }
        },
        ExpectedTrap("exp: the tape belongs to another thread") {
            _ = gradient(at: Tensor(1.0)) { x in
                onAnotherThread { _ = exp(x) }
                return x
            }
        },
        ExpectedTrap("gradient: the result was not recorded on this tape") {
            let tape = Tape()
            _ = tape.gradient(of: Tensor(1.0), at: tape.watch(Tensor(1.0)))
        },
        ExpectedTrap("gradient: no tensor of the input is tracked on this tape") {
            let tape = Tape()
            _ = tape.gradient(of: tape.watch(Tensor(1.0)), at: Tensor(1.0))
        },
    ]

    private static func onAnotherThread(_ body: @escaping @Sendable () -> Void) {
        let thread = Thread(block: body)
        thread.start()
        while !thread.isFinished { Thread.sleep(forTimeInterval: 0.01) }
    }

    // MARK: Derivatives

    private static let derivatives: [ExpectedTrap] = [
        ExpectedTrap("gradient: the function must return one number, and returned a tensor of shape [2, 3]") {
            _ = gradient(at: zeros(2, 3)) { $0 * 2 }
        },
        ExpectedTrap("gradient: the function must return one number, and returned a tensor of shape [2]") {
            let tape = Tape()
            let x = tape.watch(zeros(2))
            _ = tape.gradient(of: x, at: x)
        },
        ExpectedTrap("vjp: cotangent [3] for a result of shape [2]") {
            _ = vjp(at: zeros(2)) { $0 * 2 }.pullback(zeros(3))
        },
        ExpectedTrap("vjp: the cotangent has 1 tensors, and the result has 2") {
            _ = vjp(at: zeros(2)) { [$0, $0] }.pullback([zeros(2)])
        },
    ]

    // MARK: Modules

    private struct Narrow: Module { var weights: Tensor<Double> }
    private struct Wide: Module {
        var weights: Tensor<Double>
        var bias: Tensor<Double>
    }
    private struct Either: Module {
        var weights: Tensor<Double>
        var bias: Tensor<Double>?
    }
    private struct Listed: Module { var weights: [Tensor<Double>] }
    private struct Unwilling: Module {
        init() {}
        init(from decoder: any Decoder) throws {}
        func encode(to encoder: any Encoder) throws {
            throw EncodingError.invalidValue(0, .init(codingPath: [], debugDescription: "no"))
        }
    }

    private static let modules: [ExpectedTrap] = [
        ExpectedTrap("module: Wide has a property bias that the other module lacks") {
            _ = Narrow(weights: zeros(2)).converted(to: Wide.self)
        },
        ExpectedTrap("module: Array<Wide> has a property 1.bias that the other module lacks") {
            _ = [
                Wide(weights: zeros(2), bias: zeros(2)).converted(to: Either.self),
                Narrow(weights: zeros(2)).converted(),
            ].converted(to: [Wide].self)
        },
        ExpectedTrap("tied: 1.wrapped differs from 0.wrapped, to which it is tied") {
            var tied = Tied(zeros(2))
            let other = tied
            tied.wrapped += 1
            _ = [other, tied].parameters
        },
        ExpectedTrap("module: Listed cannot be put together") {
            _ = Narrow(weights: zeros(2)).converted(to: Listed.self)
        },
        ExpectedTrap("module: Unwilling cannot be taken apart") { _ = Unwilling().parameters },
    ]

    // MARK: Primitives

    private static let primitives: [ExpectedTrap] = [
        ExpectedTrap("exp: does not take two operands") { _ = Value.binary(.exp, zeros(2).value, zeros(2).value) },
        ExpectedTrap("add: does not take one operand") { _ = Value.unary(.add, zeros(2).value) },
        ExpectedTrap("tanh: does not take a list of operands") { _ = Value.nary(.tanh, [zeros(2).value]) },
        ExpectedTrap("primitives: sign is defined twice") {
            var table = PrimitiveTable()
            for _ in 0..<2 { table.constant(.sign) { x, _ in x } }
        },
        ExpectedTrap("primitives: negate is not defined") { _ = PrimitiveTable().complete() },
    ]

    // MARK: Rules

    /// A lean record keeps what its rule declares to read and nothing else.
    private static let rules: [ExpectedTrap] = [
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

private func zeros(_ shape: Int...) -> Tensor<Double> { .zeros(shape) }
