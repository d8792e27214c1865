import TapestryTestSupport

@testable import TapestryAutograd

/// The tensor operations of the golden files by their names; an operation that is not here is a failure.
enum GoldenFunctions {
    static let all: [String: GoldenFunction] = elementwise.mapValues(ofOne).merging(pairs.mapValues(ofTwo)) { $1 }
        .merging(settings) { $1 }

    private static let elementwise: [String: @Sendable (Tensor<Double>) -> Tensor<Double>] = [
        "exp": { exp($0) }, "log": { log($0) }, "tanh": { tanh($0) }, "sigmoid": { sigmoid($0) }, "relu": { relu($0) },
        "sqrt": { sqrt($0) }, "square": { square($0) }, "abs": { abs($0) },
        "reciprocal": { reciprocal($0) }, "rsqrt": { rsqrt($0) }, "expm1": { expm1($0) }, "log1p": { log1p($0) },
        "log2": { log2($0) }, "log10": { log10($0) }, "sin": { sin($0) }, "cos": { cos($0) }, "tan": { tan($0) },
        "asin": { asin($0) }, "acos": { acos($0) }, "atan": { atan($0) }, "sinh": { sinh($0) }, "cosh": { cosh($0) },
        "asinh": { asinh($0) }, "acosh": { acosh($0) }, "atanh": { atanh($0) }, "erf": { erf($0) },
        "erfc": { erfc($0) }, "erfinv": { erfinv($0) }, "lgamma": { lgamma($0) }, "digamma": { digamma($0) },
        "floor": { floor($0) }, "ceil": { ceil($0) }, "round": { round($0) }, "trunc": { trunc($0) },
        "sign": { sign($0) }, "softplus": { softplus($0) }, "logSigmoid": { logSigmoid($0) },
        "leakyRelu": { leakyRelu($0) }, "elu": { elu($0) }, "selu": { selu($0) }, "gelu": { gelu($0) },
        "geluTanh": { geluTanh($0) }, "silu": { silu($0) }, "mish": { mish($0) }, "softsign": { softsign($0) },
        "hardSigmoid": { hardSigmoid($0) }, "hardTanh": { hardTanh($0) }, "inverse": { $0.inverse() },
        "determinant": { $0.determinant() }, "logDeterminant": { $0.logDeterminant().logarithm },
        "choleskyOfSquare": { (matmul($0, $0.transposed()) + 2 * Tensor<Double>.identity(3)).cholesky() },
        "trace": { $0.trace() },
    ]

    private static let pairs: [String: @Sendable (Tensor<Double>, Tensor<Double>) -> Tensor<Double>] = [
        "add": { $0 + $1 }, "subtract": { $0 - $1 }, "multiply": { $0 * $1 }, "divide": { $0 / $1 },
        "maximum": { maximum($0, $1) }, "minimum": { minimum($0, $1) }, "matmul": { matmul($0, $1) },
        "atan2": { atan2($0, $1) }, "hypot": { hypot($0, $1) }, "remainder": { remainder($0, $1) },
        "logAddExp": { logAddExp($0, $1) }, "xlogy": { xlogy($0, $1) }, "solve": { solve($0, $1) },
        "dot": { dot($0, $1) }, "outer": { outer($0, $1) },
    ]

    private static let settings: [String: GoldenFunction] = [
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
        "polygamma": { inputs, testCase in
            try testCase.allowAttributes("order")
            return [polygamma(try testCase.attribute("order"), inputs[0])]
        },
        "clamp": { inputs, testCase in
            try testCase.allowAttributes("lower", "upper")
            return [
                inputs[0].clamped(from: try testCase.attribute("lower"), to: try testCase.attribute("upper"))
            ]
        },
        "diagonal": offset { $0.diagonal(offset: $1) },
        "lowerTriangle": offset { $0.lowerTriangle(offset: $1) },
        "upperTriangle": offset { $0.upperTriangle(offset: $1) },
        "triangularSolve": { inputs, testCase in
            try testCase.allowAttributes("lower")
            return [triangularSolve(inputs[0], inputs[1], lower: try testCase.attribute("lower"))]
        },
        "tensordot": { inputs, testCase in
            try testCase.allowAttributes("first", "second")
            return [
                tensordot(
                    inputs[0], inputs[1], axes: try testCase.attribute("first"), try testCase.attribute("second"))
            ]
        },
        "einsum": { inputs, testCase in
            try testCase.allowAttributes("specification")
            return [einsum(try testCase.attribute("specification"), inputs)]
        },
        "convolution": { inputs, testCase in
            try testCase.allowAttributes("stride", "padding", "dilation", "groups")
            return [
                convolution(
                    inputs[0], inputs[1], bias: inputs[2], stride: testCase.attribute("stride", default: [1]),
                    padding: testCase.attribute("padding", default: [0]),
                    dilation: testCase.attribute("dilation", default: [1]),
                    groups: testCase.attribute("groups", default: 1))
            ]
        },
        "transposedConvolution": { inputs, testCase in
            try testCase.allowAttributes("stride", "padding", "outputPadding", "dilation", "groups")
            return [
                transposedConvolution(
                    inputs[0], inputs[1], bias: inputs[2], stride: testCase.attribute("stride", default: [1]),
                    padding: testCase.attribute("padding", default: [0]),
                    outputPadding: testCase.attribute("outputPadding", default: [0]),
                    dilation: testCase.attribute("dilation", default: [1]),
                    groups: testCase.attribute("groups", default: 1))
            ]
        },
        "maxPooled": { inputs, testCase in
            try testCase.allowAttributes("window", "stride", "padding")
            return [
                maxPooled(
                    inputs[0], window: try testCase.attribute("window"), stride: try testCase.attribute("stride"),
                    padding: try testCase.attribute("padding"))
            ]
        },
        "averagePooled": { inputs, testCase in
            try testCase.allowAttributes("window", "stride", "padding", "countsPadding")
            return [
                averagePooled(
                    inputs[0], window: try testCase.attribute("window"), stride: try testCase.attribute("stride"),
                    padding: try testCase.attribute("padding"), countsPadding: try testCase.attribute("countsPadding"))
            ]
        },
    ]

    private static func ofOne(_ function: @escaping @Sendable (Tensor<Double>) -> Tensor<Double>) -> GoldenFunction {
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

    private static func offset(
        _ function: @escaping @Sendable (Tensor<Double>, Int) -> Tensor<Double>
    ) -> GoldenFunction {
        { inputs, testCase in
            try testCase.allowAttributes("offset")
            return [function(inputs[0], try testCase.attribute("offset"))]
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
