/// What a check says of an element, of a block, or of all.
public enum GradientVerdict: String, Sendable, Hashable, CaseIterable {
    /// Shown to be the derivative, within the tolerance.
    case correct
    /// Shown not to be the derivative.
    case wrong
    /// The differences cannot tell: a kink, or noise that is as large as the derivative.
    case inconclusive
}

/// What was found at one element of a gradient.
public enum GradientFinding: String, Sendable, Hashable, CaseIterable {
    /// The gradient is the difference quotient, within the tolerance.
    case correct
    /// The gradient is not the difference quotient.
    case wrong
    /// The slopes on both sides differ, however small the step; the gradient lies between them, or other elements share
    /// the kink, as at a tie of several, and there are more slopes than these.
    case kink
    /// The difference is less exact than the tolerance's resolution.
    case noise
    /// The differences do not settle as the step shrinks: a jump, a kink closer than the smallest step, or a function
    /// that varies faster than any step can follow.
    case unsettled
    /// The gradient, or the function beside the point, is infinite or not a number.
    case notFinite

    /// What the finding means: all but `correct` and `wrong` are inconclusive.
    public var verdict: GradientVerdict {
        switch self {
        case .correct: .correct
        case .wrong: .wrong
        case .kink, .noise, .unsettled, .notFinite: .inconclusive
        }
    }
}

/// One element of a gradient beside its difference quotient.
public struct GradientElement: Sendable {
    /// Where it is in its block, one index for each axis; `nil` for a random projection of the whole block.
    public let position: [Int]?
    /// What the reverse walk over the tape gave.
    public let reverse: Double
    /// What central differences gave, extrapolated.
    public let difference: Double
    /// How far the difference may be off: the extrapolation's remainder and the function's rounding noise.
    public let differenceError: Double
    /// What forward mode gave, for the worst element of a wrong block.
    public internal(set) var forward: Double?
    /// What their comparison says.
    public let finding: GradientFinding

    /// reverse / difference: −1 for a wrong sign, 0 for a path that is cut, 2 or ½ for a wrong factor.
    public var ratio: Double { reverse / difference }
    /// |reverse − difference|
    public var error: Double { (reverse - difference).magnitude }
}

/// ⟨c, J u⟩ by forward mode against ⟨Jᵀ c, u⟩ by reverse mode, for a random direction u in one block and the cotangents
/// c of the check. It needs no step: both are exact but for rounding.
public struct AdjointTest: Sendable {
    /// ⟨c, J u⟩
    public let forward: Double
    /// ⟨Jᵀ c, u⟩
    public let reverse: Double
    /// How far rounding may have them apart: 1e-9 of Σ |Jᵀ c| |u|, or of the forward value if that is larger, and the
    /// rounding noise of the function per size of the operands.
    public let allowed: Double

    /// Whether the modes say the same, as far as both are finite.
    public var agrees: Bool { !isFinite || (forward - reverse).magnitude <= allowed }

    /// Whether both modes give a finite number. Forward mode does not where another block has an infinite slope, which
    /// it multiplies by a zero.
    public var isFinite: Bool { forward.isFinite && reverse.isFinite }
}

/// The gradient of one block: one gate's part of a parameter, or a parameter that has no named parts.
public struct GradientBlock: Sendable {
    /// The path of the parameter in the module, `input.weights`; empty if the module is a tensor.
    public let parameter: String
    /// The name of the block in the parameter, `forget`, if it has named blocks.
    public let part: String?
    /// The largest magnitude of the derivative in the block.
    public let scale: Double
    /// The extents of the block.
    public let shape: [Int]
    /// The number of elements of the block, of which `elements` may be a sample.
    public let elementCount: Int
    /// The elements that were checked, or random projections.
    public internal(set) var elements: [GradientElement]
    /// Whether both modes give the same derivative.
    public let adjoint: AdjointTest
    /// Wrong if any element is, or if the modes disagree; correct if enough of the rest are informative. Where a
    /// gradient does not change at all, its derivative, of order 2 or higher, is correct if it is zero.
    public let verdict: GradientVerdict
    /// What a wrong block looks like.
    public internal(set) var diagnosis: GradientDiagnosis?

    /// `input.weights [forget]`
    public var name: String { Self.name(parameter, part) }

    static func name(_ parameter: String, _ part: String?) -> String {
        let path = parameter.isEmpty ? "the tensor" : parameter
        return part.map { "\(path) [\($0)]" } ?? path
    }

    /// The number of checked elements of a finding.
    public func count(of finding: GradientFinding) -> Int { elements.count { $0.finding == finding } }

    /// The number of elements that say something: neither noise nor a kink.
    public var informativeCount: Int { count(of: .correct) + count(of: .wrong) }

    /// The element that is worst: a wrong one if there is any, then one that is not finite, then the one with the
    /// largest error among those that say something, then any.
    public var worst: GradientElement? { worstIndex.map { elements[$0] } }

    var worstIndex: Int? { worstIndex(of: elements.indices) }

    /// The worst of some of the elements.
    func worstIndex(of indices: some Sequence<Int>) -> Int? {
        indices.max { (elements[$0].rank, elements[$0].error) < (elements[$1].rank, elements[$1].error) }
    }

    /// The error of the worst element relative to the block's scale.
    public var worstRelativeError: Double { worst.map { $0.error == 0 ? 0 : $0.error / scale } ?? 0 }
}

extension GradientElement {
    fileprivate var rank: Int {
        switch finding {
        case .wrong: 3
        case .notFinite: 2
        case .correct: 1
        case .kink, .noise, .unsettled: 0
        }
    }
}

/// The result of a gradient check.
///
/// Printed, it is a table of the blocks, the worst first.
public struct GradientReport: Sendable {
    /// What made the check impossible, if anything did; there are no blocks then.
    public let problem: GradientProblem?
    /// Every checked block, in the order of the module's properties.
    public internal(set) var blocks: [GradientBlock]
    /// The type of the module that was checked.
    public let subject: String
    /// When an element counted as wrong.
    public let tolerance: GradientTolerance
    /// What all that was drawn was made from.
    public let seed: UInt64
    /// The number of points at which the function was evaluated.
    public let evaluationCount: Int
    /// The order of the derivative: 1 for the gradient, 2 for the gradient of the gradient contracted with fixed
    /// numbers.
    public let order: Int
    /// How many times a mapping of cotangents (`mappingCotangent`) let them pass unchanged at the point, as a clip of
    /// huge ones does: where it does not, the gradient is not the derivative.
    public internal(set) var idleMappingCount = 0
    /// The reports of the higher orders that were asked for, the lowest first.
    public internal(set) var higherOrders: [GradientReport] = []
    /// Where a wrong gradient comes from.
    public internal(set) var origin: GradientOrigin?
    /// The call that made this report; `nil` in one that is part of another.
    public internal(set) var call: CheckCall?

    /// Wrong if any block of any order is, or if the gradient is not linear in the cotangents; else inconclusive if any
    /// is, or if there was another problem; else correct.
    public var verdict: GradientVerdict {
        let all = blocks.map(\.verdict) + higherOrders.map(\.verdict)
        if all.contains(.wrong) || problem?.isWrongRule ?? false { return .wrong }
        return problem == nil && all.allSatisfy { $0 == .correct } ? .correct : .inconclusive
    }

    /// Whether every block was shown to be correct.
    public var isCorrect: Bool { verdict == .correct }

    /// What is likely to be wrong: what is known of the first wrong rule, or else of the worst block.
    public var diagnosis: GradientDiagnosis? {
        origin?.wrongRule?.diagnosis ?? worstFirst.first?.diagnosis ?? higherOrders.lazy.compactMap(\.diagnosis).first
            ?? origin?.diagnosisOfHooks
    }

    /// The blocks by verdict (wrong, inconclusive, correct), and in it by relative error, the largest first.
    public var worstFirst: [GradientBlock] {
        func rank(_ block: GradientBlock) -> (Int, Double) {
            let relativeError = block.worstRelativeError
            let verdict =
                switch block.verdict {
                case .wrong: 2
                case .inconclusive: 1
                case .correct: 0
                }
            return (verdict, relativeError.isNaN ? .infinity : relativeError)
        }
        return blocks.sorted { rank($0) > rank($1) }
    }

    /// The block of a parameter, and of one of its named parts.
    public subscript(_ parameter: String, _ part: String? = nil) -> GradientBlock? {
        blocks.first { $0.parameter == parameter && $0.part == part }
    }

    /// Throws an error that prints this report, unless every block was shown to be correct.
    public func requireCorrect() throws(GradientCheckError) {
        if !isCorrect { throw GradientCheckError(report: self) }
    }
}

/// A gradient that was not shown to be correct. Printed, it is the report.
public struct GradientCheckError: Error, CustomStringConvertible {
    /// What the check found.
    public let report: GradientReport
    /// The report as text.
    public var description: String { report.description }
}
