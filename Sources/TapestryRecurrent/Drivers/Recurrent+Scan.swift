import TapestryAutograd

extension Recurrent {
    /// All steps at once, if the cell can and nobody looks at single steps.
    func scanned(
        _ inputs: Cell.Input, from state: Cell.State, _ mask: SequenceMask?
    ) -> RecurrentResult<Cell.Output, Cell.State>? {
        guard allowsScan, truncation == nil, recomputation == nil, cell is any ScannableRecurrentCell,
            !Naming.isTraced, GradientFlowObserver.current == nil
        else { return nil }
        let first = inputs.step(at: isReversed ? stepCount(of: inputs) - 1 : 0, axis: timeAxis)
        guard let cell = cell.prepared(for: first, state) as? any ScannableRecurrentCell else { return nil }
        return scanned(cell, inputs, state, mask)
    }

    private func scanned<Scannable: ScannableRecurrentCell>(
        _ cell: Scannable, _ inputs: Cell.Input, _ state: Cell.State, _ mask: SequenceMask?
    ) -> RecurrentResult<Cell.Output, Cell.State> {
        // The cell is this layer's, so its types are as well.
        let isThere = mask.map { steps(thereBy: $0, for: inputs) }
        // What is padding is zero before the cell sees it, as where it is unrolled.
        let present = isThere.map { inputs.rows(where: $0) } ?? inputs
        let input = sameType(present, as: Scannable.Input.self)!
        let transition = cell.transition(input)
        let states = (isThere.map { transition.restricted(to: $0) } ?? transition)
            .scanned(from: sameType(state, as: Scannable.State.self)!, along: timeAxis, reversed: isReversed)
        let (output, named) = cell.readout(input, states)
        let outputs = sameType(output, as: Cell.Output.self)!
        let final = sameType(named, as: Cell.State.self)!
            .step(at: isReversed ? 0 : stepCount(of: inputs) - 1, axis: timeAxis)
        return RecurrentResult(outputs: isThere.map { outputs.rows(where: $0) } ?? outputs, finalState: final)
    }

    /// The output of the last step that is there of each sequence.
    func lastOutput(of outputs: Cell.Output, _ inputs: Cell.Input, _ mask: SequenceMask?) -> Cell.Output {
        guard let mask else { return outputs.step(at: isReversed ? 0 : stepCount(of: inputs) - 1, axis: timeAxis) }
        let isThere = steps(thereBy: mask, for: inputs)
        // How many steps there are from each one on.
        let count = isThere.converted(to: Cell.Scalar.self).cumulativeSum(axis: timeAxis, reversed: !isReversed)
        let isLast = isThere .& (count .== 1)
        return outputs.rows(where: isLast).mapTensors { $0.sum(over: [timeAxis], keepingAxes: false) }
    }

    private func steps(thereBy mask: SequenceMask, for inputs: Cell.Input) -> Tensor<Bool> {
        mask.tensor(stepCount: stepCount(of: inputs), batchSize: batchSize(of: inputs), batchFirst: batchFirst)
    }
}

extension Module {
    /// One step of a sequence, of every tensor.
    fileprivate func step(at position: Int, axis: Int) -> Self { mapTensors { $0.selected(axis: axis, at: position) } }
}
