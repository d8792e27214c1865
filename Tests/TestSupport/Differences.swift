import TapestryAutograd

// Central differences in double, Richardson-extrapolated: the error falls with the fourth power of the step, so that
// a step of 1e-3 leaves about 1e-11 of truncation and 1e-12 of rounding.

/// The derivative of a function of one number at 0.
package func difference(step: Double = 1e-3, _ function: (Double) -> [Double]) -> [Double] {
    func central(_ step: Double) -> [Double] {
        zip(function(step), function(-step)).map { ($0 - $1) / (2 * step) }
    }
    return zip(central(step / 2), central(step)).map { (4 * $0 - $1) / 3 }
}

/// The derivatives of a scalar function of several tensors with respect to every element of each, in row-major order.
/// The function gets contiguous tensors, whatever the layout of `point` is.
package func differenceGradient(
    at point: [Tensor<Double>], step: Double = 1e-3, _ function: ([Tensor<Double>]) -> Double
) -> [[Double]] {
    let elements = point.map(\.scalars)
    return point.indices.map { operand in
        elements[operand].indices.map { position in
            difference(step: step) { shift in
                var moved = elements
                moved[operand][position] += shift
                return [function(zip(point, moved).map { Tensor(shape: $0.shape, scalars: $1) })]
            }[0]
        }
    }
}

/// The derivative of a function of several tensors along a direction.
package func directionalDifference(
    at point: [Tensor<Double>], along direction: [Tensor<Double>], step: Double = 1e-3,
    _ function: ([Tensor<Double>]) -> [Double]
) -> [Double] {
    difference(step: step) { shift in function(zip(point, direction).map { $0 + $1 * shift }) }
}

/// The largest difference between two blocks of numbers over the largest magnitude in the expected one, or over
/// `floor` where that is smaller; infinite where one number is NaN and its counterpart is not, or the counts differ.
/// Infinities must agree exactly.
package func blockError(_ actual: [Double], _ expected: [Double], floor: Double = 0) -> Double {
    guard actual.count == expected.count else { return .infinity }
    let scale = expected.lazy.filter(\.isFinite).map(\.magnitude).max() ?? 0
    var worst = 0.0
    for (actual, expected) in zip(actual, expected) where actual != expected && !(actual.isNaN && expected.isNaN) {
        let difference = (actual - expected).magnitude
        if !difference.isFinite { return .infinity }
        worst = max(worst, difference)
    }
    return worst == 0 ? 0 : worst / max(scale, floor)
}

/// The greatest distance, over all x, between the shares of two samples that are at most x (Kolmogorov and Smirnov);
/// infinite if a sample is empty or has a NaN.
package func distributionDistance(_ a: [Double], _ b: [Double]) -> Double {
    if a.isEmpty || b.isEmpty || (a + b).contains(where: \.isNaN) { return .infinity }
    let (a, b) = (a.sorted(), b.sorted())
    var (first, second) = (0, 0)
    var distance = 0.0
    while first < a.count, second < b.count {
        let x = min(a[first], b[second])
        while first < a.count, a[first] == x { first += 1 }
        while second < b.count, b[second] == x { second += 1 }
        distance = max(distance, abs(Double(first) / Double(a.count) - Double(second) / Double(b.count)))
    }
    return distance
}

/// The greatest distance, over all x, between the share of a sample that is at most x and a continuous distribution
/// function (Kolmogorov and Smirnov).
package func distributionDistance(_ sample: [Double], to probability: (Double) -> Double) -> Double {
    let count = Double(sample.count)
    return sample.sorted().enumerated().reduce(0) { greatest, draw in
        let expected = probability(draw.element)
        let (before, after) = (Double(draw.offset) / count, Double(draw.offset + 1) / count)
        return max(greatest, expected - before, after - expected)
    }
}

/// The distance from its distribution that a sample exceeds in one of 1000 runs.
package func distributionTolerance(_ count: Int) -> Double { 1.95 / Double(count).squareRoot() }
