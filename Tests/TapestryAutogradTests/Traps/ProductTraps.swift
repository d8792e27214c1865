import TapestryArrays
import TapestryTestSupport
import Testing

@testable import TapestryAutograd

extension TensorTrapTests {
    static let products: [ExpectedTrap] = [
        ExpectedTrap("matmul: inner dimensions differ: [2, 3] · [2, 3] (3 ≠ 2)") {
            _ = matmul(zeros(2, 3), zeros(2, 3))
        },
        ExpectedTrap("matmul: inner dimensions differ: [2] · [3] (2 ≠ 3)") { _ = matmul(zeros(2), zeros(3)) },
        ExpectedTrap("matmul: operands need at least one axis: [] · [3]") { _ = matmul(zeros(), zeros(3)) },
        ExpectedTrap("matmul: inner dimensions differ: [3] · [2, 4, 5] (3 ≠ 4)") {
            _ = matmul(zeros(3), zeros(2, 4, 5))
        },
        ExpectedTrap("matmul: inner dimensions differ: [2, 5, 3] · [4] (3 ≠ 4)") {
            _ = matmul(zeros(2, 5, 3), zeros(4))
        },
        ExpectedTrap("matmul: inner dimensions differ: [2, 5, 3] · [4, 7] (3 ≠ 4)") {
            _ = matmul(zeros(2, 5, 3), zeros(4, 7))
        },
        ExpectedTrap("matmul: batch axes cannot be broadcast: [2, 2, 3] · [3, 3, 2]") {
            _ = matmul(zeros(2, 2, 3), zeros(3, 3, 2))
        },
        ExpectedTrap("dot: needs two vectors of one extent: [2] and [3]") { _ = dot(zeros(2), zeros(3)) },
        ExpectedTrap("dot: needs two vectors of one extent: [2, 2] and [2, 2]") { _ = dot(zeros(2, 2), zeros(2, 2)) },
        ExpectedTrap("outer: needs two vectors: [2] and []") { _ = outer(zeros(2), zeros()) },
        ExpectedTrap("tensordot: axes [-2, -1] of [2, 3] and [0, 1] of [3, 2] have not the same extents") {
            _ = tensordot(zeros(2, 3), zeros(3, 2))
        },
        ExpectedTrap("tensordot: axes [1] of [2, 3] and [0, 1] of [3, 2] have not the same extents") {
            _ = tensordot(zeros(2, 3), zeros(3, 2), axes: [1])
        },
        ExpectedTrap("tensordot: axis 2 does not exist in a tensor of shape [2, 3]") {
            _ = tensordot(zeros(2, 3), zeros(3, 2), axes: [2], [0])
        },
        ExpectedTrap("tensordot: axis 1 is named twice in [1, -1]") {
            _ = tensordot(zeros(2, 3), zeros(3, 3), axes: [1, -1], [0, 1])
        },
        ExpectedTrap(
            """
            scaledDotProductAttention: queries [2], keys [3, 2] and values [3, 2]: each needs at least two axes
            """
        ) {
            _ = scaledDotProductAttention(zeros(2), zeros(3, 2), zeros(3, 2))
        },
        ExpectedTrap(
            """
            scaledDotProductAttention: queries [4, 2], keys [3, 5] and values [3, 2]: queries and keys differ in \
            the last axis
            """
        ) {
            _ = scaledDotProductAttention(zeros(4, 2), zeros(3, 5), zeros(3, 2))
        },
        ExpectedTrap(
            """
            scaledDotProductAttention: queries [4, 2], keys [3, 2] and values [5, 2]: keys and values differ in \
            the number of sources
            """
        ) {
            _ = scaledDotProductAttention(zeros(4, 2), zeros(3, 2), zeros(5, 2))
        },
        ExpectedTrap(
            """
            scaledDotProductAttention: queries [2, 4, 2], keys [3, 3, 2] and values [3, 2]: leading axes cannot \
            be broadcast
            """
        ) {
            _ = scaledDotProductAttention(zeros(2, 4, 2), zeros(3, 3, 2), zeros(3, 2))
        },
        ExpectedTrap(
            """
            scaledDotProductAttention: queries [2, 4, 2], keys [3, 2] and values [5, 3, 2]: leading axes cannot \
            be broadcast
            """
        ) {
            _ = scaledDotProductAttention(zeros(2, 4, 2), zeros(3, 2), zeros(5, 3, 2))
        },
        ExpectedTrap(
            """
            scaledDotProductAttention: queries [4, 2], keys [3, 2] and values [3, 2]: a mask of shape [3, 4] \
            cannot be broadcast to [4, 3]
            """
        ) {
            let mask = Tensor(repeating: true, shape: [3, 4])
            _ = scaledDotProductAttention(zeros(4, 2), zeros(3, 2), zeros(3, 2), mask: mask)
        },
    ]

    static let einsums: [ExpectedTrap] = [
        ExpectedTrap("einsum: \"ij->jk->k\" for shapes [[2, 3]]: more than one ->") {
            _ = einsum("ij->jk->k", zeros(2, 3))
        },
        ExpectedTrap("einsum: \"ij\" for shapes [[2, 3], [3]]: 1 terms for 2 operands") {
            _ = einsum("ij", zeros(2, 3), zeros(3))
        },
        ExpectedTrap("einsum: \"ij,jk\" for shapes [[2, 3]]: 2 terms for 1 operands") {
            _ = einsum("ij,jk", zeros(2, 3))
        },
        ExpectedTrap("einsum: \"\" for shapes []: 1 terms for 0 operands") { _ = einsum("", [Tensor<Double>]()) },
        ExpectedTrap("einsum: \"ijk\" for shapes [[2, 3]]: ijk names 3 axes of a tensor of rank 2") {
            _ = einsum("ijk", zeros(2, 3))
        },
        ExpectedTrap("einsum: \"i\" for shapes [[2, 3]]: i names 1 axes of a tensor of rank 2") {
            _ = einsum("i", zeros(2, 3))
        },
        ExpectedTrap("einsum: \"...ijk\" for shapes [[2, 3]]: ...ijk names 3 axes of a tensor of rank 2") {
            _ = einsum("...ijk", zeros(2, 3))
        },
        ExpectedTrap("einsum: \"i...j...\" for shapes [[2, 3]]: ... stands twice in i...j...") {
            _ = einsum("i...j...", zeros(2, 3))
        },
        ExpectedTrap("einsum: \"ij->...i...\" for shapes [[2, 3]]: ... stands twice in ...i...") {
            _ = einsum("ij->...i...", zeros(2, 3))
        },
        ExpectedTrap("einsum: \"i.j\" for shapes [[2, 3]]: . is no letter") { _ = einsum("i.j", zeros(2, 3)) },
        ExpectedTrap("einsum: \"ij->i1\" for shapes [[2, 3]]: 1 is no letter") { _ = einsum("ij->i1", zeros(2, 3)) },
        ExpectedTrap("einsum: \"ij->i,j\" for shapes [[2, 3]]: , is no letter") { _ = einsum("ij->i,j", zeros(2, 3)) },
        ExpectedTrap("einsum: \"ij,jk->ik\" for shapes [[2, 3], [4, 5]]: j is 3 and 4") {
            _ = einsum("ij,jk->ik", zeros(2, 3), zeros(4, 5))
        },
        ExpectedTrap("einsum: \"ii->i\" for shapes [[2, 3]]: i is 2 and 3") { _ = einsum("ii->i", zeros(2, 3)) },
        ExpectedTrap("einsum: \"...i,...i->...\" for shapes [[2, 3], [4, 3]]: axis -1 of ... is 2 and 4") {
            _ = einsum("...i,...i->...", zeros(2, 3), zeros(4, 3))
        },
        ExpectedTrap("einsum: \"ij->ik\" for shapes [[2, 3]]: no operand has k") { _ = einsum("ij->ik", zeros(2, 3)) },
        ExpectedTrap("einsum: \"ij->ii\" for shapes [[2, 3]]: a letter stands twice in the result") {
            _ = einsum("ij->ii", zeros(2, 3))
        },
    ]
}
