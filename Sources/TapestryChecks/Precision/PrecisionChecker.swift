import TapestryAutograd

/// One comparison of a function in `Float` with the same in `Double`.
struct PrecisionChecker<Single: Module> {
    let point: Single
    let tolerance: PrecisionTolerance
    let mode: Mode
    let seed: UInt64

    /// How often every number of the point is rounded at random.
    private static var trialCount: Int { 4 }

    func report<SingleOutput: Module, Exact: Module, ExactOutput: Module>(
        of single: (Single) -> SingleOutput, against exact: (Exact) -> ExactOutput, subject: String, call: CheckCall?
    ) -> PrecisionReport {
        let source = RandomSource(seed: seed)
        let exactPoint = point.converted(to: Exact.self)
        let right = Quantity.all(of: exact, at: exactPoint, mode: mode, seed: seed)
        let computed = Quantity.all(of: single, at: point, mode: mode, seed: seed)
        if computed.map(\.shape) != right.map(\.shape) {
            trap(
                "checkSinglePrecision",
                "results and gradients have the shapes \(computed.map(\.shape)) in Float and \(right.map(\.shape)) in "
                    + "Double")
        }
        var changes = [Double](repeating: 0, count: right.count)
        for _ in 0..<Self.trialCount {
            let trial = Quantity.all(of: exact, at: exactPoint.roundedAtRandom(using: source), mode: mode, seed: seed)
            for index in changes.indices {
                changes[index] = max(changes[index], trial[index].change(from: right[index]))
            }
        }
        let comparisons = right.indices.map { index in
            PrecisionComparison(computed[index], right[index], change: changes[index], tolerance)
        }
        return PrecisionReport(
            comparisons: comparisons, subject: subject, tolerance: tolerance, seed: seed, call: call)
    }
}

/// One result of a function, or one block of its gradient, in numbers.
struct Quantity {
    let name: String
    let shape: [Int]
    let elements: [Double]

    /// The results of a function, then the gradient of ⟨c, results⟩ by blocks. The numbers c are exact in `Float`.
    static func all<Input: Module, Output: Module>(
        of function: (Input) -> Output, at point: Input, mode: Mode, seed: UInt64
    ) -> [Quantity] {
        let source = RandomSource(seed: seed &+ 1)
        let (output, pullback) = vjp(at: point, mode: mode, of: function)
        let results = ModuleTree(of: output).leaves.filter(\.isParameter)
        let gradient = pullback(
            output.mapValues {
                Tensor<Float>.uniform($0.shape, from: -1, using: source).value.converted(to: $0.elementType)
            })
        let values = results.map { leaf in
            Quantity(
                name: leaf.path.isEmpty ? "result" : leaf.path, shape: leaf.value.shape, elements: leaf.doubles)
        }
        let gradients = ModuleTree(of: gradient).leaves.enumerated().filter(\.element.isParameter).flatMap {
            index, leaf in
            let elements = leaf.doubles
            return ParameterBlock.blocks(of: leaf, at: index).map { block in
                Quantity(
                    name: "gradient of \(GradientBlock.name(block.parameter, block.part))", shape: block.shape,
                    elements: block.elements.map { elements[$0] })
            }
        }
        return values + gradients
    }

    /// The largest change of an element, of those that are finite.
    func change(from other: Quantity) -> Double {
        zip(elements, other.elements).lazy.map { ($0 - $1).magnitude }.filter(\.isFinite).max() ?? 0
    }
}

extension ModuleTree.Leaf {
    fileprivate var doubles: [Double] { value.array.converted(to: .float64).elements(as: Double.self) }
}

extension Module {
    /// Every parameter x as x (1 + δ), with δ up to one rounding to `Float`.
    fileprivate func roundedAtRandom(using source: RandomSource) -> Self {
        mapValues { value in
            let rounding = Double(Float.ulpOfOne) / 2
            let factors = Tensor<Double>.uniform(value.shape, from: 1 - rounding, to: 1 + rounding, using: source)
            return (Tensor<Double>(value.converted(to: .float64)) * factors).value.converted(to: value.elementType)
        }
    }
}
