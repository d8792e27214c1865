import TapestryAutograd
import TapestryTestSupport

extension Operation {
    static var shape: [Operation] { views + assembled + parts }

    private static var views: [Operation] {
        [
            Operation("reshape") { [try $0(0).reshaped(to: try $0.required("shape", as: [Int].self))] }
                .example([2, 3], with: ["shape": [3, 1, 2]])
                .example([2, 3], with: ["shape": [3, 2]])
                .example([], with: ["shape": [1, 1]])
                .example([0, 3], with: ["shape": [3, 0, 2]]),
            Operation("expand") { [try $0(0).expanded(to: try $0.required("shape"))] }
                .example([2, 1, 3], with: ["shape": [2, 2, 4, 3]])
                .example([1, 3], with: ["shape": [2, 3]])
                .example([], with: ["shape": [2, 2]])
                .example([1, 3], with: ["shape": [0, 3]]),
            Operation("flatten") {
                [try $0(0).flattened(from: try $0.setting("first") ?? 0, to: try $0.setting("last") ?? -1)]
            }
            .example([2, 3])
            .example([])
            .example([2, 3, 2], with: ["first": 1])
            .example([2, 3, 2], with: ["first": -3, "last": 1]),
            Operation("transpose") {
                [try $0(0).transposed(try $0.setting("first") ?? -2, try $0.setting("second") ?? -1)]
            }
            .example([2, 3])
            .example([0, 3])
            .example([2, 3, 2], with: ["first": 0, "second": -1]),
            Operation("permute") { [try $0(0).permuted(try $0.required("order"))] }
                .example([2, 3, 4], with: ["order": [2, 0, 1]]),
            Operation("squeeze") { [try $0(0).squeezed(axes: try $0.setting("axes"))] }
                .example([2, 1, 3, 1])
                .example([2, 1, 3, 1], with: ["axes": [1]]),
            Operation("unsqueeze") { [try $0(0).unsqueezed(axis: try $0.required("axis"))] }
                .example([2, 3], with: ["axis": 1])
                .example([2, 3], with: ["axis": -1]),
        ]
    }

    private static var assembled: [Operation] {
        [
            Operation("concatenate") { [concatenate($0.reals, axis: try $0.setting("axis") ?? 0)] }
                .example([2, 3], [1, 3], [3, 3])
                .example([2, 3], [2, 1], with: ["axis": -1])
                .example([2, 3], [0, 3]),
            Operation("stack") { [stack($0.reals, axis: try $0.setting("axis") ?? 0)] }
                .example([2, 3], [2, 3])
                .example([2, 3], [2, 3], with: ["axis": 1])
                .example([], []),
            Operation("repeat") { [try $0(0).repeated(try $0.required("count"), axis: try $0.required("axis"))] }
                .example([2, 3], with: ["count": 2, "axis": 1])
                .example([2, 3], with: ["count": 3, "axis": 0]),
            Operation("tile") { [try $0(0).tiled(try $0.required("counts"))] }
                .example([2, 3], with: ["counts": [2, 2]])
                .example([2], with: ["counts": [2, 3]]),
            Operation("pad") { call in
                let before: [Int] = try call.required("before")
                let after: [Int] = try call.required("after")
                let mode: PaddingMode<Scalar> =
                    switch try call.setting("mode") ?? "constant" {
                    case "constant": .constant(try call.setting("value") ?? 0)
                    case "reflect": .reflect
                    case "edge": .edge
                    case let other: throw GoldenError("padding mode \(other) is not known")
                    }
                if before.count != after.count { throw GoldenError("before \(before) and after \(after)") }
                return [try call(0).padded(zip(before, after).map { ($0, $1) }, mode: mode)]
            }
            .example([2, 3], with: ["before": [1, 0], "after": [0, 2], "value": 0.5])
            .example([3, 3], with: ["before": [2, 1], "after": [1, 2], "mode": "reflect"])
            .example([2, 3], with: ["before": [2, 1], "after": [0, 3], "mode": "edge"]),
        ]
    }

    private static var parts: [Operation] {
        [
            Operation("split") {
                try $0(0).split(try $0.required("extents", as: [Int].self), axis: try $0.setting("axis") ?? 0)
            }
            .example([4, 2], with: ["extents": [1, 3]])
            .example([2, 4], with: ["extents": [1, 2, 1], "axis": 1])
            .example([2, 4], with: ["extents": [0, 4], "axis": 1]),
            Operation("chunk") { try $0(0).chunked(try $0.required("count"), axis: try $0.setting("axis") ?? 0) }
                .example([5, 2], with: ["count": 2])
                .example([2, 4], with: ["count": 2, "axis": -1]),
            Operation("roll") { [try $0(0).rolled(by: try $0.required("shift"), axis: try $0.required("axis"))] }
                .example([2, 4], with: ["shift": 1, "axis": 1])
                .example([3, 2], with: ["shift": -5, "axis": 0]),
            Operation("flip") { [try $0(0).flipped(axes: try $0.setting("axes"))] }
                .example([2, 3])
                .example([2, 3], with: ["axes": [1]]),
            Operation("subscript") { [try $0(0).at(try NumPySubscript(try $0.required("subscript")))] }
                .example([3, 4], with: ["subscript": "1"])
                .example([3, 4], with: ["subscript": "1:, ::2"])
                .example([4, 3], with: ["subscript": "2:2"])
                .example([3, 4], with: ["subscript": "::-1, -3:-1"]),
            Operation("assign") { call in
                var x = try call(0)
                x.assign(try call(1), at: try NumPySubscript(try call.required("subscript")))
                return [x]
            }
            .example([3, 4], [4], with: ["subscript": "1"])
            .example([3, 4], [2, 1], with: ["subscript": "1:, ::2"])
            .example([3, 4], [], with: ["subscript": "::-2, -3:-1"]),
        ]
    }
}
