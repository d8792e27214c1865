import TapestryAutograd

/// A cell whose state after a step is computed from the state before it in a way that the input alone decides, so that
/// all steps of a sequence can be computed at once: the products of all inputs as one, the states as one scan, and the
/// outputs together.
///
/// Most such cells are linear in their state, and what the input decides is a factor and a term (`LinearTransition`). A
/// cell says what its transition is and what it gives out; its step follows from both, and so does the scan, which
/// `Recurrent` chooses by itself:
///
/// ```swift
/// struct MovingAverageCell<Scalar: DifferentiableScalar>: RecurrentCell, ScannableRecurrentCell {
///     var decay: Tensor<Scalar>  // [features]
///
///     func initialState(batchSize: Int) -> Tensor<Scalar> { .zeros([batchSize, decay.count]) }
///
///     func transition(_ x: Tensor<Scalar>) -> LinearTransition<Scalar> {
///         let keep = sigmoid(decay)
///         return LinearTransition(factor: keep, term: (1 - keep) * x)
///     }
///
///     func readout(_ x: Tensor<Scalar>, _ h: Tensor<Scalar>) -> (output: Tensor<Scalar>, state: Tensor<Scalar>) {
///         (h, h)
///     }
/// }
/// ```
///
/// Both functions see one step, tensors `[batch, …]`, or all steps, `[time, batch, …]` or `[batch, time, …]`, so what
/// they compute must treat all axes but the last ones alike.
///
/// The two forms differ by rounding alone. Parallel scans: G. Blelloch, "Prefix sums and their applications", 1990; for
/// recurrent cells E. Martin and C. Cundy, "Parallelizing linear recurrent neural nets over sequence length", 2018. The
/// scan here goes along time once, beside all rows and units, which takes less work than a tree over time and leaves
/// the processor as much to do at once.
public protocol ScannableRecurrentCell<Scalar>: StructuredRecurrentCell {
    /// What the input decides about the state.
    associatedtype Transition: StateTransition where Transition.State == State

    /// How the input changes the state.
    ///
    /// - Parameter input: xₜ, each tensor `[batch, …]`; or all steps, with an axis of time before or after the batch.
    func transition(_ input: Input) -> Transition

    /// What a step returns, from the state after it: the output, and that state, whose tensors may be named here.
    ///
    /// - Parameters:
    ///   - input: as in `transition(_:)`.
    ///   - state: after the step, or after each of all steps, with the same axes.
    func readout(_ input: Input, _ state: State) -> (output: Output, state: State)
}

extension ScannableRecurrentCell {
    /// The transition applied to the state, and what is read out.
    public func step(_ input: Input, _ state: State) -> (output: Output, state: State) {
        readout(input, transition(input).applied(to: state))
    }
}

/// What one input does to a state, or what each of a sequence of them does.
public protocol StateTransition<State> {
    /// What is changed: any tree of tensors, each `[batch, …]`.
    associatedtype State: Module

    /// The state after one step from the state before it.
    func applied(to state: State) -> State

    /// The states after every step, with an axis of time.
    ///
    /// - Parameters:
    ///   - state: before the first step, without that axis.
    ///   - axis: the axis of time, 0 or 1.
    ///   - reversed: whether the last step of the axis is the first to be taken.
    func scanned(from state: State, along axis: Int, reversed: Bool) -> State

    /// The transition that leaves the state as it is where `isThere` is false.
    ///
    /// - Parameter isThere: `[time, batch]` or `[batch, time]`, like the tensors of the transition.
    func restricted(to isThere: Tensor<Bool>) -> Self
}
