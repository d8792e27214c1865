import TapestryArrays
import TapestryTestSupport
import Testing

@testable import TapestryAutograd

extension TensorTrapTests {
    static let derivatives: [ExpectedTrap] = [
        ExpectedTrap(
            """
            gradient: the function must return one number, and returned a tensor of shape [2, 3]; reduce it with sum() \
            or mean()
            """
        ) { _ = gradient(at: zeros(2, 3)) { $0 * 2 } },
        ExpectedTrap("gradient: the function must return one number, and returned a tensor of shape [0]") {
            _ = gradient(at: [zeros(0)]) { $0[0] }
        },
        ExpectedTrap("gradient: the function must return one number, and returned a tensor of shape [2]") {
            _ = gradient(at: zeros(2), zeros(2)) { $0 * $1 }
        },
        ExpectedTrap("gradient: the function must return one number, and returned a tensor of shape [2]") {
            let tape = Tape()
            let x = tape.watch(zeros(2))
            _ = tape.gradient(of: x, at: x)
        },
        ExpectedTrap("valueAndGradient: the function must return one number, and returned a tensor of shape [2]") {
            _ = valueAndGradient(at: zeros(2)) { $0 * 2 }
        },
        ExpectedTrap("valueAndGradient: the function must return one number, and returned a tensor of shape [2]") {
            _ = valueAndGradient(at: [zeros(2)]) { (loss: $0[0], auxiliary: 1) }
        },
        ExpectedTrap("valueAndGradient: the function must return one number, and returned a tensor of shape [2]") {
            _ = valueAndGradient(at: zeros(2), zeros(2)) { $0 * $1 }
        },
        ExpectedTrap("hessian: the function must return one number, and returned a tensor of shape [2]") {
            _ = hessian(at: zeros(2)) { $0 * 2 }
        },
        ExpectedTrap("firstNonFinite: the function must return one number, and returned a tensor of shape [2]") {
            _ = firstNonFinite(at: zeros(2)) { $0 * 2 }
        },
        ExpectedTrap("vjp: a cotangent of shape [3] for the result of shape [2]") {
            _ = vjp(at: zeros(2)) { $0 * 2 }.pullback(zeros(3))
        },
        ExpectedTrap("vjp: the cotangent has 1 tensors, and the result has 2") {
            _ = vjp(at: zeros(2)) { [$0, $0] }.pullback([zeros(2)])
        },
        ExpectedTrap("jvp: a direction of shape [3] for the input of shape [2]") {
            _ = jvp(at: zeros(2), along: zeros(3)) { $0 }
        },
        ExpectedTrap("jvp: a direction of shape [3] for tensor 1 of the input, of shape [2]") {
            _ = jvp(at: [zeros(3), zeros(2)], along: [zeros(3), zeros(3)]) { $0 }
        },
        ExpectedTrap("jvp: the direction has 1 tensors, and the input has 2") {
            _ = jvp(at: [zeros(2), zeros(2)], along: [zeros(2)]) { $0 }
        },
        ExpectedTrap("hessianVectorProduct: a direction of shape [3] for the input of shape [2]") {
            _ = hessianVectorProduct(at: zeros(2), along: zeros(3)) { $0.sum() }
        },
        ExpectedTrap("hessianVectorProduct: the function must return one number") {
            _ = hessianVectorProduct(at: zeros(2), along: zeros(2)) { $0 }
        },
        ExpectedTrap("vectorHessianProduct: a cotangent of shape [3] for the result of shape [2]") {
            _ = vectorHessianProduct(at: zeros(2), along: zeros(3)) { $0.sum() }
        },
        ExpectedTrap("hessianRows: the function must return one number") { _ = hessianRows(at: zeros(2)) { $0 } },
        ExpectedTrap("hessianRows: the function must return one number") {
            _ = hessianRows(at: zeros(2), zeros(2)) { $0 + $1 }
        },
        ExpectedTrap("vectorHessianProduct: the function must return one number") {
            _ = vectorHessianProduct(at: zeros(2), along: zeros(2)) { $0 }
        },
    ]

    // MARK: Functions with a derivative of their own

    static let functions: [ExpectedTrap] = [
        ExpectedTrap("withCustomGradient: \"f\" reads a tracked value that is not in its input") {
            _ = gradient(at: zeros(2)) { x in
                let outside = 2 * x
                return custom(x, pullback: { $0 }, of: { $0 * outside }).sum()
            }
        },
        ExpectedTrap("withCustomGradient: \"f\" reads a tracked value that is not in its input") {
            _ = jvp(at: zeros(2), along: zeros(2)) { x in
                let outside = 2 * x
                return custom(zeros(2), pullback: { $0 }, of: { $0 * outside })
            }
        },
        ExpectedTrap(
            "withCustomGradient: the pullback of \"f\" returns a tensor of shape [] for one of the input of shape [2]"
        ) { _ = gradient(at: zeros(2)) { custom($0, pullback: { $0.sum() }).sum() } },
        ExpectedTrap(
            "withCustomGradient: the pullback of \"f\" returns a tensor of shape [] for one of the input of shape [2]"
        ) { _ = jvp(at: zeros(2), along: zeros(2)) { custom($0, pullback: { $0.sum() }) } },
        ExpectedTrap(
            "withCustomGradient: the pullback of \"f\" returns a tensor of shape [] for one of the input of shape [2]"
        ) { _ = vmap(over: zeros(3, 2)) { x in gradient(at: x) { custom($0, pullback: { $0.sum() }).sum() } } },
        ExpectedTrap("withCustomGradient: the pullback of \"f\" returns 1 tensors, and the input has 2") {
            _ = gradient(at: [zeros(2), zeros(2)]) {
                withCustomGradient(named: "f", at: $0) {
                    $0[0] * $0[1]
                } pullback: { g, _, _ in
                    [g]
                }.sum()
            }
        },
        ExpectedTrap("withCustomPullback: \"f\" returns int32 elements at 1, which have no derivative") {
            _ = withCustomPullback(named: "f", at: zeros(2)) { x in
                (x, Tensor<Int32>([1]))
            } pullback: { (g: (Tensor<Double>, Tensor<Int32>), _, _) in
                g.0
            }
        },
        ExpectedTrap("withCustomPullback: \"f\" returns no tensor") {
            _ = withCustomPullback(named: "f", at: zeros(2)) { _ in
                EmptyModule()
            } pullback: { _, _, x in
                x
            }
        },
        ExpectedTrap(
            "withCustomPullback: the pullback of \"f\" returns a tensor of shape [] for one of the input of shape [2]"
        ) {
            _ = gradient(at: zeros(2)) { x in
                let (y, _) = withCustomPullback(named: "f", at: x) { x in
                    (x, 2 * x)
                } pullback: { g, _, _ in
                    g.0.sum()
                }
                return y.sum()
            }
        },
        ExpectedTrap(
            "mappingCotangent: forward mode takes the transpose of a mapping of cotangents, and this one is not linear"
        ) {
            _ = jvp(at: zeros(2), along: zeros(2) + 1) { $0.mappingCotangent { $0.clamped(to: -1...1) } }
        },
        ExpectedTrap(
            "mappingCotangent: forward mode takes the transpose of a mapping of cotangents, and this one is not linear"
        ) {
            _ = hessianVectorProduct(at: zeros(2), along: zeros(2) + 1) { exp($0.mappingCotangent { $0 + 1 }).sum() }
        },
        ExpectedTrap("mappingCotangent: the cotangent of shape [2] became one of shape []") {
            _ = gradient(at: zeros(2)) { $0.mappingCotangent { $0.sum() }.sum() }
        },
        ExpectedTrap(
            """
            checkpointed: the function returned a tensor of shape [2] at first, and one of shape [1] when it ran again
            """
        ) {
            let runs = Counter()
            _ = gradient(at: zeros(2)) { x in
                checkpointed(x) { runs.next() == 1 ? $0 * 2 : $0.sum(axes: [0], keepingAxes: true) }.sum()
            }
        },
        ExpectedTrap("checkpointed: the function returned 2 tensors at first, and 1 when it ran again") {
            let runs = Counter()
            _ = gradient(at: zeros(2)) { x in
                checkpointed(x) { runs.next() == 1 ? [$0 * 2, $0 * 3] : [$0 * 2] }[0].sum()
            }
        },
    ]

    private final class Counter {
        private var count = 0
        func next() -> Int {
            count += 1
            return count
        }
    }

    private static func custom(
        _ x: Tensor<Double>, pullback: @escaping @Sendable (Tensor<Double>) -> Tensor<Double>,
        of function: @escaping @Sendable (Tensor<Double>) -> Tensor<Double> = { $0 * 2 }
    ) -> Tensor<Double> {
        withCustomGradient(named: "f", at: x, of: function) { g, _, _ in pullback(g) }
    }

    // MARK: Batches

    static let batches: [ExpectedTrap] = [
        ExpectedTrap(
            """
            vmap: tensors with different numbers of examples along axis 0: 2 in tensor 0 of shape [2, 5], \
            3 in tensor 1 of shape [3]
            """
        ) { _ = vmap(over: [zeros(2, 5), zeros(3)]) { $0[0] } },
        ExpectedTrap(
            """
            vmap: tensors with different numbers of examples along axis 1: 2 in argument 0 of shape [4, 2], \
            3 in argument 1 of shape [4, 3]
            """
        ) { _ = vmap(over: zeros(4, 2), zeros(4, 3), axis: 1) { $0 + $1 } },
        ExpectedTrap("vmap: axis 1 does not exist in a tensor of shape [2]") {
            _ = vmap(over: zeros(2), axis: 1) { $0 }
        },
        ExpectedTrap("vmap: axis 0 does not exist in a tensor of shape []") { _ = vmap(over: zeros()) { $0 } },
        ExpectedTrap("vmap: axis 2 does not exist in a tensor of shape [2, 3]") {
            _ = vmap(over: zeros(2, 3), outputAxis: 2) { $0 }
        },
        ExpectedTrap("vmap: the batch has no tensor") { _ = vmap(over: [Tensor<Double>]()) { $0 } },
        ExpectedTrap("vmap: a value of one example, of shape [3], is used outside of the function that made it") {
            _ = leaked() + 1
        },
        ExpectedTrap("vmap: a value of one example, of shape [3], is used outside of the function that made it") {
            _ = leaked().scalars
        },
        ExpectedTrap("vmap: a value of one example, of shape [3], is used outside of the function that made it") {
            _ =
                tracing { vmap(over: zeros(2, 3)) { ($0 * 2).named("twice") } }.values[0].tensor(as: Double.self)
                .scalars
        },
        ExpectedTrap("scalar: inside of vmap the elements of one example cannot be read (shape [])") {
            _ = vmap(over: zeros(2)) { $0 * $0.scalar }
        },
        ExpectedTrap("scalars: inside of vmap the elements of one example cannot be read (shape [3])") {
            _ = vmap(over: zeros(2, 3)) { x in gradient(at: x) { $0.sum() * $0.scalars[0] } }
        },
        ExpectedTrap("nestedArray: inside of vmap the elements of one example cannot be read (shape [3])") {
            _ = vmap(over: zeros(2, 3)) { Tensor($0.nestedArray(as: [Double].self)) }
        },
        ExpectedTrap("description: inside of vmap the elements of one example cannot be read (shape [3])") {
            _ = vmap(over: zeros(2, 3)) { "\($0)".isEmpty ? $0 : $0 + 1 }
        },
        ExpectedTrap("==: inside of vmap the elements of one example cannot be read (shape [3])") {
            _ = vmap(over: zeros(2, 3)) { $0 == zeros(3) ? $0 : $0 + 1 }
        },
        ExpectedTrap("isClose: inside of vmap the elements of one example cannot be read (shape [3])") {
            _ = vmap(over: zeros(2, 3)) { zeros(3).isClose(to: $0) ? $0 : $0 + 1 }
        },
        ExpectedTrap("elements: inside of vmap the elements of one example cannot be read (shape [2])") {
            _ = vmap(over: zeros(3, 2)) { $0.elements(where: $0 .> 0) }
        },
        // What lies outside of an example's table lies inside another's.
        ExpectedTrap("rows: index 4 at position 1 is outside 0 ..< 4 (axis 0 of shape [4, 2])") {
            _ = vmap(over: zeros(3, 4, 2), Tensor<Int32>([0, 4, 0])) { $0.rows(at: $1) }
        },
        ExpectedTrap("rows: index 4 at position 5 is outside 0 ..< 4 (axis 0 of shape [4, 2])") {
            nested(zeros(2, 3, 4, 2), last: 4) { $0.rows(at: $1) }
        },
        ExpectedTrap("slices: index 2 at position 5 is outside -2 ..< 2 (axis 1 of shape [4, 2])") {
            nested(zeros(2, 3, 4, 2), last: 2) { $0.slices(axis: 1, at: $1) }
        },
        ExpectedTrap("slices: index -5 at position 5 is outside -4 ..< 4 (axis 0 of shape [4])") {
            nested(zeros(2, 3, 4), last: -5) { $0.slices(axis: 0, at: $1) }
        },
        ExpectedTrap("gathered: index 4 at position 5 is outside -4 ..< 4") {
            nested(zeros(2, 3, 4), last: 4) { $0.gathered(axis: 0, indices: $1.unsqueezed(axis: 0)) }
        },
        ExpectedTrap("scattered: index 4 at position 5 is outside -4 ..< 4") {
            nested(zeros(2, 3, 4), last: 4) {
                $0.scattered(axis: 0, indices: $1.unsqueezed(axis: 0), adding: zeros(1))
            }
        },
        ExpectedTrap("scattered: index 4 at position 5 is outside -4 ..< 4") {
            nested(zeros(2, 3, 4), last: 4) {
                $0.scattered(axis: 0, indices: $1.unsqueezed(axis: 0), setting: zeros(1))
            }
        },
        ExpectedTrap("oneHot: class 4 at position 5 is outside 0 ..< 4") {
            nested(zeros(2, 3, 4), last: 4) { $0 * Tensor<Double>.oneHot($1, count: 4) }
        },
        ExpectedTrap("add: shapes [2, 3] and [2, 4] cannot be broadcast") {
            _ = vmap(over: zeros(2, 3), zeros(2, 4)) { $0 + $1 }
        },
    ]

    /// Maps over two levels of examples, `[2, 3, …]`, with an index for each, 0 but for the last.
    private static func nested(
        _ tables: Tensor<Double>, last: Int32, _ body: (Tensor<Double>, Tensor<Int32>) -> Tensor<Double>
    ) {
        let indices = Tensor<Int32>([[0, 0, 0], [0, 0, last]])
        _ = vmap(over: tables, indices) { tables, indices in vmap(over: tables, indices) { body($0, $1) } }
    }

    /// An example that has left the function that was mapped.
    private static func leaked() -> Tensor<Double> {
        var leaked = zeros(1)
        _ = vmap(over: zeros(2, 3)) { x in
            leaked = x * 2
            return x
        }
        return leaked
    }
}
