import TapestryAutograd

/// One floating-point tensor that a checked function returned.
struct CheckedResult {
    let path: String
    let shape: [Int]
    let elements: [Double]

    /// Where an element is, in words: `outputs[1, 2]`, `result[3]`.
    func place(of element: Int) -> String {
        let position = ElementPosition.of(element, in: shape)
        let name = path.isEmpty ? "result" : path
        return position.isEmpty ? name : "\(name)\(position)"
    }

    /// The first element whose bits differ.
    func firstDifference(from other: CheckedResult) -> Int? {
        if elements.count != other.elements.count { return 0 }
        return elements.indices.first { elements[$0].bitPattern != other.elements[$0].bitPattern }
    }

    /// The first element that differs by more than rounding relative to the largest.
    func firstLargeDifference(from other: CheckedResult) -> Int? {
        let largest = elements.reduce(0) { max($0, $1.magnitude) }
        return elements.indices.first { (elements[$0] - other.elements[$0]).magnitude > 1e-10 * largest }
    }

    /// The floating-point tensors of what a function returned, or what is wrong with them.
    static func results<Output: Module>(of output: Output) -> Result<[CheckedResult], GradientProblem> {
        var results: [CheckedResult] = []
        for leaf in ModuleTree(of: output).leaves where leaf.isParameter {
            let place = leaf.path.isEmpty ? "result" : leaf.path
            if leaf.value.elementType != .float64 { return .failure(.singlePrecisionResult(place: place)) }
            if leaf.value.count == 0 { return .failure(.emptyResult(place: place)) }
            results.append(
                CheckedResult(
                    path: leaf.path, shape: leaf.value.shape, elements: leaf.value.array.elements(as: Double.self)))
        }
        return results.isEmpty ? .failure(.noFloatingPointResult(type: "\(Output.self)")) : .success(results)
    }
}

/// Positions in tensors.
enum ElementPosition {
    /// The index on each axis of an element counted in row-major order.
    static func of(_ element: Int, in shape: [Int]) -> [Int] {
        var rest = element
        var position: [Int] = []
        for extent in shape.reversed() {
            position.append(rest % extent)
            rest /= extent
        }
        return position.reversed()
    }
}
