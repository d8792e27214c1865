import Synchronization
import TapestryAutograd

/// x₁ · W₁ + x₂ · W₂ + … + b, or a sum of layer norms, LN₁(x₁) + LN₂(x₂) + …, computed when it is first looked at:
/// `input(x) + recurrent(h)` is then one operation that adds both products up in one buffer, instead of two products
/// and two sums.
final class PendingSum: Sendable {
    /// What is added up: one product of x and weights, with a bias or without; one layer norm of x with a gain and a
    /// bias; or two sums.
    private let x, factor, bias: Value?
    private let left, right: PendingSum?
    private let termCount, biasCount: Int
    /// The number of columns.
    let columnCount: Int
    /// The ε of layer norms; `nil` for products.
    private let epsilon: Double?
    private let computed = Mutex<Value?>(nil)

    /// A product. Traps unless the last axis of x is the input's.
    convenience init(_ x: consuming Value, _ weights: consuming Value, bias: consuming Value?) {
        PendingSum.checkFeatures(of: x, weights)
        self.init(x, weights, bias, columnCount: weights.shape.last!, epsilon: nil)
    }

    /// Traps unless inputs have the features that the weights of gates are for.
    static func checkFeatures(of x: borrowing Value, _ weights: borrowing Value) {
        if x.layout.shape.last != weights.layout.shape[0] {
            trap("gates", "inputs of shape \(x.shape) for weights of shape \(weights.shape): [input, gates × units]")
        }
    }

    /// A layer norm.
    convenience init(norm x: consuming Value, gain: consuming Value, bias: consuming Value, epsilon: Double) {
        self.init(x, gain, bias, columnCount: gain.shape[0], epsilon: epsilon)
    }

    private init(
        _ x: consuming Value, _ factor: consuming Value, _ bias: consuming Value?, columnCount: Int, epsilon: Double?
    ) {
        termCount = 1
        biasCount = bias == nil ? 0 : 1
        self.columnCount = columnCount
        self.epsilon = epsilon
        // What is a constant now, inside of `withoutRecording`, must not be found tracked later.
        if x.isPaused { x = x.resolved }
        if factor.isPaused { factor = factor.resolved }
        if let tracked = bias, tracked.isPaused { bias = tracked.resolved }
        (self.x, self.factor, self.bias, left, right) = (x, factor, bias, nil, nil)
    }

    /// Sums of more terms are computed on the way: what is nested deeply would overflow the stack.
    private static let termLimit = 8

    /// The sum of two that are both pending; `nil` when one has been computed, or no operation adds up both.
    init?(_ left: PendingSum, _ right: PendingSum) {
        if left.epsilon != right.epsilon || left.isComputed || right.isComputed { return nil }
        if left.termCount + right.termCount > PendingSum.termLimit { return nil }
        (termCount, biasCount) = (left.termCount + right.termCount, left.biasCount + right.biasCount)
        (columnCount, epsilon) = (left.columnCount, left.epsilon)
        // Products have one bias.
        if epsilon == nil && biasCount > 1 { return nil }
        (x, factor, bias, self.left, self.right) = (nil, nil, nil, left, right)
    }

    private var isComputed: Bool { computed.withLock { $0 != nil } }

    var value: Value {
        computed.withLock { computed in
            if let computed { return computed }
            var operands: [Value] = []
            operands.reserveCapacity(2 * termCount + biasCount)
            collect(into: &operands)
            if biasCount > 0 { collectBiases(into: &operands) }
            let sum =
                epsilon.map { Value.sumOfLayerNorms(operands, epsilon: $0) } ?? Value.sumOfProducts(operands)
            // Looked at inside of `withoutRecording`, the sum is a constant there alone.
            if !operands.contains(where: { $0.isPaused }) { computed = sum }
            return sum
        }
    }

    private func collect(into operands: inout [Value]) {
        left?.collect(into: &operands)
        right?.collect(into: &operands)
        if let x { operands.append(x) }
        if let factor { operands.append(factor) }
    }

    private func collectBiases(into operands: inout [Value]) {
        left?.collectBiases(into: &operands)
        right?.collectBiases(into: &operands)
        if let bias { operands.append(bias) }
    }
}
