import TapestryArrays
import TapestryTestSupport
import Testing

@testable import TapestryAutograd

extension TensorTrapTests {
    static let creation: [ExpectedTrap] = [
        ExpectedTrap("zeros: negative extent in [2, -3]") { _ = zeros(2, -3) },
        ExpectedTrap("ones: negative extent in [-1]") { _ = Tensor<Double>.ones([-1]) },
        ExpectedTrap("zeros: the number of elements of [4294967296, 4294967296] overflows") {
            _ = zeros(1 << 32, 1 << 32)
        },
        ExpectedTrap("tensor: negative extent in [-2, -3]") { _ = Tensor<Float>(repeating: 1, shape: [-2, -3]) },
        ExpectedTrap("tensor: nested arrays are ragged: one has 1 elements where the shape is [2, 2]") {
            _ = Tensor<Float>([[1, 2], [3]])
        },
        ExpectedTrap("tensor: nested arrays are ragged: one has 0 elements where the shape is [1, 2, 1]") {
            _ = Tensor<Float>([[[1], []]])
        },
        ExpectedTrap("tensor: 2 elements do not fill the shape [3], which has 3") {
            _ = Tensor<Float>(shape: [3], scalars: [1, 2])
        },
        ExpectedTrap("tensor: negative extent in [-1, -2]") { _ = Tensor<Float>(shape: [-1, -2], scalars: [1, 2]) },
        ExpectedTrap("nestedArray: a tensor of shape [2, 3] does not nest as Array<Double>") {
            _ = zeros(2, 3).nestedArray(as: [Double].self)
        },
        ExpectedTrap("identity: negative extent in [-1, -1]") { _ = Tensor<Double>.identity(-1) },
        ExpectedTrap("scalar: a tensor of shape [2, 3] has 6 elements, not one") { _ = zeros(2, 3).scalar },
        ExpectedTrap("scalar: a tensor of shape [0] has 0 elements, not one") { _ = zeros(0).scalar },
        ExpectedTrap("arange: from 0.0 to 1.0 by 0.0: the step is 0") {
            _ = Tensor<Double>.arange(from: 0, to: 1, by: 0)
        },
        ExpectedTrap("arange: from 0 to 3 by -1: the step leads away from the end") {
            _ = Tensor<Int32>.arange(from: 0, to: 3, by: -1)
        },
        ExpectedTrap("arange: from 3.0 to 0.0 by 0.5: the step leads away from the end") {
            _ = Tensor<Float>.arange(from: 3, to: 0, by: 0.5)
        },
        ExpectedTrap("arange: from 0.0 to inf by 1.0: start, end and step must be finite") {
            _ = Tensor<Double>.arange(from: 0, to: .infinity, by: 1)
        },
        ExpectedTrap("arange: from nan to 1.0 by 1.0: start, end and step must be finite") {
            _ = Tensor<Float>.arange(from: .nan, to: 1, by: 1)
        },
        ExpectedTrap("arange: from 0.0 to 1.0 by nan: start, end and step must be finite") {
            _ = Tensor<Double>.arange(from: 0, to: 1, by: .nan)
        },
        ExpectedTrap("arange: from 0.0 to 1e+300 by 1.0: there are more numbers than memory can hold") {
            _ = Tensor<Double>.arange(from: 0, to: 1e300, by: 1)
        },
        ExpectedTrap("linspace: the count 9223372036854775807 is negative, or more than memory can hold") {
            _ = Tensor<Double>.linspace(from: 0, to: 1, count: .max)
        },
        ExpectedTrap("linspace: the count -1 is negative, or more than memory can hold") {
            _ = Tensor<Double>.linspace(from: 0, to: 1, count: -1)
        },
        ExpectedTrap("linspace: from 0.0 to inf: both must be finite") {
            _ = Tensor<Double>.linspace(from: 0, to: .infinity, count: 2)
        },
        ExpectedTrap("oneHot: negative extent in [1, -1]") { _ = Tensor<Double>.oneHot(Tensor<Int32>([0]), count: -1) },
        ExpectedTrap("oneHot: class 3 at position 1 is outside 0 ..< 3") {
            _ = Tensor<Double>.oneHot(Tensor<Int32>([0, 3]), count: 3)
        },
        ExpectedTrap("oneHot: class -1 at position 0 is outside 0 ..< 3") {
            _ = Tensor<Int32>.oneHot(Tensor<Int32>(-1), count: 3)
        },
        ExpectedTrap("oneHot: class 2 at position 1 is outside 0 ..< 2") {
            _ = vmap(over: Tensor<Int32>([0, 2])) { Tensor<Double>.oneHot($0, count: 2) }
        },
    ]

    static let random: [ExpectedTrap] = [
        ExpectedTrap("integer: the bound 0 is not positive") { _ = RandomSource(seed: 1).integer(below: 0) },
        ExpectedTrap("integers: the bound -3 is not positive") {
            _ = RandomSource(seed: 1).integers(below: -3, count: 2)
        },
        ExpectedTrap("integers: the count -1 is negative") { _ = RandomSource(seed: 1).integers(below: 3, count: -1) },
        ExpectedTrap("integers: the count 9223372036854775807 is more than memory can hold") {
            _ = RandomSource(seed: 1).integers(below: 3, count: .max)
        },
        ExpectedTrap("permutation: the count -1 is negative") { _ = RandomSource(seed: 1).permutation(-1) },
        ExpectedTrap("permutation: the count 9223372036854775807 is more than memory can hold") {
            _ = RandomSource(seed: 1).permutation(.max)
        },
        ExpectedTrap("permutation: the count -2 is negative, or more than int32 can hold") {
            _ = Tensor<Int32>.permutation(-2)
        },
        ExpectedTrap("permutation: the count 2147483648 is negative, or more than int32 can hold") {
            _ = Tensor<Int32>.permutation(1 << 31)
        },
        ExpectedTrap("uniform: negative extent in [-1]") { _ = Tensor<Double>.uniform([-1]) },
        ExpectedTrap("uniform: from 1.0 to 0.0 is no range of finite length") {
            _ = Tensor<Double>.uniform([2], from: 1, to: 0)
        },
        ExpectedTrap("uniform: from 0.0 to nan is no range of finite length") {
            _ = Tensor<Float>.uniform([2], from: 0, to: .nan)
        },
        ExpectedTrap("uniform: from -3e+38 to 3e+38 is no range of finite length") {
            _ = Tensor<Float>.uniform([2], from: -3e38, to: 3e38)
        },
        ExpectedTrap("normal: negative extent in [2, -1]") { _ = Tensor<Double>.normal([2, -1]) },
        ExpectedTrap("normal: a mean of 0.0 and a standard deviation of -1.0 are of no distribution") {
            _ = Tensor<Double>.normal([2], standardDeviation: -1)
        },
        ExpectedTrap("normal: a mean of nan and a standard deviation of 1.0 are of no distribution") {
            _ = Tensor<Double>.normal([2], mean: .nan)
        },
        ExpectedTrap("truncatedNormal: the bound 1.0 is not less than the bound 1.0") {
            _ = Tensor<Double>.truncatedNormal([1], from: 1, to: 1)
        },
        ExpectedTrap("truncatedNormal: mean 0.0 and standard deviation 0.0 must be finite, and the latter positive") {
            _ = Tensor<Double>.truncatedNormal([1], standardDeviation: 0, from: 0, to: 1)
        },
        ExpectedTrap("uniform: the range 3..<3 is empty") { _ = Tensor<Int32>.uniform([1], in: 3..<3) },
        ExpectedTrap("gumbel: negative extent in [-1]") { _ = Tensor<Double>.gumbel([-1]) },
        ExpectedTrap("categorical: logits of shape [] have no class on the last axis") {
            _ = Tensor.categorical(logits: zeros())
        },
        ExpectedTrap("categorical: logits of shape [2, 0] have no class on the last axis") {
            _ = Tensor.categorical(logits: zeros(2, 0))
        },
        ExpectedTrap("bernoulli: 1.5 at position 1 of shape [2] is no probability, from 0 to 1") {
            _ = Tensor.bernoulli(Tensor([0.5, 1.5]))
        },
        ExpectedTrap("bernoulli: nan at position 0 of shape [1] is no probability, from 0 to 1") {
            _ = Tensor.bernoulli(Tensor([Double.nan]))
        },
        ExpectedTrap("bernoulli: -1.0 at position 1 of shape [2] is no probability, from 0 to 1") {
            _ = vmap(over: Tensor([0.5, -1])) { Tensor.bernoulli($0) }
        },
    ]
}
