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

    /// Families that need axes of their own, with as many others beside them as there is room for: each against the same
    /// with one axis in the place of those.
    @Test func familiesWithAxesOfTheirOwnOfRankEight() {
        let batch = [2, 1, 1, 3, 1, 2]
        func expect(
            _ name: String, _ shape: [Int], own: Int, preparing: (Tensor<Double>) -> Tensor<Double> = { $0 },
            _ function: (Tensor<Double>) -> Tensor<Double>
        ) {
            let x = preparing(randomLike(Tensor<Double>.zeros(shape), seed: 2))
            let flat = x.reshaped(to: [-1] + shape.suffix(own))
            let result = function(x)
            let expected = function(flat)
            #expect(result.rank >= shape.count - own, "\(name): \(result.shape)")
            #expect(
                result.reshaped(to: expected.shape).isClose(to: expected, relativeTolerance: 1e-14),
                "\(name): \(result.shape)")
            checkFunction(at: x, function)
        }
        func definite(_ x: Tensor<Double>) -> Tensor<Double> { matmul(x, x.transposed()) + 2 * .identity(2) }
        expect("cholesky", batch + [2, 2], own: 2) { definite($0).cholesky() }
        expect("inverse", batch + [2, 2], own: 2, preparing: definite) { $0.inverse() }
        expect("determinant", batch + [2, 2], own: 2, preparing: definite) { $0.determinant() }
        expect("logDeterminant", batch + [2, 2], own: 2, preparing: definite) { $0.logDeterminant().logarithm }
        let right = randomLike(Tensor<Double>.zeros([2, 3]), seed: 3)
        expect("solve", batch + [2, 2], own: 2, preparing: definite) { solve($0, right) }
        expect("triangularSolve", batch + [2, 2], own: 2, preparing: definite) {
            triangularSolve($0, right, lower: true)
        }
        expect("diagonal", batch + [2, 3], own: 2) { $0.diagonal(offset: 1) }
        expect("embedded diagonal", batch + [2], own: 1) { $0.embeddedDiagonal() }
        expect("triangle", batch + [2, 3], own: 2) { $0.lowerTriangle() }
        expect("trace", batch + [2, 2], own: 2) { $0.trace() }
        expect("sort", [2] + batch + [3], own: 1) { $0.sorted().values }
        expect("largest", [2] + batch + [3], own: 1) { $0.largest(2).values }
        expect("gather", [2] + batch + [3], own: 1) { x in x.gathered(axis: -1, indices: x.argSorted()) }
        expect("select indices", [2] + batch + [3], own: 1) { $0.slices(axis: -1, at: Tensor([2, 0, 2])) }
        expect("running product", [2] + batch + [3], own: 1) { $0.cumulativeProduct(axis: -1) }
        expect("running maximum", [2] + batch + [3], own: 1) { $0.cumulativeMax(axis: -1) }
        expect("running log-sum", [2] + batch + [3], own: 1) { $0.cumulativeLogSumExp(axis: -1) }
        expect("attention", batch + [2, 3], own: 2) { scaledDotProductAttention($0, $0, $0, isCausal: true) }
        expect("RMS norm", [2] + batch + [3], own: 1) { rmsNorm($0, gain: Tensor([1, 2, 3])) }
        expect("pad", [2] + batch + [3], own: 1) { x in
            x.padded([(Int, Int)](repeating: (0, 0), count: x.rank - 1) + [(1, 2)], mode: .edge)
        }
        expect("roll", [2] + batch + [3], own: 1) { $0.rolled(by: 1, axis: -1) }
    }

    /// Six axes of positions, on two of which windows slide, against convolutions and pooling over those two.
    @Test func windowsOverSixAxes() {
        let x = randomLike(Tensor<Double>.zeros([2, 2, 1, 4, 1, 1, 3, 1]), seed: 4)
        let weights = randomLike(Tensor<Double>.zeros([3, 2, 1, 2, 1, 1, 2, 1]), seed: 5)
        let plane = x.reshaped(to: [2, 2, 4, 3])
        let flatWeights = weights.reshaped(to: [3, 2, 2, 2])
        let strides = [1, 2, 1, 1, 1, 1]
        let functions: [(String, (Tensor<Double>) -> Tensor<Double>, (Tensor<Double>) -> Tensor<Double>)] = [
            (
                "convolution", { convolution($0, weights, stride: strides) },
                { convolution($0, flatWeights, stride: [2, 1]) }
            ),
            (
                "transposed convolution",
                { transposedConvolution($0, weights.transposed(0, 1), stride: strides) },
                { transposedConvolution($0, flatWeights.transposed(0, 1), stride: [2, 1]) }
            ),
            (
                "maxPooled", { maxPooled($0, window: [1, 2, 1, 1, 2, 1], stride: strides) },
                { maxPooled($0, window: [2, 2], stride: [2, 1]) }
            ),
            (
                "averagePooled", { averagePooled($0, window: [1, 2, 1, 1, 2, 1], stride: strides) },
                { averagePooled($0, window: [2, 2], stride: [2, 1]) }
            ),
        ]
        for (name, function, planar) in functions {
            let (result, expected) = (function(x), planar(plane))
            #expect(result.rank == 8, "\(name)")
            #expect(
                result.reshaped(to: expected.shape).isClose(to: expected, relativeTolerance: 1e-13), "\(name)")
            checkFunction(at: x, function)
        }
        checkFunction(at: weights) { convolution(x, $0, stride: strides) }
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
