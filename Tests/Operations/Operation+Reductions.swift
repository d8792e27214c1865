import TapestryAutograd
import TapestryTestSupport

extension Operation {
    static var reductions: [Operation] { overAxes + positions + running }

    private static var overAxes: [Operation] {
        [
            reduction("sum") { $0.sum(axes: $1, keepingAxes: $2) }
                .example([0, 3], with: ["axes": [0]])
                .example([0, 3], with: ["axes": [0], "keepsAxes": true]),
            reduction("mean") { $0.mean(axes: $1, keepingAxes: $2) },
            reduction("product", .nonzero) { $0.product(axes: $1, keepingAxes: $2) },
            reduction("max", .distinct) { $0.max(axes: $1, keepingAxes: $2) },
            reduction("min", .distinct) { $0.min(axes: $1, keepingAxes: $2) },
            reduction("logSumExp") { $0.logSumExp(axes: $1, keepingAxes: $2) },
            ofSquares("variance") { $0.variance(axes: $1, correction: $2, keepingAxes: $3) },
            ofSquares("standardDeviation") { $0.standardDeviation(axes: $1, correction: $2, keepingAxes: $3) },
            Operation("norm") {
                [
                    try $0(0).norm(
                        order: try $0.setting("order") ?? 2, axes: try $0.setting("axes"),
                        keepingAxes: try $0.setting("keepsAxes") ?? false)
                ]
            }
            .example([2, 3], in: .nonzero)
            .example([2, 3], in: .nonzero, with: ["order": 2, "axes": [1], "keepsAxes": true])
            .example([2, 3], in: .nonzero, with: ["order": 1, "axes": [0]])
            .example([2, 3, 2], in: .nonzero, with: ["order": 3, "axes": [0, 2]])
            .example([2, 3], in: .distinct, with: ["order": "Infinity", "axes": [1]], hasTies: true) {
                [$0[0] + 3]
            },
            Operation("any") {
                [
                    try $0.mask.any(axes: try $0.setting("axes"), keepingAxes: try $0.setting("keepsAxes") ?? false)
                        .converted()
                ]
            },
            Operation("all") {
                [
                    try $0.mask.all(axes: try $0.setting("axes"), keepingAxes: try $0.setting("keepsAxes") ?? false)
                        .converted()
                ]
            },
        ]
    }

    private static var positions: [Operation] {
        [
            extreme("argMax") { $0.argMax(axis: $1, keepingAxis: $2) },
            extreme("argMin") { $0.argMin(axis: $1, keepingAxis: $2) },
        ]
    }

    private static var running: [Operation] {
        [
            cumulative("cumulativeSum") { $0.cumulativeSum(axis: $1, reversed: $2) },
            cumulative("cumulativeProduct", .nonzero) { $0.cumulativeProduct(axis: $1, reversed: $2) },
            cumulative("cumulativeLogSumExp") { $0.cumulativeLogSumExp(axis: $1, reversed: $2) },
            Operation("cumulativeMax") { [try $0(0).cumulativeMax(axis: try $0.required("axis"))] }
                .example([3, 4], in: .distinct, with: ["axis": 1], hasTies: true)
                .alongEachAxis(of: [2, 3, 2], in: .distinct, hasTies: true),
            Operation("cumulativeMin") { [try $0(0).cumulativeMin(axis: try $0.required("axis"))] }
                .example([3, 4], in: .distinct, with: ["axis": 1], hasTies: true)
                .alongEachAxis(of: [2, 3, 2], in: .distinct, hasTies: true),
        ]
    }

    private static func reduction(
        _ name: String, _ domain: OperandDomain = .any,
        _ function: @escaping @Sendable (Tensor<Scalar>, [Int]?, Bool) -> Tensor<Scalar>
    ) -> Operation {
        let hasTies = domain == .distinct
        let axes: [GoldenAttribute] = [[-1], [0], [1], [0, 2]]
        let operation = Operation(name) {
            [function(try $0(0), try $0.setting("axes"), try $0.setting("keepsAxes") ?? false)]
        }
        .example([2, 3, 2], in: domain, hasTies: hasTies)
        .example([2, 3], in: domain, with: ["keepsAxes": true], hasTies: hasTies)
        return axes.reduce(operation) { operation, axes in
            operation.example([2, 3, 2], in: domain, with: ["axes": axes], hasTies: hasTies)
                .example([2, 3, 2], in: domain, with: ["axes": axes, "keepsAxes": true], hasTies: hasTies)
        }
    }

    private static func ofSquares(
        _ name: String, _ function: @escaping @Sendable (Tensor<Scalar>, [Int]?, Int, Bool) -> Tensor<Scalar>
    ) -> Operation {
        Operation(name) {
            [
                function(
                    try $0(0), try $0.setting("axes"), try $0.setting("correction") ?? 0,
                    try $0.setting("keepsAxes") ?? false)
            ]
        }
        .example([2, 3], in: .distinct, hasTies: true)
        .example([2, 3, 2], in: .distinct, with: ["axes": [0, 2], "correction": 1], hasTies: true)
        .example([2, 3], in: .distinct, with: ["axes": [1], "keepsAxes": true], hasTies: true)
    }

    private static func extreme(
        _ name: String, _ function: @escaping @Sendable (Tensor<Scalar>, Int, Bool) -> Tensor<Int32>
    ) -> Operation {
        Operation(name) {
            [function(try $0(0), try $0.required("axis"), try $0.setting("keepsAxis") ?? false).converted()]
        }
        .example([2, 3], in: .distinct, with: ["axis": 1], hasTies: true)
        .example([2, 3], in: .distinct, with: ["axis": 0, "keepsAxis": true], hasTies: true)
        .alongEachAxis(of: [2, 3, 2], in: .distinct, hasTies: true)
    }

    private static func cumulative(
        _ name: String, _ domain: OperandDomain = .any,
        _ function: @escaping @Sendable (Tensor<Scalar>, Int, Bool) -> Tensor<Scalar>
    ) -> Operation {
        let operation = Operation(name) {
            [function(try $0(0), try $0.required("axis"), try $0.setting("reversed") ?? false)]
        }
        let places: [([Int], GoldenAttribute)] = [
            ([2, 3], 1), ([3, 2], 0), ([2, 3, 2], 1), ([2, 3, 2], 0), ([4], -1), ([2, 1], 1), ([0, 2], 0), ([2, 0], 0),
        ]
        return places.reduce(operation) { operation, place in
            operation.example(place.0, in: domain, with: ["axis": place.1])
                .example(place.0, in: domain, with: ["axis": place.1, "reversed": true])
        }
    }
}
