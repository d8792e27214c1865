import Synchronization
import TapestryAutograd

/// x₁ · W₁ + x₂ · W₂ + … + b, computed when it is first looked at: `input(x) + recurrent(h)` is then one operation that
/// adds both products up in one buffer, instead of two products and two sums.
final class PendingSum<Scalar: DifferentiableScalar>: Sendable {
    private let products: [(x: Value, weights: Value)]
    private let bias: Value?
    private let computed: Mutex<Value?>

    init(_ x: Tensor<Scalar>, _ weights: Tensor<Scalar>, bias: Tensor<Scalar>?) {
        products = [(x.value, weights.value)]
        self.bias = bias?.value
        computed = Mutex(nil)
    }

    /// The sum of two that are both pending; `nil` when one has been computed, or both have a bias.
    init?(_ left: PendingSum, _ right: PendingSum) {
        if left.bias != nil && right.bias != nil || left.isComputed || right.isComputed { return nil }
        products = left.products + right.products
        bias = left.bias ?? right.bias
        computed = Mutex(nil)
    }

    private var isComputed: Bool { computed.withLock { $0 != nil } }

    var value: Tensor<Scalar> {
        Tensor(
            computed.withLock { computed in
                if let computed { return computed }
                let sum = Value.sumOfProducts(products, bias: bias)
                computed = sum
                return sum
            })
    }
}
