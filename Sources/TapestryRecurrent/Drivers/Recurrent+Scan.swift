import TapestryArrays
import TapestryAutograd

extension Recurrent {
    /// All steps at once, if the cell can, nobody looks at single steps, and several states fit the cache: one at a
    /// time is what single steps do better. An exported function has the steps themselves.
    func scanned(
        _ inputs: Cell.Input, from state: Cell.State, _ mask: SequenceMask?
    ) -> RecurrentResult<Cell.Output, Cell.State>? {
        guard allowsScan, truncation == nil, recomputation == nil, cell is any ScannableRecurrentCell,
            !Naming.isTraced, GradientFlowObserver.current == nil, !OperationGraph.isRecording,
            stepCount(of: inputs) == 1 || segmentLength(inputs, state) > 1
        else { return nil }
        let first = inputs.lastStep(axis: timeAxis, reversed: !isReversed)
        guard let cell = cell.prepared(for: first, state) as? any ScannableRecurrentCell else { return nil }
        return scanned(cell, inputs, state, mask)
    }

    private func scanned<Scannable: ScannableRecurrentCell>(
        _ cell: Scannable, _ inputs: Cell.Input, _ state: Cell.State, _ mask: SequenceMask?
    ) -> RecurrentResult<Cell.Output, Cell.State> {
        let count = stepCount(of: inputs)
        let length = segmentLength(inputs, state)
        let isThere = mask.map { steps(thereBy: $0, for: inputs) }
        // The cell is this layer's, so its types are as well.
        var state = sameType(state, as: Scannable.State.self)!
        var outputs: [Cell.Output] = []
        for begin in stride(from: 0, to: count, by: length) {
            let end = min(begin + length, count)
            let range = isReversed ? count - end..<count - begin : begin..<end
            let (output, next) = segment(
                cell, sameType(inputs.steps(range, of: count, axis: timeAxis), as: Scannable.Input.self)!, state,
                isThere?.steps(range, of: count, axis: timeAxis))
            outputs.append(sameType(output, as: Cell.Output.self)!)
            state = next
        }
        if isReversed { outputs.reverse() }
        return RecurrentResult(
            outputs: outputs.count == 1 ? outputs[0] : .concatenated(outputs, axis: timeAxis),
            finalState: sameType(state, as: Cell.State.self)!)
    }

    /// Some steps in a row.
    private func segment<Scannable: ScannableRecurrentCell>(
        _ cell: Scannable, _ inputs: Scannable.Input, _ state: Scannable.State, _ isThere: Tensor<Bool>?
    ) -> (outputs: Scannable.Output, state: Scannable.State) {
        // What is padding is zero before the cell sees it, as where it is unrolled.
        let inputs = isThere.map { inputs.rows(where: $0) } ?? inputs
        let transition = cell.transition(inputs)
        let states = (isThere.map { transition.restricted(to: $0) } ?? transition)
            .scanned(from: state, along: timeAxis, reversed: isReversed)
        let (outputs, named) = cell.readout(inputs, states)
        let final = named.lastStep(axis: timeAxis, reversed: isReversed)
        return (isThere.map { outputs.rows(where: $0) } ?? outputs, final)
    }

    /// The number of steps that are computed together: so many that operations have something to do, and so few that
    /// what one makes is in the cache when the next one reads it. At 32 rows of 128 units all steps of a long sequence
    /// together take up to 1.8 times as long.
    private func segmentLength(_ inputs: Cell.Input, _ state: Cell.State) -> Int {
        let count = stepCount(of: inputs)
        let elements = max(inputs.elementCount / count, state.elementCount)
        return max(1, min(count, (1 << 16) / max(elements, 1)))
    }

    /// The output of the last step that is there of each sequence.
    func lastOutput(of outputs: Cell.Output, _ inputs: Cell.Input, _ mask: SequenceMask?) -> Cell.Output {
        guard let mask else { return outputs.lastStep(axis: timeAxis, reversed: isReversed) }
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
    /// The last step of a sequence, or the first where it runs backwards, of every tensor.
    func lastStep(axis: Int, reversed: Bool) -> Self {
        mapTensors { $0.selected(axis: axis, at: reversed ? 0 : $0.shape[axis] - 1) }
    }

    /// Some steps in a row of a sequence of `count`, of every tensor.
    fileprivate func steps(_ range: Range<Int>, of count: Int, axis: Int) -> Self {
        if range.count == count { return self }
        let slice = AxisSlice(axis: axis, start: range.lowerBound, count: range.count)
        return mapTensors { $0.sliced(slice) }
    }

    /// Parts of a sequence, one after the other, of every tensor.
    fileprivate static func concatenated(_ parts: [Self], axis: Int) -> Self {
        let trees = parts.map { ModuleTree(of: $0) }
        var result = trees[0]
        for index in result.leaves.indices {
            result.leaves[index].value = .concatenated(trees.map { $0.leaves[index].value }, axis: axis)
        }
        return result.module()
    }

    /// The number of elements of all tensors.
    fileprivate var elementCount: Int { ModuleTree(of: self).leaves.reduce(0) { $0 + $1.value.array.count } }
}
