import TapestryArrays
import TapestryTestSupport
import Testing

@testable import TapestryAutograd

extension TensorTrapTests {
    static let shapes: [ExpectedTrap] = [
        ExpectedTrap("reshaped: [2, 3] has 6 elements and [4] has 4") { _ = zeros(2, 3).reshaped(to: 4) },
        ExpectedTrap("reshaped: [2, 3] has 6 elements, which no extent for −1 in [4, -1] can give") {
            _ = zeros(2, 3).reshaped(to: 4, -1)
        },
        ExpectedTrap("reshaped: [2, 3] has 6 elements, which no extent for −1 in [-1, -1] can give") {
            _ = zeros(2, 3).reshaped(to: -1, -1)
        },
        ExpectedTrap("reshaped: [0, 3] has 0 elements, which no extent for −1 in [0, -1] can give") {
            _ = zeros(0, 3).reshaped(to: 0, -1)
        },
        ExpectedTrap("reshaped: [2, 3] has 6 elements, which no extent for −1 in [-1, -2, -3] can give") {
            _ = zeros(2, 3).reshaped(to: -1, -2, -3)
        },
        ExpectedTrap("reshaped: negative extent in [-2, 3]") { _ = zeros(2, 3).reshaped(to: -2, 3) },
        ExpectedTrap("reshaped: the number of elements of [4294967296, 4294967296] overflows") {
            _ = zeros(2, 3).reshaped(to: 1 << 32, 1 << 32, -1)
        },
        ExpectedTrap("flattened: axis 2 comes after axis -2 of shape [2, 3, 4]") {
            _ = zeros(2, 3, 4).flattened(from: 2, to: -2)
        },
        ExpectedTrap("flattened: axis 1 does not exist in a tensor of shape [2]") { _ = zeros(2).flattened(from: 1) },
        ExpectedTrap("flattened: axis 1 does not exist in a tensor of shape []") { _ = zeros().flattened(from: 1) },
        ExpectedTrap("expanded: [2, 3] to [4, 3]: only axes of extent 1 can grow") {
            _ = zeros(2, 3).expanded(to: [4, 3])
        },
        ExpectedTrap("expanded: [2, 3] to [3]: only axes of extent 1 can grow") { _ = zeros(2, 3).expanded(to: [3]) },
        ExpectedTrap("expanded: negative extent in [-1, 3]") { _ = zeros(1, 3).expanded(to: [-1, 3]) },
        ExpectedTrap("expanded: the number of elements of [4294967296, 4294967296] overflows") {
            _ = zeros(1).expanded(to: [1 << 32, 1 << 32])
        },
        ExpectedTrap("permuted: [0, 0] is not an order of all 2 axes of shape [2, 3]") {
            _ = zeros(2, 3).permuted([0, 0])
        },
        ExpectedTrap("permuted: [0] is not an order of all 2 axes of shape [2, 3]") { _ = zeros(2, 3).permuted([0]) },
        ExpectedTrap("permuted: axis 2 does not exist in a tensor of shape [2, 3]") {
            _ = zeros(2, 3).permuted([0, 2])
        },
        ExpectedTrap("transposed: axis -2 does not exist in a tensor of shape [3]") { _ = zeros(3).transposed() },
        ExpectedTrap("transposed: axis 3 does not exist in a tensor of shape [2, 3]") {
            _ = zeros(2, 3).transposed(0, 3)
        },
        ExpectedTrap("squeezed: axis 1 of shape [1, 3] has extent 3, not 1") { _ = zeros(1, 3).squeezed(axes: [1]) },
        ExpectedTrap("squeezed: axis 2 does not exist in a tensor of shape [1, 3]") {
            _ = zeros(1, 3).squeezed(axes: [2])
        },
        ExpectedTrap("squeezed: axis 0 is named twice in [0, -2]") { _ = zeros(1, 3).squeezed(axes: [0, -2]) },
        ExpectedTrap("unsqueezed: axis 3 does not exist in the result of rank 3 (from shape [2, 3])") {
            _ = zeros(2, 3).unsqueezed(axis: 3)
        },
        ExpectedTrap("unsqueezed: axis -4 does not exist in the result of rank 3 (from shape [2, 3])") {
            _ = zeros(2, 3).unsqueezed(axis: -4)
        },
        ExpectedTrap("split: extents [1, 2] do not add up to axis 0 of shape [2, 3]") {
            _ = zeros(2, 3).split([1, 2])
        },
        ExpectedTrap("split: extents [3, -1] do not add up to axis 0 of shape [2, 3]") {
            _ = zeros(2, 3).split([3, -1])
        },
        ExpectedTrap(
            """
            split: extents [9223372036854775807, 9223372036854775807, 4] do not add up to axis 0 of shape [2, 3]
            """
        ) {
            _ = zeros(2, 3).split([.max, .max, 4])
        },
        ExpectedTrap("split: axis 2 does not exist in a tensor of shape [2, 3]") {
            _ = zeros(2, 3).split([2], axis: 2)
        },
        ExpectedTrap("split: axis 1 of shape [2, 3] cannot be cut into 2 equal parts") {
            _ = zeros(2, 3).split(count: 2, axis: 1)
        },
        ExpectedTrap("split: axis 1 of shape [2, 3] cannot be cut into 0 equal parts") {
            _ = zeros(2, 3).split(count: 0, axis: 1)
        },
        ExpectedTrap("split: axis -3 does not exist in a tensor of shape [2, 3]") {
            _ = zeros(2, 3).split(count: 1, axis: -3)
        },
        ExpectedTrap("unstacked: axis 0 does not exist in a tensor of shape []") { _ = zeros().unstacked() },
        ExpectedTrap("slice: position 2 is outside axis 0 of shape [2, 3]") { _ = zeros(2, 3).slice(axis: 0, at: 2) },
        ExpectedTrap("slice: position -4 is outside axis 1 of shape [2, 3]") {
            _ = zeros(2, 3).slice(axis: 1, at: -4)
        },
        ExpectedTrap("slice: axis 2 does not exist in a tensor of shape [2, 3]") {
            _ = zeros(2, 3).slice(axis: 2, at: 0)
        },
        ExpectedTrap("slice: range 2..<4 is outside axis 1 of shape [2, 3]") { _ = zeros(2, 3).slice(axis: 1, 2..<4) },
        ExpectedTrap("slice: range -1..<2 is outside axis 1 of shape [2, 3]") {
            _ = zeros(2, 3).slice(axis: -1, (-1)..<2)
        },
        ExpectedTrap("slice: axis 2 does not exist in a tensor of shape [2, 3]") {
            _ = zeros(2, 3).slice(axis: 2, 0..<1)
        },
        ExpectedTrap("concatenate: there is no tensor") { _ = concatenate([] as [Tensor<Float>]) },
        ExpectedTrap("concatenate: ranks differ: [2, 3] and [2]") {
            _ = concatenate([zeros(2, 3), zeros(2)], axis: 1)
        },
        ExpectedTrap("concatenate: float64 [2, 3] and float64 [3, 3] must agree but for axis 1") {
            _ = concatenate([zeros(2, 3), zeros(3, 3)], axis: 1)
        },
        ExpectedTrap("concatenate: axis 0 does not exist in a tensor of shape []") {
            _ = concatenate([zeros(), zeros()])
        },
        ExpectedTrap("concatenate: axis 0 of [[4611686018427387904], [4611686018427387904]] together overflows") {
            let huge = zeros(1).expanded(to: [1 << 62])
            _ = concatenate([huge, huge])
        },
        ExpectedTrap("concatenate: the number of elements of [4, 2305843009213693952] overflows") {
            let huge = zeros(1).expanded(to: [2, 1 << 61])
            _ = concatenate([huge, huge])
        },
        ExpectedTrap("allocation: 4611686018427387904 elements of float64: the size overflows") {
            let huge = zeros(1).expanded(to: [1 << 61])
            _ = concatenate([huge, huge])
        },
        ExpectedTrap("stack: the number of elements of [2, 4611686018427387904] overflows") {
            let huge = zeros(1).expanded(to: [1 << 62])
            _ = stack([huge, huge])
        },
        ExpectedTrap("stack: there is no tensor") { _ = stack([] as [Tensor<Float>]) },
        ExpectedTrap("stack: shapes differ: [2, 3] and [3]") { _ = stack([zeros(2, 3), zeros(3)]) },
        ExpectedTrap("stack: axis 2 does not exist in the result of rank 2 (from shape [3])") {
            _ = stack([zeros(3)], axis: 2)
        },
    ]

    static let rearrangement: [ExpectedTrap] = [
        ExpectedTrap("chunked: the count 0 is not positive") { _ = zeros(1).chunked(0) },
        ExpectedTrap("chunked: axis 1 does not exist in a tensor of shape [2]") { _ = zeros(2).chunked(1, axis: 1) },
        ExpectedTrap("repeated: the count -1 is negative") { _ = zeros(1).repeated(-1, axis: 0) },
        ExpectedTrap("repeated: axis 1 does not exist in a tensor of shape [2]") { _ = zeros(2).repeated(1, axis: 1) },
        ExpectedTrap("repeated: 9223372036854775807 times an axis of extent 2 of shape [2] overflows") {
            _ = zeros(2).repeated(.max, axis: 0)
        },
        ExpectedTrap("repeated: the number of elements of [4294967296, 4294967296] overflows") {
            _ = zeros(1, 1).expanded(to: [1, 1 << 32]).repeated(1 << 32, axis: 0)
        },
        ExpectedTrap("tiled: counts [2, -1] are negative in part") { _ = zeros(2).tiled([2, -1]) },
        ExpectedTrap("tiled: 9223372036854775807 times an axis of extent 2 of shape [2] overflows") {
            _ = zeros(2).tiled([.max])
        },
        ExpectedTrap("tiled: the number of elements of [4294967296, 4294967296] overflows") {
            _ = zeros(1).tiled([1 << 32, 1 << 32])
        },
        ExpectedTrap("rolled: axis 0 does not exist in a tensor of shape []") { _ = zeros().rolled(by: 1, axis: 0) },
        ExpectedTrap("flipped: axis 1 does not exist in a tensor of shape [2]") { _ = zeros(2).flipped(axes: [1]) },
        ExpectedTrap("flipped: axis 0 is named twice in [0, 0]") { _ = zeros(2).flipped(axes: [0, 0]) },
        ExpectedTrap("padded: widths [[1, -1]] do not fit shape [2]") { _ = zeros(2).padded([(1, -1)], mode: .edge) },
        ExpectedTrap("padded: widths [[1, 1]] do not fit shape [2, 3]") {
            _ = zeros(2, 3).padded([(1, 1)], mode: .constant(0))
        },
        ExpectedTrap("padded: widths [[9223372036854775807, 1]] do not fit shape [2]") {
            _ = zeros(2).padded([(.max, 1)], mode: .constant(0))
        },
        ExpectedTrap("padded: the number of elements of [4294967296, 4294967296] overflows") {
            _ = zeros(1, 1).expanded(to: [1, 1 << 32]).padded([(1 << 32, 0), (0, 0)], mode: .constant(0))
        },
        ExpectedTrap("padded: 2 elements cannot be reflected from axis 0 of shape [2]") {
            _ = zeros(2).padded([(2, 0)], mode: .reflect)
        },
        ExpectedTrap("padded: 1 elements cannot be reflected from axis 0 of shape [0]") {
            _ = zeros(0).padded([(0, 1)], mode: .reflect)
        },
        ExpectedTrap("padded: axis 0 of shape [0] has no edge") { _ = zeros(0).padded([(1, 0)], mode: .edge) },
    ]
}
