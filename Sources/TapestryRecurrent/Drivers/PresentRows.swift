import TapestryAutograd

/// Which rows of the batch are there at the step that is being run, for cells whose rows see one another, as those with
/// batch normalisation do: padding must not reach what is computed of the others.
public enum PresentRows {
    /// True for each row that is there, `[batch]`; `nil` where no mask is given, or all rows are there.
    public static var current: Tensor<Bool>? { scoped }

    @TaskLocal static var scoped: Tensor<Bool>?
}
