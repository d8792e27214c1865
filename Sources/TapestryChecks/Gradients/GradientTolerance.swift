/// When a gradient counts as the derivative of a function: one value for a whole check.
///
/// With g the gradient's element, d the difference quotient, and S the scale of its block, which is the largest
/// magnitude of the derivative in the block (one gate's part of one parameter), an element is wrong if
///
///     |g − d| > relative · S + error(d)
///
/// where error(d) is measured for each difference: what its extrapolation leaves, and the rounding noise of the
/// function. So the tolerance does not go blind on small gradients, does not cry wolf on large ones, and does not
/// depend on the size of a block. An element whose difference is too inexact to say anything,
///
///     error(d) > resolution · S
///
/// is inconclusive, and so is one at a kink of the function.
public struct GradientTolerance: Sendable, Hashable {
    /// The error that is allowed, relative to the block's scale.
    public var relative: Double
    /// How exact a difference must be to count as information, relative to the block's scale.
    public var resolution: Double
    /// The least share of a block's elements that must be informative for the block to be called correct.
    public var informativeShare: Double

    /// A tolerance; by default the standard one.
    public init(relative: Double = 1e-8, resolution: Double = 1e-4, informativeShare: Double = 0.5) {
        self.relative = relative
        self.resolution = resolution
        self.informativeShare = informativeShare
    }

    /// For functions that are computed in double precision throughout.
    public static let standard = GradientTolerance()
}

/// Which elements of each block a gradient check looks at.
public enum CheckedElements: Sendable, Hashable {
    /// Every element.
    case all
    /// So many of each block, chosen at random by the check's seed. The block's scale still counts all of them.
    case atMost(Int)
    /// So many random projections of each block, drawn from a normal distribution, instead of its elements: a few runs
    /// of the function for the whole check. A block that they call wrong is checked element by element.
    ///
    /// An error e of the gradient changes a projection by a normally distributed number of the standard deviation ‖e‖.
    /// So one that allows τ misses it with a probability of at most √(2/π) τ / ‖e‖, and n of them with that to the
    /// power of n.
    case projections(Int)

    var projectionCount: Int? {
        if case .projections(let count) = self { count } else { nil }
    }
}
