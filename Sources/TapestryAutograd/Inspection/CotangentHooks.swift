import Synchronization
import TapestryArrays

extension Tensor where Scalar: DifferentiableScalar {
    /// The same values, whose cotangent is looked at as it passes on the way back: for prints, norms and break points.
    ///
    /// ```swift
    /// let hidden = cell(x).observingCotangent { print("hidden", sqrt(square($0).sum()).scalar) }
    /// ```
    ///
    /// The observer gets the whole cotangent of this result, once for each walk back over it. Forward mode has no
    /// cotangents and does not call it.
    public func observingCotangent(_ observe: @escaping @Sendable (Tensor) -> Void) -> Tensor {
        hooked("observingCotangent", .observer) {
            observe($0)
            return $0
        }
    }

    /// The same values, whose cotangent is changed as it passes on the way back: clipped, scaled, or reversed in sign.
    ///
    /// Forward mode (`jvp`, `hessianVectorProduct`, a `jacobian` of more results than inputs) gives the same
    /// derivative, if there is one to give: the transpose of a linear mapping, which it finds by calling it with
    /// cotangents of its own. It traps on a mapping that is not linear, such as a clip, since no change of tangents
    /// corresponds to that.
    ///
    /// A gradient check (`checkGradients`) says whether the gradient is the derivative *at its point, for its
    /// cotangents*, which are between ½ and 1 in magnitude: a mapping that changes the cotangents there makes the
    /// gradient wrong, as it should; one that lets them pass as they are, such as a clip of huge ones, is correct, and
    /// the report says how often one did.
    ///
    /// - Parameter transform: from the cotangent to the one that goes on, of the same shape (else it traps). Written in
    ///   differentiable operations, it is a part of higher derivatives too.
    public func mappingCotangent(_ transform: @escaping @Sendable (Tensor) -> Tensor) -> Tensor {
        hooked("mappingCotangent", .mapping, transform)
    }

    private func hooked(
        _ name: String, _ role: CustomAttributes.Role, _ transform: @escaping @Sendable (Tensor) -> Tensor
    ) -> Tensor {
        let attributes = CustomAttributes(name, role: role) {
            $0[0]
        } _: { g, _, _ in
            if role == .mapping, let trial = CotangentMapping.trial, trial.isSkipped { return [g] }
            let transformed = transform(Tensor(g))
            if transformed.shape != g.shape {
                trap(
                    name, "the cotangent of shape \(g.shape) became one of shape \(transformed.shape)")
            }
            if role == .mapping { CotangentMapping.trial?.note(from: g, to: transformed.value) }
            return [transformed.value]
        }
        return Tensor(.nary(.custom, [value], attributes))
    }
}

/// How forward mode treats mappings of cotangents.
package enum CotangentMapping {
    /// Whether it takes the derivative at zero of one that is not linear, instead of trapping: for gradient checks,
    /// which report it.
    @TaskLocal package static var isLinearized = false

    /// What is done with the mappings on a way back, and what they do.
    @TaskLocal package static var trial: Trial?

    /// One way back in which mappings are watched, or in which those are left out that changed nothing in an earlier
    /// one over the same tape.
    package final class Trial: Sendable {
        /// For each call of a mapping, in order, whether it let the cotangent pass as it was.
        private let calls = Mutex<[Bool]>([])
        private let skipped: Mutex<[Bool]>

        /// - Parameter earlier: whose mappings without effect are left out.
        package init(skippingThoseOf earlier: Trial? = nil) {
            skipped = Mutex((earlier?.calls.withLock { $0 } ?? []).reversed())
        }

        /// The number of calls, and of those that changed nothing.
        package var counts: (all: Int, idle: Int) { calls.withLock { ($0.count, $0.count(where: \.self)) } }

        /// Whether the next call is to be left out.
        fileprivate var isSkipped: Bool { skipped.withLock { $0.popLast() ?? false } }

        fileprivate func note(from cotangent: Value, to mapped: Value) {
            let (before, after) = (cotangent.arrayOfAllExamples, mapped.arrayOfAllExamples)
            let isIdle =
                before.converted(to: .float64).elements(as: Double.self)
                == after.converted(to: .float64).elements(as: Double.self)
            calls.withLock { $0.append(isIdle) }
        }
    }

    /// Traps if a mapping T is not linear: if ⟨T(u), t⟩ is not ⟨u, Tᵀt⟩ for a small cotangent u, and for a large one of
    /// the other sign, which shows clips.
    static func checkIsLinear(_ transform: (Value) -> Value, _ t: Value, transposed: Value) {
        if isLinearized { return }
        func total(_ terms: Value) -> [Double] {
            let sum = terms.sum(over: Array(0..<terms.rank), keepingAxes: false)
            return sum.arrayOfAllExamples.converted(to: .float64).elements(as: Double.self)
        }
        for scale in [1, -0x1p40] {
            let numbers = (0..<t.count).map { scale * Double(1 + $0 % 7) }
            let u = Value(NDArray(numbers, shape: t.shape).converted(to: t.elementType))
            let (mapped, back) = (transform(u) * t, u * transposed)
            let difference = total(mapped - back)
            let size = total(.unary(.abs, mapped) + .unary(.abs, back))
            if zip(difference, size).contains(where: { $0.magnitude > 1e-3 * $1 }) {
                trap(
                    "mappingCotangent",
                    """
                    forward mode takes the transpose of a mapping of cotangents, and this one is not linear; take the \
                    derivative by reverse mode
                    """)
            }
        }
    }
}
