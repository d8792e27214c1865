import Foundation
import Tapestry
import Testing

/// The Swift of `docs/Training.md`, block by block.
private func trainingGuide(path: String) throws {
    struct Point: Sendable {
        var position: [Float]
        var label: Int32
    }

    struct Classifier: Module {
        var hidden = Linear<Float>(inputSize: 2, outputSize: 16)
        var dropout = Dropout<Float>(rate: 0.1)
        var output = Linear<Float>(inputSize: 16, outputSize: 2)

        func callAsFunction(_ points: [Point]) -> Tensor<Float> {
            let positions = Tensor(shape: [points.count, 2], scalars: points.flatMap(\.position))
            return output(dropout(tanh(hidden(positions))))
        }
    }

    func labels(_ points: [Point]) -> Tensor<Int32> { Tensor(points.map(\.label)) }

    let points = (0..<200).map { number in
        let angle = Float(number) * 0.1
        let label = Int32(number % 2)
        return Point(position: [cos(angle) + Float(label), sin(angle) * (label == 0 ? 1 : -1)], label: label)
    }
    var model = Classifier()
    var optimizer = AdamW(for: model, learningRate: 1e-2)
    for batch in points.batches(of: 20, shuffledBy: RandomSource(seed: 1)) {
        let (_, gradient) = valueAndGradient(at: model) { crossEntropy($0(batch), labels(batch)) }
        optimizer.update(&model, along: gradient.clipped(toNorm: 1))
    }

    var careful = Lookahead(
        AdamW(
            for: model, learningRate: 1e-3, weightDecay: WeightDecay(rate: 0.01, except: ["*.bias"]),
            groups: [ParameterGroup("hidden.*", learningRateFactor: 0.1)]))
    careful.update(&model, along: gradient(at: model) { crossEntropy($0(points), labels(points)) })

    var newton = LBFGS(for: model, iterationLimit: 5)
    let lossBefore = newton.update(&model) { model in
        withMode(.inference) { crossEntropy(model(points), labels(points)) }
    }
    print(lossBefore)

    let schedule = WarmUp(steps: 10, then: CosineDecay(from: 1e-2, to: 1e-4, steps: 190))
    optimizer.learningRate = schedule.rate(at: 0)

    var trainer = Trainer(
        model, optimizer: AdamW(for: model, learningRate: 1e-2),
        measures: [
            Measure(ConfusionMatrix(classCount: 2), ["accuracy": \.accuracy, "F1": { $0.f1(of: 1) }]) {
                $0.add(scores: $1, targets: labels($2))
            }
        ],
        forward: { (model: Classifier, batch: [Point]) in model(batch) },
        loss: { logits, batch in crossEntropy(logits, labels(batch)) })

    let history = try trainer.fit(
        points, validation: .share(0.2), epochs: 20, batchSize: 20,
        callbacks: [
            StopOnNonFinite(), GradientClipping(norm: 1), ScheduledLearningRate(schedule),
            EarlyStopping(watching: WatchedFigure("validation loss"), patience: 5), ProgressReport(),
        ])
    print(history.csv)
    print(try trainer.evaluate(points, batchSize: 50))
    let logits = try trainer.predict(points, batchSize: 50)

    let sweep = try trainer.sweepLearningRates(points, batchSize: 20)
    print(sweep.suggestion ?? 1e-3)

    struct CountLargeGradients: TrainingCallback {
        var state = 0

        mutating func stepWillUpdate(_ run: inout TrainingRun<Classifier>) {
            if run.gradient!.parameterNorm > 1 { state += 1 }
        }

        func trainingDidEnd(_ run: inout TrainingRun<Classifier>) { run.note("\(state) gradients were longer than 1") }
    }

    let checkpoint = Checkpointing(path, everySteps: 5)
    for isSecond in [false, true] {
        var step = 0
        var trainer = trainer
        let history = try trainer.fit(
            points, epochs: 2, batchSize: 20, callbacks: [CountLargeGradients()], checkpoint: checkpoint
        ) {
            step += 1
            return !isSecond && step > 13
        }
        print(history.epochs.count, history.notes.last!.text)
    }

    var archive = StateArchive()
    try archive.add(model, as: "model")
    try archive.add(optimizer, as: "optimizer")
    try archive.write(to: path)

    let saved = try StateArchive(contentsOf: path)
    model = try saved.value(named: "model", like: model)
    optimizer = try saved.value(named: "optimizer")

    var top = TopAccuracy(1)
    for (batch, logits) in zip(points.batches(of: 50), logits) { top.add(scores: logits, targets: labels(batch)) }
    print(top.value)
}

@Suite struct TrainingGuideTests {
    @Test("the guide's Swift runs, and is what stands here")
    func guide() throws {
        let here = URL(filePath: #filePath)
        let root = here.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        func lines(_ text: some StringProtocol) -> String {
            text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: "\n")
        }
        let code = lines(try String(contentsOf: here, encoding: .utf8))
        let guide = try String(contentsOf: root.appending(path: "docs/Training.md"), encoding: .utf8)
        let blocks = guide.components(separatedBy: "```swift\n").dropFirst().map {
            $0.components(separatedBy: "```")[0]
        }
        #expect(blocks.count > 8)
        for block in blocks { #expect(code.contains(lines(block)), "\(block)") }
        try withTemporaryFolder { try trainingGuide(path: $0 + "/run.safetensors") }
    }
}
