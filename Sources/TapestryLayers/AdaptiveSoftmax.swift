import TapestryAutograd

/// Classes in clusters of falling frequency: the head tells the most frequent classes and the clusters of all others
/// apart, and only examples of a cluster's classes look at the classes in it, with fewer features the rarer they are.
///
/// ln p(c | x) = headₓ[c] of a frequent class and headₓ[cluster] + tailₓ[c] of another, where both are logarithms of a
/// softmax. Classes must be in the order of their frequency, the most frequent one first.
///
/// ```swift
/// let output = AdaptiveSoftmax<Float>(inputSize: 256, classCount: 50_000, cutoffs: [2000, 10_000])
/// let loss = output.loss(hidden, words)
/// ```
///
/// Reference: E. Grave et al., "Efficient softmax approximation for GPUs", 2017.
public struct AdaptiveSoftmax<Scalar: DifferentiableScalar>: Module {
    /// One cluster of classes: x · P · W, `[…, input]` by fewer features to `[…, classes]`.
    public struct Cluster: Module {
        /// P, to fewer features.
        public var projection: Linear<Scalar>
        /// W, to the cluster's classes.
        public var output: Linear<Scalar>

        func logProbabilities(_ x: Tensor<Scalar>) -> Tensor<Scalar> { output(projection(x)).logSoftmax() }
    }

    /// To the frequent classes and, after them, one output for each cluster.
    public var head: Linear<Scalar>
    /// The clusters, the most frequent one first.
    public var clusters: [Cluster]
    /// The first class of each cluster, and the number of classes.
    public let bounds: [Int]

    /// A softmax over clusters, whose projections start as a `Linear` does.
    ///
    /// - Parameters:
    ///   - inputSize: the number of features.
    ///   - classCount: the number of classes.
    ///   - cutoffs: the first class of each cluster. Traps unless they ascend from at least 1 to less than the number
    ///     of classes.
    ///   - divisor: by which the features of each cluster are fewer than those of the one before. Traps if it is less
    ///     than 1.
    public init(inputSize: Int, classCount: Int, cutoffs: [Int], divisor: Double = 4) {
        let bounds = cutoffs + [classCount]
        let ascends = zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }
        if inputSize < 0 || cutoffs.isEmpty || bounds[0] < 1 || !ascends {
            trap(
                "adaptiveSoftmax",
                "cutoffs \(cutoffs) do not ascend between 0 and \(classCount) classes (of \(inputSize) features)")
        }
        if !(divisor >= 1) { trap("adaptiveSoftmax", "the divisor \(divisor) is less than 1") }
        func linear(_ inputSize: Int, _ outputSize: Int) -> Linear<Scalar> {
            Linear(inputSize: inputSize, outputSize: outputSize, bias: false)
        }
        var size = Double(inputSize)
        head = linear(inputSize, cutoffs[0] + cutoffs.count)
        clusters = zip(bounds, bounds.dropFirst()).map { first, end in
            size /= divisor
            let features = max(Int(size), 1)
            return Cluster(projection: linear(inputSize, features), output: linear(features, end - first))
        }
        self.bounds = bounds
    }

    /// −ln p(target | x), averaged or summed over all examples. See `logProbabilities(of:_:)`.
    public func loss(
        _ x: Tensor<Scalar>, _ targets: Tensor<Int32>, reduction: LossReduction = .mean
    ) -> Tensor<Scalar> {
        reduced(-logProbabilities(of: targets, x), reduction)
    }

    /// ln p(target | x) of each example, `[…]`.
    ///
    /// A cluster looks at the examples of its classes only, so this traps inside of `vmap` if targets differ between
    /// examples.
    ///
    /// - Parameters:
    ///   - targets: the right class of each, `[…]`. Traps on a class that there is not.
    ///   - x: `[…, input]`.
    public func logProbabilities(of targets: Tensor<Int32>, _ x: Tensor<Scalar>) -> Tensor<Scalar> {
        if x.rank == 0 || Array(x.shape.dropLast()) != targets.shape {
            trap("adaptiveSoftmax", "targets \(targets.shape) do not match features \(x.shape): […] and […, input]")
        }
        checkClasses("adaptiveSoftmax", targets, count: bounds[bounds.count - 1])
        let rows = x.reshaped(to: [targets.count, x.shape[x.rank - 1]])
        let classes = targets.scalars.map(Int.init)
        // The last cluster that begins at or before the class.
        let clusterOfClass = classes.map { target in bounds.dropLast().lastIndex { $0 <= target } }
        let columns = zip(classes, clusterOfClass).map { Int32($1.map { bounds[0] + $0 } ?? $0) }
        var result = picked(head(rows).logSoftmax(), columns)
        for (number, cluster) in clusters.enumerated() {
            let own = classes.indices.filter { clusterOfClass[$0] == number }
            if own.isEmpty { continue }
            let positions = Tensor(own.map { Int32($0) })
            let tail = cluster.logProbabilities(rows.rows(at: positions))
            let within = picked(tail, own.map { Int32(classes[$0] - bounds[number]) })
            result = result.scattered(axis: 0, indices: positions, adding: within)
        }
        return result.reshaped(to: targets.shape)
    }

    /// ln p(c | x) of every class, `[…, input]` to `[…, classes]`.
    public func logProbabilities(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        let head = head(x).logSoftmax()
        let tails = clusters.enumerated().map { number, cluster in
            head.slice(axis: -1, bounds[0] + number..<bounds[0] + number + 1) + cluster.logProbabilities(x)
        }
        return concatenate([head.slice(axis: -1, 0..<bounds[0])] + tails, axis: -1)
    }

    /// The element of each row at a column.
    private func picked(_ rows: Tensor<Scalar>, _ columns: [Int32]) -> Tensor<Scalar> {
        rows.gathered(axis: 1, indices: Tensor(columns).unsqueezed(axis: 1)).squeezed(axes: [1])
    }
}
