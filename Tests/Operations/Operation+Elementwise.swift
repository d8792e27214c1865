import TapestryAutograd
import TapestryTestSupport

extension Operation {
    static var elementwise: [Operation] { functions + activations + pairs + truthValues }

    private static var functions: [Operation] {
        [
            unary("negate") { -$0 },
            unary("abs", .nonzero) { abs($0) },
            unary("sign", .nonzero) { sign($0) },
            unary("square") { square($0) },
            unary("sqrt", .positive) { sqrt($0) },
            unary("rsqrt", .positive) { rsqrt($0) },
            unary("reciprocal", .nonzero) { reciprocal($0) },
            unary("exp") { exp($0) },
            unary("expm1") { expm1($0) },
            unary("log", .positive) { log($0) },
            unary("log1p", .positive) { log1p($0) },
            unary("log2", .positive) { log2($0) },
            unary("log10", .positive) { log10($0) },
            unary("sin") { sin($0) },
            unary("cos") { cos($0) },
            unary("tan", .unit) { tan($0) },
            unary("asin", .unit) { asin($0) },
            unary("acos", .unit) { acos($0) },
            unary("atan") { atan($0) },
            unary("sinh") { sinh($0) },
            unary("cosh") { cosh($0) },
            unary("tanh") { tanh($0) },
            unary("asinh") { asinh($0) },
            unary("acosh", .unit, preparing: { [$0[0] + 1.5] }) { acosh($0) },
            unary("atanh", .unit) { atanh($0) },
            unary("erf") { erf($0) },
            unary("erfc") { erfc($0) },
            unary("erfinv", .unit) { erfinv($0) },
            unary("lgamma", .positive) { lgamma($0) },
            unary("digamma", .positive) { digamma($0) },
            unary("floor", .unit) { floor($0) },
            unary("ceil", .unit) { ceil($0) },
            unary("round", .unit, preparing: { [$0[0] * 0.4] }) { round($0) },
            unary("trunc", .unit) { trunc($0) },
            Operation("polygamma") { [polygamma(try $0.required("order"), try $0(0))] }
                .example([2, 3], in: .positive, with: ["order": 0])
                .example([2, 3], in: .positive, with: ["order": 1])
                .example([2, 1, 3], in: .positive, with: ["order": 2])
                .example([0, 3], in: .positive, with: ["order": 2])
                .example([], in: .positive, with: ["order": 2])
                .example([3], in: .positive, with: ["order": 3]),
            Operation("clamp") { [try $0(0).clamped(from: try $0.setting("lower"), to: try $0.setting("upper"))] }
                .example([2, 3], in: .distinct, with: ["lower": -0.2, "upper": 0.1])
                .example([2, 3], in: .distinct, with: ["lower": -0.1])
                .example([5], in: .distinct, with: ["upper": 0.1]),
        ]
    }

    private static var activations: [Operation] {
        [
            unary("sigmoid") { sigmoid($0) },
            unary("logSigmoid") { logSigmoid($0) },
            unary("softplus") { softplus($0) },
            unary("relu", .nonzero) { relu($0) },
            unary("selu", .nonzero) { selu($0) },
            unary("gelu") { gelu($0) },
            unary("geluTanh") { geluTanh($0) },
            unary("silu") { silu($0) },
            unary("mish") { mish($0) },
            unary("softsign", .nonzero) { softsign($0) },
            // The ends of the slopes are at ±3 and ±1, which these do not meet.
            unary("hardSigmoid", .distinct, preparing: { [$0[0] * 9] }) { hardSigmoid($0) },
            unary("hardTanh", .distinct, preparing: { [$0[0] * 5] }) { hardTanh($0) },
            Operation("leakyRelu") { [leakyRelu(try $0(0), slope: try $0.setting("slope") ?? 0.01)] }
                .example([2, 3], in: .nonzero)
                .example([2, 3], in: .nonzero, with: ["slope": 0.3]),
            Operation("elu") { [elu(try $0(0), alpha: try $0.setting("alpha") ?? 1)] }
                .example([2, 3], in: .nonzero)
                .example([2, 3], in: .nonzero, with: ["alpha": 0.7]),
        ]
    }

    private static var pairs: [Operation] {
        [
            binary("add") { $0 + $1 },
            binary("subtract") { $0 - $1 },
            binary("multiply") { $0 * $1 },
            binary("divide", .nonzero) { $0 / $1 },
            binary("maximum", .distinct) { maximum($0, $1) },
            binary("minimum", .distinct) { minimum($0, $1) },
            binary("atan2", .nonzero) { atan2($0, $1) },
            binary("hypot", .nonzero) { hypot($0, $1) },
            // Quotients stay between whole numbers.
            binary("remainder", .unit, preparing: { [$0[0] + 1.6, $0[1] * 0.5 + 1] }) { remainder($0, $1) },
            binary("logAddExp") { logAddExp($0, $1) },
            // Factors of either sign.
            binary("xlogy", .positive, preparing: { [$0[0] - 1.25, $0[1]] }) { xlogy($0, $1) },
            Operation("pow") { call in
                if let exponent = try call.setting("exponent", as: Scalar.self) { return [pow(try call(0), exponent)] }
                return [pow(try call(0), try call(1))]
            }
            // Exponents of either sign.
            .example([2, 3], [3], in: .positive) { [$0[0], $0[1] - 1.25] }
            .example([2, 3], [2, 3], in: .positive) { [$0[0], $0[1] - 1.25] }
            .example([], [2, 3], in: .positive) { [$0[0], $0[1] - 1.25] }
            .example([2, 1, 3], [4, 1], in: .positive) { [$0[0], $0[1] - 1.25] }
            .example([1, 3], [0, 3], in: .positive)
            .example([2, 3], in: .nonzero, with: ["exponent": 3])
            .example([], in: .nonzero, with: ["exponent": 3])
            .example([2, 1, 3], in: .nonzero, with: ["exponent": -2])
            .example([2, 3], in: .positive, with: ["exponent": 0.7])
            .example([0, 3], in: .positive, with: ["exponent": -0.5])
            .example([], in: .positive, with: ["exponent": -0.5]),
        ]
    }

    /// Functions of and to truth values. What is compared keeps its distance, so that differences see constants.
    private static var truthValues: [Operation] {
        [
            unary("isFinite") { $0.isFinite.converted() },
            unary("isInfinite") { $0.isInfinite.converted() },
            unary("isNaN") { $0.isNaN.converted() },
            binary("equal", .distinct) { ($0 .== $1).converted() },
            binary("notEqual", .distinct) { ($0 .!= $1).converted() },
            binary("less", .distinct) { ($0 .< $1).converted() },
            binary("lessOrEqual", .distinct) { ($0 .<= $1).converted() },
            binary("greater", .distinct) { ($0 .> $1).converted() },
            binary("greaterOrEqual", .distinct) { ($0 .>= $1).converted() },
            logical("and") { $0 .& $1 },
            logical("or") { $0 .| $1 },
            logical("exclusiveOr") { $0 .^ $1 },
            Operation("not") { [(.!(try $0.mask)).converted()] },
            Operation("where") { [select(try $0.mask, try $0(0), try $0(1))] }
                .example([2, 3], [2, 3], booleans: [Tensor([true, false, true])])
                .example([2, 3], [3], booleans: [Tensor([true, false, true])])
                .example([], [2, 3], booleans: [Tensor([true, false, true])])
                .example([2, 1, 3], [4, 1], booleans: [Tensor([true, false, true])])
                .example([1, 3], [0, 3], booleans: [Tensor([true, false, true])])
                .example([3], [2, 1], booleans: [Tensor([[true, false, true], [false, false, true]])]),
        ]
    }

    private static func unary(
        _ name: String, _ domain: OperandDomain = .any,
        preparing: @escaping @Sendable ([Tensor<Scalar>]) -> [Tensor<Scalar>] = { $0 },
        _ function: @escaping @Sendable (Tensor<Scalar>) -> Tensor<Scalar>
    ) -> Operation {
        Operation(name) { [function(try $0(0))] }
            .example([2, 3], in: domain, preparing: preparing)
            .example([2, 1, 3], in: domain, preparing: preparing)
            .example([0, 3], in: domain, preparing: preparing)
            .example([], in: domain, preparing: preparing)
    }

    private static func binary(
        _ name: String, _ domain: OperandDomain = .any,
        preparing: @escaping @Sendable ([Tensor<Scalar>]) -> [Tensor<Scalar>] = { $0 },
        _ function: @escaping @Sendable (Tensor<Scalar>, Tensor<Scalar>) -> Tensor<Scalar>
    ) -> Operation {
        Operation(name) { [function(try $0(0), try $0(1))] }
            .example([2, 3], [2, 3], in: domain, preparing: preparing)
            .example([2, 3], [3], in: domain, preparing: preparing)
            .example([], [2, 3], in: domain, preparing: preparing)
            .example([2, 1, 3], [4, 1], in: domain, preparing: preparing)
            .example([1, 3], [0, 3], in: domain, preparing: preparing)
    }

    private static func logical(
        _ name: String, _ function: @escaping @Sendable (Tensor<Bool>, Tensor<Bool>) -> Tensor<Bool>
    ) -> Operation {
        Operation(name) { call in
            guard call.booleans.count == 2 else { throw GoldenError("\(name) takes two Boolean operands") }
            return [function(call.booleans[0], call.booleans[1]).converted()]
        }
    }
}
