import TapestryTestSupport
import Testing

@testable import TapestryAutograd

/// Checks a differentiable function of one tensor: its gradient against differences, the second order in both modes
/// against each other, and `vmap` against a loop.
func checkFunction(
    at x: Tensor<Double>, sourceLocation location: SourceLocation = #_sourceLocation,
    _ function: (Tensor<Double>) -> Tensor<Double>
) {
    var generator = SeededGenerator(seed: 3)
    let result = function(x)
    let weights = Tensor(shape: result.shape, scalars: generator.numbers(result.count))
    func loss(_ x: Tensor<Double>) -> Tensor<Double> {
        let y = function(x)
        return (weights * y * y + y).sum()
    }
    let slope = gradient(at: x, of: loss)
    let expected = differenceGradient(at: [x]) { loss($0[0]).scalar }[0]
    #expect(blockError(slope.scalars, expected, floor: 1) < 1e-7, sourceLocation: location)

    let direction = Tensor(shape: x.shape, scalars: generator.numbers(x.count))
    let forward = hessianVectorProduct(at: x, along: direction, of: loss)
    let reverse = vectorHessianProduct(at: x, along: direction, of: loss)
    #expect(blockError(forward.scalars, reverse.scalars, floor: 1) < 1e-10, sourceLocation: location)

    let batch = stack([x, x * 0.75 + 0.125])
    let batched = vmap(over: batch) { x in gradient(at: x, of: loss) }
    let looped = stack((0..<2).map { gradient(at: batch[$0], of: loss) })
    #expect(blockError(batched.scalars, looped.scalars, floor: 1) < 1e-12, sourceLocation: location)
}

/// The gradient of Σ ½ (i + 1) yᵢ over the elements of the result, as the reference numbers have it.
func weightedGradient(
    at x: Tensor<Double>, _ function: (Tensor<Double>) -> Tensor<Double>
) -> [Double] {
    gradient(at: x) { x in
        let y = function(x).flattened()
        return (y * Tensor((0..<y.count).map { 0.5 * Double($0 + 1) })).sum()
    }.scalars
}
