import TapestryTestSupport
import Testing

@testable import TapestryAutograd

/// Every family of operations on tensors of rank 8, of rank 0, and without elements: values by another way to the same
/// result, and derivatives.
@Suite struct RankTests {
    private static let shape = [2, 1, 3, 1, 2, 1, 1, 2]
    private static let x = randomLike(Tensor<Double>.zeros(shape), seed: 1)

    private typealias Function = (name: String, of: @Sendable (Tensor<Double>) -> Tensor<Double>)

    /// Functions of a tensor of any rank, for which rank 8 and one axis of all elements agree.
    private static let elementwise: [Function] = [
        ("tanh", { tanh($0) }), ("power", { pow(square($0) + 1, 1.5) }), ("product", { $0 * $0 + $0 }),
        ("erf", { erf($0) }), ("sine", { sin($0) }), ("select", { select($0 .> 0, $0, 2 * $0) }),
        ("quotient", { $0 / (1 + square($0)) }),
    ]

    @Test func elementwiseOperationsOfRankEight() {
        for function in Self.elementwise {
            #expect(function.of(Self.x).flattened() == function.of(Self.x.flattened()), "\(function.name)")
            let permuted = Self.x.permuted([7, 2, 4, 0, 1, 3, 5, 6])
            #expect(
                function.of(permuted) == function.of(Self.x).permuted([7, 2, 4, 0, 1, 3, 5, 6]),
                "\(function.name), permuted")
            checkFunction(at: Self.x, function.of)
        }
    }

    /// Functions that mix axes, all of which keep two axes of extent 2 apart, with the same on fewer axes beside.
    @Test func otherFamiliesOfRankEight() {
        let x = Self.x
        let flat = x.reshaped(to: [2, 3, 2, 2])
        let functions: [Function] = [
            ("sum", { $0.sum(axes: [0, -1]) }), ("maximum", { $0.max(axes: [2, 4]) }),
            ("variance", { $0.variance(axes: [0, 2, 7], keepingAxes: true) }),
            ("softmax", { $0.softmax(axis: 2) }), ("log-sum", { $0.logSumExp(axes: [4]) }),
            ("running sum", { $0.cumulativeSum(axis: 2) }), ("matrix product", { matmul($0, $0.transposed()) }),
            ("broadcast", { $0 * $0[0..., 0..., 1, .ellipsis].unsqueezed(axis: 2) }),
            ("permute", { $0.permuted([7, 6, 5, 4, 3, 2, 1, 0]) * 2 }),
            ("concatenate", { concatenate([$0, $0 * 2], axis: 3) }), ("slice", { $0[1, .ellipsis, 0..., 1] }),
            ("flip", { $0.flipped(axes: [0, 2]) }), ("squeeze", { $0.squeezed() * 3 }),
        ]
        for function in functions { checkFunction(at: x, function.of) }
        #expect(
            x.sum(axes: [0, -1]).flattened().isClose(to: flat.sum(axes: [0, 3]).flattened(), relativeTolerance: 1e-14))
        #expect(x.softmax(axis: 2).flattened() == flat.softmax(axis: 1).flattened())
        #expect(x.cumulativeSum(axis: 2).flattened() == flat.cumulativeSum(axis: 1).flattened())
        #expect(x.max(axes: [2, 4]).flattened() == flat.max(axes: [1, 2]).flattened())
        #expect(x[1, .ellipsis, 0..., 1].flattened() == flat[1, .ellipsis, 1].flattened())
    }

    @Test func emptyTensorsThroughEveryFamily() {
        for shape in [[0], [2, 0, 3], [0, 0]] {
            let x = Tensor<Double>.zeros(shape)
            for function in Self.elementwise {
                let (value, slope) = valueAndGradient(at: x) { function.of($0).sum() }
                #expect(value.scalar == 0 && slope == x, "\(function.name), \(shape)")
                #expect(jvp(at: x, along: x, of: function.of).tangent == x, "\(function.name), \(shape)")
            }
            #expect(gradient(at: x) { $0.cumulativeSum(axis: 0).sum() } == x)
            #expect(gradient(at: x) { concatenate([$0, $0], axis: -1).sum() } == x)
            #expect(gradient(at: x) { $0.softmax(axis: -1).sum() } == x)
            #expect(x.permuted(Array(x.shape.indices.reversed())).count == 0)
        }
        let product = matmul(Tensor<Double>.zeros([2, 0]), Tensor<Double>.zeros([0, 3]))
        #expect(product == .zeros([2, 3]))
        let (a, b) = gradient(at: Tensor<Double>.zeros([2, 0]), Tensor<Double>.zeros([0, 3])) { matmul($0, $1).sum() }
        #expect(a.shape == [2, 0] && b.shape == [0, 3])
        #expect(Tensor<Double>.zeros([2, 0]).sum(axes: [1]) == .zeros([2]))
    }

    @Test func tensorsWithoutAxesThroughEveryFamily() {
        let x = Tensor(0.75)
        for function in Self.elementwise {
            #expect(function.of(x).shape == [], "\(function.name)")
            checkFunction(at: x, function.of)
        }
        checkFunction(at: x) { $0.reshaped(to: [1, 1]).expanded(to: [2, 3]) }
        checkFunction(at: x) { stack([$0, $0 * 2]).sum() }
        checkFunction(at: x) { $0[.newAxis, .ellipsis, .newAxis] * Tensor<Double>([1, 2]) }
        #expect(x.sum() == x && x.max() == x && x.mean() == x && x[...] == x && x.flattened().shape == [1])
        #expect(x.variance().scalar == 0)
        #expect(jacobian(at: x) { $0 * $0 }.scalar == 1.5 && hessian(at: x) { $0 * $0 }.scalar == 2)
    }
}
