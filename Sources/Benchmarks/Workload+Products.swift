import Tapestry

extension Workload {
    /// Matrix products: square ones, and those of recurrent nets, of `[batch, input]` with all gates' weights and, on
    /// the way back, with either one transposed.
    static let products =
        [32, 64, 128, 256, 512, 1024].map { product("\($0)", $0, $0, $0) }
        + [16, 32, 64, 128].map { product("\($0)x128x512", $0, 128, 512) }
        + [
            product("32x512x128-transposed-b", 32, 512, 128, transposesB: true),
            product("128x32x512-transposed-a", 128, 32, 512, transposesA: true),
            accumulatingProduct,
        ]

    private static func arithmetic(_ m: Int, _ k: Int, _ n: Int) -> Work {
        Work(amount: 2 * Double(m * k * n), limit: .arithmetic)
    }

    /// `[m, k] · [k, n]`, where a transposed operand lies in memory as `[k, m]` or `[n, k]`.
    private static func product(
        _ name: String, _ m: Int, _ k: Int, _ n: Int, transposesA: Bool = false, transposesB: Bool = false
    ) -> Workload {
        Workload(name: "matmul-\(name)", work: arithmetic(m, k, n)) {
            let a = transposesA ? Tensor<Float>.normal([k, m]).transposed() : .normal([m, k])
            let b = transposesB ? Tensor<Float>.normal([n, k]).transposed() : .normal([k, n])
            return { keep(matmul(a, b)) }
        }
    }

    /// C += Aᵀ · B, as the gradient of weights grows step by step.
    private static let accumulatingProduct = Workload(
        name: "matmul-128x32x512-accumulating", work: arithmetic(128, 32, 512)
    ) {
        let a = Tensor<Float>.normal([32, 128]).transposed().value.array
        let b = Tensor<Float>.normal([32, 512]).value.array
        let sum = Tensor<Float>.zeros([128, 512]).value.array.copied()
        return { sum.product(a, b, accumulate: true) }
    }
}
