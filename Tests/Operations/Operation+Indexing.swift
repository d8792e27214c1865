import TapestryAutograd
import TapestryTestSupport

extension Operation {
    static let indexing: [Operation] = byIndex + byMask + inOrder

    private static let byIndex: [Operation] = [
        Operation("gather") { [try $0(0).gathered(axis: try $0.required("axis"), indices: try $0.indices)] }
            .example([2, 3], with: ["axis": 1], integers: [Tensor([[0, -1, 0, 1], [2, 2, 0, 1]])])
            .example([3, 2], with: ["axis": 0], integers: [Tensor([[0, -1]])]),
        Operation("selectIndices") { [try $0(0).selecting(axis: try $0.required("axis"), at: try $0.indices)] }
            .example([2, 3], with: ["axis": 1], integers: [Tensor([[0, -1], [2, 2]])])
            .example([3, 2], with: ["axis": 0], integers: [Tensor(1)]),
        scatter("scatterAdd") { $0.scattered(axis: $1, indices: $2, adding: $3) },
        scatter("scatterSet") { $0.scattered(axis: $1, indices: $2, setting: $3) },
        Operation("oneHot") { [Tensor<Double>.oneHot(try $0.indices, count: try $0.required("count"))] },
    ]

    private static let byMask: [Operation] = [
        Operation("maskedFill") { [try $0(0).masked(where: try $0.mask, with: try $0.required("value"))] }
            .example([2, 3], with: ["value": 0.5], booleans: [Tensor([[true, false, true], [false, false, true]])])
            .example([2, 3], with: ["value": 2], booleans: [Tensor([true, false, true])]),
        Operation("maskedSelect") { [try $0(0).selecting(where: try $0.mask)] }
            .example([2, 3], booleans: [Tensor([[true, false, true], [false, false, true]])])
            .example([2, 3], booleans: [Tensor([[true], [false]])]),
    ]

    private static let inOrder: [Operation] = [
        Operation("sort") { call in
            let (values, indices) = try call(0).sorted(
                axis: try call.setting("axis") ?? -1, descending: try call.setting("descending") ?? false)
            return [values, indices.converted()]
        }
        .example([2, 4], in: .distinct, hasTies: true)
        .example([3, 2], in: .distinct, with: ["axis": 0, "descending": true], hasTies: true),
        Operation("argSort") {
            let indices = try $0(0).argSorted(
                axis: try $0.setting("axis") ?? -1, descending: try $0.setting("descending") ?? false)
            return [indices.converted()]
        }
        .example([2, 4], in: .distinct, hasTies: true),
        extremes("largest") { $0.largest($1, axis: $2) },
        extremes("smallest") { $0.smallest($1, axis: $2) },
        Operation("searchSorted") {
            [try $0(0).searchSorted(try $0(1), right: try $0.setting("right") ?? false).converted()]
        }
        .example([4], [2, 3], in: .distinct, hasTies: true) { [$0[0].sorted().values, $0[1]] },
    ]

    private static func scatter(
        _ name: String,
        _ function: @escaping @Sendable (Tensor<Double>, Int, Tensor<Int32>, Tensor<Double>) -> Tensor<Double>
    ) -> Operation {
        Operation(name) { [function(try $0(0), try $0.required("axis"), try $0.indices, try $0(1))] }
            .example([2, 3], [2, 4], with: ["axis": 1], integers: [Tensor([[0, -1, 0, 1], [2, 2, 0, 2]])])
            .example([3, 2], [1, 2], with: ["axis": 0], integers: [Tensor([[0, -1]])])
    }

    private static func extremes(
        _ name: String,
        _ function: @escaping @Sendable (Tensor<Double>, Int, Int) -> (values: Tensor<Double>, indices: Tensor<Int32>)
    ) -> Operation {
        Operation(name) { call in
            let (values, indices) = function(
                try call(0), try call.required("count"), try call.setting("axis") ?? -1)
            return [values, indices.converted()]
        }
        .example([2, 4], in: .distinct, with: ["count": 2], hasTies: true)
        .example([3, 2], in: .distinct, with: ["count": 1, "axis": 0], hasTies: true)
    }
}
