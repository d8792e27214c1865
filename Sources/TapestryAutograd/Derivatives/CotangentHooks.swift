extension Tensor where Scalar: DifferentiableScalar {
    /// The same values, whose cotangent is looked at as it passes on the way back: for prints, norms and break points.
    ///
    /// ```swift
    /// let hidden = cell(x).observingCotangent { print("hidden", sqrt(square($0).sum()).scalar) }
    /// ```
    ///
    /// The observer gets the whole cotangent of this result, once for each derivative that is taken.
    public func observingCotangent(_ observe: @escaping @Sendable (Tensor) -> Void) -> Tensor {
        mappingCotangent {
            observe($0)
            return $0
        }
    }

    /// The same values, whose cotangent is changed as it passes on the way back: clipped, scaled, or reversed in sign.
    ///
    /// - Parameter transform: from the cotangent to the one that goes on, of the same shape (else it traps). Written in
    ///   differentiable operations, it is a part of higher derivatives too.
    public func mappingCotangent(_ transform: @escaping @Sendable (Tensor) -> Tensor) -> Tensor {
        let attributes = CustomAttributes("hook", role: .hook) {
            $0[0]
        } _: { g, _, _ in
            let transformed = transform(Tensor(g))
            if transformed.shape != g.shape {
                trap(
                    "mappingCotangent", "the cotangent of shape \(g.shape) became one of shape \(transformed.shape)")
            }
            return [transformed.value]
        }
        return Tensor(.nary(.custom, [value], attributes))
    }
}
