import TapestryArrays

// Functions of each element. Their rules, and what they do at edges and kinks, stand in docs/Operations.md.

// MARK: - Exponentials, logarithms, powers

/// eˣ, elementwise.
public func exp<Scalar: DifferentiableScalar>(_ x: consuming Tensor<Scalar>) -> Tensor<Scalar> {
    Tensor((consume x).value.exp())
}
/// The natural logarithm, elementwise: −inf at 0, NaN below.
public func log<Scalar: DifferentiableScalar>(_ x: consuming Tensor<Scalar>) -> Tensor<Scalar> {
    Tensor((consume x).value.log())
}
/// The hyperbolic tangent, elementwise.
public func tanh<Scalar: DifferentiableScalar>(_ x: consuming Tensor<Scalar>) -> Tensor<Scalar> {
    Tensor((consume x).value.tanh())
}
/// The logistic function σ(x) = 1 / (1 + e⁻ˣ), elementwise.
public func sigmoid<Scalar: DifferentiableScalar>(_ x: consuming Tensor<Scalar>) -> Tensor<Scalar> {
    Tensor((consume x).value.sigmoid())
}
/// max(x, 0), elementwise; slope 0 at 0.
public func relu<Scalar: DifferentiableScalar>(_ x: consuming Tensor<Scalar>) -> Tensor<Scalar> {
    Tensor((consume x).value.relu())
}
/// ln(1 + eˣ), elementwise, without overflow; its derivative is the logistic function.
public func softplus<Scalar: DifferentiableScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
    Tensor(x.value.softplus())
}
/// The square root, elementwise: NaN below 0, and an infinite slope at 0.
public func sqrt<Scalar: DifferentiableScalar>(_ x: consuming Tensor<Scalar>) -> Tensor<Scalar> {
    Tensor((consume x).value.squareRoot())
}
/// x², elementwise.
public func square<Scalar: DifferentiableScalar>(_ x: consuming Tensor<Scalar>) -> Tensor<Scalar> {
    Tensor((consume x).value.squared())
}
/// |x|, elementwise; slope 0 at 0.
public func abs<Scalar: DifferentiableScalar>(_ x: consuming Tensor<Scalar>) -> Tensor<Scalar> {
    Tensor((consume x).value.absolute())
}
/// −1, 0 or 1 by the sign, elementwise; NaN stays NaN. Its derivative is zero.
public func sign<Scalar: DifferentiableScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> { Tensor(x.value.sign()) }
/// aᵇ, elementwise and broadcast; slope 0 in the base where b = 0, and in the exponent where a = 0.
public func pow<Scalar: DifferentiableScalar>(_ a: Tensor<Scalar>, _ b: Tensor<Scalar>) -> Tensor<Scalar> {
    Tensor(Value.power(a.value, b.value))
}
/// aᵇ with one exponent for all elements.
public func pow<Scalar: DifferentiableScalar>(_ a: Tensor<Scalar>, _ b: Scalar) -> Tensor<Scalar> {
    pow(a, Tensor(b))
}
/// The larger of two elements, broadcast; NaN wins, and ties share the cotangent equally.
public func maximum<Scalar: DifferentiableScalar>(_ a: Tensor<Scalar>, _ b: Tensor<Scalar>) -> Tensor<Scalar> {
    Tensor(Value.maximum(a.value, b.value))
}
/// The larger of an element and a number.
public func maximum<Scalar: DifferentiableScalar>(_ a: Tensor<Scalar>, _ b: Scalar) -> Tensor<Scalar> {
    maximum(a, Tensor(b))
}
/// The larger of an element and a number.
public func maximum<Scalar: DifferentiableScalar>(_ a: Scalar, _ b: Tensor<Scalar>) -> Tensor<Scalar> {
    maximum(Tensor(a), b)
}
/// The smaller of two elements, broadcast; NaN wins, and ties share the cotangent equally.
public func minimum<Scalar: DifferentiableScalar>(_ a: Tensor<Scalar>, _ b: Tensor<Scalar>) -> Tensor<Scalar> {
    Tensor(Value.minimum(a.value, b.value))
}
/// The smaller of an element and a number.
public func minimum<Scalar: DifferentiableScalar>(_ a: Tensor<Scalar>, _ b: Scalar) -> Tensor<Scalar> {
    minimum(a, Tensor(b))
}
/// The smaller of an element and a number.
public func minimum<Scalar: DifferentiableScalar>(_ a: Scalar, _ b: Tensor<Scalar>) -> Tensor<Scalar> {
    minimum(Tensor(a), b)
}
/// 1 / x, elementwise.
public func reciprocal<Scalar: DifferentiableScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
    Tensor(.unary(.reciprocal, x.value))
}
/// 1 / √x, elementwise: infinite at 0, NaN below.
public func rsqrt<Scalar: DifferentiableScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
    Tensor(.unary(.rsqrt, x.value))
}
/// eˣ − 1, elementwise, exact for small x.
public func expm1<Scalar: DifferentiableScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
    Tensor(.unary(.expm1, x.value))
}
/// ln(1 + x), elementwise, exact for small x.
public func log1p<Scalar: DifferentiableScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
    Tensor(.unary(.log1p, x.value))
}
/// The logarithm to base 2, elementwise.
public func log2<Scalar: DifferentiableScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> { Tensor(.unary(.log2, x.value)) }
/// The logarithm to base 10, elementwise.
public func log10<Scalar: DifferentiableScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
    Tensor(.unary(.log10, x.value))
}
/// ln(eᵃ + eᵇ), elementwise and broadcast, without overflow. The cotangent is shared as eᵃ : eᵇ, equally between equal
/// operands, infinite ones too.
public func logAddExp<Scalar: DifferentiableScalar>(_ a: Tensor<Scalar>, _ b: Tensor<Scalar>) -> Tensor<Scalar> {
    Tensor(.binary(.logAddExp, a.value, b.value))
}
/// x ln y, elementwise and broadcast; 0 where x = 0 unless y is NaN.
public func xlogy<Scalar: DifferentiableScalar>(_ x: Tensor<Scalar>, _ y: Tensor<Scalar>) -> Tensor<Scalar> {
    Tensor(.binary(.xlogy, x.value, y.value))
}

// MARK: - Circular and hyperbolic functions

/// The sine of an angle in radians, elementwise.
public func sin<Scalar: DifferentiableScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> { Tensor(.unary(.sin, x.value)) }
/// The cosine of an angle in radians, elementwise.
public func cos<Scalar: DifferentiableScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> { Tensor(.unary(.cos, x.value)) }
/// The tangent of an angle in radians, elementwise.
public func tan<Scalar: DifferentiableScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> { Tensor(.unary(.tan, x.value)) }
/// The angle in −π/2 … π/2 whose sine is x, elementwise; NaN outside of −1 … 1.
public func asin<Scalar: DifferentiableScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> { Tensor(.unary(.asin, x.value)) }
/// The angle in 0 … π whose cosine is x, elementwise; NaN outside of −1 … 1.
public func acos<Scalar: DifferentiableScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> { Tensor(.unary(.acos, x.value)) }
/// The angle in −π/2 … π/2 whose tangent is x, elementwise.
public func atan<Scalar: DifferentiableScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> { Tensor(.unary(.atan, x.value)) }
/// (eˣ − e⁻ˣ) / 2, elementwise.
public func sinh<Scalar: DifferentiableScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> { Tensor(.unary(.sinh, x.value)) }
/// (eˣ + e⁻ˣ) / 2, elementwise.
public func cosh<Scalar: DifferentiableScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> { Tensor(.unary(.cosh, x.value)) }
/// The inverse of `sinh`, elementwise.
public func asinh<Scalar: DifferentiableScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
    Tensor(.unary(.asinh, x.value))
}
/// The inverse of `cosh`, elementwise; NaN below 1.
public func acosh<Scalar: DifferentiableScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
    Tensor(.unary(.acosh, x.value))
}
/// The inverse of `tanh`, elementwise; ±inf at ±1, NaN beyond.
public func atanh<Scalar: DifferentiableScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
    Tensor(.unary(.atanh, x.value))
}
/// The angle in −π … π of the point (x, y) seen from the origin, elementwise and broadcast; slopes 0 at the origin.
public func atan2<Scalar: DifferentiableScalar>(_ y: Tensor<Scalar>, _ x: Tensor<Scalar>) -> Tensor<Scalar> {
    Tensor(.binary(.atan2, y.value, x.value))
}
/// The angle of a point of which one coordinate is the same for all elements.
public func atan2<Scalar: DifferentiableScalar>(_ y: Tensor<Scalar>, _ x: Scalar) -> Tensor<Scalar> {
    atan2(y, Tensor(x))
}
/// The angle of a point of which one coordinate is the same for all elements.
public func atan2<Scalar: DifferentiableScalar>(_ y: Scalar, _ x: Tensor<Scalar>) -> Tensor<Scalar> {
    atan2(Tensor(y), x)
}
/// √(a² + b²), elementwise and broadcast, without overflow; slopes 0 at the origin.
public func hypot<Scalar: DifferentiableScalar>(_ a: Tensor<Scalar>, _ b: Tensor<Scalar>) -> Tensor<Scalar> {
    Tensor(.binary(.hypot, a.value, b.value))
}
/// √(a² + b²) with one number for all elements.
public func hypot<Scalar: DifferentiableScalar>(_ a: Tensor<Scalar>, _ b: Scalar) -> Tensor<Scalar> {
    hypot(a, Tensor(b))
}
/// √(a² + b²) with one number for all elements.
public func hypot<Scalar: DifferentiableScalar>(_ a: Scalar, _ b: Tensor<Scalar>) -> Tensor<Scalar> {
    hypot(Tensor(a), b)
}

// MARK: - Special functions

/// The error function, 2/√π ∫₀ˣ exp(−t²) dt, elementwise.
public func erf<Scalar: DifferentiableScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> { Tensor(.unary(.erf, x.value)) }
/// 1 − erf(x), elementwise, exact for large x.
public func erfc<Scalar: DifferentiableScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> { Tensor(.unary(.erfc, x.value)) }
/// The inverse of the error function, elementwise; ±inf at ±1, NaN beyond.
public func erfinv<Scalar: DifferentiableScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
    Tensor(.unary(.erfinv, x.value))
}
/// ln |Γ(x)|, elementwise; infinite at 0, −1, −2, ….
public func lgamma<Scalar: DifferentiableScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
    Tensor(.unary(.lgamma, x.value))
}
/// The derivative of ln Γ, elementwise.
public func digamma<Scalar: DifferentiableScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
    Tensor(x.value.polygamma(0))
}
/// The derivative of order n + 1 of ln Γ, elementwise. Traps unless the order n is in 0 … 10000.
public func polygamma<Scalar: DifferentiableScalar>(_ order: Int, _ x: Tensor<Scalar>) -> Tensor<Scalar> {
    if !(0...10_000 ~= order) { trap("polygamma", "the order \(order) is not in 0 … 10000") }
    return Tensor(x.value.polygamma(Double(order)))
}

// MARK: - Rounding and remainders

/// The largest whole number that is not above x, elementwise. Its derivative is zero.
public func floor<Scalar: DifferentiableScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
    Tensor(.unary(.floor, x.value))
}
/// The smallest whole number that is not below x, elementwise. Its derivative is zero.
public func ceil<Scalar: DifferentiableScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
    Tensor(.unary(.ceil, x.value))
}
/// The nearest whole number, the even one of two, elementwise. Its derivative is zero.
public func round<Scalar: DifferentiableScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
    Tensor(.unary(.round, x.value))
}
/// The whole number next to x towards zero, elementwise. Its derivative is zero.
public func trunc<Scalar: DifferentiableScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
    Tensor(.unary(.trunc, x.value))
}
/// a − b ⌊a / b⌋, elementwise and broadcast: the remainder with the sign of the divisor. Slope 1 in a, −⌊a / b⌋ in b.
public func remainder<Scalar: DifferentiableScalar>(_ a: Tensor<Scalar>, _ b: Tensor<Scalar>) -> Tensor<Scalar> {
    Tensor(.binary(.remainder, a.value, b.value))
}
/// The remainder with one number for all elements.
public func remainder<Scalar: DifferentiableScalar>(_ a: Tensor<Scalar>, _ b: Scalar) -> Tensor<Scalar> {
    remainder(a, Tensor(b))
}
/// The remainder with one number for all elements.
public func remainder<Scalar: DifferentiableScalar>(_ a: Scalar, _ b: Tensor<Scalar>) -> Tensor<Scalar> {
    remainder(Tensor(a), b)
}

extension Tensor where Scalar: DifferentiableScalar {
    /// Which elements are neither infinite nor NaN.
    public var isFinite: Tensor<Bool> { Tensor<Bool>(.unary(.isFinite, value)) }
    /// Which elements are +inf or −inf.
    public var isInfinite: Tensor<Bool> { Tensor<Bool>(.unary(.isInfinite, value)) }
    /// Which elements are NaN.
    public var isNaN: Tensor<Bool> { Tensor<Bool>(.unary(.isNaN, value)) }

    /// The elements, those outside of a range replaced by its bounds. Slope 1 at the bounds and between, 0 outside; NaN
    /// stays NaN.
    public func clamped(to range: ClosedRange<Scalar>) -> Tensor {
        clamped(from: range.lowerBound, to: range.upperBound)
    }

    /// The same with one bound, or with two. Traps if the lower one is above the upper one.
    public func clamped(from lower: Scalar? = nil, to upper: Scalar? = nil) -> Tensor {
        if let lower, let upper, !(lower <= upper) { trap("clamped", "the lower bound \(lower) is above \(upper)") }
        var result = self
        if let lower { result = Tensor(.select((self .< lower).value, Tensor(lower).value, result.value)) }
        if let upper { result = Tensor(.select((self .> upper).value, Tensor(upper).value, result.value)) }
        return result
    }
}

// MARK: - Activations

/// −ln(1 + e⁻ˣ) = ln σ(x), elementwise, without overflow.
public func logSigmoid<Scalar: DifferentiableScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> { -softplus(-x) }
/// x where x > 0, and slope · x elsewhere; at 0 the derivative is the slope.
public func leakyRelu<Scalar: DifferentiableScalar>(_ x: Tensor<Scalar>, slope: Scalar = 0.01) -> Tensor<Scalar> {
    select(x .> 0, x, x * Tensor(slope))
}
/// x where x > 0, and α (eˣ − 1) elsewhere.
///
/// Reference: D.-A. Clevert, T. Unterthiner and S. Hochreiter, "Fast and accurate deep network learning by exponential
/// linear units", 2015.
public func elu<Scalar: DifferentiableScalar>(_ x: Tensor<Scalar>, alpha: Scalar = 1) -> Tensor<Scalar> {
    let isPositive = x .> 0
    // The branch that is not chosen stays finite.
    return select(isPositive, x, Tensor(alpha) * expm1(select(isPositive, x.zerosLike, x)))
}
/// λ x where x > 0, and λ α (eˣ − 1) elsewhere, with λ = 1.0507… and α = 1.6733…, which keep mean and variance.
///
/// Reference: G. Klambauer, T. Unterthiner, A. Mayr and S. Hochreiter, "Self-normalizing neural networks", 2017.
public func selu<Scalar: DifferentiableScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
    1.0507009873554804934193349852946 * elu(x, alpha: 1.6732632423543772848170429916717)
}
/// x Φ(x), with the distribution function Φ of the standard normal.
///
/// Reference: D. Hendrycks and K. Gimpel, "Gaussian error linear units", 2016.
public func gelu<Scalar: DifferentiableScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
    betweenZeroAndIdentity(x) { 0.5 * $0 * erfc($0 * -0.70710678118654752440084436210485) }
}
/// x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2, an approximation of `gelu`.
public func geluTanh<Scalar: DifferentiableScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
    // (1 + tanh z) / 2 is σ(2z), which does not cancel.
    betweenZeroAndIdentity(x) { x in
        let slope: Tensor<Scalar> = 1.5957691216057307117597842397375 + 0.07135481627260025 * square(x)
        return x * sigmoid(x * slope)
    }
}
/// x σ(x), also called swish.
public func silu<Scalar: DifferentiableScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
    betweenZeroAndIdentity(x) { $0 * sigmoid($0) }
}
/// x tanh(ln(1 + eˣ)).
///
/// Reference: D. Misra, "Mish: a self regularized non-monotonic activation function", 2019.
public func mish<Scalar: DifferentiableScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
    betweenZeroAndIdentity(x) { $0 * tanh(softplus($0)) }
}
/// x / (1 + |x|).
public func softsign<Scalar: DifferentiableScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
    Tensor(.unary(.softsign, x.value))
}
/// A function that tends to 0 on the left and to x on the right, and is as good as there from ±1000 on, where its
/// formula would multiply infinities by zeros.
private func betweenZeroAndIdentity<Scalar: DifferentiableScalar>(
    _ x: Tensor<Scalar>, _ function: (Tensor<Scalar>) -> Tensor<Scalar>
) -> Tensor<Scalar> {
    // Where that is has no derivative, and nothing is kept for it.
    let isFar = abs(x.withoutDerivative()) .>= 1000
    return select(isFar, relu(x), function(select(isFar, Tensor(0), x)))
}
/// x / 6 + ½ between −3 and 3, 0 below and 1 above; slope 0 at both ends.
public func hardSigmoid<Scalar: DifferentiableScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
    let line: Tensor<Scalar> = (x + 3) / 6
    return select(x .<= -3, x.zerosLike, select(x .>= 3, x.zerosLike + 1, line))
}
/// x between −1 and 1, and these bounds outside; slope 0 at both.
public func hardTanh<Scalar: DifferentiableScalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
    select(x .<= -1, x.zerosLike - 1, select(x .>= 1, x.zerosLike + 1, x))
}

// MARK: - Selection

/// `condition ? a : b`, elementwise and broadcast. What is not chosen gets the cotangent 0, even where it is not
/// finite.
///
/// What it was computed from may still get 0 · ∞, which is NaN: √x has the slope NaN below 0, chosen or not. A branch
/// that is not defined everywhere wants the form with functions, which computes each where it is chosen alone:
///
/// ```swift
/// let wrong = select(x .> 0, sqrt(x), Tensor(0))                            // slope NaN where x < 0
/// let right = select(x .> 0, from: x, then: { sqrt($0) }, else: { $0 * 0 })  // slope 0 there
/// ```
public func select<Scalar: TensorScalar>(
    _ condition: Tensor<Bool>, _ a: Tensor<Scalar>, _ b: Tensor<Scalar>
) -> Tensor<Scalar> {
    Tensor(Value.select(condition.value, a.value, b.value))
}
/// `condition ? a : b` with one number for all elements that are not chosen.
public func select<Scalar: TensorScalar>(
    _ condition: Tensor<Bool>, _ a: Tensor<Scalar>, _ b: Scalar
) -> Tensor<Scalar> {
    select(condition, a, Tensor(b))
}
/// `condition ? a : b` with one number for all elements that are chosen.
public func select<Scalar: TensorScalar>(
    _ condition: Tensor<Bool>, _ a: Scalar, _ b: Tensor<Scalar>
) -> Tensor<Scalar> {
    select(condition, Tensor(a), b)
}

/// `condition ? f(x) : g(x)`, elementwise and broadcast, of which each function sees only the elements that it is
/// chosen for: neither values nor derivatives of the other one's, finite or not, come in, to any order.
///
/// In the place of the others a function finds the first element that it is chosen for, or 1 if there is none. So it
/// must be one of each element by itself; what it does to a whole axis, a sum or a softmax, would count that element
/// several times.
///
/// - Parameters:
///   - condition: of a shape that broadcasts with that of x.
///   - x: what both are functions of.
///   - then: f, chosen where the condition is true.
///   - otherwise: g, chosen elsewhere.
public func select<Scalar: DifferentiableScalar>(
    _ condition: Tensor<Bool>, from x: Tensor<Scalar>, then: (Tensor<Scalar>) throws -> Tensor<Scalar>,
    else otherwise: (Tensor<Scalar>) throws -> Tensor<Scalar>
) rethrows -> Tensor<Scalar> {
    select(
        condition, try then(x.withHarmlessElements(exceptWhere: condition)),
        try otherwise(x.withHarmlessElements(exceptWhere: .!condition)))
}

extension Tensor where Scalar: DifferentiableScalar {
    /// These elements where a condition holds, and the first of them, as a constant, elsewhere; 1 if it holds nowhere.
    fileprivate func withHarmlessElements(exceptWhere condition: Tensor<Bool>) -> Tensor {
        guard let shape = Layout.broadcastShape(shape, condition.shape) else {
            trap("select", "shapes \(condition.shape) and \(shape) cannot be broadcast")
        }
        let isChosen = condition.expanded(to: shape)
        let elements = withoutDerivative().expanded(to: shape).flattened()
        if elements.count == 0 { return self }
        let first = isChosen.flattened().converted(to: Int32.self).argMax(axis: 0, keepingAxis: true)
        let harmless = select(isChosen.any(), elements.gathered(axis: 0, indices: first)[0], Tensor(1))
        return select(isChosen, self, harmless)
    }
}
