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
            let function = try #require(Self.functions[testCase.operation], "unknown operation \(testCase.operation)")
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

    private static let functions: [String: GoldenFunction] = [
        "exp": elementwise { exp($0) },
        "log": elementwise { log($0) },
        "tanh": elementwise { tanh($0) },
        "sigmoid": elementwise { sigmoid($0) },
        "relu": elementwise { relu($0) },
        "sqrt": elementwise { sqrt($0) },
        "square": elementwise { square($0) },
        "abs": elementwise { abs($0) },
        "add": ofTwo { $0 + $1 },
        "subtract": ofTwo { $0 - $1 },
        "multiply": ofTwo { $0 * $1 },
        "divide": ofTwo { $0 / $1 },
        "maximum": ofTwo { maximum($0, $1) },
        "minimum": ofTwo { minimum($0, $1) },
        "matmul": ofTwo { matmul($0, $1) },
        "pow": { inputs, testCase in
            try testCase.allowAttributes("exponent")
            if inputs.count == 2 { return [pow(inputs[0], inputs[1])] }
            return [pow(inputs[0], Double(try testCase.attribute("exponent", as: Int.self)))]
        },
        "sum": reduction { $0.sum(axes: $1, keepingAxes: $2) },
        "mean": reduction { $0.mean(axes: $1, keepingAxes: $2) },
        "max": reduction { $0.max(axes: $1, keepingAxes: $2) },
        "logSumExp": reduction { $0.logSumExp(axes: $1, keepingAxes: $2) },
        "variance": { inputs, testCase in
            try testCase.allowAttributes("axes", "keepsAxes", "correction")
            return [
                inputs[0].variance(
                    axes: try testCase.attribute("axes"), correction: try testCase.attribute("correction"),
                    keepingAxes: try testCase.attribute("keepsAxes"))
            ]
        },
        "softmax": alongAxis { $0.softmax(axis: $1) },
        "logSoftmax": alongAxis { $0.logSoftmax(axis: $1) },
    ]

    private static func elementwise(_ function: @escaping @Sendable (Tensor<Double>) -> Tensor<Double>)
        -> GoldenFunction
    {
        { inputs, testCase in
            try testCase.allowAttributes()
            return [function(inputs[0])]
        }
    }

    private static func ofTwo(
        _ function: @escaping @Sendable (Tensor<Double>, Tensor<Double>) -> Tensor<Double>
    ) -> GoldenFunction {
        { inputs, testCase in
            try testCase.allowAttributes()
            return [function(inputs[0], inputs[1])]
        }
    }

    private static func reduction(
        _ function: @escaping @Sendable (Tensor<Double>, [Int], Bool) -> Tensor<Double>
    ) -> GoldenFunction {
        { inputs, testCase in
            try testCase.allowAttributes("axes", "keepsAxes")
            return [function(inputs[0], try testCase.attribute("axes"), try testCase.attribute("keepsAxes"))]
        }
    }

    private static func alongAxis(_ function: @escaping @Sendable (Tensor<Double>, Int) -> Tensor<Double>)
        -> GoldenFunction
    {
        { inputs, testCase in
            try testCase.allowAttributes("axis")
            return [function(inputs[0], try testCase.attribute("axis"))]
        }
    }
}
