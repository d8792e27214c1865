import Synchronization
import TapestryAutograd

/// x₁ · W₁ + x₂ · W₂ + … + b, computed when it is first looked at: `input(x) + recurrent(h)` is then one operation that
/// adds both products up in one buffer, instead of two products and two sums.
final class PendingSum: Sendable {
    /// What is added up: one product, with a bias or without, or two sums.
    private let x, weights, bias: Value?
    private let left, right: PendingSum?
    private let hasBias: Bool
    private let productCount: Int
    /// The number of columns.
    let columnCount: Int
    private let computed = Mutex<Value?>(nil)

    init(_ x: consuming Value, _ weights: consuming Value, bias: consuming Value?) {
        hasBias = bias != nil
        productCount = 1
        columnCount = weights.shape.last!
        // What is a constant now, inside of `withoutRecording`, must not be found tracked later.
        if x.isPaused { x = x.resolved }
        if weights.isPaused { weights = weights.resolved }
        if let tracked = bias, tracked.isPaused { bias = tracked.resolved }
        (self.x, self.weights, self.bias, left, right) = (x, weights, bias, nil, nil)
    }

    /// The sum of two that are both pending; `nil` when one has been computed, or both have a bias.
    init?(_ left: PendingSum, _ right: PendingSum) {
        if left.hasBias && right.hasBias || left.isComputed || right.isComputed { return nil }
        (x, weights, bias, self.left, self.right) = (nil, nil, nil, left, right)
        hasBias = left.hasBias || right.hasBias
        productCount = left.productCount + right.productCount
        columnCount = left.columnCount
    }

    private var isComputed: Bool { computed.withLock { $0 != nil } }

    var value: Value {
        computed.withLock { computed in
            if let computed { return computed }
            var operands: [Value] = []
            operands.reserveCapacity(2 * productCount + (hasBias ? 1 : 0))
            collect(into: &operands)
            if hasBias { collectBias(into: &operands) }
            let sum = Value.sumOfProducts(operands)
            // Looked at inside of `withoutRecording`, the sum is a constant there alone.
            if !operands.contains(where: { $0.isPaused }) { computed = sum }
            return sum
        }
    }

    private func collect(into operands: inout [Value]) {
        left?.collect(into: &operands)
        right?.collect(into: &operands)
        if let x { operands.append(x) }
        if let weights { operands.append(weights) }
    }

    private func collectBias(into operands: inout [Value]) {
        left?.collectBias(into: &operands)
        right?.collectBias(into: &operands)
        if let bias { operands.append(bias) }
    }
}
