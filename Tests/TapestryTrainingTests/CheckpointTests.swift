import Foundation
import Tapestry
import Testing

@testable import TapestryTraining

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

@Suite struct CheckpointTests {
    private static let data = Example.some(18)

    /// Everything that remembers something takes part.
    private static var callbacks: [any TrainingCallback<Net>] {
        [
            GradientAccumulation(batches: 2), GradientClipping(norm: 0.5),
            ScheduledLearningRate(WarmUp(steps: 3, then: CosineDecay(from: 0.05, steps: 12))),
            WeightAveraging(decay: 0.8), EarlyStopping(watching: WatchedFigure("validation loss"), patience: 1),
        ]
    }

    /// 4 epochs of 4 steps, the last of which is of a smaller batch.
    @discardableResult
    private static func train(
        _ trainer: inout NetTrainer, _ checkpoint: Checkpointing?, extra: [any TrainingCallback<Net>] = [],
        until shouldStop: () -> Bool = { false }
    ) throws -> TrainingHistory {
        try trainer.fit(
            data, validation: .share(0.2), epochs: 4, batchSize: 4, callbacks: callbacks + extra,
            checkpoint: checkpoint, until: shouldStop)
    }

    private static var makers: [(String, (Net) -> any Optimizer<Net>)] {
        [
            ("Adam", { Adam(for: $0, learningRate: 0.05, amsgrad: true) }),
            ("Lookahead", { Lookahead(SGD(for: $0, learningRate: 0.05, momentum: 0.9), period: 3) }),
            ("NAdam", { NAdam(for: $0, learningRate: 0.05) }),
        ]
    }

    @Test("stopped at any step and resumed, a training ends in the same bits", arguments: 0..<3)
    func resumption(_ index: Int) throws {
        let (name, make) = Self.makers[index]
        var whole = makeTrainer(make)
        let history = try Self.train(&whole, nil)
        let steps = history.epochs.last!.step
        #expect(steps >= 10 && whole.model != Net(seed: 1))
        for stop in 0...steps {
            try withTemporaryFolder { folder in
                let checkpoint = Checkpointing(folder + "/run.safetensors")
                var (first, step) = (makeTrainer(make), 0)
                try Self.train(&first, checkpoint, extra: [Observer(didStep: { step = $0.step })]) { step == stop }
                // Another process would know nothing of the first one.
                var second = makeTrainer(make)
                let resumed = try Self.train(&second, checkpoint)
                #expect(second.model == whole.model, "\(name), stopped after \(stop) steps")
                #expect(resumed == history, "\(name), stopped after \(stop) steps")
                #expect(second.optimizer.learningRate == whole.optimizer.learningRate)
            }
        }
    }

    private struct Crash: Error {}

    @Test("a training that fails goes on from what was saved last")
    func crash() throws {
        var whole = makeTrainer()
        let history = try Self.train(&whole, nil)
        for last in [2, 5, 6, 7, 12] {
            try withTemporaryFolder { folder in
                let checkpoint = Checkpointing(folder + "/run.safetensors", everySteps: 3)
                var first = makeTrainer()
                #expect(throws: Crash.self) {
                    let crashing = Observer<Net>(willUpdate: { if $0.step == last { throw Crash() } })
                    try Self.train(&first, checkpoint, extra: [crashing])
                }
                var (second, steps) = (makeTrainer(), [Int]())
                let resumed = try Self.train(&second, checkpoint, extra: [Observer(didStep: { steps.append($0.step) })])
                // The ends of epochs, every fourth step, are saved as well.
                #expect(steps.first == max(last / 3 * 3, last / 4 * 4) + 1)
                #expect(second.model == whole.model && resumed == history)
            }
        }
    }

    @Test("what was finished stays so, and more epochs go on from there")
    func finished() throws {
        try withTemporaryFolder { folder in
            let checkpoint = Checkpointing(folder + "/run.safetensors")
            func train(_ epochs: Int, _ checkpoint: Checkpointing?) throws -> (Net, Int) {
                var (trainer, count) = (makeTrainer(), 0)
                try trainer.fit(
                    Self.data, epochs: epochs, batchSize: 6, callbacks: [Observer(didStep: { _ in count += 1 })],
                    checkpoint: checkpoint)
                return (trainer.model, count)
            }
            let (first, again, more) = (
                try train(2, checkpoint), try train(2, checkpoint), try train(5, checkpoint)
            )
            #expect(first.1 == 6 && again.1 == 0 && more.1 == 9)
            let atOnce = try train(5, nil)
            #expect(first.0 == again.0 && more.0 == atOnce.0)
            var fresh = checkpoint
            fresh.resumes = false
            #expect(try train(1, fresh).1 == 3)
        }
    }

    @Test(
        "a process that is killed at any moment leaves a whole checkpoint, from which the training ends in the same bits"
    )
    func killed() async throws {
        var whole = makeTrainer()
        try Self.train(&whole, nil)
        for round in 0..<6 {
            // What was being written when the process ended lies there as well.
            let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let path = folder.appending(path: "run.safetensors").path
            let delay = UInt32.random(in: 0..<60_000)
            await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, delay = delay as UInt32] in
                Thread.detachNewThread {
                    usleep(delay)
                    kill(getpid(), SIGKILL)
                }
                while true {
                    var trainer = makeTrainer()
                    try Self.train(&trainer, Checkpointing(path, everySteps: 1, resumes: false))
                }
            }
            if FileManager.default.fileExists(atPath: path) { _ = try Safetensors(contentsOf: path) }
            var trainer = makeTrainer()
            try Self.train(&trainer, Checkpointing(path, everySteps: 1))
            #expect(trainer.model == whole.model, "round \(round), killed after \(delay) µs")
        }
    }

    @Test("files that are no checkpoint of the training are refused, and the trainer stays as it is")
    func refusals() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/run.safetensors"
            func message(
                _ change: (inout NetTrainer) -> Void = { _ in }, batchSize: Int = 6,
                callbacks: [any TrainingCallback<Net>] = [WeightAveraging()]
            ) -> String {
                var trainer = makeTrainer()
                change(&trainer)
                let before = trainer.model
                do {
                    try trainer.fit(
                        Self.data, epochs: 3, batchSize: batchSize, callbacks: callbacks,
                        checkpoint: Checkpointing(path))
                    return "none"
                } catch {
                    #expect(trainer.model == before)
                    return "\(error)".replacingOccurrences(of: folder, with: "")
                }
            }
            var (trainer, step) = (makeTrainer(), 0)
            try trainer.fit(
                Self.data, epochs: 3, batchSize: 6,
                callbacks: [WeightAveraging(), Observer(didStep: { step = $0.step })], checkpoint: Checkpointing(path)
            ) { step == 4 }
            let begin = "cannot read \"/run.safetensors\": "
            #expect(message { $0.seed = 8 } == begin + "position: the training had the seed 7, not 8")
            #expect(
                message { $0.model.output.bias = nil }.hasPrefix(
                    begin + "model: it is another model, unexpected: output.bias"))
            #expect(
                message { $0.optimizer = SGD(for: $0.model, learningRate: 1) }.hasPrefix(
                    begin + "optimizer: it is not a value of the type SGD"))
            #expect(message(batchSize: 5) == begin + "position: its epochs have 3 batches, and those of the data 4")
            #expect(
                message(callbacks: [GradientClipping(norm: 1), GradientAccumulation(batches: 2)])
                    == begin + "position: what callbacks remember is of [\"WeightAveraging<Net>\"], "
                    + "and the training has [\"GradientAccumulation<Net>\"]: give the same ones, or begin anew with "
                    + "resumes: false")
            let whole = try Data(contentsOf: URL(filePath: path))
            for count in [0, 7, 100, whole.count / 2, whole.count - 1] {
                try whole.prefix(count).write(to: URL(filePath: path))
                #expect(message().hasPrefix(begin), "\(count) bytes")
            }
            var file = try Safetensors(whole)
            file.metadata["position"] = nil
            try file.write(to: path)
            #expect(message() == begin + "position: it is not there")
            file = try Safetensors(whole)
            file.arrays["optimizer.moments.memory.memories.0.output.weights"] = nil
            try file.write(to: path)
            #expect(
                message() == begin
                    + "optimizer: the array optimizer.moments.memory.memories.0.output.weights is not there")
        }
    }

    /// Layers that write themselves in ways of their own.
    private struct Everything: Module {
        var embedding = Embedding<Float>(vocabularySize: 5, size: 4)
        var recurrent = Bidirectional(
            LSTMCell<Float>(inputSize: 4, hiddenSize: 3), LSTMCell<Float>(inputSize: 4, hiddenSize: 3))
        var cells = Recurrent(GRUCell<Float>(inputSize: 6, hiddenSize: 3))
        var layers = Sequential {
            Linear<Float>(inputSize: 3, outputSize: 4)
            Activation<Float>(.tanh)
            LayerNorm<Float>(featureCount: 4)
        }
        var tied = [Tied(Linear<Float>(inputSize: 2, outputSize: 2))]
        @Buffer var table = Tensor<Float>([0.5, 0.25])
        var number = Tensor<Float>(3)
        var none: Linear<Float>?
        var choices: [String: Tensor<Float>] = ["b": Tensor([1, 2]), "a": Tensor([3])]

        init() { tied.append(tied[0]) }

        func callAsFunction(_ indices: Tensor<Int32>) -> Tensor<Float> {
            let states = cells(recurrent(embedding(indices)).outputs).outputs
            let rest = tied[1].wrapped(Tensor([[1, 2]])).sum() * number + choices["a"]!.sum() * choices["b"]!.sum()
            return square(layers(states)).mean() + rest
        }
    }

    @Test("layers of all kinds, and what optimisers remember of them, survive bit for bit")
    func layersOfAllKinds() throws {
        let indices = Tensor<Int32>([[0, 3, 1], [4, 2, 2]])
        var model = withRandomSeed(3) { Everything() }
        var optimizer = Adam(for: model, learningRate: 0.1)
        for _ in 0..<2 { optimizer.update(&model, along: gradient(at: model) { $0(indices) }) }
        var archive = StateArchive()
        try archive.add(model, as: "model")
        try archive.add(optimizer, as: "optimizer")
        let bytes = archive.file.data
        archive.file = try Safetensors(bytes)
        var (readModel, read) = (
            try archive.value(of: Everything.self, named: "model"),
            try archive.value(of: Adam<Everything>.self, named: "optimizer")
        )
        let filled = try archive.value(named: "model", like: withRandomSeed(9) { Everything() })
        func bits(_ model: Everything) -> [String: StoredArray] { model.storedArrays() }
        #expect(bits(readModel) == bits(model) && bits(filled) == bits(model))
        optimizer.update(&model, along: gradient(at: model) { $0(indices) })
        read.update(&readModel, along: gradient(at: readModel) { $0(indices) })
        #expect(bits(readModel) == bits(model))
    }

    @Test("an array of a type that is not read is named with its type, and written again")
    func typesThatAreNotRead() throws {
        func file(_ name: String) throws -> Safetensors {
            let header = #"{"\#(name)":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}}"#
            return try Safetensors(Data([UInt8(header.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(header.utf8) + [7]))
        }
        var archive = StateArchive()
        try archive.add(Tensor<Float>([1]), as: "tensor")
        archive.file.arrays["tensor"] = nil
        archive.file.unsupported = try file("tensor").unsupported
        let named = #expect(throws: FileFormatError.self) {
            try archive.value(of: Tensor<Float>.self, named: "tensor")
        }
        #expect(named?.description.hasSuffix("tensor: its elements are of type F8_E4M3, which is not read") == true)
        let model = #expect(throws: FileFormatError.self) {
            try archive.value(named: "tensor", like: Tensor<Float>([1]))
        }
        #expect(model?.reason.contains("unlike: tensor: its elements are of type F8_E4M3") == true)
        try archive.add(Tensor<Float>([2]), as: "other")
        #expect(try Safetensors(archive.file.data).unsupported.count == 1)
        try archive.add(Tensor<Float>([1]), as: "tensor")
        #expect(archive.file.unsupported.isEmpty)
        #expect(try archive.value(named: "tensor") == Tensor<Float>([1]))
    }

    @Test("numbers that are not finite, and no tensors at all, survive")
    func extremes() throws {
        struct State: Codable, Sendable, Equatable {
            var numbers: [Double]
            var tensor: Tensor<Double>
            var none: Tensor<Float>?
            var flags: Tensor<Bool>
            var named: [String: Int]
        }
        let state = State(
            numbers: [.infinity, -0.0, 0.1, -.infinity],
            tensor: Tensor([[1, -.infinity], [.leastNonzeroMagnitude, 0.3]]), none: nil,
            flags: Tensor([true, false]), named: ["b": 1, "a": 2])
        var archive = StateArchive()
        try archive.add(state, as: "state")
        try archive.add(Tensor<Float>([.nan, 2]), as: "tensor")
        try archive.add(EmptyModule(), as: "nothing")
        #expect(archive.file.arrays.keys.sorted() == ["state.flags", "state.tensor", "tensor"])
        #expect(try archive.value(named: "state") == state)
        try archive.add(Tensor<Float>([1]), as: "state")
        #expect(archive.file.arrays.keys.sorted() == ["state", "tensor"], "one value of a name")
        try archive.add(state, as: "state")
        #expect(try archive.value(named: "state") == state)
        #expect((try archive.value(of: Tensor<Float>.self, named: "tensor")).scalars.map(\.isNaN) == [true, false])
        #expect(try archive.value(named: "nothing") == EmptyModule())
    }
}
