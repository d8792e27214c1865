import TapestryAutograd
import TapestryLayers
import TapestryOptimizers
import TapestryTestSupport
import Testing

/// A setting out of its range, or a model that does not fit its optimiser, ends the program and says what is wrong.
@Suite struct OptimizerTrapTests {
    private static func linear() -> Linear<Double> { Linear(inputSize: 2, outputSize: 3) }

    /// A step of an optimiser that was made for a model without bias.
    private static func updateGrownModel(_ make: (Linear<Double>) -> any Optimizer<Linear<Double>>) {
        var model = Linear<Double>(inputSize: 2, outputSize: 3, bias: false)
        var optimizer = make(model)
        optimizer.update(&model, along: model)
        model.bias = .zeros([3])
        optimizer.update(&model, along: model)
    }

    private static let grown =
        "optimizer: the model has 2 tensors and the optimizer remembers 1; "
        + "a model that gains or loses tensors needs a new one"

    static let traps: [ExpectedTrap] = [
        // MARK: Ranges
        ExpectedTrap("optimizer: the learning rate -0.1 is not in 0 ..< ∞") {
            _ = SGD(for: linear(), learningRate: -0.1)
        },
        ExpectedTrap("optimizer: the learning rate nan is not in 0 ..< ∞") {
            _ = Adam(for: linear(), learningRate: .nan)
        },
        ExpectedTrap("optimizer: the learning rate inf is not in 0 ..< ∞") {
            _ = AdamW(for: linear(), learningRate: .infinity)
        },
        ExpectedTrap("optimizer: the learning rate nan is not in 0 ..< ∞") {
            var model = linear()
            var optimizer = Adam(for: model)
            optimizer.learningRate = .nan
            optimizer.update(&model, along: model)
        },
        ExpectedTrap("optimizer: the momentum -0.5 is not in 0 ..< ∞") {
            _ = SGD(for: linear(), learningRate: 0.1, momentum: -0.5)
        },
        ExpectedTrap("optimizer: the momentum nan is not in 0 ..< ∞") {
            var model = linear()
            var optimizer = SGD(for: model, learningRate: 0.1)
            optimizer.momentum = .nan
            optimizer.update(&model, along: model)
        },
        ExpectedTrap("optimizer: Nesterov's step needs a momentum above 0") {
            _ = SGD(for: linear(), learningRate: 0.1, nesterov: true)
        },
        ExpectedTrap("optimizer: the dampening 1.5 is not in 0 ... 1") {
            _ = SGD(for: linear(), learningRate: 0.1, momentum: 0.9, dampening: 1.5)
        },
        ExpectedTrap("optimizer: Nesterov's step has no dampening, found 0.5") {
            _ = SGD(for: linear(), learningRate: 0.1, momentum: 0.9, dampening: 0.5, nesterov: true)
        },
        ExpectedTrap("optimizer: the first decay 1.0 is not in 0 ..< 1") { _ = Adam(for: linear(), firstDecay: 1) },
        ExpectedTrap("optimizer: the second decay -0.1 is not in 0 ..< 1") {
            _ = AdamW(for: linear(), secondDecay: -0.1)
        },
        ExpectedTrap("optimizer: the epsilon -1e-08 is not in 0 ..< ∞") { _ = Adam(for: linear(), epsilon: -1e-8) },
        ExpectedTrap("optimizer: the weight decay -0.01 is not in 0 ..< ∞") { _ = WeightDecay(rate: -0.01) },
        ExpectedTrap("optimizer: the weight decay nan is not in 0 ..< ∞") {
            var model = linear()
            var optimizer = AdamW(for: model)
            optimizer.weightDecay.rate = .nan
            optimizer.update(&model, along: model)
        },
        ExpectedTrap("clipped: the limit 0.0 of the norm is not a positive number") {
            _ = linear().clipped(toNorm: 0)
        },
        ExpectedTrap("clipped: the limit nan of the norm is not a positive number") {
            _ = linear().clipped(toNorm: .nan)
        },

        ExpectedTrap("optimizer: the momentum decay -1.0 is not in 0 ..< ∞") {
            _ = NAdam(for: linear(), momentumDecay: -1)
        },
        ExpectedTrap("optimizer: the second decay 1.0 is not in 0 ..< 1") { _ = RAdam(for: linear(), secondDecay: 1) },
        ExpectedTrap("optimizer: Adamax needs an epsilon above 0, or 0 / 0 for a gradient of 0") {
            _ = Adamax(for: linear(), epsilon: 0)
        },
        ExpectedTrap("optimizer: the smoothing 1.0 is not in 0 ..< 1") { _ = RMSProp(for: linear(), smoothing: 1) },
        ExpectedTrap("optimizer: the momentum inf is not in 0 ..< ∞") {
            _ = RMSProp(for: linear(), momentum: .infinity)
        },
        ExpectedTrap("optimizer: the learning-rate decay -0.1 is not in 0 ..< ∞") {
            _ = Adagrad(for: linear(), learningRateDecay: -0.1)
        },
        ExpectedTrap("optimizer: the initial sum -0.1 is not in 0 ..< ∞") {
            _ = Adagrad(for: linear(), initialSum: -0.1)
        },
        ExpectedTrap("optimizer: Adadelta needs an epsilon above 0, or it never moves") {
            _ = Adadelta(for: linear(), epsilon: 0)
        },
        ExpectedTrap("optimizer: the first decay nan is not in 0 ..< 1") { _ = Lion(for: linear(), firstDecay: .nan) },
        ExpectedTrap("optimizer: the shrinkage 1.0 is not in 0 ..< 1") { _ = Rprop(for: linear(), shrinkage: 1) },
        ExpectedTrap("optimizer: the growth 0.9 is not in 1 ..< ∞") { _ = Rprop(for: linear(), growth: 0.9) },
        ExpectedTrap("optimizer: the least step size -1.0 is not in 0 ..< ∞") {
            _ = Rprop(for: linear(), stepSizes: -1...1)
        },
        ExpectedTrap("optimizer: Lookahead's period 0 is not positive") {
            _ = Lookahead(SGD(for: linear(), learningRate: 0.1), period: 0)
        },
        ExpectedTrap("optimizer: Lookahead's share 0.0 is not in 0 < α ≤ 1") {
            _ = Lookahead(SGD(for: linear(), learningRate: 0.1), share: 0)
        },
        ExpectedTrap("optimizer: L-BFGS needs limits and a history of at least 1") {
            _ = LBFGS(for: linear(), historyCount: 0)
        },
        ExpectedTrap("optimizer: L-BFGS needs a learning rate above 0") { _ = LBFGS(for: linear(), learningRate: 0) },
        ExpectedTrap(#"optimizer: the learning-rate factor of "bias" -1.0 is not in 0 ..< ∞"#) {
            _ = Adam(for: linear(), groups: [ParameterGroup("bias", learningRateFactor: -1)])
        },
        ExpectedTrap(#"optimizer: the weight decay of "bias" nan is not in 0 ..< ∞"#) {
            var model = linear()
            var optimizer = Adam(for: model)
            optimizer.groups = [ParameterGroup("bias", weightDecay: .nan)]
            optimizer.update(&model, along: model)
        },

        // MARK: Models that do not fit
        ExpectedTrap("optimizer: the model has 6 numbers and the optimizer remembers 9") {
            var model = linear()
            var optimizer = LBFGS(for: model)
            optimizer.update(&model) { square($0.weights).sum() }
            model.bias = nil
            optimizer.update(&model) { square($0.weights).sum() }
        },
        ExpectedTrap(grown) { updateGrownModel { SGD(for: $0, learningRate: 0.1, momentum: 0.9) } },
        ExpectedTrap(grown) { updateGrownModel { Adam(for: $0) } },
        ExpectedTrap(grown) { updateGrownModel { AdamW(for: $0) } },
        ExpectedTrap("optimizer: weights has shape [2, 3] and what is remembered of it [2, 1]") {
            var optimizer = Adam(for: Linear<Double>(inputSize: 2, outputSize: 1))
            var model = linear()
            optimizer.update(&model, along: model)
        },

        // MARK: Patterns without a parameter
        ExpectedTrap(#"optimizer: the group "encoder" matches none of the parameters weights, bias"#) {
            _ = Lion(for: linear(), groups: [ParameterGroup("encoder")])
        },
        ExpectedTrap(#"optimizer: the frozen pattern "biases" matches none of the parameters weights, bias"#) {
            var model = linear()
            var optimizer = SGD(for: model, learningRate: 0.1)
            optimizer.update(&model, along: model, freezing: ["weights", "biases"])
        },
        ExpectedTrap(
            #"optimizer: the exception from weight decay "*.bias" matches none of the parameters weights, bias"#
        ) {
            _ = AdamW(for: linear(), weightDecay: WeightDecay(rate: 0.1, except: ["*.bias"]))
        },
        ExpectedTrap(#"optimizer: the exception from weight decay "x" matches none of the parameters weights, bias"#) {
            _ = SGD(for: linear(), learningRate: 0.1, weightDecay: WeightDecay(rate: 0.1, except: ["bias", "x"]))
        },
        ExpectedTrap(#"optimizer: the exception from weight decay "y" matches none of the parameters weights, bias"#) {
            var model = linear()
            var optimizer = Adam(for: model)
            optimizer.weightDecay.exceptions = ["y"]
            optimizer.update(&model, along: model)
        },
    ]

    @Test(arguments: traps.indices)
    func trap(_ index: Int) async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { [index] in
            Self.traps[index].run()
        }
        #expect(Self.traps[index].complaint(about: result?.standardErrorContent) == nil)
    }
}
