import TapestryAutograd
import TapestryGoldenCells
import TapestryHandDerivedCells
import TapestryRecurrent
import TapestryTestSupport

/// Which results of a golden sequence a loss Σ cotangent · result looks at.
enum SequenceLoss: String, CaseIterable, Sendable {
    case everything, lastStepOnly, allSteps, finalStateOnly

    /// The golden's cotangents, zero where the loss does not look.
    func cotangents(_ golden: GoldenCase) -> HandDerivedCotangents {
        var cotangents = golden.sequenceCotangents
        let last = cotangents.outputs.count - 1
        for time in 0...last where self == .finalStateOnly || self == .lastStepOnly && time < last {
            cotangents.outputs[time] = cotangents.outputs[time].cleared
        }
        if self == .lastStepOnly || self == .allSteps {
            cotangents.final.hidden = cotangents.final.hidden.cleared
            cotangents.final.cell = cotangents.final.cell.cleared
        }
        return cotangents
    }

    /// The loss itself, in which the results that it does not look at do not occur.
    func value<State: GoldenState>(
        _ result: RecurrentResult<Tensor<Double>, State>, _ golden: GoldenCase
    ) -> Tensor<Double> {
        let outputs = golden.cotangents["outputs"]!.tensor
        let final = State.parts.reduce(Tensor(0)) { sum, part in
            sum + (golden.cotangents["final\(part.name)"]!.tensor * result.finalState[keyPath: part.path]).sum()
        }
        return switch self {
        case .everything: (outputs * result.outputs).sum() + final
        case .lastStepOnly: (outputs[-1] * result.outputs[-1]).sum()
        case .allSteps: (outputs * result.outputs).sum()
        case .finalStateOnly: final
        }
    }
}

extension ScalarMatrix {
    fileprivate var cleared: ScalarMatrix { map { $0.map { _ in 0 } } }
}
