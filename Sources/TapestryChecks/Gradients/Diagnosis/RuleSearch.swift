import TapestryAutograd

/// Checks each record of a function by itself, in forward order, until one has a wrong rule: its rules, as the walk and
/// forward mode apply them, against differences of its own value at the operands that it had.
struct RuleSearch {
    let function: ReplayableFunction
    /// How the whole function is checked; its records are checked likewise.
    let settings: GradientCheckSettings

    func origin() -> GradientOrigin {
        var (ruleCount, undecidedCount) = (0, 0)
        var changedCotangents: [RecordPlace] = []
        var wrongRule: GradientOrigin.WrongRule?
        for number in function.operations.indices {
            guard let record = CheckedRecord(number, of: function, settings) else { continue }
            let report = record.report()
            ruleCount += 1
            if let rule = record.ruleThatAddsAConstant(report) {
                wrongRule = rule
                break
            }
            if report.verdict == .inconclusive { undecidedCount += 1 }
            guard report.verdict == .wrong else { continue }
            if function.operations[number].isHook {
                changedCotangents.append(RecordPlace(number, in: function))
            } else {
                wrongRule =
                    report.lowestWrongOrder == nil ? record.ruleThatIsNotLinear(report) : record.wrongRule(report)
                break
            }
        }
        return GradientOrigin(
            wrongRule: wrongRule, ruleCount: ruleCount, undecidedCount: undecidedCount,
            changedCotangents: changedCotangents)
    }
}

/// One record as a function of those operands that derivatives are taken by.
struct CheckedRecord {
    typealias Checker = GradientChecker<[Tensor<Double>], Tensor<Double>>

    let number: Int
    let recorded: ReplayableFunction
    let operation: ReplayableFunction.Operation
    /// The numbers of these operands, and the operands.
    let tracked: [Int]
    let point: [Tensor<Double>]
    private var values: [Value]
    private let settings: GradientCheckSettings

    /// - Returns: `nil` for inputs, and for what is not in double precision.
    init?(_ number: Int, of recorded: ReplayableFunction, _ settings: GradientCheckSettings) {
        self.number = number
        self.recorded = recorded
        self.settings = settings
        let operation = recorded.operations[number]
        let values = operation.operands.map { recorded.value(of: $0) }
        let tracked = operation.operands.indices.filter {
            guard case .record = operation.operands[$0] else { return false }
            return values[$0].elementType == .float64 && values[$0].count > 0
        }
        (self.operation, self.values, self.tracked) = (operation, values, tracked)
        point = tracked.map { Tensor(values[$0]) }
        if operation.isInput || tracked.isEmpty || operation.result.elementType != .float64 { return nil }
    }

    /// The record's value.
    func callAsFunction(_ operands: [Tensor<Double>]) -> Tensor<Double> {
        let isSymmetric = operation.takesSymmetricMatrices
        return Tensor(operation.applied(to: all(isSymmetric ? operands.map { ($0 + $0.transposed()) / 2 } : operands)))
    }

    /// All operands, of which some are given.
    private func all(_ operands: [Tensor<Double>]) -> [Value] {
        var values = values
        for (place, operand) in zip(tracked, operands) { values[place] = operand.value }
        return values
    }

    /// The places of the operands that derivatives are not taken by.
    var constants: [Int] {
        values.indices.filter { !tracked.contains($0) && values[$0].elementType == .float64 }
    }

    /// The same record where one of these is a function of what it is.
    func replacingConstant(at position: Int, _ function: (Tensor<Double>) -> Tensor<Double>) -> CheckedRecord {
        var record = self
        record.values[position] = function(Tensor(values[position])).value
        return record
    }

    /// What differences say of the record's rules.
    func report() -> GradientReport { checker(of: callAsFunction, .projections(1)).report() }

    /// Differences of another function of the record's operands, at another point if need be.
    func differences(
        of function: @escaping ([Tensor<Double>]) -> Tensor<Double>, at point: [Tensor<Double>], by place: Int
    ) -> ComparedBlock? {
        let report = checker(of: function, .all, at: point).report()
        guard report.problem == nil else { return nil }
        return ComparedBlock(report.blocks[place], shape: point[place].shape, tolerance: settings.tolerance)
    }

    private func checker(
        of function: @escaping ([Tensor<Double>]) -> Tensor<Double>, _ elements: CheckedElements,
        at point: [Tensor<Double>]? = nil
    ) -> Checker {
        var settings = settings
        settings.elements = elements
        settings.frozen = []
        settings.findsOrigin = false
        // The cotangents that arrive at a record may be larger than those of its own check.
        settings.largeFactor = -0x1p60
        settings.leavesOutIdleMappings = false
        settings.elementsOfWrongBlocks = .atMost(Self.mostElements)
        if point != nil { settings.orders = 1 }
        return Checker(
            function: function, point: point ?? self.point, subject: CheckedSubject(name: operation.primitive),
            settings: settings)
    }

    /// Enough of a wrong operand to see what its gradient looks like.
    private static var mostElements: Int { 1024 }

    /// The fixed numbers that the check of a record contracts its value with.
    var cotangents: [Double] {
        let result = operation.result.array.elements(as: Double.self)
        return ContractedFunction<[Tensor<Double>], Tensor<Double>>.cotangents(for: [result], seed: settings.seed)[0]
    }

    func wrongRule(_ report: GradientReport) -> GradientOrigin.WrongRule {
        let wrong = report.lowestWrongOrder!
        let place = wrong.blocks.firstIndex { $0.verdict == .wrong }!
        let compared = ComparedBlock(
            wrong.blocks[place], shape: point[place].shape, tolerance: settings.tolerance)
        return GradientOrigin.WrongRule(
            place: RecordPlace(number, in: recorded), operand: tracked[place], order: wrong.order,
            block: wrong.blocks[place], diagnosis: diagnosis(compared, by: place, order: wrong.order))
    }

    /// The rule that is not linear in the cotangent, if that is the problem in some order.
    func ruleThatIsNotLinear(_ report: GradientReport) -> GradientOrigin.WrongRule? {
        for report in [report] + report.higherOrders {
            guard let problem = report.problem, case .notLinear(let place, _, _, _) = problem else { continue }
            // The record's operands are a list, whose paths begin with their numbers.
            let operand = place.prefix(while: \.isNumber)
            return GradientOrigin.WrongRule(
                place: RecordPlace(number, in: recorded), operand: tracked[Int(operand) ?? 0], order: report.order,
                block: nil, diagnosis: GradientDiagnosis(.nonlinear, problem.description))
        }
        return nil
    }

    /// The rule that gives something for a zero cotangent, if that is the problem.
    func ruleThatAddsAConstant(_ report: GradientReport) -> GradientOrigin.WrongRule? {
        guard case .notZeroOfZero = report.problem else { return nil }
        let (value, pullback) = vjp(at: point, mode: settings.mode, of: callAsFunction)
        let gradients = pullback(0 * value).map(\.scalars)
        for (place, gradient) in gradients.enumerated() {
            guard let element = gradient.firstIndex(where: { $0 != 0 && !$0.isNaN }) else { continue }
            let position = ElementPosition.of(element, in: point[place].shape)
            let text = "For a cotangent of zeros the gradient is \(NumberText.short(gradient[element])) at \(position)"
            return GradientOrigin.WrongRule(
                place: RecordPlace(number, in: recorded), operand: tracked[place], order: 1, block: nil,
                diagnosis: GradientDiagnosis(.addedConstant, "\(text): a constant is added."))
        }
        return nil
    }

    private func diagnosis(_ compared: ComparedBlock, by place: Int, order: Int) -> GradientDiagnosis {
        var (pattern, evidence) = compared.pattern(stepCount: max(recorded.stepCount, stepsOfUser), others: [])
        if order > 1 {
            let text =
                "Derivatives of the rule itself are wrong, in order \(order); up to order \(order - 1) they are right."
            return GradientDiagnosis(.higherOrderOnly(order), modes: compared.modes, "\(text) \(evidence)")
        }
        if pattern == .forwardModeOnly, operation.functionOfUser != nil, compared.block.adjoint.forward == 0 {
            evidence += " Forward mode is the transpose of the rule, which takes its cotangent for a constant."
        }
        if pattern.isVague,
            let other = RulePatterns(record: self, compared: compared, vague: pattern, place: place).pattern
        {
            (pattern, evidence) = other
        }
        return GradientDiagnosis(pattern, modes: compared.modes, evidence)
    }

    /// The number of time steps in a user's own primitive.
    private var stepsOfUser: Int { insideOfUser?.stepCount ?? 0 }

    /// What the function of a user's own primitive does to its operands.
    var insideOfUser: ReplayableFunction? {
        guard let function = operation.functionOfUser else { return nil }
        return withRandomSeed(settings.seed) {
            ReplayableFunction(
                of: { (operands: [Tensor<Double>]) in Tensor<Double>(function(all(operands))) }, at: point,
                mode: settings.mode)
        }
    }
}

extension GradientReport {
    /// Whether the gradient itself is wrong, and not forward mode alone.
    var hasWrongReverse: Bool { blocks.contains { $0.count(of: .wrong) > 0 } }

    /// The report of the lowest order in which a block is wrong.
    var lowestWrongOrder: GradientReport? {
        ([self] + higherOrders).first { $0.blocks.contains { $0.verdict == .wrong } }
    }
}

extension GradientDiagnosis.Pattern {
    /// Whether the gradient is the derivative times one number.
    var isProportional: Bool {
        switch self {
        case .factor, .oneOfSteps, .detached: true
        default: false
        }
    }

    /// Whether a more special pattern would say more.
    var isVague: Bool {
        switch self {
        case .unrecognized, .someElements, .factor, .detached, .permuted, .oneOfSteps, .approximate,
            .factorByIndex, .otherElements:
            true
        default: false
        }
    }
}
