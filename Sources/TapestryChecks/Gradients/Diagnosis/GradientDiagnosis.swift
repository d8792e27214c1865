import Foundation

/// What a wrong gradient looks like, and so what is likely to be wrong with it.
public struct GradientDiagnosis: Sendable, Hashable, CustomStringConvertible {
    /// The ways in which gradients are known to be wrong. With g the gradient and d the derivative:
    public enum Pattern: Sendable, Hashable {
        /// g = −d
        case sign
        /// g = r d, with one r for all elements, rounded to nine decimals.
        case factor(Double)
        /// g = T d for T time steps: what belongs to all of them is counted at each.
        case countedAtEveryStep(Int)
        /// g = d / T for T time steps: averaged, or overwritten instead of accumulated.
        case oneOfSteps(Int)
        /// g = 0, or the part of g is missing that comes through an operand that became a constant.
        case detached
        /// From these steps nothing flows back to the ones before, or not on all paths.
        case cutThroughTime(steps: [Int])
        /// A hook changes the cotangent that passes.
        case changedCotangent
        /// g = d + something that does not depend on the cotangent.
        case addedConstant
        /// g = dᵀ, or where d is not square, the elements of dᵀ row by row.
        case transposed
        /// g = (d + dᵀ) / 2, or the sum or the difference of both.
        case symmetrized
        /// The slices of g along an axis are those of d in this order.
        case permuted(axis: Int, order: [Int])
        /// g is the derivative of another block.
        case exchanged(with: String)
        /// Of the positions along an axis that the operand was broadcast along, only one is counted.
        case missingBroadcastSum(axis: Int)
        /// Two axes of the cotangent are exchanged, as where it is summed over the wrong one.
        case wrongAxis(Int, Int)
        /// g is the derivative at another value than the operand's.
        case wrongSavedValue
        /// Of the uses of an operand in the function, one is not counted.
        case missingTerm(use: Int, of: Int)
        /// Of the uses of an operand in the function, only one is counted.
        case overwritten(use: Int, of: Int)
        /// Of the uses of an operand in the function, the contribution of one has a wrong factor.
        case scaledTerm(use: Int, of: Int)
        /// What one operation inside of a user's function passes back has a wrong factor.
        case scaledPath(Double)
        /// g = r d, with one r for each index of an axis.
        case factorByIndex(axis: Int)
        /// g is not 0 where d is, and 0 where d is not: it goes to the wrong elements.
        case otherElements
        /// g is d, or d divided by the cotangent, cut off at a bound.
        case clipped(Double)
        /// g is d but for a small part of it, as that of an approximation, or rounded on the way.
        case approximate
        /// g differs from d by a multiple of the cotangent that does not depend on the operands.
        case otherConstant
        /// g does not depend on an operand that d depends on: an older value of it was kept.
        case unreadOperand(Int)
        /// Of the Jacobian only the diagonal is counted.
        case diagonalOnly
        /// Of the positions along an axis of the result, only some are counted.
        case partOfResult(axis: Int, positions: [Int])
        /// g is the cotangent, or the derivative, times something else, element by element.
        case otherSlope
        /// The elements of g are those of d in other places.
        case rearranged
        /// The cotangent, and perhaps g, is taken in reverse order.
        case reversed(axis: Int)
        /// Of the elements of the result that an element of the operand has a part in, only one is counted.
        case overwrittenElements
        /// g = J c in place of Jᵀ c.
        case untransposedJacobian
        /// g is not linear in the cotangent.
        case nonlinear
        /// A few elements are wrong, and the others right.
        case someElements([[Int]])
        /// The gradient is right, and forward mode is not.
        case forwardModeOnly
        /// Derivatives of lower order are right.
        case higherOrderOnly(Int)
        /// None of these.
        case unrecognized
    }

    /// Which of the two modes give something else than differences.
    public enum Modes: String, Sendable, Hashable {
        /// Reverse mode alone.
        case reverse
        /// Forward mode alone.
        case forward
        /// Reverse and forward mode.
        case both
    }

    /// The way in which the gradient is wrong.
    public let pattern: Pattern
    /// Which modes are wrong, where it is known.
    public let modes: Modes?
    /// The pattern in words, with the numbers that show it.
    public let evidence: String

    /// Factors that a formula is wrong by.
    static let simpleFactors = [2, 0.5, 3, 1.0 / 3, 4, 0.25, -2, -0.5, 2.0 / 3, 1.5]

    static func isSimple(_ factor: Double) -> Bool {
        simpleFactors.contains { (factor - $0).magnitude < 1e-6 * $0.magnitude } || isPowerOfTen(factor)
    }

    /// Whether a factor is that of another unit.
    private static func isPowerOfTen(_ factor: Double) -> Bool {
        let exponent = log10(factor.magnitude)
        return exponent.isFinite && exponent.rounded() != 0 && (exponent - exponent.rounded()).magnitude < 1e-7
    }

    init(_ pattern: Pattern, modes: Modes? = nil, _ evidence: String) {
        self.pattern = pattern
        self.modes = modes
        self.evidence = evidence
    }

    /// The evidence, and which modes are wrong.
    public var description: String {
        switch modes {
        case .reverse: evidence + " Forward mode is right."
        case .forward, .both, nil: evidence
        }
    }
}
