import Foundation

/// The function at the end of a gate's equation.
package enum HandDerivedActivation: Sendable {
    case sigmoid
    case tanh
    case relu

    package func value(_ z: Double) -> Double {
        switch self {
        case .sigmoid: 1 / (1 + exp(-z))
        case .tanh: Foundation.tanh(z)
        case .relu: z > 0 ? z : 0
        }
    }

    /// ∂y/∂z from y itself: σ' = y·(1 − y), tanh' = 1 − y², relu' = 1 where y > 0.
    package func slope(at y: Double) -> Double {
        switch self {
        case .sigmoid: y * (1 - y)
        case .tanh: 1 - y * y
        case .relu: y > 0 ? 1 : 0
        }
    }
}

/// The parameters of one gate, z = x·W + h·U + b.
package struct GateParameters: Equatable, Sendable {
    /// W `[input][hidden]`
    package var inputWeights: ScalarMatrix
    /// U `[hidden][hidden]`
    package var recurrentWeights: ScalarMatrix
    /// b `[hidden]`
    package var bias: [Double]
    /// b_u `[hidden]`, which is added to h·U. Only the candidate of a GRU that resets after the product has it;
    /// elsewhere it is empty.
    package var recurrentBias: [Double]

    package init(
        inputWeights: ScalarMatrix, recurrentWeights: ScalarMatrix, bias: [Double], recurrentBias: [Double] = []
    ) {
        self.inputWeights = inputWeights
        self.recurrentWeights = recurrentWeights
        self.bias = bias
        self.recurrentBias = recurrentBias
    }

    package mutating func clear() {
        inputWeights = inputWeights.map { $0.map { _ in 0 } }
        recurrentWeights = recurrentWeights.map { $0.map { _ in 0 } }
        bias = bias.map { _ in 0 }
        recurrentBias = recurrentBias.map { _ in 0 }
    }

    /// activation(x·W + h·U + b)
    package func value(_ activation: HandDerivedActivation, x: ScalarMatrix, h: ScalarMatrix) -> ScalarMatrix {
        let fromInput = x.times(inputWeights, plus: bias)
        let fromState = h.times(recurrentWeights)
        return fromInput.combined(with: fromState) { activation.value($0 + $1) }
    }

    /// The derivatives of `value(_:x:h:)`: with y the value and ∂y the derivative of the loss with respect to it,
    ///
    ///     ∂z = ∂y ⊙ activation'(z)
    ///     ∂W = xᵀ·∂z    ∂U = hᵀ·∂z    ∂b = Σ over the batch of ∂z
    ///     ∂x = ∂z·Wᵀ    ∂h = ∂z·Uᵀ
    ///
    /// ∂W, ∂U and ∂b are added to `gradient`.
    package func backward(
        _ activation: HandDerivedActivation, x: ScalarMatrix, h: ScalarMatrix, value: ScalarMatrix,
        cotangent: ScalarMatrix, gradient: inout GateParameters
    ) -> (x: ScalarMatrix, h: ScalarMatrix) {
        let dz = cotangent.combined(with: value) { $0 * activation.slope(at: $1) }
        x.addOuterProducts(with: dz, to: &gradient.inputWeights)
        h.addOuterProducts(with: dz, to: &gradient.recurrentWeights)
        dz.addRows(to: &gradient.bias)
        return (dz.timesTransposed(inputWeights), dz.timesTransposed(recurrentWeights))
    }
}
