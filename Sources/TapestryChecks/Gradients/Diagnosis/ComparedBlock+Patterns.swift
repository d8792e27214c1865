import Foundation

// What a block by itself, or beside the others of its parameter, tells of its error.

extension ComparedBlock {
    /// The way in which the gradient is wrong.
    ///
    /// - Parameters:
    ///   - stepCount: the number of time steps.
    ///   - others: blocks that it could have been exchanged with.
    func pattern(stepCount: Int, others: [ComparedBlock]) -> (GradientDiagnosis.Pattern, evidence: String) {
        if block.count(of: .wrong) == 0 { return (.forwardModeOnly, adjointText) }
        if let constant = constantFactor(stepCount: stepCount) { return constant }
        if let rearranged = rearrangement(others) { return rearranged }
        // Zeros are right with any factor.
        if wordsOfWrong == "wrong", let (_, factors) = factorsByIndex, 2 * factors.count <= reverse.count,
            factors.allSatisfy(\.isFinite)
        {
            return factorByIndex!
        }
        return wrongElements ?? approximation ?? factorByIndex ?? fewFactors
            ?? (.unrecognized, "The ratio reverse / difference is \(ratioText), which follows no known pattern.")
    }

    /// Which of the modes are wrong, from what forward mode says of the worst element.
    var modes: GradientDiagnosis.Modes? {
        guard let worst = block.worst, let forward = worst.forward, worst.finding == .wrong else {
            return block.adjoint.agrees ? nil : .forward
        }
        let allowed = 2 * slack + worst.differenceError
        // Where both are as close to each other, the element cannot tell.
        if (forward - worst.reverse).magnitude <= allowed { return .both }
        return (forward - worst.difference).magnitude <= allowed ? .reverse : .both
    }

    private var adjointText: String {
        "The gradient is right, and forward mode is not: along a random direction it gives "
            + "\(NumberText.long(block.adjoint.forward)), and reverse mode \(NumberText.long(block.adjoint.reverse))."
    }

    private var informativeText: String {
        reverse.count == block.elementCount
            ? "at all elements" : "at \(reverse.count) of \(block.elementCount) elements"
    }

    private var ratioText: String {
        let ratios = block.elements.filter { $0.finding == .wrong }.map(\.ratio).filter { !$0.isNaN }
        guard let least = ratios.min(), let largest = ratios.max() else { return "not a number" }
        return "\(NumberText.unequalRatio(least)) to \(NumberText.unequalRatio(largest))"
    }

    // MARK: One ratio for all elements

    private func constantFactor(stepCount: Int) -> (GradientDiagnosis.Pattern, evidence: String)? {
        // The larger elements decide on the ratio, and every element must have it.
        var (product, square) = (0.0, 0.0)
        let largest = differences.values.reduce(slack) { max($0, $1.value.magnitude) }
        for (number, d) in differences {
            product += (reverse[number]! / largest) * (d.value / largest)
            square += (d.value / largest) * (d.value / largest)
        }
        if square == 0 { return nil }
        let ratio = product / square
        let isConstant = isReverse { number in
            let d = differences[number]!
            return Estimate(value: ratio * d.value, error: ratio.magnitude * (d.error + slack))
        }
        if !isConstant { return nil }
        if ratio.magnitude < 1e-6 {
            let text = "No gradient arrives: it is 0 \(informativeText), where the derivative is up to "
            return (.detached, text + "\(NumberText.short(largest)). The operand is detached.")
        }
        return named(ratio, stepCount: stepCount)
    }

    private func named(_ ratio: Double, stepCount: Int) -> (GradientDiagnosis.Pattern, evidence: String) {
        if (ratio - 1).magnitude < Self.singlePrecision { return rounded((ratio - 1).magnitude) }
        func isClose(_ value: Double) -> Bool { (ratio - value).magnitude < 1e-6 * value.magnitude }
        let isNearOne = (ratio - 1).magnitude < 1e-3
        let number = isNearOne ? NumberText.unequalRatio(ratio) : NumberText.long(ratio)
        let text = "The gradient is \(number) times the derivative \(informativeText)"
        if isClose(-1) { return (.sign, "The sign is wrong: \(text.prefix(1).lowercased())\(text.dropFirst()).") }
        if stepCount > 1, isClose(Double(stepCount)) {
            return (.countedAtEveryStep(stepCount), "\(text), for \(stepCount) steps: it is counted at every step.")
        }
        if stepCount > 1, isClose(1 / Double(stepCount)) {
            let reason = "it is averaged, or overwritten instead of accumulated."
            return (.oneOfSteps(stepCount), "\(text), one of \(stepCount) steps: \(reason)")
        }
        let simple = GradientDiagnosis.simpleFactors.first(where: isClose)
        return (.factor(simple ?? (ratio * 1e9).rounded() / 1e9), "\(text): a constant factor.")
    }

    // MARK: The derivative in other places

    private func rearrangement(_ others: [ComparedBlock]) -> (GradientDiagnosis.Pattern, evidence: String)? {
        if reverse.count < 2 { return nil }
        if let transposition { return transposition }
        for other in others where other.shape == shape && isReverse({ other.differences[$0] }) {
            let isMutual = other.isReverse { differences[$0] }
            let text = "The gradient is the derivative of \(other.block.name), \(informativeText)"
            return (.exchanged(with: other.block.name), text + (isMutual ? ", and the other way round." : "."))
        }
        for axis in shape.indices {
            guard let order = permutation(along: axis) else { continue }
            // Zeros can be put into many orders.
            if !isSimple(order), let otherElements { return otherElements }
            let text = "Along axis \(axis) the gradient has the derivative's slices in the order \(order)"
            return (.permuted(axis: axis, order: order), "\(text), \(informativeText).")
        }
        return otherElements ?? otherPlaces
    }

    /// Whether slices are moved along, reversed, or two of them exchanged.
    private func isSimple(_ order: [Int]) -> Bool {
        let count = order.count
        let isMoved = order.indices.allSatisfy { order[$0] == (order[0] + $0) % count }
        let isReversed = order.indices.allSatisfy { order[$0] == count - 1 - $0 }
        return isMoved || isReversed || order.indices.count { order[$0] != $0 } == 2
    }

    /// Whether the wrong elements are those that get something and should not, and those that get nothing and should.
    private var otherElements: (GradientDiagnosis.Pattern, evidence: String)? {
        let wrong = wrong.sorted()
        let extra = wrong.filter { differences[$0]!.value.magnitude <= differences[$0]!.error + slack }
        let lost = wrong.filter { reverse[$0]!.magnitude <= slack && !extra.contains($0) }
        guard !extra.isEmpty, !lost.isEmpty, extra.count + lost.count == wrong.count else { return nil }
        func list(_ numbers: [Int]) -> String {
            numbers.prefix(3).map { "\(ElementPosition.of($0, in: shape))" }.joined(separator: ", ")
                + (numbers.count > 3 ? ", …" : "")
        }
        return (
            .otherElements,
            "The gradient goes to the wrong elements: it is not 0 at \(list(extra)), where the derivative is, and 0 at \(list(lost)), where the derivative is not."
        )
    }

    // MARK: Nearly right

    /// Whether all of the gradient is nearly right.
    private var approximation: (GradientDiagnosis.Pattern, evidence: String)? {
        let told = reverse.keys.filter { differences[$0]!.value.magnitude > differences[$0]!.error + slack }
        guard told.count > 1, told.count == reverse.count else { return nil }
        let largest = told.reduce(0) { max($0, (reverse[$1]! / differences[$1]!.value - 1).magnitude) }
        if largest > 0.1 { return nil }
        if largest < Self.singlePrecision { return rounded(largest) }
        let text = "The gradient is close to the derivative, within \(NumberText.short(100 * largest)) %"
        return (.approximate, "\(text): it is that of an approximation, or of a nearby point.")
    }

    private static var singlePrecision: Double { 0x1p-23 }

    private func rounded(_ error: Double) -> (GradientDiagnosis.Pattern, evidence: String) {
        let text = "The gradient is the derivative to \(Int(-log10(error))) digits"
        return (.approximate, "\(text): it is rounded to single precision.")
    }

    // MARK: A ratio for each index

    private var factorByIndex: (GradientDiagnosis.Pattern, evidence: String)? {
        guard let (axis, factors) = factorsByIndex else { return nil }
        let list = factors.prefix(4).map { NumberText.short($0) }.joined(separator: ", ")
        let text = "The gradient is the derivative times a factor for each index of axis \(axis)"
        return (.factorByIndex(axis: axis), "\(text): \(list)\(factors.count > 4 ? ", …" : "").")
    }

    /// Whether there are few factors, each for many elements.
    private var fewFactors: (GradientDiagnosis.Pattern, evidence: String)? {
        var groups: [(ratio: Double, numbers: [Int])] = []
        for number in reverse.keys.sorted() {
            let d = differences[number]!
            guard d.value.magnitude > d.error + slack else { return nil }
            let ratio = reverse[number]! / d.value
            let error = 2 * max(1, ratio.magnitude) * (d.error + slack) / d.value.magnitude
            if let group = groups.firstIndex(where: { ($0.ratio - ratio).magnitude <= error }) {
                groups[group].numbers.append(number)
            } else {
                groups.append((ratio, [number]))
            }
            if groups.count > 4 { return nil }
        }
        guard 2 * groups.count <= reverse.count else { return nil }
        let list = groups.map {
            "\(NumberText.long($0.ratio)) at \($0.numbers.prefix(3).map { "\(ElementPosition.of($0, in: shape))" }.joined(separator: ", "))"
        }
        let text = "The gradient is the derivative times one of \(groups.count) factors"
        return (
            .someElements(wrong.sorted().map { ElementPosition.of($0, in: shape) }),
            "\(text): \(list.joined(separator: "; "))."
        )
    }

    /// An axis, and for each index of it what all of the gradient there is times the derivative.
    var factorsByIndex: (axis: Int, factors: [Double])? {
        for axis in shape.indices where shape[axis] > 1 && shape.reduce(1, *) > shape[axis] {
            let stride = shape[(axis + 1)...].reduce(1, *)
            let slices = Dictionary(grouping: reverse.keys) { $0 / stride % shape[axis] }
            let factors = (0..<shape[axis]).map { index -> Double in
                let largest = slices[index]?.max {
                    differences[$0]!.value.magnitude < differences[$1]!.value.magnitude
                }
                return largest.map { reverse[$0]! / differences[$0]!.value } ?? .nan
            }
            let isSo = isReverse { number in
                let (d, factor) = (differences[number]!, factors[number / stride % shape[axis]])
                return Estimate(value: factor * d.value, error: 2 * factor.magnitude * (d.error + slack))
            }
            if isSo { return (axis, factors) }
        }
        return nil
    }

    /// Whether every element of the gradient is one of the derivative's, each once.
    private var otherPlaces: (GradientDiagnosis.Pattern, evidence: String)? {
        let numbers = reverse.keys.sorted()
        let sources = numbers.sorted { differences[$0]!.value < differences[$1]!.value }
        let targets = numbers.sorted { reverse[$0]! < reverse[$1]! }
        let source = Dictionary(uniqueKeysWithValues: zip(targets, sources))
        // Equal numbers could be anywhere.
        let isTold = zip(sources, sources.dropFirst()).allSatisfy {
            differences[$1]!.value - differences[$0]!.value > 2
                * (slack + differences[$0]!.error + differences[$1]!.error)
        }
        guard numbers.count > 3, isTold, isReverse({ differences[source[$0]!] }) else { return nil }
        let moved = numbers.filter { source[$0] != $0 }.prefix(3).map {
            "\(ElementPosition.of($0, in: shape)) has that of \(ElementPosition.of(source[$0]!, in: shape))"
        }
        return (
            .rearranged,
            "The gradient has the derivative's elements in other places: \(moved.joined(separator: ", ")), …."
        )
    }

    /// Whether rows and columns are exchanged, or mixed.
    private var transposition: (GradientDiagnosis.Pattern, evidence: String)? {
        guard shape.count == 2, shape[0] > 1, shape[1] > 1 else { return nil }
        let (rows, columns) = (shape[0], shape[1])
        func transposed(_ number: Int) -> Estimate? { differences[number % rows * columns + number / rows] }
        if isReverse(transposed) {
            if rows == columns {
                let text = "The gradient is the derivative transposed: its element [i, j] is the derivative at [j, i]"
                return (.transposed, "\(text), \(informativeText).")
            }
            let text = "The gradient has the derivative's elements in other places, those of its transpose row by row"
            return (.transposed, "\(text), \(informativeText): something is reshaped where it should be transposed.")
        }
        if rows != columns { return nil }
        let mixtures = [
            ("the symmetric part of the derivative, (d + dᵀ) / 2", 0.5, 0.5),
            ("the sum of the derivative and its transpose, d + dᵀ", 1, 1),
            ("the derivative less its transpose, d − dᵀ", 1, -1),
            ("the antisymmetric part of the derivative, (d − dᵀ) / 2", 0.5, -0.5),
        ]
        for (text, own, other) in mixtures {
            let isMixed = isReverse { number in
                guard let d = differences[number], let t = transposed(number) else { return nil }
                return Estimate(value: own * d.value + other * t.value, error: d.error + t.error)
            }
            if isMixed { return (.symmetrized, "The gradient is \(text), \(informativeText).") }
        }
        return nil
    }

    /// For each slice of the gradient the slice of the derivative that it is, if it is another one for some.
    private func permutation(along axis: Int) -> [Int]? {
        let extent = shape[axis]
        guard extent > 1, extent <= Self.largestPermutation else { return nil }
        let stride = shape[(axis + 1)...].reduce(1, *)
        let slices = Dictionary(grouping: reverse.keys) { $0 / stride % extent }
        var order: [Int] = []
        for slice in 0..<extent {
            guard let numbers = slices[slice] else { return nil }
            let source = ([slice] + Array(0..<extent)).first { source in
                !order.contains(source)
                    && isReverse(at: numbers) { differences[$0 + (source - slice) * stride] }
            }
            guard let source else { return nil }
            order.append(source)
        }
        return order == Array(0..<extent) ? nil : order
    }

    private static var largestPermutation: Int { 64 }

    // MARK: Some elements only

    private var wrongElements: (GradientDiagnosis.Pattern, evidence: String)? {
        let wrong = block.elements.filter { $0.finding == .wrong }.compactMap(\.position)
        let ratio = ratioOfWrong
        let correct = block.count(of: .correct)
        guard !wrong.isEmpty, correct >= wrong.count || correct > 0 && ratio != nil else { return nil }
        let place = commonIndices(of: wrong)
        let list = wrong.prefix(4).map { "\($0)" }.joined(separator: ", ") + (wrong.count > 4 ? ", …" : "")
        return (
            .someElements(wrong),
            "\(wrong.count) of \(block.elements.count) elements \(wrong.count == 1 ? "is" : "are") \(ratio ?? "wrong"), and the others right: \(list)\(place)."
        )
    }

    /// The indices on an axis that the wrong elements alone have.
    private func commonIndices(of wrong: [[Int]]) -> String {
        for axis in shape.indices where wrong.count > 1 {
            let indices = Set(wrong.map { $0[axis] }).sorted()
            if indices.count == 1 { return ", all of them with index \(indices[0]) on axis \(axis)" }
            let stride = shape[(axis + 1)...].reduce(1, *)
            let own = reverse.keys.filter { indices.contains($0 / stride % shape[axis]) }
            if shape.count > 1, indices.count < shape[axis], indices.count <= 8, Set(own) == self.wrong {
                return ", all that have the indices \(indices.map { "\($0)" }.joined(separator: ", ")) on axis \(axis)"
            }
        }
        return ""
    }

    /// What all wrong elements are, in words.
    var wordsOfWrong: String { ratioOfWrong ?? "wrong" }

    /// The same, if it is the derivative times one number.
    private var ratioOfWrong: String? {
        let all = block.elements.filter { $0.finding == .wrong }
        let wrong = all.filter { $0.difference.magnitude > $0.differenceError + slack }
        if wrong.isEmpty { return all.count > 1 ? "not 0 as they should be" : "not 0 as it should be" }
        guard wrong.count == all.count, let first = wrong.first else { return nil }
        // One element has some ratio in any case.
        let isTelling = [0, -1].contains { (first.ratio - $0).magnitude < 1e-9 }
        if wrong.count == 1, !isTelling, !GradientDiagnosis.isSimple(first.ratio) { return nil }
        let isOne = wrong.allSatisfy {
            ($0.reverse - first.ratio * $0.difference).magnitude <= slack + 2 * $0.differenceError
                * max(1, first.ratio.magnitude)
        }
        if !isOne { return nil }
        return first.ratio.magnitude < 1e-9 ? "0" : "\(NumberText.long(first.ratio)) times the derivative"
    }
}
