import TapestryAutograd

/// A linear-chain conditional random field: how well a sequence of tags fits, beyond how well each of them does.
///
/// The score of tags y for emissions x is s(y) = start[y₁] + Σ xₜ[yₜ] + Σ transitions[yₜ₋₁, yₜ] + end[y_T], and their
/// probability exp s(y) / Σ exp s(y′) over all sequences of tags, which the forward algorithm adds up.
///
/// ```swift
/// let loss = field.loss(tagger(words), tags, lengths: lengths)
/// let best = field.decoded(tagger(words), lengths: lengths).tags
/// ```
///
/// Reference: J. Lafferty, A. McCallum and F. Pereira, "Conditional random fields: probabilistic models for segmenting
/// and labeling sequence data", 2001.
public struct ConditionalRandomField<Scalar: DifferentiableScalar>: Module {
    /// The score of a tag (column) after another one (row), `[tags, tags]`.
    public var transitions: Tensor<Scalar>
    /// The score of each tag at the first step, `[tags]`.
    public var start: Tensor<Scalar>
    /// The score of each tag at the last step, `[tags]`.
    public var end: Tensor<Scalar>

    /// A field over the sequences of so many tags. Traps if there is none.
    ///
    /// - Parameters:
    ///   - tagCount: the number of tags; at least 1.
    ///   - initializer: for all scores; by default uniform in ±0.1.
    public init(tagCount: Int, initializer: Initializer = .uniform(limit: 0.1)) {
        if tagCount < 1 { trap("conditionalRandomField", "\(tagCount) tags: there must be at least one") }
        transitions = initializer.tensor([tagCount, tagCount])
        start = initializer.tensor([tagCount])
        end = initializer.tensor([tagCount])
    }

    /// The number of tags.
    public var tagCount: Int { start.count }

    /// −ln p(tags | emissions), averaged or summed over the sequences. See `logLikelihood(_:_:lengths:)`.
    public func loss(
        _ emissions: Tensor<Scalar>, _ tags: Tensor<Int32>, lengths: [Int]? = nil, reduction: LossReduction = .mean
    ) -> Tensor<Scalar> {
        reduced(-logLikelihood(emissions, tags, lengths: lengths), reduction)
    }

    /// ln p(tags | emissions) of each sequence, `[batch]`.
    ///
    /// - Parameters:
    ///   - emissions: the score of each tag at each step, `[batch, time, tags]`.
    ///   - tags: `[batch, time]`; traps on a tag outside of `0 ..< tagCount`.
    ///   - lengths: the number of steps of each sequence, all by default. Traps unless each is from 1 to the steps
    ///     there are. What lies beyond, of emissions and of tags, may be anything.
    public func logLikelihood(
        _ emissions: Tensor<Scalar>, _ tags: Tensor<Int32>, lengths: [Int]? = nil
    ) -> Tensor<Scalar> {
        let steps = ChainSteps(emissions, lengths, tagCount: tagCount)
        if tags.shape != [steps.batch, steps.count] {
            trap("conditionalRandomField", "tags \(tags.shape) do not match emissions \(emissions.shape)")
        }
        let tags = steps.isPresent.map { select($0, tags, Tensor(0)) } ?? tags
        checkClasses("conditionalRandomField", tags, count: tagCount)
        return score(of: tags, steps) - logPartition(steps)
    }

    /// s(y) of each sequence.
    private func score(of tags: Tensor<Int32>, _ steps: ChainSteps<Scalar>) -> Tensor<Scalar> {
        let emitted = steps.emissions.gathered(axis: 2, indices: tags.unsqueezed(axis: 2)).squeezed(axes: [2])
        var score = steps.sum(emitted, from: 0) + start.slices(axis: 0, at: tags.slice(axis: 1, at: 0))
        if steps.count > 1 {
            let from = tags.slice(axis: 1, 0..<steps.count - 1)
            let pairs = from * Int32(tagCount) + tags.slice(axis: 1, 1..<steps.count)
            score += steps.sum(transitions.flattened().slices(axis: 0, at: pairs), from: 1)
        }
        let last = tags.gathered(axis: 1, indices: steps.lastPositions).squeezed(axes: [1])
        return score + end.slices(axis: 0, at: last)
    }

    /// ln Σ exp s(y) of each sequence, by the forward algorithm.
    private func logPartition(_ steps: ChainSteps<Scalar>) -> Tensor<Scalar> {
        let forward = steps.folded(from: start + steps.emissions.slice(axis: 1, at: 0)) { forward, emission in
            (forward.unsqueezed(axis: 2) + transitions).logSumExp(axes: [1]) + emission
        }
        return (forward + end).logSumExp(axes: [1])
    }

    /// The best tags of each sequence, by the algorithm of Viterbi, and their scores.
    ///
    /// - Parameters:
    ///   - emissions: the score of each tag at each step, `[batch, time, tags]`.
    ///   - lengths: the number of steps of each sequence, as for the likelihood.
    /// - Returns: as many tags for each sequence as it has steps, and the score s(y) of them, `[batch]`. Of equally
    ///   good tags the lower ones, from the last step backwards.
    public func decoded(
        _ emissions: Tensor<Scalar>, lengths: [Int]? = nil
    ) -> (tags: [[Int]], scores: Tensor<Scalar>) {
        let steps = ChainSteps(emissions, lengths, tagCount: tagCount)
        var previous: [[Int32]] = []  // at each step after the first, by row and tag: the best tag before
        var best = steps.folded(from: start + steps.emissions.slice(axis: 1, at: 0)) { best, emission in
            let scores = best.unsqueezed(axis: 2) + transitions
            previous.append(scores.argMax(axis: 1).scalars)
            return scores.max(axes: [1]) + emission
        }
        best += end
        let last = best.argMax(axis: 1).scalars
        let tags = (0..<steps.batch).map { row in
            let length = lengths?[row] ?? steps.count
            return (1..<length).reversed().reduce(into: [Int(last[row])]) { tags, t in
                tags.append(Int(previous[t - 1][row * tagCount + tags[tags.count - 1]]))
            }
        }
        return (tags.map { $0.reversed() }, best.max(axes: [1]))
    }
}

/// The steps of a batch of sequences.
private struct ChainSteps<Scalar: DifferentiableScalar> {
    let batch, count: Int
    /// Zero where a sequence has ended.
    let emissions: Tensor<Scalar>
    /// `[batch, time]`; `nil` if all steps are there.
    let isPresent: Tensor<Bool>?
    /// Of the last step of each sequence, `[batch, 1]`.
    let lastPositions: Tensor<Int32>

    init(_ emissions: Tensor<Scalar>, _ lengths: [Int]?, tagCount: Int) {
        checkSequences("conditionalRandomField", emissions.shape, lengths, "tags")
        if emissions.shape[2] != tagCount {
            trap("conditionalRandomField", "emissions \(emissions.shape) do not have the \(tagCount) tags of the field")
        }
        (batch, count) = (emissions.shape[0], emissions.shape[1])
        let isPresent = lengths.map { [count] in presentSteps($0, stepCount: count) }
        self.emissions = isPresent.map { select($0.unsqueezed(axis: 2), emissions, Tensor(0)) } ?? emissions
        self.isPresent = isPresent
        let last = (lengths ?? Array(repeating: count, count: batch)).map { Int32($0 - 1) }
        lastPositions = Tensor(last).unsqueezed(axis: 1)
    }

    /// The sum over the steps that are there, of values of each step from one on.
    func sum(_ values: Tensor<Scalar>, from start: Int) -> Tensor<Scalar> {
        let present = isPresent.map { select($0.slice(axis: 1, start..<count), values, Tensor(0)) } ?? values
        return present.sum(axes: [1])
    }

    /// Goes from the first step on; a sequence that has ended keeps its values.
    func folded(
        from first: Tensor<Scalar>,
        _ next: (_ values: Tensor<Scalar>, _ emission: Tensor<Scalar>) -> Tensor<Scalar>
    ) -> Tensor<Scalar> {
        var values = first
        for t in 0..<count where t > 0 {
            let following = next(values, emissions.slice(axis: 1, at: t))
            values = isPresent.map { select($0.slice(axis: 1, t..<t + 1), following, values) } ?? following
        }
        return values
    }
}
