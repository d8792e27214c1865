import TapestryAutograd
import TapestryTestSupport

extension Operation {
    static var linearAlgebra: [Operation] { products + parts + systems }

    private static var products: [Operation] {
        [
            Operation("matmul") { [matmul(try $0(0), try $0(1))] }
                .example([2, 3], [3, 4])
                .example([3], [3])
                .example([3], [3, 2])
                .example([2, 3], [3])
                .example([1, 3], [3, 1])
                .example([2, 0], [0, 3])
                .example([0, 2], [2, 3])
                .example([2, 2, 3], [3, 2])
                .example([2, 3], [2, 3, 2])
                .example([2, 2, 3], [1, 3, 2])
                .example([3], [2, 3, 2])
                .example([2, 2, 3], [3])
                .example([0, 2, 3], [1, 3, 2])
                .example([2, 1, 2, 3], [3, 3, 2]),
            Operation("dot") { [dot(try $0(0), try $0(1))] }.example([4], [4]),
            Operation("outer") { [outer(try $0(0), try $0(1))] }.example([3], [2]),
            Operation("einsum") { [einsum(try $0.required("specification"), $0.reals)] }
                .example([2, 3], [3, 2], with: ["specification": "ij,jk->ik"])
                .example([2, 3, 3], with: ["specification": "bii->b"])
                .example([2, 3], [3], [2], with: ["specification": "...i,i,j->j..."])
                .example([2, 3], [2, 3], with: ["specification": "ij,ij"]),
            Operation("tensordot") {
                [tensordot(try $0(0), try $0(1), axes: try $0.required("first"), try $0.required("second"))]
            }
            .example([2, 3, 2], [3, 2, 4], with: ["first": [1, 0], "second": [0, 1]])
            .example([2], [3], with: ["first": [], "second": []]),
        ]
    }

    private static var parts: [Operation] {
        [
            offset("diagonal") { $0.diagonal(offset: $1) },
            offset("embeddedDiagonal") { $0.embeddedDiagonal(offset: $1) },
            offset("lowerTriangle") { $0.lowerTriangle(offset: $1) },
            offset("upperTriangle") { $0.upperTriangle(offset: $1) },
            Operation("trace") { [try $0(0).trace()] }.example([3, 3]).example([2, 2, 2]),
        ]
    }

    private static var systems: [Operation] {
        [
            Operation("cholesky") { [try $0(0).cholesky()] }
                .example([3, 3], tolerance: 1e-7) { [definite($0[0])] }
                .example([2, 3, 3], tolerance: 1e-7) { [definite($0[0])] },
            matrix("inverse") { [$0.inverse()] },
            matrix("determinant") { [$0.determinant()] },
            matrix("logDeterminant") { x in
                let (sign, logarithm) = x.logDeterminant()
                return [sign, logarithm]
            },
            Operation("solve") { [solve(try $0(0), try $0(1))] }
                .example([3, 3], [3, 2], tolerance: 1e-7) { [regular($0[0]), $0[1]] }
                .example([2, 3, 3], [3, 1], tolerance: 1e-7) { [regular($0[0]), $0[1]] }
                .example([2, 3, 3], [2, 3, 2], tolerance: 1e-7) { [regular($0[0]), $0[1]] }
                .example([3, 3], [2, 3, 2], tolerance: 1e-7) { [regular($0[0]), $0[1]] }
                .example([3, 3], [3], tolerance: 1e-7) { [regular($0[0]), $0[1]] },
            Operation("triangularSolve") {
                [
                    triangularSolve(
                        try $0(0), try $0(1), lower: try $0.required("lower"),
                        transposed: try $0.setting("transposed") ?? false,
                        unitDiagonal: try $0.setting("unitDiagonal") ?? false)
                ]
            }
            .example([3, 3], [3, 2], with: ["lower": true], tolerance: 1e-7) { [regular($0[0]), $0[1]] }
            .example([2, 3, 3], [2, 3, 2], with: ["lower": true], tolerance: 1e-7) { [regular($0[0]), $0[1]] }
            .example([2, 3, 3], [3], with: ["lower": false, "transposed": true], tolerance: 1e-7) {
                [regular($0[0]), $0[1]]
            }
            .example([3, 3], [3, 2], with: ["lower": false, "transposed": true], tolerance: 1e-7) {
                [regular($0[0]), $0[1]]
            }
            .example(
                [3, 3], [2, 3, 1], with: ["lower": true, "transposed": true, "unitDiagonal": true], tolerance: 1e-7
            )
            .example([2, 3, 3], [2, 3, 2], with: ["lower": false, "unitDiagonal": true], tolerance: 1e-7)
            .example([3, 3], [3, 2], with: ["lower": false, "unitDiagonal": true], tolerance: 1e-7)
            .example([3, 3], [2, 3, 1], with: ["lower": true, "unitDiagonal": true], tolerance: 1e-7),
        ]
    }

    /// A matrix with a dominant diagonal.
    @Sendable private static func regular(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        x * 0.3 + Tensor<Scalar>.identity(x.shape.last!) * 2
    }

    /// A positive definite matrix.
    @Sendable private static func definite(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        matmul(regular(x), regular(x).transposed())
    }

    private static func matrix(
        _ name: String, _ function: @escaping @Sendable (Tensor<Scalar>) -> [Tensor<Scalar>]
    ) -> Operation {
        Operation(name) { function(try $0(0)) }
            .example([3, 3], tolerance: 1e-7) { [regular($0[0])] }
            .example([2, 3, 3], tolerance: 1e-7) { [regular($0[0])] }
    }

    private static func offset(
        _ name: String, _ function: @escaping @Sendable (Tensor<Scalar>, Int) -> Tensor<Scalar>
    ) -> Operation {
        Operation(name) { [function(try $0(0), try $0.setting("offset") ?? 0)] }
            .example([3, 4])
            .example([2, 3, 3])
            .example([2, 4], with: ["offset": 1])
            .example([2, 3, 4], with: ["offset": 1])
            .example([2, 4, 3], with: ["offset": -1])
            .example([4, 2], with: ["offset": -2])
    }
}
