import TapestryAutograd
import TapestryOptimizers
import TapestryTestSupport

extension Operation<Double> {
    /// Steps of optimisers: from parameters and their gradients at every step to the parameters after every step. A case
    /// without attributes has the library's own defaults, others those of PyTorch for what they leave out.
    static var optimizers: [Operation] {
        [
            optimizer("sgd") { model, s in
                SGD(
                    for: model, learningRate: try s.rate(0.001), momentum: try s.number("momentum", 0),
                    dampening: try s.number("dampening", 0), nesterov: try s.flag("nesterov"),
                    weightDecay: try s.decay(), groups: try s.groups())
            },
            optimizer("adam", usual: { Adam(for: $0) }) { model, s in
                Adam(
                    for: model, learningRate: try s.rate(0.001), firstDecay: try s.firstDecay,
                    secondDecay: try s.secondDecay, epsilon: try s.number("epsilon", 1e-8),
                    amsgrad: try s.flag("amsgrad"), weightDecay: try s.decay(), groups: try s.groups())
            },
            optimizer("adamW", usual: { AdamW(for: $0) }) { model, s in
                AdamW(
                    for: model, learningRate: try s.rate(0.001), firstDecay: try s.firstDecay,
                    secondDecay: try s.secondDecay, epsilon: try s.number("epsilon", 1e-8),
                    amsgrad: try s.flag("amsgrad"), weightDecay: try s.decay(0.01), groups: try s.groups())
            },
            optimizer("nadam", usual: { NAdam(for: $0) }) { model, s in
                NAdam(
                    for: model, learningRate: try s.rate(0.002), firstDecay: try s.firstDecay,
                    secondDecay: try s.secondDecay, epsilon: try s.number("epsilon", 1e-8),
                    momentumDecay: try s.number("momentumDecay", 0.004), decouplesDecay: try s.flag("decouplesDecay"),
                    weightDecay: try s.decay())
            },
            optimizer("radam", usual: { RAdam(for: $0) }) { model, s in
                RAdam(
                    for: model, learningRate: try s.rate(0.001), firstDecay: try s.firstDecay,
                    secondDecay: try s.secondDecay, epsilon: try s.number("epsilon", 1e-8),
                    decouplesDecay: try s.flag("decouplesDecay"), weightDecay: try s.decay())
            },
            optimizer("adamax", usual: { Adamax(for: $0) }) { model, s in
                Adamax(
                    for: model, learningRate: try s.rate(0.002), firstDecay: try s.firstDecay,
                    secondDecay: try s.secondDecay, epsilon: try s.number("epsilon", 1e-8), weightDecay: try s.decay())
            },
            optimizer("rmsProp", usual: { RMSProp(for: $0) }) { model, s in
                RMSProp(
                    for: model, learningRate: try s.rate(0.01), smoothing: try s.number("smoothing", 0.99),
                    epsilon: try s.number("epsilon", 1e-8), momentum: try s.number("momentum", 0),
                    centred: try s.flag("centred"), weightDecay: try s.decay())
            },
            optimizer("adagrad", usual: { Adagrad(for: $0) }) { model, s in
                Adagrad(
                    for: model, learningRate: try s.rate(0.01), learningRateDecay: try s.number("learningRateDecay", 0),
                    initialSum: try s.number("initialSum", 0), epsilon: try s.number("epsilon", 1e-10),
                    weightDecay: try s.decay())
            },
            optimizer("adadelta", usual: { Adadelta(for: $0) }) { model, s in
                Adadelta(
                    for: model, learningRate: try s.rate(1), smoothing: try s.number("smoothing", 0.9),
                    epsilon: try s.number("epsilon", 1e-6), weightDecay: try s.decay())
            },
            optimizer("rprop", usual: { Rprop(for: $0) }) { model, s in
                Rprop(
                    for: model, learningRate: try s.rate(0.01), shrinkage: try s.number("shrinkage", 0.5),
                    growth: try s.number("growth", 1.2),
                    stepSizes: try s.number("leastStep", 1e-6)...s.number("greatestStep", 50))
            },
            lbfgs,
        ]
    }

    /// The parameters by their names.
    private typealias Model = [String: Tensor<Double>]

    /// The attributes of a case.
    private struct Settings {
        let call: OperationCall<Double>

        func number(_ key: String, _ usual: Double) throws -> Double { try call.setting(key) ?? usual }
        func flag(_ key: String) throws -> Bool { try call.setting(key) ?? false }
        func rate(_ usual: Double) throws -> Double { try number("learningRate", usual) }
        var firstDecay: Double { get throws { try number("firstDecay", 0.9) } }
        var secondDecay: Double { get throws { try number("secondDecay", 0.999) } }

        func decay(_ usual: Double = 0) throws -> WeightDecay {
            WeightDecay(rate: try number("decay", usual), except: try flag("sparesBias") ? ["*bias"] : [])
        }

        func groups() throws -> [ParameterGroup] {
            guard let factor = try call.setting("biasFactor", as: Double.self) else { return [] }
            return [ParameterGroup("bias", learningRateFactor: factor, weightDecay: try call.required("biasDecay"))]
        }
    }

    private static func optimizer(
        _ name: String, usual: (@Sendable (Model) -> any Optimizer<Model>)? = nil,
        _ make: @escaping @Sendable (Model, Settings) throws -> any Optimizer<Model>
    ) -> Operation {
        Operation(name) { call in
            let tensors = Dictionary(zip(call.names, call.reals)) { _, last in last }
            let names = call.names.filter { !$0.hasSuffix(".gradients") }
            var model = tensors.filter { names.contains($0.key) }
            let gradients = try names.map { name in
                guard let gradient = tensors["\(name).gradients"] else {
                    throw GoldenError("\(name) has no gradients")
                }
                return gradient
            }
            let halvedAfter = try call.setting("halvedAfter", as: Int.self)
            let plain = call.isPlain ? usual.map { $0(model) } : nil
            var optimizer = try plain ?? make(model, Settings(call: call))
            if try call.setting("climbs") ?? false {
                guard var climber = optimizer as? any ParameterwiseOptimizer<Model> else {
                    throw GoldenError("\(name) cannot climb")
                }
                climber.isMaximizing = true
                optimizer = climber
            }
            var steps: [Model] = []
            for step in 0..<(gradients.first?.shape.first ?? 0) {
                if step == halvedAfter { optimizer.learningRate /= 2 }
                let slopes = Dictionary(uniqueKeysWithValues: zip(names, gradients.map { $0[step] }))
                optimizer.update(&model, along: slopes)
                steps.append(model)
            }
            return names.map { name in stack(steps.map { $0[name]! }) }
        }
    }

    /// 20 updates on Rosenbrock's function of all numbers, Σ 100 (xᵢ₊₁ − xᵢ²)² + (1 − xᵢ)².
    private static var lbfgs: Operation {
        Operation("lbfgs") { call in
            var model = call.reals
            var optimizer = LBFGS(
                for: model, learningRate: try call.setting("learningRate") ?? 1,
                iterationLimit: try call.required("iterationLimit"),
                evaluationLimit: try call.setting("evaluationLimit"),
                historyCount: try call.setting("historyCount") ?? 100)
            let steps = (0..<20).map { _ in
                optimizer.update(&model) { model in
                    let x = concatenate(model.map { $0.flattened() })
                    let (first, next) = (x[..<(x.count - 1)], x[1...])
                    return (100 * square(next - square(first)) + square(1 - first)).sum()
                }
                return model
            }
            return model.indices.map { index in stack(steps.map { $0[index] }) }
        }
    }
}
