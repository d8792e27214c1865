import TapestryAutograd
import TapestryLayers
import TapestryTestSupport

extension Operation<Double> {
    /// Losses and modules that are compositions of operations.
    static var lossesAndModules: [Operation] { losses + sequenceLosses }

    private static var losses: [Operation] {
        [
            Operation("focalLoss") {
                [
                    focalLoss(
                        try $0(0), try $0.indices, gamma: try $0.setting("gamma") ?? 2, reduction: try reduction($0))
                ]
            },
            Operation("binaryFocalLoss") {
                [
                    binaryFocalLoss(
                        try $0(0), try $0(1), alpha: try $0.setting("alpha"), gamma: try $0.setting("gamma") ?? 2,
                        reduction: try reduction($0))
                ]
            },
            Operation("huberLoss") {
                [huberLoss(try $0(0), try $0(1), delta: try $0.setting("delta") ?? 1, reduction: try reduction($0))]
            },
            Operation("klDivergence") { [klDivergence(try $0(0), try $0(1), reduction: try reduction($0))] },
            Operation("cosineSimilarity") { [cosineSimilarity(try $0(0), try $0(1))] },
            Operation("cosineEmbeddingLoss") {
                [
                    cosineEmbeddingLoss(
                        try $0(0), try $0(1), belongTogether: try $0.mask, margin: try $0.setting("margin") ?? 0,
                        reduction: try reduction($0))
                ]
            },
            Operation("tripletMarginLoss") {
                [
                    tripletMarginLoss(
                        anchors: try $0(0), positives: try $0(1), negatives: try $0(2),
                        margin: try $0.setting("margin") ?? 1, order: try $0.setting("order") ?? 2,
                        reduction: try reduction($0))
                ]
            },
        ]
    }

    private static var sequenceLosses: [Operation] {
        [
            Operation("ctcLoss") { call in
                let labels: [[Int32]] = try call.indices.nestedArray()
                let counts: [Int] = try call.required("labelCounts")
                return [
                    ctcLoss(
                        try call(0), zip(labels, counts).map { $0.prefix($1).map(Int.init) },
                        lengths: try call.setting("lengths"), blank: try call.setting("blank") ?? 0,
                        zeroInfinity: try call.setting("zeroInfinity") ?? false, reduction: try reduction(call))
                ]
            },
            Operation("conditionalRandomField") { call in
                var field = ConditionalRandomField<Scalar>(tagCount: try call(2).count)
                field.transitions = try call(1)
                field.start = try call(2)
                field.end = try call(3)
                return [field.logLikelihood(try call(0), try call.indices, lengths: try call.setting("lengths"))]
            },
        ]
    }
}
