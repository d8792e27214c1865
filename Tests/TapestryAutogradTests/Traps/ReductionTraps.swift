import TapestryArrays
import TapestryTestSupport
import Testing

@testable import TapestryAutograd

extension TensorTrapTests {
    static let reductions: [ExpectedTrap] = [
        ExpectedTrap("sum: axis 2 does not exist in a tensor of shape [2, 3]") { _ = zeros(2, 3).sum(axes: [2]) },
        ExpectedTrap("sum: axis 0 is named twice in [0, -2]") { _ = zeros(2, 3).sum(axes: [0, -2]) },
        ExpectedTrap("mean: axis 2 does not exist in a tensor of shape [2, 3]") { _ = zeros(2, 3).mean(axes: [2]) },
        ExpectedTrap("mean: axis 0 is named twice in [0, -2]") { _ = zeros(2, 3).mean(axes: [0, -2]) },
        ExpectedTrap("max: axis 2 does not exist in a tensor of shape [2, 3]") { _ = zeros(2, 3).max(axes: [2]) },
        ExpectedTrap("max: axis 0 is named twice in [0, -2]") { _ = zeros(2, 3).max(axes: [0, -2]) },
        ExpectedTrap("min: axis 2 does not exist in a tensor of shape [2, 3]") { _ = zeros(2, 3).min(axes: [2]) },
        ExpectedTrap("min: axis 0 is named twice in [0, -2]") { _ = zeros(2, 3).min(axes: [0, -2]) },
        ExpectedTrap("variance: axis 2 does not exist in a tensor of shape [2, 3]") {
            _ = zeros(2, 3).variance(axes: [2])
        },
        ExpectedTrap("variance: axis 0 is named twice in [0, -2]") { _ = zeros(2, 3).variance(axes: [0, -2]) },
        ExpectedTrap("standardDeviation: axis 2 does not exist in a tensor of shape [2, 3]") {
            _ = zeros(2, 3).standardDeviation(axes: [2])
        },
        ExpectedTrap("standardDeviation: axis 0 is named twice in [0, -2]") {
            _ = zeros(2, 3).standardDeviation(axes: [0, -2])
        },
        ExpectedTrap("product: axis 2 does not exist in a tensor of shape [2, 3]") {
            _ = zeros(2, 3).product(axes: [2])
        },
        ExpectedTrap("product: axis 0 is named twice in [0, -2]") { _ = zeros(2, 3).product(axes: [0, -2]) },
        ExpectedTrap("norm: axis 2 does not exist in a tensor of shape [2, 3]") { _ = zeros(2, 3).norm(axes: [2]) },
        ExpectedTrap("norm: axis 0 is named twice in [0, -2]") { _ = zeros(2, 3).norm(axes: [0, -2]) },
        ExpectedTrap("logSumExp: axis 2 does not exist in a tensor of shape [2, 3]") {
            _ = zeros(2, 3).logSumExp(axes: [2])
        },
        ExpectedTrap("logSumExp: axis 0 is named twice in [0, -2]") { _ = zeros(2, 3).logSumExp(axes: [0, -2]) },
        ExpectedTrap("any: axis -3 does not exist in a tensor of shape [2, 3]") {
            _ = (zeros(2, 3) .> 0).any(axes: [-3])
        },
        ExpectedTrap("any: axis 1 is named twice in [1, 1]") { _ = (zeros(2, 3) .> 0).any(axes: [1, 1]) },
        ExpectedTrap("all: axis -3 does not exist in a tensor of shape [2, 3]") {
            _ = (zeros(2, 3) .> 0).all(axes: [-3])
        },
        ExpectedTrap("all: axis 1 is named twice in [1, 1]") { _ = (zeros(2, 3) .> 0).all(axes: [1, 1]) },
        ExpectedTrap("max: there is no element along axes [0] of shape [0, 3]") { _ = zeros(0, 3).max(axes: [0]) },
        ExpectedTrap("min: there is no element along axes [0, 1] of shape [0, 3]") { _ = zeros(0, 3).min() },
        ExpectedTrap("norm: there is no element along axes [0] of shape [0]") { _ = zeros(0).norm(order: .infinity) },
        ExpectedTrap("norm: the order 0.5 is not at least 1") { _ = zeros(1).norm(order: 0.5) },
        ExpectedTrap("norm: the order nan is not at least 1") { _ = zeros(1).norm(order: .nan) },
        ExpectedTrap("variance: the correction -1 is negative") { _ = zeros(2).variance(correction: -1) },
        ExpectedTrap("standardDeviation: the correction -1 is negative") {
            _ = zeros(2).standardDeviation(correction: -1)
        },
        ExpectedTrap("softmax: axis -1 does not exist in a tensor of shape []") { _ = zeros().softmax() },
        ExpectedTrap("logSoftmax: axis 1 does not exist in a tensor of shape [3]") { _ = zeros(3).logSoftmax(axis: 1) },
        ExpectedTrap("cumulativeSum: axis 1 does not exist in a tensor of shape [3]") {
            _ = zeros(3).cumulativeSum(axis: 1)
        },
        ExpectedTrap("cumulativeProduct: axis 1 does not exist in a tensor of shape [3]") {
            _ = zeros(3).cumulativeProduct(axis: 1)
        },
        ExpectedTrap("cumulativeMax: axis 0 of shape [4294967296] has more positions than int32 can hold") {
            _ = zeros(1).expanded(to: [1 << 32]).cumulativeMax(axis: 0)
        },
        ExpectedTrap("cumulativeMax: axis 1 does not exist in a tensor of shape [3]") {
            _ = zeros(3).cumulativeMax(axis: 1)
        },
        ExpectedTrap("cumulativeMin: axis 1 does not exist in a tensor of shape [3]") {
            _ = zeros(3).cumulativeMin(axis: 1)
        },
        ExpectedTrap("cumulativeLogSumExp: axis 1 does not exist in a tensor of shape [3]") {
            _ = zeros(3).cumulativeLogSumExp(axis: 1)
        },
    ]

    static let broadcasting: [ExpectedTrap] = [
        ExpectedTrap("add: shapes [3] and [2] cannot be broadcast") { _ = zeros(3) + zeros(2) },
        ExpectedTrap("subtract: shapes [3] and [2] cannot be broadcast") { _ = zeros(3) - zeros(2) },
        ExpectedTrap("multiply: shapes [2, 3] and [2] cannot be broadcast") { _ = zeros(2, 3) * zeros(2) },
        ExpectedTrap("divide: shapes [2, 3] and [2] cannot be broadcast") { _ = zeros(2, 3) / zeros(2) },
        ExpectedTrap("pow: shapes [2, 3] and [2] cannot be broadcast") { _ = pow(zeros(2, 3), zeros(2)) },
        ExpectedTrap("maximum: shapes [3] and [2] cannot be broadcast") { _ = maximum(zeros(3), zeros(2)) },
        ExpectedTrap("minimum: shapes [3] and [2] cannot be broadcast") { _ = minimum(zeros(3), zeros(2)) },
        ExpectedTrap("logAddExp: shapes [3] and [2] cannot be broadcast") { _ = logAddExp(zeros(3), zeros(2)) },
        ExpectedTrap("xlogy: shapes [3] and [2] cannot be broadcast") { _ = xlogy(zeros(3), zeros(2)) },
        ExpectedTrap("atan2: shapes [3] and [2] cannot be broadcast") { _ = atan2(zeros(3), zeros(2)) },
        ExpectedTrap("hypot: shapes [3] and [2] cannot be broadcast") { _ = hypot(zeros(3), zeros(2)) },
        ExpectedTrap("remainder: shapes [3] and [2] cannot be broadcast") { _ = remainder(zeros(3), zeros(2)) },
        ExpectedTrap("equal: shapes [3] and [2] cannot be broadcast") { _ = zeros(3) .== zeros(2) },
        ExpectedTrap("not equal: shapes [3] and [2] cannot be broadcast") { _ = zeros(3) .!= zeros(2) },
        ExpectedTrap("less: shapes [3] and [2] cannot be broadcast") { _ = zeros(3) .< zeros(2) },
        ExpectedTrap("less or equal: shapes [3] and [2] cannot be broadcast") { _ = zeros(3) .<= zeros(2) },
        ExpectedTrap("greater: shapes [3] and [2] cannot be broadcast") { _ = zeros(3) .> zeros(2) },
        ExpectedTrap("greater or equal: shapes [3] and [2] cannot be broadcast") { _ = zeros(3) .>= zeros(2) },
        ExpectedTrap("and: shapes [3] and [2] cannot be broadcast") { _ = (zeros(3) .> 0) .& (zeros(2) .> 0) },
        ExpectedTrap("or: shapes [3] and [2] cannot be broadcast") { _ = (zeros(3) .> 0) .| (zeros(2) .> 0) },
        ExpectedTrap("exclusive or: shapes [3] and [2] cannot be broadcast") { _ = (zeros(3) .> 0) .^ (zeros(2) .> 0) },
        ExpectedTrap("add: shapes [3] and [2] cannot be broadcast") {
            var x = zeros(3)
            x += zeros(2)
        },
        ExpectedTrap("multiply: shapes [3] and [2] cannot be broadcast") {
            _ = gradient(at: zeros(3)) { ($0 * zeros(2) + 1).sum() }
        },
        ExpectedTrap("add: shapes [3] and [2] cannot be broadcast") {
            _ = gradient(at: zeros(3)) { ($0 * 2 + zeros(2)).sum() }
        },
        ExpectedTrap("select: shapes [2], [3] and [3] cannot be broadcast") {
            _ = select(zeros(2) .> 0, zeros(3), zeros(3))
        },
        ExpectedTrap("select: shapes [2] and [3] cannot be broadcast") {
            _ = select(zeros(2) .> 0, from: zeros(3), then: { $0 }, else: { $0 })
        },
        ExpectedTrap("clamped: the lower bound 2.0 is above 1.0") { _ = zeros(3).clamped(from: 2, to: 1) },
        ExpectedTrap("clamped: the lower bound nan is above 1.0") { _ = zeros(3).clamped(from: .nan, to: 1) },
        ExpectedTrap("polygamma: the order -1 is not in 0 … 10000") { _ = polygamma(-1, zeros(3)) },
    ]
}
