import Tapestry
import Testing

/// A function whose gradient is wrong on purpose, and what a check has to say of it.
struct GradientMutant: Sendable, CustomTestStringConvertible {
    /// A rule that is wrong: the record's primitive, and the operand.
    struct Rule: Sendable, Equatable {
        let primitive: String
        let operand: Int
        /// The scopes and the name of the record.
        var place: [String] = []
    }

    let name: String
    /// The names of the blocks that are wrong.
    let wrongBlocks: [String]
    let pattern: GradientDiagnosis.Pattern
    /// The rule to be found; none where a path is cut.
    var rule: Rule?
    /// A part of the sentence, where the pattern alone does not say what is meant.
    var says = ""
    /// Checks the function, multiplied by a scale.
    let check: @Sendable (_ scale: Double) -> GradientReport

    var testDescription: String { name }

    /// All of them.
    static let all = rules + pairs + products + recurrences + cuts + gates + sequences + insides + elements

    static func normal(_ shape: [Int], _ seed: UInt64) -> Tensor<Double> {
        .normal(shape, using: RandomSource(seed: seed))
    }
}

/// Two tensors as the input of a primitive.
struct Operands: Module {
    var first, second: Tensor<Double>
}
