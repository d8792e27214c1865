import Foundation
import TapestryAutograd
import TapestryLayers
import TapestryOptimizers
import TapestryTestSupport
import Testing

/// Two parameters.
struct Point: Module, Equatable {
    var weights: Tensor<Double>
    var bias: Tensor<Double>
}

/// One optimiser with settings under which all of its terms take part.
enum OptimizerKind: String, CaseIterable, Sendable {
    case sgd, momentum, nesterov, adam, adamAMSGrad, adamW, nadam, radam, adamax, rmsProp, adagrad, adadelta, lion,
        rprop
    case lookahead

    func make<Model: Module>(for model: Model) -> any Optimizer<Model> {
        let decay = WeightDecay(rate: 0.1)
        return switch self {
        case .sgd: SGD(for: model, learningRate: 0.1, weightDecay: decay)
        case .momentum: SGD(for: model, learningRate: 0.1, momentum: 0.9, weightDecay: decay)
        case .nesterov: SGD(for: model, learningRate: 0.1, momentum: 0.9, nesterov: true, weightDecay: decay)
        case .adam: Adam(for: model, learningRate: 0.1, weightDecay: decay)
        case .adamAMSGrad: Adam(for: model, learningRate: 0.1, secondDecay: 0.5, amsgrad: true, weightDecay: decay)
        case .adamW: AdamW(for: model, learningRate: 0.1, weightDecay: decay)
        case .nadam: NAdam(for: model, learningRate: 0.1, weightDecay: decay)
        case .radam: RAdam(for: model, learningRate: 0.1, secondDecay: 0.9, weightDecay: decay)
        case .adamax: Adamax(for: model, learningRate: 0.1, weightDecay: decay)
        case .rmsProp:
            RMSProp(for: model, learningRate: 0.1, smoothing: 0.9, momentum: 0.9, centred: true, weightDecay: decay)
        case .adagrad: Adagrad(for: model, learningRate: 0.1, learningRateDecay: 0.1, weightDecay: decay)
        case .adadelta: Adadelta(for: model, epsilon: 1e-3, weightDecay: decay)
        case .lion: Lion(for: model, learningRate: 0.1, weightDecay: decay)
        case .rprop: Rprop(for: model, learningRate: 0.1)
        case .lookahead:
            Lookahead(SGD(for: model, learningRate: 0.1, momentum: 0.9, weightDecay: decay), period: 2, share: 0.25)
        }
    }

    /// How many tensors are remembered of each parameter after a step.
    var memoryCount: Int {
        switch self {
        case .sgd: 0
        case .momentum, .nesterov, .adagrad, .lion: 1
        case .adam, .adamW, .nadam, .radam, .adamax, .adadelta, .rprop, .lookahead: 2
        case .adamAMSGrad, .rmsProp: 3
        }
    }
}

@Suite struct OptimizerTests {
    @Test("momentum may be switched on between steps")
    func lateMomentum() {
        var model = Point(weights: .ones([2, 3]), bias: .ones([3]))
        let gradient = Point(weights: .ones([2, 3]), bias: .ones([3]))
        var optimizer = SGD(for: model, learningRate: 0.125)
        optimizer.update(&model, along: gradient)
        optimizer.momentum = 0.5
        // v = 1, then 1.5: 1 − 0.125 · (1 + 1 + 1.5)
        optimizer.update(&model, along: gradient)
        optimizer.update(&model, along: gradient)
        #expect(model == Point(weights: .ones([2, 3]) * 0.5625, bias: .ones([3]) * 0.5625))
    }

    @Test("the first gradient in the momentum is not dampened, when there is momentum from a later step as well")
    func lateDampening() {
        var model = Point(weights: .zeros([2, 3]), bias: .zeros([3]))
        let gradient = Point(weights: .ones([2, 3]), bias: .ones([3]))
        var optimizer = SGD(for: model, learningRate: 0.125, dampening: 0.75)
        optimizer.isMaximizing = true
        optimizer.update(&model, along: gradient)
        optimizer.momentum = 0.5
        // Uphill, v = 1, then 0.5 + 0.25: 0.125 · (1 + 1 + 0.75)
        optimizer.update(&model, along: gradient)
        optimizer.update(&model, along: gradient)
        #expect(model == Point(weights: .ones([2, 3]) * 0.34375, bias: .ones([3]) * 0.34375))
    }

    // MARK: Frozen parameters and exceptions

    /// What an optimiser remembers, read from its encoded form.
    private struct Memory: Decodable {
        struct Memories: Decodable { var memories: [Point] }
        struct Nested: Decodable { var memory: Memories }
        var memory: Memories?
        var moments: Nested?
        var base: Nested?
        var slow: Memories?

        init(_ optimizer: some Optimizer) throws {
            self = try JSONDecoder().decode(Memory.self, from: JSONEncoder().encode(optimizer))
        }

        var points: [Point] { [memory, moments?.memory, base?.memory, slow].flatMap { $0?.memories ?? [] } }
    }

    private func gradient(_ step: UInt64) -> Point {
        withRandomSeed(step) { Point(weights: .normal([2, 3]), bias: .normal([3])) }
    }

    @Test("frozen parameters and what is remembered of them stay as they are", arguments: OptimizerKind.allCases)
    func frozen(_ kind: OptimizerKind) throws {
        var model = gradient(0)
        var optimizer = kind.make(for: model)
        optimizer.update(&model, along: gradient(1))
        let before = (model: model, memory: try Memory(optimizer).points)
        #expect(before.memory.count == kind.memoryCount)
        #expect(before.memory.allSatisfy { $0.bias != $0.bias.zerosLike })

        optimizer.update(&model, along: gradient(2), freezing: ["bias"])
        #expect(model.bias == before.model.bias)
        #expect(model.weights != before.model.weights)
        for (after, before) in zip(try Memory(optimizer).points, before.memory) {
            #expect(after.bias == before.bias)
            #expect(after.weights != before.weights)
        }
        optimizer.update(&model, along: gradient(3))
        #expect(model.bias != before.model.bias, "it moves again when it is no longer frozen")
    }

    @Test(
        "a parameter that was frozen goes on as if there had been no steps without it",
        arguments: OptimizerKind.allCases)
    func unfrozen(_ kind: OptimizerKind) {
        // One model has the bias frozen for 1000 steps, before its first step or between two; the other never does.
        for stepsBefore in [0, 3] {
            var (late, plain) = (gradient(0), gradient(0))
            var (lateOptimizer, plainOptimizer) = (kind.make(for: late), kind.make(for: plain))
            for step in 0..<stepsBefore {
                lateOptimizer.update(&late, along: gradient(UInt64(step)))
                plainOptimizer.update(&plain, along: gradient(UInt64(step)))
            }
            for _ in 0..<1000 { lateOptimizer.update(&late, along: gradient(9), freezing: ["bias"]) }
            for step in 10..<13 {
                lateOptimizer.update(&late, along: gradient(UInt64(step)))
                plainOptimizer.update(&plain, along: gradient(UInt64(step)))
                #expect(late.bias == plain.bias, "step \(step), after \(stepsBefore) before")
            }
        }
    }

    @Test("the first step of Adam is η in the direction of the gradient's signs, however late it is")
    func firstStepAfterFreezing() {
        var model = gradient(0)
        let start = model
        var optimizer = Adam(for: model, learningRate: 0.125)
        for step in 1...20 { optimizer.update(&model, along: gradient(UInt64(step)), freezing: ["bias"]) }
        let slopes = gradient(21)
        optimizer.update(&model, along: slopes)
        for (index, slope) in slopes.bias.scalars.enumerated() {
            let moved = model.bias.scalars[index] - start.bias.scalars[index]
            #expect(abs(moved + (slope > 0 ? 0.125 : -0.125)) < 1e-7)
        }
    }

    @Test("parameters that decay spares do not decay", arguments: ["*bias", "*.bias", "output.*"])
    func exceptions(_ pattern: String) {
        struct Pair: Module {
            var hidden = Linear<Double>(inputSize: 2, outputSize: 3)
            var output = Linear<Double>(inputSize: 3, outputSize: 1)
        }
        let start = Pair()
        var model = start
        // Without gradient, a parameter moves by its decay alone: p ← p (1 − η λ).
        var optimizer = AdamW(for: model, learningRate: 0.5, weightDecay: WeightDecay(rate: 0.5, except: [pattern]))
        optimizer.update(&model, along: model.zerosLike)
        for (before, after) in zip(start.parameters, model.parameters) {
            let isSpared = ParameterPattern(pattern).matches(before.path)
            let expected = before.tensor(as: Double.self) * (isSpared ? 1 : 0.75)
            #expect(after.tensor(as: Double.self) == expected, "\(before.path)")
        }
        #expect(start.parameters.contains { ParameterPattern(pattern).matches($0.path) })
    }

    // MARK: Values

    @Test("a copy of an optimiser is a snapshot", arguments: OptimizerKind.allCases)
    func snapshot(_ kind: OptimizerKind) {
        var model = gradient(0)
        var optimizer = kind.make(for: model)
        for step in 1...3 { optimizer.update(&model, along: gradient(UInt64(step))) }
        var (copiedModel, copy) = (model, optimizer)
        for step in 4...6 { optimizer.update(&model, along: gradient(UInt64(step))) }
        #expect(model != copiedModel)
        for step in 4...6 { copy.update(&copiedModel, along: gradient(UInt64(step))) }
        #expect(model == copiedModel)
    }

    @Test("an optimiser survives being written and read, bit for bit", arguments: OptimizerKind.allCases)
    func coding(_ kind: OptimizerKind) throws { try checkCoding(kind.make(for: gradient(0))) }

    private func checkCoding(_ optimizer: some Optimizer<Point>) throws {
        var optimizer = optimizer
        var model = gradient(0)
        for step in 1...3 { optimizer.update(&model, along: gradient(UInt64(step))) }
        var (readModel, read) = try roundTrip((model, optimizer))
        #expect(readModel == model)
        for step in 4...6 {
            optimizer.update(&model, along: gradient(UInt64(step)))
            read.update(&readModel, along: gradient(UInt64(step)))
            #expect(readModel == model, "step \(step)")
        }
        #expect(try encoded(read) == encoded(optimizer))
    }

    private func encoded(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return try encoder.encode(value)
    }

    private func roundTrip<First: Codable, Second: Codable>(
        _ values: (First, Second)
    ) throws -> (First, Second) {
        let decoder = JSONDecoder()
        return (
            try decoder.decode(First.self, from: encoded(values.0)),
            try decoder.decode(Second.self, from: encoded(values.1))
        )
    }

    @Test("training in Float goes where training in Double goes", arguments: OptimizerKind.allCases)
    func singlePrecision(_ kind: OptimizerKind) {
        struct SinglePoint: Module {
            var weights: Tensor<Float>
            var bias: Tensor<Float>
        }
        var exact = gradient(0)
        var single = exact.converted(to: SinglePoint.self)
        var (exactOptimizer, singleOptimizer) = (kind.make(for: exact), kind.make(for: single))
        for step in 1...20 {
            let gradient = gradient(UInt64(step))
            exactOptimizer.update(&exact, along: gradient)
            singleOptimizer.update(&single, along: gradient.converted())
        }
        #expect(blockError(single.weights.scalars.map(Double.init), exact.weights.scalars) < 1e-5)
        #expect(blockError(single.bias.scalars.map(Double.init), exact.bias.scalars) < 1e-5)
    }

    @Test("what an update took from a derivative is a constant when that is over")
    func untracked() {
        var model = gradient(0)
        var optimizer = SGD(for: model, learningRate: 0.1, momentum: 0.5)
        for _ in 0..<2 {
            _ = TapestryAutograd.gradient(at: Tensor<Double>(2)) { factor in
                optimizer.update(&model, along: Point(weights: model.weights * factor, bias: model.bias * factor))
                #expect(model.weights.isTracked && model.bias.isTracked)
                return factor
            }
            #expect(!model.weights.isTracked && !model.bias.isTracked)
        }
        // p ← p − 0.1 · 2 p, and then with half of that step's gradient in the velocity: v = 2 · 0.8 p + p.
        #expect(model.weights.isClose(to: gradient(0).weights * 0.54, relativeTolerance: 1e-14))
    }
}

@Suite struct GradientClippingTests {
    private let gradient = Point(weights: Tensor([[3, 0, 0], [0, 0, 0]]), bias: Tensor([0, 4, 0]))

    @Test("a larger global norm is scaled to the limit: g · limit / ‖g‖")
    func larger() {
        #expect(gradient.parameterNorm == 5)
        let clipped = gradient.clipped(toNorm: 2)
        #expect(clipped == Point(weights: gradient.weights * 0.4, bias: gradient.bias * 0.4))
        #expect(abs(clipped.parameterNorm - 2) < 1e-15)
        #expect(abs(gradient.scaled(by: 1e200).clipped(toNorm: 2).parameterNorm - 2) < 1e-15)
    }

    @Test("a norm that is not above the limit is not changed", arguments: [5, 5.000001, 1e300, .infinity])
    func smaller(_ limit: Double) { #expect(gradient.clipped(toNorm: limit) == gradient) }

    @Test("the norm is that of all parameters together, not of each")
    func global() {
        let clipped = gradient.clipped(toNorm: 4.5)
        #expect(clipped.bias.scalars[1] < 4)
        #expect(clipped.weights.scalars[0] < 3)
    }

    @Test("a norm that is not finite is left for the caller to see", arguments: [Double.infinity, .nan])
    func nonFinite(_ value: Double) {
        var gradient = gradient
        gradient.bias = Tensor([0, value, 1])
        let clipped = gradient.clipped(toNorm: 1)
        #expect(clipped.weights == gradient.weights)
        #expect(clipped.bias.scalars[2] == 1)
        #expect(!clipped.bias.scalars[1].isFinite)
    }

    @Test("no gradient, no norm")
    func zero() {
        #expect(gradient.zerosLike.clipped(toNorm: 1) == gradient.zerosLike)
    }
}
