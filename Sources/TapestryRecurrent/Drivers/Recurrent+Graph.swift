import TapestryAutograd

extension Recurrent {
    /// One step and how often it is applied, where a function is being exported that can say so: then the time may have
    /// any extent. Nothing where it cannot, as inside of a derivative.
    func rolled(
        _ inputs: Cell.Input, from state: Cell.State, _ mask: SequenceMask?
    ) -> RecurrentResult<Cell.Output, Cell.State>? {
        let isThere = mask.map {
            $0.tensor(stepCount: stepCount(of: inputs), batchSize: batchSize(of: inputs), batchFirst: batchFirst)
        }
        let cell = cell.prepared(for: inputs.lastStep(axis: timeAxis, reversed: !isReversed), state)
        let result = OperationGraph.scan(
            over: MaskedSequence(inputs: inputs, isThere: isThere), axis: timeAxis, isReversed: isReversed, from: state
        ) { (part: MaskedSequence, state: Cell.State) in
            guard let rows = part.isThere else { return cell.step(part.inputs, state) }
            return step(cell, part.inputs, state, where: rows)
        } part: { sequence in
            sequence.lastStep(axis: timeAxis, reversed: !isReversed)
        } unrolled: {
            let (outputs, state) = unroll(inputs, state, isThere.map { $0.unstacked(axis: timeAxis) })
            return (sequence(of: isReversed ? outputs.reversed() : outputs), state)
        }
        return result.map { RecurrentResult(outputs: $0.outputs, finalState: $0.state) }
    }

    /// A sequence and which of its steps are there, or one step of both.
    private struct MaskedSequence: Module {
        var inputs: Cell.Input
        var isThere: Tensor<Bool>?
    }
}
