import TapestryAutograd
import TapestryOptimizers
import TapestryTestSupport

extension Operation<Double> {
    /// Learning rates: from steps to rates by a schedule, and from figures to rates by a plateau.
    static var schedules: [Operation] { [learningRate, plateauLearningRate] }

    private static var learningRate: Operation {
        Operation("learningRate") { call in
            let schedule = try schedule(call)
            var rates = try rates(schedule, call)
            if let steps: Int = try call.setting("warmUp") {
                rates = try self.rates(warmUp(schedule, steps, call.required("startFactor")), call)
            }
            return [Tensor(rates)]
        }
    }

    private static func rates(_ schedule: any LearningRateSchedule, _ call: OperationCall<Double>) throws -> [Double] {
        try call(0).scalars.map { schedule.rate(at: Int($0)) }
    }

    private static func warmUp(
        _ next: some LearningRateSchedule, _ steps: Int, _ factor: Double
    ) -> any LearningRateSchedule {
        WarmUp(steps: steps, from: factor, then: next)
    }

    private static func schedule(_ call: OperationCall<Double>) throws -> any LearningRateSchedule {
        func number(_ key: String) throws -> Double { try call.required(key) }
        func count(_ key: String) throws -> Int { try call.required(key) }
        let name: String = try call.required("schedule")
        switch name {
        case "step":
            return StepDecay(from: try number("initialRate"), factor: try number("factor"), every: try count("period"))
        case "multiStep":
            return MultiStepDecay(
                from: try number("initialRate"), factor: try number("factor"), at: try call.required("milestones"))
        case "exponential":
            return ExponentialDecay(from: try number("initialRate"), factor: try number("factor"))
        case "polynomial":
            return PolynomialDecay(
                from: try number("initialRate"), to: try number("finalRate"), steps: try count("steps"),
                power: try number("power"))
        case "cosine":
            return CosineDecay(
                from: try number("initialRate"), to: try number("finalRate"), steps: try count("steps"))
        case "cosineRestarts":
            return CosineRestarts(
                from: try number("initialRate"), to: try number("finalRate"), period: try count("period"),
                growth: try count("growth"))
        case "oneCycle":
            return OneCycle(
                to: try number("greatestRate"), steps: try count("steps"), risingShare: try number("risingShare"),
                initialDivisor: try number("initialDivisor"), finalDivisor: try number("finalDivisor"),
                shape: try call.setting("linear") ?? false ? .linear : .cosine,
                symmetric: try call.setting("symmetric") ?? false)
        default: throw GoldenError("no schedule \(name)")
        }
    }

    private static var plateauLearningRate: Operation {
        Operation("plateauLearningRate") { call in
            var plateau = PlateauDecay(
                from: try call.required("initialRate"), factor: try call.required("factor"),
                patience: try call.required("patience"), threshold: try call.setting("threshold") ?? 1e-4,
                coolDown: try call.setting("coolDown") ?? 0, leastRate: try call.setting("leastRate") ?? 0,
                improvesUpward: try call.setting("improvesUpward") ?? false)
            return [Tensor(try call(0).scalars.map { plateau.update(with: $0) })]
        }
    }
}
