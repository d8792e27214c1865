import Foundation
import TapestryAutograd

/// Products and normalisations within an equation, which have no names of their own.
extension EquationConfusions {
    var ofOperations: [EquationConfusion] {
        let operations = operationsInEquation
        return operations.flatMap(ofOperation) + ofAllNorms + ofPairs + ofTheValueAndNorms + ofPreactivationsAndUnits
            + extraProducts + operations.flatMap(extraTermsBeside) + ofOtherStates
    }

    /// What an operation gives in place of its result.
    private typealias Change = (EquationOperation, EquationSetting, EquationHistory) -> [Double]
    /// A mistake with an operation: what is said of it, after its name, and the change.
    private typealias Mistake = (kind: EquationConfusionKind, predicate: String, change: Change)

    /// The same mistake wherever the operation's result is read, and in the equation of the deviating quantity alone.
    private func changing(
        _ numbers: [Int], _ kind: EquationConfusionKind, _ statement: String, _ change: @escaping Change
    ) -> [EquationConfusion] {
        func apply(_ setting: inout EquationSetting, _ history: EquationHistory) {
            let plain = setting
            for number in numbers { setting.operations[number] = { change($0, plain, history) } }
        }
        return [
            everywhere(kind, statement, apply), inEquation(kind, "\(statement) in the equation of \(quantity)", apply),
        ]
    }

    private func ofOperation(_ number: Int) -> [EquationConfusion] {
        let operation = record.operations[number]
        let mistakes: [Mistake] =
            switch operation.kind {
            case .layerNorm(let form): mistakes(withNorm: form, count: operation.operand.count) + [overRows(number)]
            case .product: mistakes(withProduct: operation)
            }
        return mistakes.flatMap {
            changing([number], $0.kind, "\(name(ofOperation: number)) \($0.predicate)", $0.change)
        }
    }

    /// All products of a state, as a cell makes them in one for its gates, read another one. What the equations read
    /// otherwise of these states is as it should be.
    private var ofOtherStates: [EquationConfusion] {
        statePaths.flatMap { own in
            let operand = history.states[time][0].scalars(own)
            let products = record.operations.indices.filter {
                guard case .product = record.operations[$0].kind else { return false }
                return record.operations[$0].operand == operand
            }
            let others = statePaths.filter {
                $0 != own && history.states[time][0].scalars($0).count == operand.count
            }
            return others.flatMap { other in
                changing(
                    products, .otherValue, "every product reads \(previous(other)) where \(previous(own)) belongs"
                ) { operation, setting, _ in operation(setting.state(other)) }
            }
        }
    }

    // MARK: Normalisations

    private func mistakes(withNorm form: LayerNormForm, count: Int) -> [Mistake] {
        func other(_ predicate: String, _ change: (inout LayerNormForm) -> Void) -> Mistake {
            var form = form
            change(&form)
            return (.normalization, predicate, { [form] operation, _, _ in form(operation.operand) })
        }
        var mistakes: [Mistake] = [
            (.normalization, "is left out", { operation, _, _ in operation.operand }),
            (.missingTerm, "is missing", { operation, _, _ in operation.operand.map { _ in 0 } }),
            (.sign, "has the opposite sign", { operation, _, _ in operation.result.map(-) }),
            (.extraTerm, "is there twice", { operation, _, _ in operation.result.map { 2 * $0 } }),
            other("only scales and shifts, and does not normalise") { ($0.divisor, $0.subtractsMean) = (.none, false) },
            other("does not subtract the mean") { $0.subtractsMean = false },
            other("divides by the root of the mean square, and does not subtract the mean") {
                ($0.divisor, $0.subtractsMean) = (.rootMeanSquare, false)
            },
            other("does not divide by the standard deviation") { $0.divisor = .none },
            other("divides by the variance, and not by its root") { $0.divisor = .variance },
            other("takes the variance over n − 1, and not over n") { $0.correction = 1 },
            other("adds ε to the standard deviation, and not to the variance") { $0.divisor = .rootPlusEpsilon },
            other("has neither gain nor bias") { ($0.gain, $0.bias) = (nil, nil) },
            other("adds the bias before it multiplies by the gain") { $0.isBiasFirst = true },
        ]
        for epsilon in [0, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-10, 1e-12] where epsilon != form.epsilon {
            let text = epsilon == 0 ? "has no ε" : "has an ε of \(epsilon)"
            mistakes.append(other("\(text) where \(form.epsilon) belongs") { $0.epsilon = epsilon })
            mistakes.append(
                other("has an ε of \(epsilon), added to the standard deviation, where \(form.epsilon) belongs") {
                    ($0.epsilon, $0.divisor) = (epsilon, .rootPlusEpsilon)
                })
        }
        for blocks in 2...8 where count % blocks == 0 && count > blocks {
            mistakes.append(
                other("normalises each of \(blocks) blocks apart, and not all together") {
                    $0.blockCount = blocks
                })
        }
        return mistakes
    }

    /// Statistics over the batch.
    private func overRows(_ number: Int) -> Mistake {
        (
            .normalization, "normalises over the rows of the batch, and not over the features",
            { operation, setting, history in
                guard case .layerNorm(let form) = operation.kind else { return operation.result }
                var plain = form
                (plain.gain, plain.bias) = (nil, nil)
                let rows = history.records[setting.time].map { $0.operations[number].operand }
                return form.scaled(
                    operation.operand.indices.map { feature in plain(rows.map { $0[feature] })[setting.row] })
            }
        )
    }

    /// The same mistake in all normalisations.
    private var ofAllNorms: [EquationConfusion] {
        let norms = record.operations.indices.filter {
            if case .layerNorm = record.operations[$0].kind { true } else { false }
        }
        guard norms.count > 1, case .layerNorm(let form) = record.operations[norms[0]].kind else { return [] }
        let mistakes = mistakes(withNorm: form, count: record.operations[norms[0]].operand.count)
        return mistakes.indices.flatMap { place in
            changing(norms, mistakes[place].kind, "every layer norm \(mistakes[place].predicate)") {
                operation, setting, history in
                guard case .layerNorm(let own) = operation.kind else { return operation.result }
                let same = self.mistakes(withNorm: own, count: operation.operand.count)
                let change = same.first { $0.predicate == mistakes[place].predicate }?.change
                return change.map { $0(operation, setting, history) } ?? operation.result
            }
        }
    }

    /// A normalisation, of those in the equations or a plain one, on the quantity, or on it instead of its operand.
    private var ofTheValueAndNorms: [EquationConfusion] {
        let norms = record.operations.indices.compactMap { number -> (number: Int, form: LayerNormForm)? in
            guard case .layerNorm(let form) = record.operations[number].kind else { return nil }
            return record.operations[number].width == width ? (number, form) : nil
        }
        let earlier = Set(operationsInEquation)
        return norms.flatMap { number, form in
            let name = name(ofOperation: number)
            let all = value(.normalization, "\(name) acts on \(quantity) too") { values, _, _ in form(values) }
            guard earlier.contains(number) else { return [all] }
            return [
                all,
                value(.normalization, "\(name) acts on \(quantity), and not on its own operand") {
                    [quantity, replay] _, setting, history in
                    var without = setting
                    without.substitutes = setting.record(history).uniqueValues
                    without.operations[number] = { $0.operand }
                    return replay.record(without).values(of: quantity).map { form($0) }
                },
            ]
        }
    }

    private var ofPreactivationsAndUnits: [EquationConfusion] {
        let squashed = [ScalarActivation.identity, .sigmoid, .tanh].map { activation in
            let what = activation == .identity ? "\(quantity)" : "the pre-activation of \(quantity)"
            return value(.normalization, "\(what) is normalised", isInexact: activation != .identity) { values, _, _ in
                LayerNormForm()(values.map { activation.preActivations($0).lower }).map(activation.value)
            }
        }
        let softmax = ScalarActivation.invertible.map { activation in
            value(
                .activation, "\(quantity) has softmax over the units where the reference has \(activation.rawValue)",
                isInexact: true
            ) { values, _, _ in
                let powers = values.map { exp(activation.preActivations($0).lower) }
                let sum = powers.reduce(0, +)
                return powers.map { $0 / sum }
            }
        }
        return squashed + softmax
    }

    // MARK: Products

    /// What is as wide as some operand or result, by name.
    private func vectors(_ count: Int) -> [(name: String, values: (EquationSetting, EquationHistory) -> [Double])] {
        let named = earlierNames.filter { record.value($0)?.count == count }.map { name in
            (
                name,
                { (setting: EquationSetting, history: EquationHistory) in setting.record(history).value(name) ?? [] }
            )
        }
        let states = statePaths.filter { history.states[time][0].scalars($0).count == count }.map { path in
            (previous(path), { (setting: EquationSetting, _: EquationHistory) in setting.state(path) })
        }
        let input = trace.inputs[0][0]
        let inputs = input.entries.map(\.path).filter { input.scalars($0).count == count }.map { path in
            (
                path.isEmpty ? "the input" : "the input's \(path)",
                { (setting: EquationSetting, _: EquationHistory) in setting.input.scalars(path) }
            )
        }
        return named + states + inputs
    }

    private func mistakes(withProduct operation: EquationOperation) -> [Mistake] {
        func onResult(
            _ kind: EquationConfusionKind, _ predicate: String, _ function: @escaping ([Double]) -> [Double]
        ) -> Mistake {
            (kind, predicate, { operation, _, _ in function(operation.result) })
        }
        func onOperand(
            _ kind: EquationConfusionKind, _ predicate: String, _ function: @escaping ([Double]) -> [Double]
        ) -> Mistake {
            (kind, predicate, { operation, _, _ in operation(function(operation.operand)) })
        }
        let activations = [ScalarActivation.tanh, .sigmoid, .relu].flatMap { activation in
            [
                onResult(.activation, "passes \(activation.rawValue)") { $0.map(activation.value) },
                onOperand(.activation, "has \(activation.rawValue) of its operand") { $0.map(activation.value) },
            ]
        }
        let alone: [Mistake] = [
            onResult(.missingTerm, "is missing") { $0.map { _ in 0 } },
            onResult(.sign, "has the opposite sign") { $0.map(-) },
            onResult(.extraTerm, "is there twice") { $0.map { 2 * $0 } },
            onResult(.normalization, "is normalised") { LayerNormForm()($0) },
            onOperand(.normalization, "has a normalised operand") { LayerNormForm()($0) },
            onOperand(.sign, "has minus its operand") { $0.map(-) },
            onOperand(.complement, "has 1 − its operand") { $0.map { 1 - $0 } },
        ]
        return alone + activations + vectors(operation.width).flatMap { factors($0, ofOperand: false) }
            + vectors(operation.operand.count).flatMap { factors($0, ofOperand: true) } + sumsForProducts(operation)
    }

    /// Another vector as a factor of the result or of the operand, where it does not belong or is missing, or in the
    /// place of the operand.
    private func factors(
        _ vector: (name: String, values: (EquationSetting, EquationHistory) -> [Double]), ofOperand: Bool
    ) -> [Mistake] {
        let whose = ofOperand ? "its operand" : "it"
        func combined(
            _ kind: EquationConfusionKind, _ predicate: String, _ function: @escaping (Double, Double) -> Double
        ) -> Mistake {
            (
                kind, predicate,
                { operation, setting, history in
                    let other = vector.values(setting, history)
                    return ofOperand
                        ? operation(operation.operand.combined(other, function))
                        : operation.result.combined(other, function)
                }
            )
        }
        let name = vector.name
        let all = [
            combined(.extraFactor, "is computed with \(name) as a factor of \(whose)") { $0 * $1 },
            combined(.extraFactor, "is computed with 1 − \(name) as a factor of \(whose)") { $0 * (1 - $1) },
            combined(.missingFactor, "lacks the factor \(name) of \(whose)") { $0 / $1 },
            combined(.missingFactor, "lacks the factor 1 − \(name) of \(whose)") { $0 / (1 - $1) },
            combined(.complement, "has \(name) as a factor of \(whose) where 1 − \(name) belongs") {
                $0 * $1 / (1 - $1)
            },
            combined(.complement, "has 1 − \(name) as a factor of \(whose) where \(name) belongs") {
                $0 * (1 - $1) / $1
            },
        ]
        return ofOperand ? [combined(.otherValue, "is that of \(name), and not of its operand") { $1 }] + all : all
    }

    /// a + b in the place of a ⊙ b, and the other way round, of which the operand is made.
    private func sumsForProducts(_ operation: EquationOperation) -> [Mistake] {
        let (setting, operand) = (history.setting(time, 0), operation.operand)
        let vectors = vectors(operand.count)
        return vectors.indices.flatMap { first in
            vectors.indices.dropFirst(first + 1).flatMap { second -> [Mistake] in
                let (a, b) = (vectors[first], vectors[second])
                let (x, y) = (a.values(setting, history), b.values(setting, history))
                func isOperand(_ function: (Double, Double) -> Double) -> Bool {
                    zip(operand, x.combined(y, function)).allSatisfy {
                        ($0 - $1).magnitude <= 1e-12 * (1 + $1.magnitude)
                    }
                }
                func mistake(_ text: String, _ function: @escaping (Double, Double) -> Double) -> Mistake {
                    (
                        .otherValue, "is that of \(a.name) \(text) \(b.name)",
                        { operation, setting, history in
                            operation(a.values(setting, history).combined(b.values(setting, history), function))
                        }
                    )
                }
                if isOperand(*) { return [mistake("+", +), mistake("−", -), mistake("divided by", /)] }
                return isOperand(+) ? [mistake("·", *), mistake("−", -)] : []
            }
        }
    }

    // MARK: Pairs

    private var ofPairs: [EquationConfusion] {
        let numbers = operationsInEquation
        return numbers.flatMap { first in
            numbers.filter { $0 > first }.flatMap { second -> [EquationConfusion] in
                let (a, b) = (record.operations[first], record.operations[second])
                if a.width != b.width { return [] }
                switch (a.kind, b.kind) {
                case (.layerNorm, .layerNorm): return normsOfTheSum(first, second) + multiplied(first, second)
                case (.product, .product): return multiplied(first, second)
                default: return []
                }
            }
        }
    }

    /// Two operations give something else together.
    private func changing(
        _ first: Int, _ second: Int, _ kind: EquationConfusionKind, _ statement: String,
        _ change: @escaping (EquationOperation, EquationOperation) -> ([Double], [Double])
    ) -> [EquationConfusion] {
        changing([first, second], kind, statement) { [record] operation, setting, history in
            let plain = setting.record(history).operations
            let (a, b) = change(plain[first], plain[second])
            // Of two operations the one with more before it is the second, or else they are told by their operands.
            let isFirst = operation.operand == plain[first].operand && operation.width == record.operations[first].width
            return isFirst ? a : b
        }
    }

    /// One normalisation of the sum in the place of a sum of two.
    private func normsOfTheSum(_ first: Int, _ second: Int) -> [EquationConfusion] {
        [(first, second), (second, first)].flatMap { kept, other in
            let statement = "\(name(ofOperation: kept)) is that of the sum, and \(name(ofOperation: other)) is left out"
            return changing(first, second, .normalization, statement) { a, b in
                let sum = a.operand.combined(b.operand, +)
                let zeros = sum.map { _ in 0.0 }
                return kept == first ? (a(sum), zeros) : (zeros, b(sum))
            }
        }
    }

    private func multiplied(_ first: Int, _ second: Int) -> [EquationConfusion] {
        let names = "\(name(ofOperation: first)) and \(name(ofOperation: second))"
        let plain = [
            changing(first, second, .otherValue, "\(names) are multiplied, not added") { a, b in
                let product = a.result.combined(b.result, *)
                return (product, product.map { _ in 0 })
            },
            changing(first, second, .otherValue, "\(names) are added, not multiplied") { a, b in
                let sum = a.result.combined(b.result, +)
                return (sum, sum.map { _ in 1 })
            },
        ]
        // A bias stands with the first of them.
        let biases = trace.parameters.parts.filter { trace.parameters[$0].shape == [record.operations[first].width] }
        return plain.flatMap(\.self)
            + biases.flatMap { part in
                let bias = trace.parameters[part].scalars
                return changing(first, second, .otherValue, "\(names) are multiplied with \(part), not added") { a, b in
                    let product = a.result.combined(bias, +).combined(b.result, *)
                    return (product.combined(bias, -), product.map { _ in 0 })
                }
            }
    }

    /// A product that belongs to another equation, or to none.
    private var extraProducts: [EquationConfusion] {
        products(width).flatMap { product in extraTerm(product.name) { product.values($0, $1) } }
    }

    /// Something that an equation may have where it does not belong.
    typealias Term = (name: String, values: (EquationSetting, EquationHistory) -> [Double])

    /// Every matrix times what it fits, and with the bias that stands beside the matrix.
    func products(_ count: Int) -> [Term] {
        let parameters = trace.parameters
        let matrices = parameters.parts.filter {
            let shape = parameters[$0].shape
            return shape.count == 2 && shape[1] == count
        }
        return matrices.flatMap { part in
            let rows: [[Double]] = parameters[part].nestedArray()
            let biases = parameters.parts.filter {
                $0.gate == part.gate && $0.module == part.module && $0.module != nil && parameters[$0].shape == [count]
            }
            return vectors(rows.count).flatMap { vector -> [Term] in
                let name = "\(part) · \(vector.name)"
                func product(_ setting: EquationSetting, _ history: EquationHistory) -> [Double] {
                    EquationOperation(
                        kind: .product(weights: rows), operand: vector.values(setting, history), position: 0
                    ).result
                }
                return [(name, product)]
                    + biases.map { bias in
                        let own = parameters[bias].scalars
                        return ("\(name) + \(bias)", { product($0, $1).combined(own, +) })
                    }
            }
        }
    }

    /// Parameters of this many numbers, what each is a factor of, and the products with matrices that have as many.
    func terms(_ count: Int) -> [Term] {
        let vectors = vectors(count)
        let parameters = trace.parameters.parts.filter { trace.parameters[$0].shape == [count] }
        let ofParameters = parameters.flatMap { part -> [Term] in
            let own = trace.parameters[part].scalars
            return [("\(part)", { _, _ in own })]
                + vectors.map { vector in
                    ("\(part) · \(vector.name)", { vector.values($0, $1).combined(own, *) })
                }
        }
        return ofParameters + products(count)
    }

    /// A term too much within an equation, where no activation around the whole can be undone: added to what an
    /// operation gives.
    private func extraTermsBeside(_ number: Int) -> [EquationConfusion] {
        let count = record.operations[number].width
        return (vectors(count) + terms(count)).flatMap { term in
            changing([number], .extraTerm, "\(term.name) is added to \(name(ofOperation: number))") {
                $0.result.combined(term.values($1, $2), +)
            }
        }
    }
}
