import TapestryAutograd
import TapestryTestSupport

extension Operation {
    static var indexing: [Operation] { byIndex + byMask + inOrder }

    private static var byIndex: [Operation] {
        [
            (0..<3).reduce(
                Operation("gather") { [try $0(0).gathered(axis: try $0.required("axis"), indices: try $0.indices)] }
                    .example([3, 2], with: ["axis": 0], integers: [Tensor([[0, -1]])])
            ) { $0.example([2, 3, 2], with: ["axis": .integer($1)], integers: [indices(along: $1)]) },
            (0..<3).reduce(
                Operation("selectIndices") { [try $0(0).slices(axis: try $0.required("axis"), at: try $0.indices)] }
            ) {
                $0.example([2, 3, 2], with: ["axis": .integer($1)], integers: [Tensor([[1, 0], [-1, 1]])])
                    .example([2, 3, 2], with: ["axis": .integer($1)], integers: [Tensor(-1)])
            },
            scatter("scatterAdd") { $0.scattered(axis: $1, indices: $2, adding: $3) },
            scatter("scatterSet") { $0.scattered(axis: $1, indices: $2, setting: $3) },
            Operation("oneHot") { [Tensor<Scalar>.oneHot(try $0.indices, count: try $0.required("count"))] },
        ]
    }

    /// Four for each line along an axis of [2, 3, 2], which repeat, count from the end, and leave elements out.
    private static func indices(along axis: Int) -> Tensor<Int32> {
        let extent = [2, 3, 2][axis]
        var shape = [2, 3, 2]
        shape[axis] = 4
        let numbers = (0..<shape.reduce(1, *)).map { Int32($0 * 7 % 5 % extent - $0 % 2) }
        return Tensor(shape: shape, scalars: numbers)
    }

    private static var byMask: [Operation] {
        [
            Operation("maskedFill") { [try $0(0).replacing(where: try $0.mask, with: try $0.required("value"))] }
                .example(
                    [2, 3], with: ["value": 0.5], booleans: [Tensor([[true, false, true], [false, false, true]])]
                )
                .example([2, 3], with: ["value": 2], booleans: [Tensor([true, false, true])]),
            Operation("maskedSelect") { [try $0(0).elements(where: try $0.mask)] }
                .example([2, 3], booleans: [Tensor([[true, false, true], [false, false, true]])])
                .example([2, 3], booleans: [Tensor([[true], [false]])]),
        ]
    }

    private static var inOrder: [Operation] {
        [
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
            .example([2, 4], in: .distinct, hasTies: true)
            .alongEachAxis(of: [2, 3, 2], in: .distinct, hasTies: true)
            .alongEachAxis(of: [2, 3, 2], in: .distinct, with: ["descending": true], hasTies: true),
            extremes("largest") { $0.largest($1, axis: $2) },
            extremes("smallest") { $0.smallest($1, axis: $2) },
            Operation("searchSorted") {
                [try $0(0).searchSorted(try $0(1), right: try $0.setting("right") ?? false).converted()]
            }
            .example([4], [2, 3], in: .distinct, hasTies: true) { [$0[0].sorted().values, $0[1]] }
            .example([4], [], in: .distinct, hasTies: true) { [$0[0].sorted().values, $0[1]] },
        ]
    }

    private static func scatter(
        _ name: String,
        _ function: @escaping @Sendable (Tensor<Scalar>, Int, Tensor<Int32>, Tensor<Scalar>) -> Tensor<Scalar>
    ) -> Operation {
        Operation(name) { [function(try $0(0), try $0.required("axis"), try $0.indices, try $0(1))] }
            .example([2, 3, 2], [4, 3, 2], with: ["axis": 0], integers: [indices(along: 0)])
            .example([2, 3, 2], [2, 4, 2], with: ["axis": 1], integers: [indices(along: 1)])
            .example([2, 3, 2], [2, 3, 4], with: ["axis": 2], integers: [indices(along: 2)])
            .example([3, 2], [1, 2], with: ["axis": 0], integers: [Tensor([[0, -1]])])
    }

    private static func extremes(
        _ name: String,
        _ function: @escaping @Sendable (Tensor<Scalar>, Int, Int) -> (values: Tensor<Scalar>, indices: Tensor<Int32>)
    ) -> Operation {
        Operation(name) { call in
            let (values, indices) = function(
                try call(0), try call.required("count"), try call.setting("axis") ?? -1)
            return [values, indices.converted()]
        }
        .example([2, 4], in: .distinct, with: ["count": 2], hasTies: true)
        .alongEachAxis(of: [2, 3, 2], in: .distinct, with: ["count": 1], hasTies: true)
        .alongEachAxis(of: [2, 3, 2], in: .distinct, with: ["count": 2], hasTies: true)
    }
}
