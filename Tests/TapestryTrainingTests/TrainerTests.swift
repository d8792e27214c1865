import Foundation
import Tapestry
import TapestryTestSupport
import Testing

@testable import TapestryTraining

@Suite struct TrainerTests {
    private let data = Example.some(22)

    @Test("fit is the loop that one would write")
    func visibleLoop() throws {
        var trainer = makeTrainer { SGD(for: $0, learningRate: 0.1, momentum: 0.9) }
        trainer.model.dropout = Dropout(rate: 0)
        var model = trainer.model
        var optimizer = SGD(for: model, learningRate: 0.1, momentum: 0.9)
        var losses: [Double] = []
        for _ in 0..<3 {
            var mean = RunningMean()
            for batch in data.batches(of: 4) {
                let (loss, gradient) = valueAndGradient(at: model) {
                    meanSquaredError($0(Example.inputs(batch)), Example.targets(batch))
                }
                optimizer.update(&model, along: gradient)
                mean.add(loss.scalar, weight: Double(batch.count))
            }
            losses.append(mean.value)
        }
        let history = try trainer.fit(data, epochs: 3, batchSize: 4, shuffles: false)
        #expect(trainer.model == model)
        #expect(history.values(of: "loss") == losses && history.epochs.map(\.step) == [6, 12, 18])
        #expect(losses[2] < losses[0])
    }

    @Test("each epoch has an order of its own, which the seed decides")
    func order() throws {
        func orders(seed: UInt64) throws -> [[[Float]]] {
            var seen: [[Float]] = []
            var trainer = Trainer(
                Net(seed: 1), optimizer: SGD(for: Net(seed: 1), learningRate: 0), seed: seed,
                forward: { (model: Net, batch: [Example]) in
                    seen.append(batch.map(\.y))
                    return model(Example.inputs(batch))
                },
                loss: { outputs, batch in meanSquaredError(outputs, Example.targets(batch)) })
            try trainer.fit(data, epochs: 2, batchSize: 5)
            return [Array(seen[..<5]), Array(seen[5...])]
        }
        let (first, same, other) = (try orders(seed: 1), try orders(seed: 1), try orders(seed: 2))
        #expect(first == same && first != other && first[0] != first[1])
        #expect(Set(first[0].joined()) == Set(data.map(\.y)) && first[0].map(\.count) == [5, 5, 5, 5, 2])
    }

    @Test("evaluation is the mean over examples, without dropout, and changes nothing")
    func evaluation() throws {
        let trainer = makeTrainer()
        let figures = try trainer.evaluate(data, batchSize: 5)
        let outputs = trainer.model(Example.inputs(data))
        let exact = Double(meanSquaredError(outputs, Example.targets(data)).scalar)
        #expect(abs(figures["loss"]! - exact) < 1e-6 && figures.all.map(\.name) == ["loss", "MAE", "R²"])
        let errors = zip(outputs.scalars, data).map { Double(abs($0 - $1.y)) }
        #expect(abs(figures["MAE"]! - errors.reduce(0, +) / 22) < 1e-6)
        let parts = try trainer.predict(data, batchSize: 5)
        #expect(parts.map(\.count) == [5, 5, 5, 5, 2])
        #expect(concatenate(parts, axis: 0).isClose(to: outputs, relativeTolerance: 1e-6))
        #expect(try trainer.evaluate(data, batchSize: 5) == figures)
        #expect(trainer.model == Net(seed: 1))
    }

    @Test("a share is held back for validation, of given examples all are used")
    func validation() throws {
        var trained: Set<Float> = []
        var trainer = Trainer(
            Net(seed: 1), optimizer: SGD(for: Net(seed: 1), learningRate: 0.05),
            forward: { (model: Net, batch: [Example]) in
                if Mode.current == .training { trained.formUnion(batch.map(\.y)) }
                return model(Example.inputs(batch))
            },
            loss: { outputs, batch in meanSquaredError(outputs, Example.targets(batch)) })
        let history = try trainer.fit(data, validation: .share(0.25), epochs: 1, batchSize: 5)
        #expect(trained.count == 17 && history.epochs[0].figures["validation loss"] != nil)
        let others = data.filter { !trained.contains($0.y) }
        #expect(others.count == 5)
        let expected = try trainer.evaluate(others, batchSize: 6)["loss"]!
        #expect(abs(history.epochs[0].figures["validation loss"]! - expected) < 1e-6)
        let second = try trainer.fit(data, validation: .examples(others), epochs: 1, batchSize: 22)
        #expect(second.epochs[0].figures["validation loss"] == (try trainer.evaluate(others, batchSize: 22))["loss"])
    }

    @Test("each step draws numbers of its own, which the search for what is not finite draws again")
    func draws() throws {
        func draws(seed: UInt64) throws -> [Double] {
            var drawn: [Double] = []
            var trainer = Trainer(
                Net(seed: 1), optimizer: SGD(for: Net(seed: 1), learningRate: 0.1), seed: seed,
                forward: { (model: Net, batch: [Example]) in
                    drawn.append(RandomSource.current.uniform())
                    return model(Example.inputs(batch))
                },
                loss: { outputs, batch in meanSquaredError(outputs, Example.targets(batch)) })
            let search = Observer<Net>(willUpdate: { run in
                let origin = try run.firstNonFiniteOrigin()
                #expect(origin == nil)
            })
            try trainer.fit(data, epochs: 2, batchSize: 8, callbacks: [search])
            return drawn
        }
        let first = try draws(seed: 1)
        #expect(first.count == 12 && Set(first).count == 6)
        for step in 0..<6 { #expect(first[2 * step] == first[2 * step + 1]) }
        #expect(try draws(seed: 1) == first)
        #expect(Set(try draws(seed: 2)).isDisjoint(with: first))
    }

    @Test("frozen parameters stay, and batches may be of any kind")
    func batchesOfAnyKind() throws {
        let net = Net(seed: 1)
        var trainer = Trainer(
            net, optimizer: Adam(for: net), freezing: ["hidden"],
            forward: { (model: Net, batch: (x: Tensor<Float>, y: Tensor<Float>)) in model(batch.x) },
            loss: { outputs, batch in meanSquaredError(outputs, batch.y) })
        let batches = data.batches(of: 11).map { (x: Example.inputs($0), y: Example.targets($0)) }
        try trainer.fit(epochs: 2) { epoch, source in batches.shuffled(by: source) }
        #expect(trainer.model.hidden.weights == net.hidden.weights && trainer.model.hidden.bias == net.hidden.bias)
        #expect(trainer.model.output.weights != net.output.weights)
    }

    @Test("the learning rates of a sweep grow by one factor; the trainer stays as it is")
    func sweep() throws {
        var trainer = makeTrainer { SGD(for: $0, learningRate: 0.5) }
        trainer.model.dropout = Dropout(rate: 0)
        let sweep = try trainer.sweepLearningRates(data, batchSize: 22, in: 1e-4...100, steps: 61)
        #expect(sweep.rates.count < 61 && sweep.rates.count == sweep.losses.count, "it ends when the loss explodes")
        for (rate, next) in zip(sweep.rates, sweep.rates.dropFirst()) {
            #expect(abs(next / rate - pow(1e6, 1.0 / 60)) < 1e-9)
        }
        let suggestion = try #require(sweep.suggestion)
        #expect(suggestion > 1e-2 && suggestion < 5)
        #expect(trainer.model == Net(seed: 1) && trainer.optimizer.learningRate == 0.5)
        let small = try trainer.sweepLearningRates(data, batchSize: 22, in: 1e-5...1, steps: 37)
        #expect(small.rates.first == 1e-5 && small.rates.last == 1, "both bounds to the bit")
    }

    @Test("the suggestion is where the smoothed loss falls fastest, once the mean has formed")
    func suggestion() {
        func sweep(_ losses: [Double]) -> LearningRateSweep {
            LearningRateSweep(rates: losses.indices.map { pow(10, Double($0)) }, losses: losses)
        }
        let late = sweep([9, 1] + Array(repeating: 1, count: 11) + [0, 5, 5])
        #expect(late.suggestion == 1e12)
        #expect(late.smoothedLosses[0] == 9 && abs(late.smoothedLosses[1] - (0.09 * 9 + 0.1) / 0.19) < 1e-12)
        #expect(sweep(Array(repeating: 1, count: 20).enumerated().map { Double($0.offset) }).suggestion == nil)
        #expect(sweep([3, 2, 1]).suggestion == nil)
    }

    @Test("a history is a table and lines of JSON")
    func history() {
        var history = TrainingHistory()
        #expect(history.csv == "epoch,step\n" && history.jsonLines.isEmpty)
        var figures = Figures()
        figures["loss"] = 0.5
        figures["a, \"b\""] = .infinity
        history.epochs.append(.init(number: 1, step: 4, figures: figures))
        figures["loss"] = nil
        figures["new"] = -1e-7
        history.epochs.append(.init(number: 2, step: 8, figures: figures))
        #expect(history.csv == "epoch,step,loss,\"a, \"\"b\"\"\",new\n1,4,0.5,inf,\n2,8,,inf,-1e-07\n")
        #expect(
            history.jsonLines == """
                {"epoch":1,"step":4,"loss":0.5,"a, \\"b\\"":null}
                {"epoch":2,"step":8,"a, \\"b\\"":null,"new":-1e-07}

                """)
        #expect(history.values(of: "loss") == [0.5] && history.values(of: "new") == [-1e-7])
    }

    static let traps: [ExpectedTrap] = [
        ExpectedTrap("fit: the validation share 1.0 is not in 0 < share < 1") {
            var trainer = makeTrainer()
            _ = try? trainer.fit(Example.some(3), validation: .share(1), epochs: 1, batchSize: 1)
        },
        ExpectedTrap("fit: epoch 0 has no batches") {
            var trainer = makeTrainer()
            _ = try? trainer.fit([], epochs: 1, batchSize: 1)
        },
        ExpectedTrap(
            #"EarlyStopping: the epoch has no figure "validation loss", only "loss", "MAE", "R²", "learning rate""#
        ) {
            var trainer = makeTrainer()
            _ = try? trainer.fit(
                Example.some(3), epochs: 1, batchSize: 1,
                callbacks: [EarlyStopping(watching: WatchedFigure("validation loss"))])
        },
        ExpectedTrap("Checkpointing: every 0 steps, expected at least 1") { _ = Checkpointing("x", everySteps: 0) },
        ExpectedTrap(#"Measure: two figures are called "loss""#) {
            var trainer = makeTrainer()
            trainer.measures = [Measure(0.0, ["loss": { $0 }]) { _, _, _ in }]
            _ = try? trainer.evaluate(Example.some(3), batchSize: 1)
        },
        ExpectedTrap(#"Measure: two figures are called "validation F1""#) {
            var trainer = makeTrainer()
            trainer.measures = [Measure(0.0, ["validation F1": { $0 }, "F1": { $0 }]) { _, _, _ in }]
            _ = try? trainer.fit(Example.some(3), epochs: 1, batchSize: 1)
        },
        ExpectedTrap("GradientAccumulation: 0 batches, expected at least 1") {
            _ = GradientAccumulation<Net>(batches: 0)
        },
        ExpectedTrap("schedule: the step -1 is before the first one, which is 0") {
            _ = CosineDecay(from: 1, steps: 3).rate(at: -1)
        },
        ExpectedTrap("schedule: 0 steps, expected at least 1") { _ = WarmUp(steps: 0, then: ConstantRate(1)) },
        ExpectedTrap("schedule: the initial rate nan is not in 0 ..< ∞") { _ = StepDecay(from: .nan, every: 2) },
        ExpectedTrap("schedule: the factor 1.0 and the threshold 0.0001 are not in 0 ..< 1") {
            _ = PlateauDecay(from: 1, factor: 1)
        },
        ExpectedTrap("schedule: a cycle of 1 steps, expected at least 2") { _ = OneCycle(to: 1, steps: 1) },
        ExpectedTrap("schedule: the rising share 0.6 is not in 0 < p < 1, or p ≤ 0.5 of a symmetric cycle") {
            _ = OneCycle(to: 1, steps: 9, risingShare: 0.6, symmetric: true)
        },
        ExpectedTrap("schedule: the divisor 0.0 is not above 0 and finite") {
            _ = OneCycle(to: 1, steps: 9, initialDivisor: 0)
        },
        ExpectedTrap("schedule: the growth 0 of periods, expected at least 1") {
            _ = CosineRestarts(from: 1, period: 2, growth: 0)
        },
        ExpectedTrap("optimizer: the decay of a moving average 1.0 is not in 0 ..< 1") {
            _ = MovingAverage(of: Tensor<Float>([1]), decay: 1)
        },
        ExpectedTrap("optimizer: the tensor has shape [2] and its average [1]") {
            var average = MovingAverage(of: Tensor<Float>([1]))
            average.update(with: Tensor([1, 2]))
        },
        ExpectedTrap("GradientStatistics: the gradient and the model have different parameters") {
            _ = GradientStatistics(of: [Tensor<Float>([1])], for: [])
        },
        ExpectedTrap("clipped: the limit 0.0 of the elements is not a positive number") {
            _ = Tensor<Float>([1]).clipped(toValue: 0)
        },
        ExpectedTrap("fit: -1 epochs, expected at least 0") {
            var trainer = makeTrainer()
            _ = try? trainer.fit(Example.some(3), epochs: -1, batchSize: 1)
        },
        ExpectedTrap("WatchedFigure: the margin nan is not at least 0") { _ = WatchedFigure("loss", margin: .nan) },
        ExpectedTrap("EarlyStopping: the patience -1 is not at least 0") {
            _ = EarlyStopping<Net>(watching: WatchedFigure("loss"), patience: -1)
        },
        ExpectedTrap("GradientClipping: the limit -1.0 is not above 0") { _ = GradientClipping<Net>(norm: -1) },
        ExpectedTrap("GradientMonitor: every 0 updates, expected at least 1") { _ = GradientMonitor<Net>(every: 0) },
        ExpectedTrap("sweepLearningRates: 0 batches, rates 1e-07...10.0 and 100 steps; expected rates above 0") {
            _ = try? makeTrainer().sweepLearningRates(batches: [])
        },
        ExpectedTrap("ForecastErrors: forecasts of shape [1] for values of shape [1, 1]") {
            var errors = ForecastErrors()
            errors.add(forecasts: Tensor<Float>([1]), values: Tensor<Float>([[1]]))
        },
        ExpectedTrap("BinaryScores: 1 scores for 0 labels") {
            var scores = BinaryScores()
            scores.add(scores: [1], isPositive: [])
        },
        ExpectedTrap("ConfusionMatrix: class 2, and there are 2") {
            _ = ConfusionMatrix(classCount: 2).f1(.macro, of: [2])
        },
        ExpectedTrap("TopAccuracy: the target 3 is none of 2 classes") {
            var top = TopAccuracy(1)
            top.add(scores: Tensor<Float>([[1, 2]]), targets: Tensor<Int32>([3]))
        },
        ExpectedTrap("ConfusionMatrix: scores of shape [1, 2] for targets of shape [2], which lack the last axis") {
            var matrix = ConfusionMatrix(classCount: 2)
            matrix.add(scores: Tensor<Float>([[1, 2]]), targets: Tensor<Int32>([0, 1]))
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
