import TapestryTestSupport
import Testing

@testable import TapestryAutograd

/// Tensor operations against golden values, which were computed from the formulas without any differentiation rule.
@Suite struct GoldenOperationTests {
    /// Operations of the layers; their tests run these cases.
    private static let ofLayers: Set = ["crossEntropy", "binaryCrossEntropy", "meanSquaredError", "layerNorm"]

    @Test func everyOperationAgrees() throws {
        let cases = try GoldenFile(named: "operations").cases.filter { !Self.ofLayers.contains($0.operation) }
        #expect(cases.count >= 40)
        for testCase in cases {
            let function = try #require(
                GoldenFunctions.all[testCase.operation], "unknown operation \(testCase.operation)")
            let report = try testCase.deviations(tolerance: tolerance(of: testCase), function)
            #expect(report.isEmpty, "\(report.joined(separator: "\n"))")
        }
    }

    /// The wide net: PyTorch's values, gradients and second-order products.
    @Test(arguments: try! GoldenFile(named: "functions").cases)
    func everyFunctionAgrees(_ testCase: GoldenCase) throws {
        let function = try #require(
            GoldenFunctions.all[testCase.operation], "unknown operation \(testCase.operation)")
        let report = try testCase.deviations(function)
        #expect(report.isEmpty, "\(report.joined(separator: "\n"))")
    }

    /// With a large offset the operands themselves have no more than nine digits of the differences that matter.
    private func tolerance(of testCase: GoldenCase) -> Double {
        testCase.operation == "variance" && testCase.name.contains("large offset") ? 1e-7 : 1e-10
    }
}
