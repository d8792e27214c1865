import Foundation
import TapestryTestSupport
import Testing

@testable import TapestryAutograd

/// Jacobians and Hessians against closed forms, and all operators within each other.
@Suite struct JacobianTests {
    private static let matrix = Tensor<Double>([[1, 2, 3], [4, 5, 6]])

    @Test(arguments: [nil, .forward, .reverse] as [DerivativeDirection?])
    func jacobianOfALinearFunction(_ direction: DerivativeDirection?) {
        let jacobian = jacobian(at: Tensor<Double>([1, 2, 3]), direction: direction) { matmul(Self.matrix, $0) }
        #expect(jacobian == Self.matrix)
    }

    @Test(arguments: [nil, .forward, .reverse] as [DerivativeDirection?])
    func jacobianWithMoreOutputsThanInputs(_ direction: DerivativeDirection?) {
        let tall = Self.matrix.transposed()
        #expect(jacobian(at: Tensor<Double>([1, 2]), direction: direction) { matmul(tall, $0) } == tall)
    }

    @Test(arguments: [nil, .forward, .reverse] as [DerivativeDirection?])
    func jacobianOfMatrices(_ direction: DerivativeDirection?) {
        // Y = A X: ∂Y[i, j] / ∂X[k, l] = A[i, k] δ[j, l]
        let jacobian = jacobian(at: Tensor<Double>.ones([3, 2]), direction: direction) { matmul(Self.matrix, $0) }
        #expect(jacobian.shape == [2, 2, 3, 2])
        let identity = Tensor<Double>.identity(2)
        #expect(jacobian == Self.matrix.reshaped(to: 2, 1, 3, 1) * identity.reshaped(to: 1, 2, 1, 2))
    }

    @Test func jacobianByEveryParameter() {
        struct Line: Module { var slope, offset: Tensor<Double> }
        let x = Tensor<Double>([1, 2, 3])
        let jacobian = jacobian(at: Line(slope: Tensor(2), offset: Tensor(1))) { $0.slope * x + $0.offset }
        #expect(jacobian.slope == x)
        #expect(jacobian.offset == Tensor([1, 1, 1]))
    }

    @Test func hessianOfACubicForm() {
        // f = (Σ x)³ / 6 + x₀² x₁: H = (Σ x) 1 1ᵀ + …
        let x = Tensor<Double>([1, 2, 3])
        let hessian = hessian(at: x) { pow($0.sum(), 3) / 6 + $0[0] * $0[0] * $0[1] }
        let expected = 6 * Tensor<Double>.ones([3, 3]) + Tensor([[4, 2, 0], [2, 0, 0], [0, 0, 0]])
        #expect(hessian.isClose(to: expected, relativeTolerance: 1e-12))
        let v = Tensor<Double>([1, -1, 2])
        let function = { (x: Tensor<Double>) in pow(x.sum(), 3) / 6 + x[0] * x[0] * x[1] }
        #expect(hessianVectorProduct(at: x, along: v, of: function).isClose(to: matmul(expected, v)))
        #expect(vectorHessianProduct(at: x, along: v, of: function).isClose(to: matmul(v, expected)))
    }

    @Test func jacobianOfNothing() {
        let empty = Tensor<Double>.zeros([0])
        #expect(jacobian(at: empty) { $0 * 2 }.shape == [0, 0])
        #expect(jacobian(at: empty) { $0.sum() }.shape == [0])
    }

    // MARK: Within each other

    /// The derivative of x ↦ eˣ tanh x of the fourth order, by every sequence of modes.
    @Test(arguments: 0..<16) func fourthOrder(_ modes: Int) {
        func derivative(
            _ isForward: Bool, _ function: @escaping (Tensor<Double>) -> Tensor<Double>
        ) -> (Tensor<Double>) -> Tensor<Double> {
            { x in isForward ? jvp(at: x, along: Tensor(1), of: function).tangent : gradient(at: x, of: function) }
        }
        var function: (Tensor<Double>) -> Tensor<Double> = { exp($0) * tanh($0) }
        for order in 0..<4 { function = derivative(modes >> order & 1 == 1, function) }
        // Leibniz with the derivatives of tanh: t′ = 1 − t², t″ = −2 t t′, …
        let x = 0.6
        let t = tanh(x)
        let first = 1 - t * t
        let second = -2 * t * first
        let third = -2 * (first * first + t * second)
        let fourth = -2 * (3 * first * second + t * third)
        let sum = t + 4 * first + 6 * second + 4 * third + fourth
        #expect((function(Tensor(x)).scalar - exp(x) * sum).magnitude < 1e-12 * exp(x))
    }

    /// d/dx (x · d/dy (x + y)) = 1, where the perturbations must not be mixed up (Siskind and Pearlmutter).
    @Test(arguments: 0..<4) func perturbationsOfDifferentModes(_ modes: Int) {
        func derivative(
            _ isForward: Bool, at x: Tensor<Double>, _ function: (Tensor<Double>) -> Tensor<Double>
        ) -> Tensor<Double> {
            isForward ? jvp(at: x, along: Tensor(1), of: function).tangent : gradient(at: x, of: function)
        }
        let (outer, inner) = (modes & 1 == 1, modes & 2 == 2)
        let one = derivative(outer, at: Tensor(3)) { x in x * derivative(inner, at: Tensor(2)) { y in x + y } }
        #expect(one.scalar == 1)
        let two = derivative(outer, at: Tensor(3)) { x in x * derivative(inner, at: x) { y in x * y } }
        #expect(two.scalar == 6)
        // The derivative of a function that the inner one returns: d/dx d/dy (x y)² at y = 1: d/dx 2 x² = 4 x
        let three = derivative(outer, at: Tensor(3)) { x in derivative(inner, at: Tensor(1)) { y in square(x * y) } }
        #expect(three.scalar == 12)
    }

    @Test func gradientsOfAModelForEachExample() {
        struct Layer: Module { var weights, bias: Tensor<Double> }
        let layer = Layer(weights: Self.matrix, bias: Tensor([0.1, -0.2, 0.3]))
        let inputs = Tensor<Double>([[0.5, -1], [2, 0.25], [0, 1]])
        func loss(_ layer: Layer, _ x: Tensor<Double>) -> Tensor<Double> {
            square(tanh(matmul(x, layer.weights) * 0.1 + layer.bias)).sum()
        }
        let each = vmap(over: inputs) { x in gradient(at: layer) { loss($0, x) } }
        #expect(each.weights.shape == [3, 2, 3])
        for number in 0..<3 {
            let expected = gradient(at: layer) { loss($0, inputs[number]) }
            #expect(each.weights[number].isClose(to: expected.weights, relativeTolerance: 1e-12))
            #expect(each.bias[number].isClose(to: expected.bias, relativeTolerance: 1e-12))
        }
        // Their sum is the gradient of the sum, also when that is taken from outside of the batch.
        let together = gradient(at: layer) { layer in vmap(over: inputs) { loss(layer, $0) }.sum() }
        #expect(each.weights.sum(axes: [0]).isClose(to: together.weights, relativeTolerance: 1e-12))
    }

    @Test func aHessianForEachExample() {
        let points = Tensor<Double>([[1, 2], [3, -1], [0.5, 0]])
        func function(_ x: Tensor<Double>) -> Tensor<Double> { x[0] * x[0] * x[1] + exp(x[1]) }
        let hessians = vmap(over: points) { hessian(at: $0, of: function) }
        for number in 0..<3 {
            let (x, y) = (points[number, 0].scalar, points[number, 1].scalar)
            let expected = Tensor<Double>([[2 * y, 2 * x], [2 * x, exp(y)]])
            #expect(hessians[number].isClose(to: expected, relativeTolerance: 1e-12))
        }
    }
}
