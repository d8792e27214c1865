import TapestryAutograd

/// What a cell over grids takes at a place: its features, and the state of the place above.
public struct GridInput<Scalar: DifferentiableScalar, State: Module>: Module {
    /// x, `[batch, input]`.
    public var features: Tensor<Scalar>
    /// The state of the neighbour above, each `[batch, …]`.
    public var above: State

    /// Features, and the state above.
    public init(_ features: Tensor<Scalar>, above: State) {
        self.features = features
        self.above = above
    }
}

/// A cell over grids of two dimensions, whose step sees two states: that of the place to the left, which is the state
/// of a row as a sequence, and that of the place above, which is a part of the input. So a row is a sequence, and all
/// that goes over a `StructuredRecurrentCell` goes over it, checks included; `GridRecurrent` goes over whole grids.
public protocol GridCell<Scalar>: StructuredRecurrentCell
where Input == GridInput<Scalar, State>, Output == Tensor<Scalar> {
    // What it has from the general protocol stands here again: so the compiler infers the types from a cell's
    // functions.

    /// The type of the elements of inputs, outputs and parameters.
    associatedtype Scalar
    /// What a place hands on to its neighbours below and to the right: any tree of tensors, each `[batch, …]`.
    associatedtype State

    /// The state beyond the border.
    func initialState(batchSize: Int) -> State

    /// One place.
    ///
    /// - Parameters:
    ///   - place: its features and the state above.
    ///   - left: the state to the left.
    /// - Returns: the output, `[batch, units]`, and the state of the place.
    func step(_ place: GridInput<Scalar, State>, _ left: State) -> (output: Tensor<Scalar>, state: State)
}
