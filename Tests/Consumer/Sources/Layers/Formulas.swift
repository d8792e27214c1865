import Foundation
import Tapestry

// Formulas as users write them: the type checker must not give up on any, whatever has to be inferred.

typealias T = Tensor<Float>

struct Scale: Module {
    var w: T
    func callAsFunction(_ x: T) -> T { w * x }
}

func inferredSum(_ y: T) -> T {
    (1 - 2 * y + 3 * y / 4 - 5).sum()
}

func closureWithShorthand(_ y: T) -> T {
    gradient(at: y) { (2 * $0 / 3 - 1 + 0.5 * $0 * $0).sum() }
}

func closureWithName(_ y: T) -> T {
    gradient(at: y) { x in (2 * x / 3 - 1 + 0.5 * x * x - 4 * x).sum() }
}

func geluInClosure(_ y: T) -> T {
    valueAndGradient(at: y) { (0.5 * $0 * (1 + tanh(0.79788456 * ($0 + 0.044715 * $0 * $0 * $0)))).sum() }.gradient
}

func sumOfInferred(_ y: T) -> T {
    let w = (1 - 2 * y + 3 * y / 4 - 5).sum() * 2 + 1
    return w
}

func tanhOfInferred(_ y: T) -> T {
    let z = tanh(1 - 2 * y + 3 * y / 4 - 5) * 2 + 1
    return z
}

func meansAndSums(_ y: T) -> T {
    let z = -(y * 2 + 1).sum() / 3 + 0.5 * (y - 1).mean()
    return z
}

func nineLiterals<S: DifferentiableScalar>(_ x: Tensor<S>, _ y: Tensor<S>, _ z: Tensor<S>) -> Tensor<S> {
    1.5 * x + 2.5 * y - 3.5 * z * x / 4.5 + 5.5 * (x - 6.5) / (7.5 + y) * (8.5 - z) - 9.5
}

func normalized(_ x: T, _ m: T, _ v: T, _ g: T, _ b: T) -> T {
    (x - m) / sqrt(v + 1e-5) * g + b
}

func powers(_ x: T) -> T {
    pow(x, 2) + pow(x, 3) / 6 + exp(-x * x / 2) / sqrt(2 * 3.14159)
}

func penalty(_ l: Scale, _ x: T, _ t: T) -> Scale {
    gradient(at: l) { square(2 * $0(x) - t).mean() * 0.5 + 0.01 * (square($0.w).sum() - 1) }
}

func nested(_ y: T) -> T {
    gradient(at: y) { x in gradient(at: x) { ($0 * $0 * $0 * 2 - 1).sum() }.sum() }
}

func integers(_ y: Tensor<Int32>) -> Tensor<Int32> {
    2 * y + 1 - y / 3
}

func scalarsOfOtherTypes(_ y: Tensor<Double>) -> Double {
    let s = 2.0
    let n = 3
    return (y * s + y / Double(n) - 1).sum().scalar * 2
}

func variables(_ y: T) -> T {
    let s: Float = 2
    return y * s + s * y - s
}
