import TapestryAutograd
import TapestryOptimizers
import TapestryTestSupport

extension Operation<Double> {
    /// Steps of an optimiser: from parameters and their gradients at every step to the parameters after every step.
    static var optimizers: [Operation] {
        [
            optimizer("sgd") { model, rate, decay, call in
                SGD(
                    for: model, learningRate: rate, momentum: try call.setting("momentum") ?? 0,
                    nesterov: try call.setting("nesterov") ?? false, weightDecay: try decay(0))
            },
            optimizer("adam") { model, rate, decay, call in
                guard let settings = try AdamSettings(call) else {
                    return Adam(for: model, learningRate: rate, weightDecay: try decay(0))
                }
                return Adam(
                    for: model, learningRate: rate, firstDecay: settings.firstDecay, secondDecay: settings.secondDecay,
                    epsilon: settings.epsilon, weightDecay: try decay(0))
            },
            optimizer("adamW") { model, rate, decay, call in
                guard let settings = try AdamSettings(call) else {
                    return AdamW(for: model, learningRate: rate, weightDecay: try decay(0.01))
                }
                return AdamW(
                    for: model, learningRate: rate, firstDecay: settings.firstDecay, secondDecay: settings.secondDecay,
                    epsilon: settings.epsilon, weightDecay: try decay(0.01))
            },
        ]
    }

    /// The parameters by their names.
    private typealias Model = [String: Tensor<Double>]

    /// What a case leaves to PyTorch's defaults is left to the library's.
    private struct AdamSettings {
        var firstDecay, secondDecay, epsilon: Double

        init?(_ call: OperationCall<Double>) throws {
            let given: [Double?] = [
                try call.setting("firstDecay"), try call.setting("secondDecay"), try call.setting("epsilon"),
            ]
            if given.allSatisfy({ $0 == nil }) { return nil }
            firstDecay = given[0] ?? 0.9
            secondDecay = given[1] ?? 0.999
            epsilon = given[2] ?? 1e-8
        }
    }

    private static func optimizer(
        _ name: String,
        _ make:
            @escaping @Sendable (Model, Double, (Double) throws -> WeightDecay, OperationCall<Double>) throws
            -> any Optimizer<Model>
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
            let excepted: [String] = try call.setting("sparesBias") ?? false ? ["*bias"] : []
            func decay(_ usual: Double) throws -> WeightDecay {
                WeightDecay(rate: try call.setting("decay") ?? usual, except: excepted)
            }
            let halvedAfter = try call.setting("halvedAfter", as: Int.self)
            var optimizer = try make(model, try call.required("learningRate"), decay, call)
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
}
