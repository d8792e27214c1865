import Foundation
import Tapestry
import Testing

@testable import TapestryTraining

@Suite struct CallbackTests {
    private let data = Example.some(16)

    @Test("early stopping ends after its patience and gives the best model back")
    func earlyStopping() throws {
        // The rate explodes in the third epoch, so the second is the best.
        var models: [Net] = []
        var trainer = makeTrainer { SGD(for: $0, learningRate: 0.05) }
        let history = try trainer.fit(
            data, validation: .examples(data), epochs: 10, batchSize: 4,
            callbacks: [
                Observer(
                    didEndEpoch: { run in
                        models.append(run.model)
                        if run.epoch == 1 { run.optimizer.learningRate = 3 }
                    }), EarlyStopping(watching: WatchedFigure("validation loss"), patience: 1),
            ])
        let losses = history.values(of: "validation loss")
        #expect(losses.count == 4 && losses.firstIndex(of: losses.min()!) == 1)
        #expect(trainer.model == models[1])
        let note = "validation loss has not become better than \(losses[1]) for 2 epochs"
        #expect(history.notes == [TrainingHistory.Note(step: 16, text: note)])
    }

    @Test("what is better: upward, downward, by a margin, and NaN never")
    func watchedFigures() {
        let loss = WatchedFigure("loss", margin: 0.1)
        #expect(loss.isBetter(2, than: nil) && loss.isBetter(1.8, than: 2) && !loss.isBetter(1.95, than: 2))
        #expect(!loss.isBetter(.nan, than: nil) && !loss.isBetter(.nan, than: 2))
        let accuracy = WatchedFigure("accuracy", improvesUpward: true)
        #expect(accuracy.isBetter(0.6, than: 0.5) && !accuracy.isBetter(0.5, than: 0.5))
    }

    @Test("the best model is the one in the file")
    func bestCheckpoint() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/best.safetensors"
            var models: [Net] = []
            var trainer = makeTrainer { SGD(for: $0, learningRate: 0.05) }
            let history = try trainer.fit(
                data, epochs: 4, batchSize: 4,
                callbacks: [
                    Observer(
                        didEndEpoch: { run in
                            models.append(run.model)
                            if run.epoch == 2 { run.optimizer.learningRate = 3 }
                        }), BestCheckpoint(path, watching: WatchedFigure("loss")),
                ])
            let losses = history.values(of: "loss")
            #expect(losses.firstIndex(of: losses.min()!) == 2)
            var best = Net(seed: 9)
            let metadata = try best.load(from: path)
            #expect(best == models[2] && metadata == ["epoch": "3", "loss": "\(losses[2])"])
        }
    }

    @Test("schedules count updates or epochs")
    func schedules() throws {
        var rates: [Double] = []
        let schedule = WarmUp(steps: 2, from: 0.5, then: StepDecay(from: 0.1, factor: 0.5, every: 1))
        for (callback, expected) in [
            (ScheduledLearningRate<Net>(schedule), [0.05, 0.05, 0.075, 0.075, 0.1, 0.1, 0.05, 0.05]),
            (
                ScheduledLearningRate<Net>(schedule, over: .epochs),
                [0.05, 0.05, 0.05, 0.05, 0.075, 0.075, 0.075, 0.075]
            ),
        ] {
            rates = []
            var trainer = makeTrainer()
            let history = try trainer.fit(
                data, epochs: 2, batchSize: 4,
                callbacks: [
                    GradientAccumulation(batches: 2), callback,
                    Observer(didStep: { rates.append($0.optimizer.learningRate) }),
                ])
            #expect(zip(rates, expected).allSatisfy { abs($0 - $1) < 1e-15 }, "\(rates)")
            #expect(history.values(of: "learning rate") == [rates[3], rates[7]])
        }
    }

    @Test("a plateau lowers the rate of the epochs after it")
    func plateau() throws {
        var rates: [Double] = []
        var trainer = makeTrainer { SGD(for: $0, learningRate: 1) }
        // At a step size of 0 nothing becomes better.
        let decay = PlateauDecay(from: 0, patience: 1)
        try trainer.fit(data, epochs: 2, batchSize: 16, callbacks: [PlateauLearningRate(decay, watching: "loss")])
        #expect(trainer.model == Net(seed: 1), "the plateau's rate counts from the first step on")
        let steep = PlateauDecay(from: 1e-9, factor: 0.5, patience: 0, threshold: 0.5)
        try trainer.fit(
            data, epochs: 4, batchSize: 16,
            callbacks: [
                PlateauLearningRate(steep, watching: "loss"),
                Observer(didStep: { rates.append($0.optimizer.learningRate) }),
            ])
        #expect(rates == [1e-9, 1e-9, 5e-10, 2.5e-10])
    }

    @Test("accumulated batches are one of their size, and an epoch leaves nothing over")
    func accumulation() throws {
        func train(
            _ batchSize: Int, _ callbacks: [any TrainingCallback<Net>], of count: Int = 20
        ) throws -> Net {
            var trainer = makeTrainer { SGD(for: $0, learningRate: 0.1, momentum: 0.5) }
            trainer.model.dropout = Dropout(rate: 0)
            try trainer.fit(Example.some(count), epochs: 3, batchSize: batchSize, shuffles: false, callbacks: callbacks)
            return trainer.model
        }
        var updates: [Int] = []
        let counting = Observer<Net>(didStep: { updates.append($0.updateCount) })
        let (whole, parts) = (try train(8, []), try train(4, [GradientAccumulation(batches: 2), counting]))
        #expect(updates == [0, 1, 1, 2, 3, 3, 4, 4, 5, 6, 6, 7, 7, 8, 9])
        func expectEqual(_ whole: Net, _ parts: Net) {
            for (a, b) in zip(whole.parameters, parts.parameters) {
                #expect(
                    a.tensor(as: Double.self).isClose(to: b.tensor(), relativeTolerance: 1e-4, absoluteTolerance: 1e-6))
            }
        }
        expectEqual(whole, parts)
        // A last batch of one element among batches of four.
        expectEqual(try train(12, [], of: 21), try train(4, [GradientAccumulation(batches: 3)], of: 21))
    }

    @Test("gradients are clipped before the update")
    func clipping() throws {
        var norms: [Double] = []
        let watch = Observer<Net>(willUpdate: { norms.append($0.gradient!.parameterNorm) })
        var trainer = makeTrainer()
        try trainer.fit(data, epochs: 1, batchSize: 4, callbacks: [GradientClipping(norm: 0.01), watch])
        #expect(norms.count == 4 && norms.allSatisfy { abs($0 - 0.01) < 1e-7 })
        var greatest: Float = 0
        let look = Observer<Net>(willUpdate: { run in
            for slope in run.gradient!.parameters {
                greatest = max(greatest, abs(slope.tensor(as: Float.self)).max().scalar)
            }
        })
        try trainer.fit(data, epochs: 1, batchSize: 4, callbacks: [GradientClipping(value: 0.001), look])
        #expect(greatest == 0.001)
    }

    @Test("what is not finite ends the training before the update, and the report says where it began")
    func nonFinite() throws {
        let net = Net(seed: 1)
        var trainer = Trainer(
            net, optimizer: SGD(for: net, learningRate: 0.1),
            forward: { (model: Net, batch: [Example]) in model(Example.inputs(batch)) },
            loss: { outputs, batch in log(outputs - outputs).named("logarithm of nothing").mean() })
        let failure = try #require(throws: StopOnNonFinite<Net>.Failure.self) {
            try trainer.fit(data, epochs: 1, batchSize: 4, callbacks: [StopOnNonFinite()])
        }
        #expect(failure.step == 0 && failure.loss == -.infinity && failure.origin?.name == "logarithm of nothing")
        #expect(failure.description.contains("it begins in the forward pass: log"))
        #expect(trainer.model == net)
        var sound = makeTrainer()
        try sound.fit(data, epochs: 1, batchSize: 4, callbacks: [StopOnNonFinite()])
    }

    @Test("averaged weights are validated, and are the model at the end")
    func averaging() throws {
        var average: MovingAverage<Net>?
        var last: Net?
        var trainer = makeTrainer()
        let history = try trainer.fit(
            data, validation: .examples(data), epochs: 2, batchSize: 4,
            callbacks: [
                WeightAveraging(decay: 0.7, warmsUp: false),
                Observer(didStep: { run in
                    if average == nil { average = MovingAverage(of: Net(seed: 1), decay: 0.7) }
                    average!.update(with: run.model)
                    last = run.model
                }),
            ])
        #expect(trainer.model == average!.model && trainer.model != last)
        #expect(history.epochs[1].figures["validation loss"] == (try trainer.evaluate(data, batchSize: 4))["loss"])
    }

    @Test("an average takes each update in once, however many batches it was of")
    func averagingOfAccumulated() throws {
        let net = Net(seed: 1)
        var after: [Net] = []
        var trainer = makeTrainer()
        try trainer.fit(
            data, epochs: 2, batchSize: 4,
            callbacks: [
                GradientAccumulation(batches: 4), WeightAveraging(decay: 0.5, warmsUp: false),
                Observer(didEndEpoch: { after.append($0.model) }),
            ])
        var average = MovingAverage(of: net, decay: 0.5)
        for model in after { average.update(with: model) }
        #expect(after.count == 2 && after[0] != after[1] && trainer.model == average.model)
    }

    @Test("a monitor notes gradients that vanish, explode or are zero")
    func monitor() throws {
        var seen: [Int] = []
        var trainer = makeTrainer()
        let history = try trainer.fit(
            data, epochs: 2, batchSize: 4,
            callbacks: [
                Observer(willUpdate: { $0.gradient!.hidden.weights = $0.gradient!.hidden.weights * 1e9 }),
                GradientMonitor(every: 3) { statistics, step in
                    seen.append(step)
                    #expect(statistics.entries.map(\.path) == Net(seed: 1).parameters.map(\.path))
                },
            ])
        #expect(seen == [0, 3, 6] && history.notes.map(\.step) == seen)
        #expect(history.notes.allSatisfy { $0.text.hasPrefix("hidden.weights: the gradient explodes") })
        trainer.frozen = ["hidden", "output.bias"]
        let quiet = try trainer.fit(
            data, epochs: 1, batchSize: 4,
            callbacks: [
                GradientMonitor { statistics, _ in #expect(statistics.entries.map(\.path) == ["output.weights"]) }
            ])
        #expect(quiet.notes.isEmpty)
    }

    /// A callback as a user writes one.
    private struct StopAtLoss: TrainingCallback {
        let limit: Double
        func epochDidEnd(_ run: inout TrainingRun<Net>) {
            if run.figures["loss"]! < limit { run.stop("the loss is below \(limit)") }
        }
    }

    @Test("a user's callback, and progress as lines")
    func progress() throws {
        var text = ""
        let output = ProgressOutput(isTerminal: false, environment: [:], columns: { nil }) { text += $0 }
        var trainer = makeTrainer()
        let history = try trainer.fit(
            data, epochs: 50, batchSize: 4, callbacks: [StopAtLoss(limit: 0.2), ProgressReport(to: output)])
        #expect(history.epochs.count < 50 && history.epochs.last!.figures["loss"]! < 0.2)
        #expect(text.contains("epoch 1: loss ") && text.contains("learning rate 0.0200\n"))
        #expect(text.contains("step \(history.epochs.count * 4): the loss is below 0.2\n"))
        #expect(text.hasSuffix("\n"))
    }

    @Test("the bar has the loss and the measures of the epoch so far, computed when it is drawn")
    func progressOfMeasures() throws {
        var (text, count) = ("", 0)
        let output = ProgressOutput(isTerminal: false, environment: [:], columns: { nil }) { text += $0 }
        var trainer = makeTrainer()
        trainer.measures = [
            Measure(
                RunningMean(),
                [
                    "size": {
                        count += 1
                        return $0.weight
                    }
                ]
            ) { mean, _, _ in mean.add(0.0, weight: 10) }
        ]
        let history = try trainer.fit(data, epochs: 20, batchSize: 4, callbacks: [ProgressReport(to: output)])
        let steps = history.epochs.last!.step
        let last = try #require(text.split(separator: "\n").last)
        let loss = String(format: "%.4f", history.epochs.last!.figures["loss"]!)
        #expect(last.hasPrefix("\(steps)/\(steps) (100 %)  epoch 20  loss \(loss)  size \(10 * steps / 20)  "))
        #expect(steps == 80 && count < 40)
    }

    @Test("gradients are looked at every so many updates, whichever steps those are")
    func monitorOfAccumulatedGradients() throws {
        var trainer = makeTrainer()
        var steps: [Int] = []
        try trainer.fit(
            data, epochs: 6, batchSize: 4,
            callbacks: [GradientAccumulation(batches: 4), GradientMonitor(every: 2) { _, step in steps.append(step) }])
        #expect(steps == [3, 11, 19])
    }

    /// What ``ProgressReport`` shows after each step.
    private struct Figures: TrainingCallback {
        let note: (_ step: Int, _ loss: Double, _ soFar: [String: Double]) -> Void

        func stepDidEnd(_ run: inout TrainingRun<Net>) {
            let figures = run.figuresSoFar().all.map { ($0.name, $0.value) }
            note(run.step, run.loss, Dictionary(uniqueKeysWithValues: figures))
        }
    }

    @Test("the figures so far are of the epoch's steps, from the first one on")
    func figuresSoFar() throws {
        var trainer = makeTrainer()
        var losses: [Double] = []
        try trainer.fit(
            data, epochs: 2, batchSize: 4,
            callbacks: [
                Figures { step, loss, soFar in
                    losses.append(loss)
                    let ofEpoch = losses.suffix((step - 1) % 4 + 1)
                    let mean = ofEpoch.reduce(0, +) / Double(ofEpoch.count)
                    #expect(abs(soFar["loss", default: .nan] - mean) < 1e-12, "step \(step)")
                }
            ])
        #expect(losses.count == 8 && Set(losses).count == 8)
    }

    @Test("progress that shows nothing")
    func silence() {
        let bar = ProgressBar(total: 2, output: .silent)
        bar.advance(figures: ["loss": 1])
        bar.finish()
        ProgressOutput.silent.write("nothing")
    }

    @Test("spans can be a measure")
    func spansAreSaved() throws {
        var matches = SpanMatches()
        matches.add(predictions: ["B-a", "O"], targets: ["B-a", "B-b"])
        #expect(try JSONDecoder().decode(SpanMatches.self, from: JSONEncoder().encode(matches)) == matches)
    }
}
