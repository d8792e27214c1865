import TapestryArrays
import TapestryAutograd

/// What the gradient of each parameter looks like: how long it is, how much of it is zero, and whether it is numbers.
///
/// ```swift
/// let statistics = GradientStatistics(of: gradient, for: model)
/// statistics.warnings().forEach { print($0) }
/// ```
public struct GradientStatistics: Codable, Sendable, Equatable {
    /// The gradient of one parameter.
    public struct Entry: Codable, Sendable, Equatable {
        /// The parameter's path.
        public let path: String
        /// How many elements it has.
        public let count: Int
        /// The Euclidean norm of the finite elements.
        public let norm: Double
        /// The share of elements that are zero.
        public let zeroShare: Double
        /// How many elements are infinite or NaN.
        public let nonFiniteCount: Int
        /// The Euclidean norm of the parameter itself.
        public let parameterNorm: Double

        /// √ mean g² of the finite elements.
        public var rootMeanSquare: Double {
            let finite = count - nonFiniteCount
            return finite == 0 ? 0 : norm / Double(finite).squareRoot()
        }
    }

    /// One entry for each parameter that was looked at, in the order of the properties.
    public let entries: [Entry]

    /// Statistics of a gradient. Traps unless model and gradient have the same parameters.
    ///
    /// - Parameters:
    ///   - gradient: what is looked at.
    ///   - model: the parameters themselves.
    ///   - exceptions: parameters that are passed over, such as frozen ones, whose gradient is zero.
    public init<Model: Module>(of gradient: Model, for model: Model, except exceptions: [ParameterPattern] = []) {
        let (slopes, parameters) = (gradient.parameters, model.parameters)
        guard slopes.map(\.path) == parameters.map(\.path) else {
            trap("GradientStatistics", "the gradient and the model have different parameters")
        }
        entries = zip(slopes, parameters).compactMap { slope, parameter in
            if exceptions.contains(where: { $0.matches(slope.path) }) { return nil }
            let elements = slope.tensor(as: Double.self).scalars
            let finite = elements.lazy.filter(\.isFinite)
            // The greatest element first, so that squares neither overflow nor vanish.
            let greatest = finite.reduce(0) { max($0, $1.magnitude) }
            let squares = greatest == 0 ? 0 : finite.reduce(0) { $0 + ($1 / greatest) * ($1 / greatest) }
            return Entry(
                path: slope.path, count: elements.count, norm: greatest * squares.squareRoot(),
                zeroShare: elements.isEmpty ? 0 : Double(elements.count { $0 == 0 }) / Double(elements.count),
                nonFiniteCount: elements.count { !$0.isFinite },
                parameterNorm: parameter.tensor(as: Double.self).parameterNorm)
        }
    }

    /// What is conspicuous, a line for each parameter: elements that are no numbers, a gradient that has vanished, or
    /// one that explodes.
    ///
    /// - Parameters:
    ///   - least: a root mean square below this has vanished.
    ///   - greatest: one above this explodes.
    ///
    /// A gradient of nothing but zeros is named as such: its parameter takes no part in the loss, or is cut off from
    /// it.
    public func warnings(vanishingBelow least: Double = 1e-8, explodingAbove greatest: Double = 1e3) -> [String] {
        entries.compactMap { entry in
            if entry.nonFiniteCount > 0 {
                return
                    "\(entry.path): \(entry.nonFiniteCount) of \(entry.count) elements of the gradient are not finite"
            }
            if entry.zeroShare == 1 { return "\(entry.path): the gradient is zero" }
            if entry.rootMeanSquare < least {
                return "\(entry.path): the gradient has vanished, its root mean square is \(entry.rootMeanSquare)"
            }
            if entry.rootMeanSquare > greatest {
                return "\(entry.path): the gradient explodes, its root mean square is \(entry.rootMeanSquare)"
            }
            return nil
        }
    }
}
