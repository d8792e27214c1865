import TapestryAutograd
import TapestryTestSupport

extension Operation {
    /// Draws of random numbers, from a source of the seed that a call names. The first axis of a result counts draws: a
    /// golden file knows how they are distributed, not which they are.
    static var random: [Operation] { ofSettings + ofProbabilities }

    private static var ofSettings: [Operation] {
        [
            draws("uniform") { call, source in
                .uniform(
                    try call.required("shape"), from: try call.setting("lower") ?? 0,
                    to: try call.setting("upper") ?? 1, using: source)
            },
            draws("normal") { call, source in
                .normal(
                    try call.required("shape"), mean: try call.setting("mean") ?? 0,
                    standardDeviation: try call.setting("standardDeviation") ?? 1, using: source)
            },
            draws("truncatedNormal") { call, source in
                .truncatedNormal(
                    try call.required("shape"), mean: try call.setting("mean") ?? 0,
                    standardDeviation: try call.setting("standardDeviation") ?? 1, from: try call.required("lower"),
                    to: try call.required("upper"), using: source)
            },
            draws("gumbel") { call, source in .gumbel(try call.required("shape"), using: source) },
            draws("uniformIntegers") { call, source in
                let (lower, upper): (Int, Int) = (try call.required("lower"), try call.required("upper"))
                return Tensor<Int32>.uniform(
                    try call.required("shape"), in: Int32(lower)..<Int32(upper), using: source
                ).converted()
            },
            draws("permutation") { call, source in
                let (count, draws): (Int, Int) = (try call.required("count"), try call.required("draws"))
                return stack((0..<draws).map { _ in Tensor<Int32>.permutation(count, using: source) }).converted()
            },
        ]
    }

    private static var ofProbabilities: [Operation] {
        [
            draws("bernoulli") { call, source in
                let probabilities = try call(0)
                let shape = [try call.required("draws")] + probabilities.shape
                return Tensor.bernoulli(probabilities.expanded(to: shape), using: source).converted()
            }
            .example([2, 3], with: ["draws": 4]) { [sigmoid($0[0])] }
            .example([], with: ["draws": 4, "seed": 1]) { [sigmoid($0[0])] },
            draws("categorical") { call, source in
                let logits = try call(0)
                let shape = [try call.required("draws")] + logits.shape
                return Tensor.categorical(logits: logits.expanded(to: shape), using: source).converted()
            }
            .example([3], with: ["draws": 4])
            .example([2, 3], with: ["draws": 4, "seed": 1]),
        ]
    }

    private static func draws(
        _ name: String, _ function: @escaping @Sendable (OperationCall<Scalar>, RandomSource) throws -> Tensor<Scalar>
    ) -> Operation {
        Operation(name) { call in
            guard let seed = UInt64(exactly: try call.setting("seed", as: Int.self) ?? 0) else {
                throw GoldenError("the seed is negative")
            }
            return [try function(call, RandomSource(seed: seed))]
        }
    }
}
