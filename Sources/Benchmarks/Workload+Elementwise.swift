import Tapestry

extension Workload {
    /// Operations on 2²⁰ floats, rows of 1024 where there are rows: forward, untracked, the result's memory included.
    static let elementwise = [
        unary("exp") { exp($0) },
        unary("tanh") { tanh($0) },
        unary("sigmoid") { sigmoid($0) },
        unary("softmax") { $0.softmax() },
        unary("transpose-copy") { $0.transposed().flattened() },
        elementwise("log", copied: 2) {
            let x = Tensor<Float>.uniform([1024, 1024], from: 0.1, to: 10)
            return { keep(log(x)) }
        },
        elementwise("add", copied: 3) {
            let (x, y) = (Tensor<Float>.normal([1024, 1024]), Tensor<Float>.normal([1024, 1024]))
            return { keep(x + y) }
        },
        elementwise("broadcast-add", copied: 2) {
            let (x, row) = (Tensor<Float>.normal([1024, 1024]), Tensor<Float>.normal([1024]))
            return { keep(x + row) }
        },
        elementwise("layernorm", copied: 2) {
            let x = Tensor<Float>.normal([1024, 1024])
            let norm = LayerNorm<Float>(featureCount: 1024)
            return { keep(norm(x)) }
        },
        Workload(name: "elementwise-sum", work: Work(amount: arrayBytes, limit: .cachedReading)) {
            let x = Tensor<Float>.normal([1024, 1024])
            return { keep(x.sum()) }
        },
    ]

    private static let arrayBytes = Double(4 << 20)

    private static func unary(
        _ name: String, _ operation: @escaping @Sendable (Tensor<Float>) -> Tensor<Float>
    ) -> Workload {
        elementwise(name, copied: 2) {
            let x = Tensor<Float>.normal([1024, 1024])
            return { keep(operation(x)) }
        }
    }

    /// - Parameter copied: how many arrays are read or written.
    private static func elementwise(
        _ name: String, copied: Double, prepare: @escaping @Sendable () -> () -> Void
    ) -> Workload {
        Workload(
            name: "elementwise-\(name)", work: Work(amount: copied * arrayBytes, limit: .cachedCopying),
            prepare: prepare)
    }
}
