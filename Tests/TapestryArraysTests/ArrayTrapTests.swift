import CTapestryKernels
import TapestryTestSupport
import Testing

@testable import TapestryArrays

/// What breaks a rule of the arrays ends the program and says what, with the shapes.
@Suite struct ArrayTrapTests {
    static let traps: [ExpectedTrap] = [
        ExpectedTrap("shape: negative extent in [2, -1]") { _ = Layout([2, -1]) },
        ExpectedTrap("shape: the number of elements of [4294967296, 4294967296] overflows") {
            _ = Layout([1 << 32, 1 << 32])
        },
        ExpectedTrap("sum: axis 2 does not exist in a tensor of shape [2, 3]") {
            _ = Layout([2, 3]).axis(2, in: "sum")
        },
        ExpectedTrap("sum: axis -3 does not exist in a tensor of shape [2, 3]") {
            _ = Layout([2, 3]).axes([-3], in: "sum")
        },
        ExpectedTrap("sum: axis 1 is named twice in [1, -1]") { _ = Layout([2, 3]).axes([1, -1], in: "sum") },
        ExpectedTrap("allocation: 2305843009213693952 elements of float64: the size overflows") {
            _ = NDArray(repeating: 0, shape: [1 << 61], .float64)
        },
        ExpectedTrap("allocation: 4611686018427387904 bytes: no memory") {
            _ = NDArray(repeating: 0, shape: [1 << 59], .float64)
        },
        ExpectedTrap("tensor: 3 elements do not fill the shape [2, 2], which has 4") {
            _ = NDArray([1, 2, 3] as [Float], shape: [2, 2])
        },
        ExpectedTrap("tensor: nested arrays are ragged: one has 1 elements where the shape is [2, 2]") {
            var scalars: [Float] = []
            ([[1, 2], [3]] as [[Float]])._append(to: &scalars, shape: [2, 2], whole: [2, 2])
        },
        ExpectedTrap("elements: the tensor holds float32, not Double") {
            _ = NDArray(repeating: 0, shape: [2], .float32).elements(as: Double.self)
        },
        ExpectedTrap("scalar: a tensor of shape [2, 3] has 6 elements, not one") {
            _ = NDArray(repeating: 0, shape: [2, 3], .float32).scalar(as: Float.self)
        },
        ExpectedTrap("classification: has no meaning for bool") {
            _ = NDArray.classification(TAPESTRY_IS_NAN, NDArray(repeating: 0, shape: [2], .bool))
        },
        ExpectedTrap("elementwise operation: has no meaning for int32") {
            _ = NDArray.unary(TAPESTRY_EXP, NDArray(repeating: 0, shape: [2], .int32))
        },
        ExpectedTrap("add: element types differ: float32 and float64") {
            _ = NDArray.binary(TAPESTRY_ADD, "add", zeros([2], .float32), zeros([2]))
        },
        ExpectedTrap("add: has no meaning for bool") {
            _ = NDArray.binary(TAPESTRY_ADD, "add", zeros([2], .bool), zeros([2], .bool))
        },
        ExpectedTrap(
            "add: shapes [3] and [2] cannot be broadcast: aligned at the last axis, extents must agree or be 1"
        ) {
            _ = NDArray.binary(TAPESTRY_ADD, "add", zeros([3]), zeros([2]))
        },
        ExpectedTrap("add: an operand of shape [2, 3] does not fit a destination of shape [3]") {
            NDArray.binary(TAPESTRY_ADD, "add", zeros([3]), zeros([2, 3]), into: zeros([3]))
        },
        ExpectedTrap("add: element types differ: float32 and float64") {
            NDArray.binary(TAPESTRY_ADD, "add", zeros([3], .float32), zeros([3]), into: zeros([3]))
        },
        ExpectedTrap("add: has no meaning for bool") {
            NDArray.binary(TAPESTRY_ADD, "add", zeros([2], .bool), zeros([2], .bool), into: zeros([2], .bool))
        },
        ExpectedTrap("accumulate: there is no accumulating form of operation 0 for float64") {
            zeros([3]).accumulate(TAPESTRY_ADD, zeros([3]), zeros([3]))
        },
        ExpectedTrap("accumulate: an operand of shape [2] does not fit a destination of shape [3]") {
            zeros([3]).accumulate(TAPESTRY_MULTIPLY, zeros([3]), zeros([2]))
        },
        ExpectedTrap(
            "layerNorm: a gain of shape [2] and a bias of shape [3] do not fit the last axis of [2, 3]"
        ) {
            _ = NDArray.layerNorm(zeros([2, 3]), gain: zeros([2]), bias: zeros([3]), epsilon: 0.1)
        },
        ExpectedTrap(
            "layerNorm: a gain of shape [3] and a bias of shape [1] do not fit the last axis of [2, 3]"
        ) {
            _ = NDArray.layerNorm(zeros([2, 3]), gain: zeros([3]), bias: zeros([1]), epsilon: 0.1)
        },
        ExpectedTrap("layerNorm rule: shapes differ: [2, 3] and [3]") {
            var g = zeros([2, 3])
            _ = NDArray.layerNormRule(&g, termCount: 1, statistics: zeros([1, 2])) { _ in zeros([3]) }
        },
        ExpectedTrap("add: the layer norms of a sum have the shapes [2, 3] and [1, 3]") {
            let operands = [[2, 3], [3], [1, 3], [3], [3], [3]].map { zeros($0) }
            _ = NDArray.sumOfLayerNorms(termCount: 2, epsilon: 0.1) { operands[$0] }
        },
        ExpectedTrap("less: element types differ: int32 and float64") {
            _ = NDArray.comparison(TAPESTRY_LESS, "less", zeros([2], .int32), zeros([2]))
        },
        ExpectedTrap("less: shapes [2, 3] and [3, 2] cannot be broadcast") {
            _ = NDArray.comparison(TAPESTRY_LESS, "less", zeros([2, 3]), zeros([3, 2]))
        },
        ExpectedTrap("assignment: a value of shape [3] does not fit a destination of shape [2]") {
            zeros([2]).assign(zeros([3]))
        },
        ExpectedTrap("select: the condition holds float64, not bool") {
            _ = NDArray.select(zeros([2]), zeros([2]), zeros([2]))
        },
        ExpectedTrap("select: element types differ: float32, float64") {
            _ = NDArray.select(zeros([2], .bool), zeros([2], .float32), zeros([2]))
        },
        ExpectedTrap("select: shapes [2], [3] and [3] cannot be broadcast") {
            _ = NDArray.select(zeros([2], .bool), zeros([3]), zeros([3]))
        },
        ExpectedTrap("matmul: inner dimensions differ: [32, 64] · [128, 512] (64 ≠ 128)") {
            _ = NDArray.matmul(zeros([32, 64]), zeros([128, 512]))
        },
        ExpectedTrap("matmul: inner dimensions differ: [3] · [2] (3 ≠ 2)") {
            _ = NDArray.matmul(zeros([3]), zeros([2]))
        },
        ExpectedTrap("matmul: operands need at least one axis: [] · [3, 2]") {
            _ = NDArray.matmul(zeros([]), zeros([3, 2]))
        },
        ExpectedTrap("matmul: element types differ: float32, float64") {
            _ = NDArray.matmul(zeros([3], .float32), zeros([3]))
        },
        ExpectedTrap("matmul: has no meaning for int32") { _ = NDArray.matmul(zeros([3], .int32), zeros([3], .int32)) },
        ExpectedTrap("matmul: arrays are multiplied as matrices, of at least two axes: [2, 3] · [3]") {
            _ = NDArray.matmul(zeros([2, 3]), zeros([3]))
        },
        ExpectedTrap("matmul: batch axes cannot be broadcast: [2, 2, 3] · [4, 3, 2]") {
            _ = NDArray.matmul(zeros([2, 2, 3]), zeros([4, 3, 2]))
        },
        ExpectedTrap("rows: the table must be a matrix, and has shape [3]") {
            _ = zeros([3]).gatheredRows(zeros([2], .int32))
        },
        ExpectedTrap("rows: indices hold float64, not int32") { _ = zeros([3, 2]).gatheredRows(zeros([2])) },
        ExpectedTrap("rows: index 3 at position 1 is outside 0 ..< 3 (axis 0 of shape [3, 2])") {
            _ = zeros([3, 2]).gatheredRows(NDArray([0, 3] as [Int32], shape: [2]))
        },
        ExpectedTrap("rows: index -1 at position 0 is outside 0 ..< 3 (axis 0 of shape [3, 2])") {
            _ = zeros([3, 2]).gatheredRows(NDArray([-1, 3] as [Int32], shape: [2]))
        },
        ExpectedTrap("concatenate: float64 [2, 3] and float64 [2, 4] must agree but for axis 0") {
            _ = NDArray.concatenated([zeros([2, 3]), zeros([2, 4])], axis: 0)
        },
        ExpectedTrap("concatenate: float64 [2, 3] and float32 [2, 3] must agree but for axis 0") {
            _ = NDArray.concatenated([zeros([2, 3]), zeros([2, 3], .float32)], axis: 0)
        },
        ExpectedTrap("concatenate: float64 [2, 3] and float64 [2] must agree but for axis 1") {
            _ = NDArray.concatenated([zeros([2, 3]), zeros([2])], axis: 1)
        },
        ExpectedTrap("argMax: has no meaning for bool") { _ = zeros([2], .bool).argReduced(maximum: true, axis: 0) },
        ExpectedTrap("argMin: axis 1 of shape [2, 0] has no elements") {
            _ = zeros([2, 0]).argReduced(maximum: false, axis: 1)
        },
        ExpectedTrap("argMax: axis 0 does not exist in a tensor of shape []") {
            _ = zeros([]).argReduced(maximum: true, axis: 0)
        },
        ExpectedTrap("any: needs Booleans, and the elements are int32") { _ = zeros([2], .int32).anyTrue() },
        ExpectedTrap("all: axis 1 is named twice in [1, -1]") { _ = zeros([2, 3], .bool).allTrue(over: [1, -1]) },
        ExpectedTrap("argSorted: has no meaning for bool") { _ = zeros([2], .bool).argSorted(axis: 0) },
        ExpectedTrap("largest: 4 of the 3 elements along axis 1 of shape [2, 3] are asked for") {
            _ = zeros([2, 3]).argLargest(4, axis: -1)
        },
        ExpectedTrap("smallest: -1 of the 3 elements along axis 1 of shape [2, 3] are asked for") {
            _ = zeros([2, 3]).argSmallest(-1, axis: 1)
        },
        ExpectedTrap("argSorted: axis 0 of shape [4294967296] has more positions than int32 can hold") {
            let one = zeros([1], .int32)
            _ = one.viewed(one.layout.expanded(to: [1 << 32])!).argSorted(axis: 0)
        },
        ExpectedTrap("searchSorted: element types differ: float64 and int32") {
            _ = NDArray.searchSorted(zeros([2]), zeros([2], .int32))
        },
        ExpectedTrap("searchSorted: values of shape [3, 4] do not fit sequences of shape [2, 4]") {
            _ = NDArray.searchSorted(zeros([2, 4]), zeros([3, 4]))
        },
        ExpectedTrap("searchSorted: values of shape [2] do not fit sequences of shape []") {
            _ = NDArray.searchSorted(zeros([]), zeros([2]))
        },
        ExpectedTrap("running logSumExp: has no meaning for int32") {
            _ = zeros([2], .int32).running(.logSumExp, axis: 0)
        },
        ExpectedTrap("running sum: has no meaning for bool") { _ = zeros([2], .bool).running(.sum, axis: 0) },
        ExpectedTrap("gathered: indices of shape [3] and [2, 3] must agree but for axis 0") {
            _ = zeros([2, 3]).gathered(axis: 0, indices: zeros([3], .int32))
        },
        ExpectedTrap("gathered: index 3 at position 1 is outside -3 ..< 3 (axis 0 of shape [3])") {
            _ = zeros([3]).gathered(axis: 0, indices: NDArray([-3, 3] as [Int32], shape: [2]))
        },
        ExpectedTrap("slices: index -4 at position 0 is outside -3 ..< 3 (axis 1 of shape [2, 3])") {
            _ = zeros([2, 3]).selected(axis: 1, indices: NDArray([-4] as [Int32], shape: [1]))
        },
        ExpectedTrap("slices: index 0 at position 0 is outside 0 ..< 0 (axis 0 of shape [0, 3])") {
            _ = zeros([0, 3]).selected(axis: 0, indices: zeros([1], .int32))
        },
        ExpectedTrap("scattered: has no meaning for bool") {
            zeros([2], .bool).scatterAdd(axis: 0, indices: zeros([1], .int32), values: zeros([1], .bool))
        },
        ExpectedTrap("scattered: element types differ: float64 and float32") {
            zeros([2]).scatterAdd(axis: 0, indices: zeros([1], .int32), values: zeros([1], .float32))
        },
        ExpectedTrap("scattered: values of shape [2] where [1] is needed, for a table of [2]") {
            zeros([2]).scatterSet(axis: 0, indices: zeros([1], .int32), values: zeros([2]))
        },
        ExpectedTrap("scattered: indices hold float64, not int32") {
            zeros([2]).scatterSet(axis: 0, indices: zeros([1]), values: zeros([1]))
        },
        ExpectedTrap("selectAdd: values of shape [2, 4] where [2, 5] is needed, for a table of [2, 3]") {
            zeros([2, 3]).selectAdd(axis: 1, indices: zeros([5], .int32), values: zeros([2, 4]))
        },
        ExpectedTrap("diagonal: needs matrices, of at least two axes, and the shape is [3]") {
            _ = zeros([3]).diagonal()
        },
        ExpectedTrap("upperTriangle: needs matrices, of at least two axes, and the shape is []") {
            _ = zeros([]).upperTriangle()
        },
        ExpectedTrap("cholesky: needs square matrices, and the shape is [2, 3]") {
            _ = zeros([2, 3]).choleskyFactor()
        },
        ExpectedTrap("lu: has no meaning for int32") { _ = zeros([2, 2], .int32).luFactors() },
        ExpectedTrap("solve: needs square matrices, and the shape is [2, 3]") {
            _ = NDArray.solve(zeros([2, 3]), zeros([2, 1]))
        },
        ExpectedTrap("solve: right-hand sides of shape [3, 1] do not fit matrices of shape [2, 2]") {
            _ = NDArray.solve(zeros([2, 2]), zeros([3, 1]))
        },
        ExpectedTrap("triangularSolve: right-hand sides of shape [3, 2, 1] do not fit matrices of shape [2, 2, 2]") {
            _ = NDArray.triangularSolve(zeros([2, 2, 2]), zeros([3, 2, 1]), TriangularForm(lower: true))
        },
        ExpectedTrap("triangularSolve: element types differ: float64 and float32") {
            _ = NDArray.triangularSolve(zeros([2, 2]), zeros([2, 1], .float32), TriangularForm(lower: true))
        },
        ExpectedTrap("logAbsoluteDeterminant: needs matrices, of at least two axes, and the shape is [4]") {
            _ = zeros([4]).logAbsoluteDeterminant()
        },
        ExpectedTrap("windows: size 0, step 1 and dilation 1 along axis 1 must be positive") {
            _ = zeros([2, 3]).windows([WindowAxis(axis: 1, size: 0)])
        },
        ExpectedTrap("windows: axis 1 is named twice in [1, -1]") {
            _ = zeros([2, 3]).windows([WindowAxis(axis: 1, size: 1), WindowAxis(axis: -1, size: 1)])
        },
        ExpectedTrap("overlapAdd: windows of shape [3] where [2, 2] is needed, for an array of [3]") {
            zeros([3]).overlapAdd(zeros([3]), [WindowAxis(axis: 0, size: 2)])
        },
        ExpectedTrap("overlapAdd: has no meaning for bool") {
            zeros([3], .bool).overlapAdd(zeros([2, 2], .bool), [WindowAxis(axis: 0, size: 2)])
        },
    ]

    @Test(arguments: traps.indices)
    func trapsWithItsMessage(_ index: Int) async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { [index] in
            Self.traps[index].run()
        }
        #expect(Self.traps[index].complaint(about: result?.standardErrorContent) == nil)
    }
}

private func zeros(_ shape: [Int], _ type: ElementType = .float64) -> NDArray {
    NDArray(repeating: 0, shape: shape, type)
}
