import TapestryAutograd

/// How large a sequence a check of a cell draws.
struct SequenceSize {
    let stepCount: Int
    let batchSize: Int
    let inputSize: Int

    /// Traps on a size of 0.
    func require(_ operation: String) {
        if stepCount < 1 || batchSize < 1 || inputSize < 1 {
            trap(operation, "\(stepCount) steps, \(batchSize) rows and \(inputSize) features leave nothing to check")
        }
    }

    /// What so few steps and rows cannot show.
    var cautions: [String] {
        var cautions: [String] = []
        switch stepCount {
        case 1:
            cautions.append(
                "Only 1 step was run: what goes wrong from one step to the next (states that are not carried on, steps in "
                    + "another order, derivatives cut through time) cannot be seen.")
        case 2:
            cautions.append(
                "Only 2 steps were run: what goes wrong later than at the first passing on of a state, such as a state of two "
                    + "steps before, cannot be seen.")
        default: break
        }
        if batchSize == 1 { cautions.append("Only 1 row was run: rows that are mixed up cannot be seen.") }
        return cautions
    }
}
