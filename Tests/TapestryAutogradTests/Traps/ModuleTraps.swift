import TapestryArrays
import TapestryTestSupport
import Testing

@testable import TapestryAutograd

extension TensorTrapTests {
    private struct Narrow: Module { var weights: Tensor<Double> }
    private struct Wide: Module {
        var weights: Tensor<Double>
        var bias: Tensor<Double>
    }
    private struct Either: Module {
        var weights: Tensor<Double>
        var bias: Tensor<Double>?
    }
    private struct Listed: Module { var weights: [Tensor<Double>] }
    private struct Unwilling: Module {
        init() {}
        init(from decoder: any Decoder) throws {}
        func encode(to encoder: any Encoder) throws {
            throw EncodingError.invalidValue(0, .init(codingPath: [], debugDescription: "no"))
        }
    }

    static let modules: [ExpectedTrap] = [
        ExpectedTrap("gradient: the frozen pattern \"c\" matches none of the parameters weights, bias") {
            _ = gradient(at: Wide(weights: zeros(2), bias: zeros(2)), freezing: ["c"]) { ($0.weights * $0.bias).sum() }
        },
        ExpectedTrap("valueAndGradient: the frozen pattern \"weight\" matches none of the parameters weights") {
            _ = valueAndGradient(at: Narrow(weights: zeros(2)), freezing: ["weight"]) { $0.weights.sum() }
        },
        ExpectedTrap("parameterNorm: inside of vmap the elements of one example cannot be read (shape [3])") {
            _ = vmap(over: Narrow(weights: zeros(2, 3))) { Tensor($0.parameterNorm) }
        },
        ExpectedTrap("moved: bias has shape [2] and the direction's [1]") {
            _ = Wide(weights: zeros(2), bias: zeros(2)).moved(along: Wide(weights: zeros(2), bias: zeros(1)), by: 1)
        },
        ExpectedTrap("moved: the tensor has shape [2] and the direction's [1]") {
            _ = zeros(2).moved(along: zeros(1), by: 1)
        },
        ExpectedTrap("moved: the direction has 1 tensors and the module 2") {
            _ = Listed(weights: [zeros(2), zeros(2)]).moved(along: Listed(weights: [zeros(2)]), by: 1)
        },
        ExpectedTrap("moved: the step of shape [2] is not one number, of shape []") {
            _ = zeros(2).moved(along: zeros(2), by: zeros(2))
        },
        ExpectedTrap("module: Wide has a property bias that the other module lacks") {
            _ = Narrow(weights: zeros(2)).converted(to: Wide.self)
        },
        ExpectedTrap("module: Array<Wide> has a property 1.bias that the other module lacks") {
            _ = [
                Wide(weights: zeros(2), bias: zeros(2)).converted(to: Either.self),
                Narrow(weights: zeros(2)).converted(),
            ].converted(to: [Wide].self)
        },
        ExpectedTrap("tied: 1.wrapped differs from 0.wrapped, to which it is tied") {
            var tied = Tied(zeros(2))
            let other = tied
            tied.wrapped += 1
            _ = [other, tied].parameters
        },
        ExpectedTrap("module: Listed cannot be put together") {
            _ = Narrow(weights: zeros(2)).converted(to: Listed.self)
        },
        ExpectedTrap("module: Unwilling cannot be taken apart") { _ = Unwilling().parameters },
    ]
}
