import TapestryArrays
import TapestryAutograd
import TapestryOptimizers

/// A model, an optimiser and a loss, for those who want `fit`, `evaluate` and `predict` rather than a loop.
///
/// ```swift
/// var trainer = Trainer(
///     model, optimizer: Adam(for: model),
///     forward: { (model: Classifier, batch: [Digit]) in model(images(batch)) },
///     loss: { logits, batch in crossEntropy(logits, labels(batch)) })
/// let history = try trainer.fit(digits, epochs: 10, batchSize: 32)
/// print(try trainer.evaluate(others, batchSize: 100))
/// ```
///
/// What it does for each batch is the loop that one would write:
///
/// ```swift
/// for batch in batches {
///     let (loss, gradient) = valueAndGradient(at: model) { … }
///     optimizer.update(&model, along: gradient)
/// }
/// ```
///
/// Batches are of any type. Data in a collection are cut into arrays of its elements, and `forward` makes tensors of
/// them.
///
/// Everything random that happens in a training, the order of the data and what layers draw, follows from `seed` and
/// the numbers of epoch and step, so a training that goes on from a checkpoint draws what it would have drawn. A source
/// of random numbers that a closure brings along is not seen by checkpoints.
public struct Trainer<Model: Module, Batch, Output> {
    /// The model, trained as far as `fit` has come.
    public var model: Model
    /// What moves it.
    public var optimizer: any Optimizer<Model>
    /// What is measured beside the loss, in training and validation.
    public var measures: [Measure<Output, Batch>]
    /// Parameters that stay as they are, by path.
    public var frozen: [ParameterPattern]
    /// What all random numbers of a training are made from.
    public var seed: UInt64

    /// A batch that was differentiated.
    struct Differentiated {
        let loss: Double
        let gradient: Model
        let output: Output
    }

    let differentiate: (Model, Batch, [ParameterPattern]) throws -> Differentiated
    let infer: (Model, Batch) throws -> Output
    let lossOfOutput: (Output, Batch) throws -> Double
    let findNonFinite: (Model, Batch) throws -> NonFiniteOrigin?

    /// Puts a trainer together.
    ///
    /// - Parameters:
    ///   - model: what is trained.
    ///   - optimizer: what moves it.
    ///   - measures: what is measured beside the loss.
    ///   - frozen: parameters that stay as they are, by path. A pattern that means none traps at the first step.
    ///   - seed: what all random numbers of a training are made from.
    ///   - forward: the model's outputs for a batch; in training mode while it is differentiated, else in inference
    ///     mode.
    ///   - loss: one number, of shape `[]`, from the outputs for a batch.
    public init<Scalar: DifferentiableScalar>(
        _ model: Model, optimizer: some Optimizer<Model>, measures: [Measure<Output, Batch>] = [],
        freezing frozen: [ParameterPattern] = [], seed: UInt64 = 0,
        forward: @escaping (Model, Batch) throws -> Output,
        loss: @escaping (Output, Batch) throws -> Tensor<Scalar>
    ) {
        self.model = model
        self.optimizer = optimizer
        self.measures = measures
        self.frozen = frozen
        self.seed = seed
        differentiate = { model, batch, frozen in
            let (value, gradient, output) = try valueAndGradient(at: model, freezing: frozen) { model in
                let output = try forward(model, batch)
                return (loss: try loss(output, batch), auxiliary: output)
            }
            return Differentiated(loss: Double(value.scalar), gradient: gradient, output: output)
        }
        infer = { model, batch in try withMode(.inference) { try forward(model, batch) } }
        lossOfOutput = { output, batch in
            try withMode(.inference) { Double(try loss(output, batch).scalar) }
        }
        findNonFinite = { model, batch in
            try firstNonFinite(at: model) { model in try loss(try forward(model, batch), batch) }
        }
    }

    // MARK: Without training

    /// The mean loss over batches, weighted by their elements where they are collections, and what is measured.
    public func evaluate(batches: [Batch]) throws -> Figures { try evaluate(model, batches) }

    /// The same over data, in batches.
    public func evaluate<Data: RandomAccessCollection>(_ data: Data, batchSize: Int) throws -> Figures
    where Batch == [Data.Element] {
        try evaluate(batches: data.batches(of: batchSize))
    }

    func evaluate(_ model: Model, _ batches: [Batch]) throws -> Figures {
        var measurement = Measurement(measures)
        // Should a layer draw even so, it draws the same each time.
        try withRandomSource(.derived(from: seed, .evaluation, 0)) {
            for batch in batches {
                let output = try infer(model, batch)
                measurement.add(try lossOfOutput(output, batch), output, batch)
            }
        }
        return measurement.figures
    }

    /// The outputs for batches, one for each.
    public func predict(batches: [Batch]) throws -> [Output] {
        try withRandomSource(.derived(from: seed, .evaluation, 0)) { try batches.map { try infer(model, $0) } }
    }

    /// The outputs for data, one for each batch.
    public func predict<Data: RandomAccessCollection>(_ data: Data, batchSize: Int) throws -> [Output]
    where Batch == [Data.Element] {
        try predict(batches: data.batches(of: batchSize))
    }
}

// MARK: - Random numbers

extension RandomSource {
    /// What numbers of a training are drawn for.
    enum Purpose: UInt64 { case order, step, evaluation, split }

    /// A source of its own for each of many things that are drawn in one training: its seed is mixed from the
    /// training's, the purpose and a number, as by the generator SplitMix64 (G. Steele, D. Lea and C. Flood, "Fast
    /// splittable pseudorandom number generators", 2014).
    static func derived(from seed: UInt64, _ purpose: Purpose, _ number: Int) -> RandomSource {
        var state = seed
        for word in [purpose.rawValue, UInt64(number)] {
            state &+= 0x9E37_79B9_7F4A_7C15 &* (word &+ 1)
            state = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            state = (state ^ (state >> 27)) &* 0x94D0_49BB_1331_11EB
            state ^= state >> 31
        }
        return RandomSource(seed: state)
    }
}
