import TapestryArrays
import TapestryTestSupport
import Testing

@testable import TapestryAutograd

extension TensorTrapTests {
    static let subscripts: [ExpectedTrap] = [
        ExpectedTrap("subscript: 3 subscripts for a tensor of shape [2, 3], which has 2 axes") {
            _ = zeros(2, 3)[0, 0, 0]
        },
        ExpectedTrap("subscript: 3 subscripts for a tensor of shape [2, 3], which has 2 axes") {
            _ = zeros(2, 3)[0, .newAxis, .ellipsis, 0, 0]
        },
        ExpectedTrap("subscript: 4 subscripts for a tensor of shape [2, 3], which has 2 axes") {
            _ = zeros(2, 3)[0, 1, 0..., .newAxis, 0]
        },
        ExpectedTrap("subscript: two ellipses: which axes each of them stands for is open") {
            _ = zeros(2, 3)[.ellipsis, 0, .ellipsis]
        },
        ExpectedTrap("subscript: two ellipses: which axes each of them stands for is open") {
            _ = zeros(2, 3)[..., 0, .ellipsis]
        },
        ExpectedTrap("subscript: a tensor of shape [3, 1] cannot be broadcast to the part of shape [2, 1]") {
            var x = zeros(2, 3)
            x[..., 0, .newAxis] = zeros(3, 1)
        },
        ExpectedTrap("subscript: position 2 is outside axis 0 of shape [2, 3]") { _ = zeros(2, 3)[2] },
        ExpectedTrap("subscript: position -4 is outside axis 1 of shape [2, 3]") { _ = zeros(2, 3)[0, -4] },
        ExpectedTrap("subscript: range 1..<3 is outside axis 0 of shape [2, 3]") { _ = zeros(2, 3)[1..<3] },
        ExpectedTrap(
            """
            subscript: range -2..<0 on axis 0 of shape [2, 3] has a negative bound, which counts from the end in \
            one-sided ranges only
            """
        ) { _ = zeros(2, 3)[(-2)..<0] },
        ExpectedTrap("subscript: range -2...1 on axis 0 of shape [2, 3] has a negative bound") {
            _ = zeros(2, 3)[(-2)...1]
        },
        ExpectedTrap("subscript: range 1...2 is outside axis 0 of shape [2, 3]") { _ = zeros(2, 3)[1...2] },
        ExpectedTrap("subscript: range 0...9223372036854775807 is outside axis 0 of shape [2, 3]") {
            _ = zeros(2, 3)[0...Int.max]
        },
        ExpectedTrap("subscript: range 3... is outside axis 0 of shape [2, 3]") { _ = zeros(2, 3)[3...] },
        ExpectedTrap("subscript: range -3... is outside axis 0 of shape [2, 3]") { _ = zeros(2, 3)[(-3)...] },
        ExpectedTrap("subscript: range ..<-3 is outside axis 0 of shape [2, 3]") { _ = zeros(2, 3)[..<(-3)] },
        ExpectedTrap("subscript: range ..<4 is outside axis 1 of shape [2, 3]") { _ = zeros(2, 3)[0, ..<4] },
        ExpectedTrap("subscript: range ...-5 is outside axis 0 of shape [2, 3]") { _ = zeros(2, 3)[...(-5)] },
        ExpectedTrap("subscript: range ...9223372036854775807 is outside axis 0 of shape [2, 3]") {
            _ = zeros(2, 3)[...Int.max]
        },
        ExpectedTrap("subscript: position -1 of a stride is outside axis 0 of shape [5]") {
            _ = zeros(5)[stride(from: 3, through: -1, by: -1)]
        },
        ExpectedTrap("subscript: a tensor of shape [2] cannot be broadcast to the part of shape [3]") {
            var x = zeros(2, 3)
            x[1] = zeros(2)
        },
        ExpectedTrap("subscript: position 4 of a stride is outside axis 1 of shape [2, 3]") {
            _ = zeros(2, 3)[0, stride(from: 0, to: 6, by: 2)]
        },
        ExpectedTrap("subscript: position -1 of a stride is outside axis 1 of shape [2, 3]") {
            _ = zeros(2, 3)[0, stride(from: -1, to: 3, by: 2)]
        },
        ExpectedTrap("subscript: position 3 of a stride is outside axis 1 of shape [2, 3]") {
            _ = zeros(2, 3)[0, stride(from: 0, through: Int.max, by: 1)]
        },
    ]
}
