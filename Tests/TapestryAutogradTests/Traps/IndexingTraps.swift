import TapestryArrays
import TapestryTestSupport
import Testing

@testable import TapestryAutograd

extension TensorTrapTests {
    static let indexing: [ExpectedTrap] = [
        ExpectedTrap("rows: index 5 at position 1 is outside 0 ..< 2 (axis 0 of shape [2, 3])") {
            _ = zeros(2, 3).rows(at: Tensor([0, 5]))
        },
        ExpectedTrap("rows: index -1 at position 0 is outside 0 ..< 2 (axis 0 of shape [2, 3])") {
            _ = zeros(2, 3).rows(at: Tensor(-1))
        },
        ExpectedTrap("rows: the table must be a matrix, and has shape [2]") {
            _ = zeros(2).rows(at: Tensor([0]))
        },
        ExpectedTrap("gathered: indices of shape [3] and [2, 3] must agree but for axis 0") {
            _ = zeros(2, 3).gathered(axis: 0, indices: Tensor<Int32>.zeros([3]))
        },
        ExpectedTrap("gathered: index 3 at position 1 is outside -3 ..< 3 (axis 0 of shape [3])") {
            _ = zeros(3).gathered(axis: 0, indices: Tensor([-3, 3]))
        },
        ExpectedTrap("gathered: axis 1 does not exist in a tensor of shape [3]") {
            _ = zeros(3).gathered(axis: 1, indices: Tensor([0]))
        },
        ExpectedTrap("slices: index -4 at position 0 is outside -3 ..< 3 (axis 1 of shape [2, 3])") {
            _ = zeros(2, 3).slices(axis: 1, at: Tensor([-4]))
        },
        ExpectedTrap("slices: index 0 at position 0 is outside 0 ..< 0 (axis 0 of shape [0, 3])") {
            _ = zeros(0, 3).slices(axis: 0, at: Tensor([0]))
        },
        ExpectedTrap("slices: axis 2 does not exist in a tensor of shape [2, 3]") {
            _ = zeros(2, 3).slices(axis: 2, at: Tensor([0]))
        },
        ExpectedTrap("scattered: indices of shape [3] and [2, 3] must agree but for axis 0") {
            _ = zeros(2, 3).scattered(axis: 0, indices: .zeros([3]), adding: zeros(3))
        },
        ExpectedTrap("scattered: values of shape [2] where [1] is needed, for a table of [3]") {
            _ = zeros(3).scattered(axis: 0, indices: Tensor([1]), adding: zeros(2))
        },
        ExpectedTrap("scattered: index 3 at position 0 is outside -3 ..< 3 (axis 0 of shape [3])") {
            _ = zeros(3).scattered(axis: 0, indices: Tensor([3]), adding: zeros(1))
        },
        ExpectedTrap("scattered: axis 1 does not exist in a tensor of shape [3]") {
            _ = zeros(3).scattered(axis: 1, indices: Tensor([0]), adding: zeros(1))
        },
        ExpectedTrap("scattered: values of shape [2] for indices of shape [1]") {
            _ = zeros(3).scattered(axis: 0, indices: Tensor([1]), setting: zeros(2))
        },
        ExpectedTrap("scattered: indices of shape [3] and [2, 3] must agree but for axis 1") {
            _ = zeros(2, 3).scattered(axis: 1, indices: .zeros([3]), setting: zeros(3))
        },
        ExpectedTrap("scattered: indices of shape [0] and [2, 3] must agree but for axis 0") {
            _ = zeros(2, 3).scattered(axis: 0, indices: .zeros([0]), setting: zeros(0))
        },
        ExpectedTrap("scattered: index 3 at position 1 is outside -3 ..< 3 (axis 0 of shape [3])") {
            _ = zeros(3).scattered(axis: 0, indices: Tensor([0, 3]), setting: zeros(2))
        },
        ExpectedTrap("scattered: index -4 at position 0 is outside -3 ..< 3 (axis 0 of shape [3])") {
            _ = zeros(3).scattered(axis: 0, indices: Tensor([-4]), setting: zeros(1))
        },
        ExpectedTrap("scattered: axis 1 does not exist in a tensor of shape [3]") {
            _ = zeros(3).scattered(axis: 1, indices: Tensor([0]), setting: zeros(1))
        },
        ExpectedTrap("replacing: a mask of shape [3] cannot be broadcast to [2]") {
            _ = zeros(2).replacing(where: Tensor([true, false, true]), with: 1)
        },
        ExpectedTrap("replacing: a mask of shape [2, 2] cannot be broadcast to [2]") {
            _ = zeros(2).replacing(where: Tensor(repeating: true, shape: [2, 2]), with: 1)
        },
        ExpectedTrap("elements: a mask of shape [3] cannot be broadcast to [2]") {
            _ = zeros(2).elements(where: Tensor([true, false, true]))
        },
    ]

    static let positions: [ExpectedTrap] = [
        ExpectedTrap("argMax: axis 0 does not exist in a tensor of shape []") { _ = zeros().argMax(axis: 0) },
        ExpectedTrap("argMax: axis 1 of shape [2, 0] has no elements") { _ = zeros(2, 0).argMax(axis: 1) },
        ExpectedTrap("argMin: axis 2 does not exist in a tensor of shape [2, 3]") { _ = zeros(2, 3).argMin(axis: 2) },
        ExpectedTrap("argMin: axis 0 of shape [0] has no elements") { _ = zeros(0).argMin(axis: -1) },
        ExpectedTrap("sorted: axis 1 does not exist in a tensor of shape [2]") { _ = zeros(2).sorted(axis: 1) },
        ExpectedTrap("argSorted: axis -1 does not exist in a tensor of shape []") { _ = zeros().argSorted() },
        ExpectedTrap("largest: 3 of the 2 elements along axis 0 of shape [2] are asked for") {
            _ = zeros(2).largest(3)
        },
        ExpectedTrap("largest: axis -1 does not exist in a tensor of shape []") { _ = zeros().largest(1) },
        ExpectedTrap("smallest: -1 of the 2 elements along axis 0 of shape [2] are asked for") {
            _ = zeros(2).smallest(-1)
        },
        ExpectedTrap("smallest: axis 1 does not exist in a tensor of shape [2]") { _ = zeros(2).smallest(1, axis: 1) },
        ExpectedTrap("searchSorted: values of shape [3, 4] do not fit sequences of shape [2, 4]") {
            _ = zeros(2, 4).searchSorted(zeros(3, 4))
        },
        ExpectedTrap("searchSorted: values of shape [] do not fit sequences of shape [2, 4]") {
            _ = zeros(2, 4).searchSorted(zeros())
        },
        ExpectedTrap("searchSorted: values of shape [2] do not fit sequences of shape []") {
            _ = zeros().searchSorted(zeros(2))
        },
    ]
}
