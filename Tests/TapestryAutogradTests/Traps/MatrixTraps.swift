import TapestryArrays
import TapestryTestSupport
import Testing

@testable import TapestryAutograd

extension TensorTrapTests {
    static let matrices: [ExpectedTrap] = [
        ExpectedTrap("diagonal: needs matrices, and the shape is [3]") { _ = zeros(3).diagonal() },
        ExpectedTrap("trace: needs matrices, and the shape is [3]") { _ = zeros(3).trace() },
        ExpectedTrap("lowerTriangle: needs matrices, and the shape is [3]") { _ = zeros(3).lowerTriangle() },
        ExpectedTrap("upperTriangle: needs matrices, and the shape is [3]") { _ = zeros(3).upperTriangle() },
        ExpectedTrap("cholesky: needs square matrices, and the shape is [2, 3]") { _ = zeros(2, 3).cholesky() },
        ExpectedTrap("cholesky: needs square matrices, and the shape is [4]") { _ = zeros(4).cholesky() },
        ExpectedTrap("inverse: needs square matrices, and the shape is [2, 3]") { _ = zeros(2, 3).inverse() },
        ExpectedTrap("inverse: needs square matrices, and the shape is [4]") { _ = zeros(4).inverse() },
        ExpectedTrap("determinant: needs square matrices, and the shape is [2, 3]") { _ = zeros(2, 3).determinant() },
        ExpectedTrap("determinant: needs square matrices, and the shape is [4]") { _ = zeros(4).determinant() },
        ExpectedTrap("logDeterminant: needs square matrices, and the shape is [2, 3]") {
            _ = zeros(2, 3).logDeterminant()
        },
        ExpectedTrap("logDeterminant: needs square matrices, and the shape is [4]") { _ = zeros(4).logDeterminant() },
        ExpectedTrap("embeddedDiagonal: a tensor of rank 0 is no diagonal") { _ = zeros().embeddedDiagonal() },
        ExpectedTrap("embeddedDiagonal: a diagonal of shape [2] does not fit at offset 9223372036854775807") {
            _ = zeros(2).embeddedDiagonal(offset: .max)
        },
        ExpectedTrap("embeddedDiagonal: the number of elements of [4294967297, 4294967297] overflows") {
            _ = zeros(1).embeddedDiagonal(offset: -1 << 32)
        },
        ExpectedTrap("solve: needs square matrices, and the shape is [2, 3]") { _ = solve(zeros(2, 3), zeros(2, 1)) },
        ExpectedTrap("solve: needs square matrices, and the shape is [2]") { _ = solve(zeros(2), zeros(2)) },
        ExpectedTrap("solve: right-hand sides of shape [3, 1] do not fit matrices of shape [2, 2]") {
            _ = solve(zeros(2, 2), zeros(3, 1))
        },
        ExpectedTrap("solve: right-hand sides of shape [3] do not fit matrices of shape [2, 2]") {
            _ = solve(zeros(2, 2), zeros(3))
        },
        ExpectedTrap("solve: right-hand sides of shape [] do not fit matrices of shape [2, 2]") {
            _ = solve(zeros(2, 2), zeros())
        },
        ExpectedTrap("solve: right-hand sides of shape [3, 2, 1] do not fit matrices of shape [2, 2, 2]") {
            _ = solve(zeros(2, 2, 2), zeros(3, 2, 1))
        },
        ExpectedTrap("triangularSolve: needs square matrices, and the shape is [2, 3]") {
            _ = triangularSolve(zeros(2, 3), zeros(2, 1), lower: true)
        },
        ExpectedTrap("triangularSolve: needs square matrices, and the shape is [2]") {
            _ = triangularSolve(zeros(2), zeros(2), lower: true)
        },
        ExpectedTrap("triangularSolve: right-hand sides of shape [3, 1] do not fit matrices of shape [2, 2]") {
            _ = triangularSolve(zeros(2, 2), zeros(3, 1), lower: true)
        },
        ExpectedTrap("triangularSolve: right-hand sides of shape [3] do not fit matrices of shape [2, 2]") {
            _ = triangularSolve(zeros(2, 2), zeros(3), lower: true)
        },
        ExpectedTrap("triangularSolve: right-hand sides of shape [] do not fit matrices of shape [2, 2]") {
            _ = triangularSolve(zeros(2, 2), zeros(), lower: true)
        },
        ExpectedTrap("triangularSolve: right-hand sides of shape [3, 2, 1] do not fit matrices of shape [2, 2, 2]") {
            _ = triangularSolve(zeros(2, 2, 2), zeros(3, 2, 1), lower: true)
        },
    ]
}
