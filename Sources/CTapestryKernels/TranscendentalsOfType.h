/// The parts of the transcendental functions that read the same in both precisions, for vectors `V` of elements `E`
/// with the integer vector `BITS` of their bit patterns; included for each type.

#define CONSTANT(name) JOIN(name, E)

INLINE V JOIN(polynomial, E)(V x, const E *coefficients, int count) {
    V sum = (V)coefficients[count - 1];
    for (int i = count - 2; i >= 0; i--) sum = sum * x + coefficients[i];
    return sum;
}

/// n, from n + ROUNDER.
INLINE BITS JOIN(integer, E)(V shown) { return (BITS)shown - (BITS)(V)CONSTANT(ROUNDER); }

/// 2ⁿ, for n in the range of normal numbers.
INLINE V JOIN(power_of_two, E)(BITS n) {
    return (V)((n + CONSTANT(EXPONENT_BIAS)) << CONSTANT(MANTISSA_BITS));
}

/// p · 2ⁿ from n + ROUNDER, rounded once, for p near 1 and n a little beyond the exponents of the type: without an
/// instruction for it, two steps reach infinity and the denormal numbers.
INLINE V JOIN(scaled, E)(V p, V shown) {
#if defined(SCALE_INSTRUCTIONS)
    return (V)JOIN(SCALE, E)(p, shown - CONSTANT(ROUNDER));
#else
    const BITS n = JOIN(integer, E)(shown), half = n >> 1;
    return (p * JOIN(power_of_two, E)(half)) * JOIN(power_of_two, E)(n - half);
#endif
}

/// x = n ln 2 + r with |r| ≤ ln 2 / 2; returns eʳ − 1, accurate relative to itself, and n + ROUNDER in `shown`. If
/// `careful`, what rounding takes from r goes into the small terms.
INLINE V JOIN(reduced_exponential, E)(V x, V *shown, bool careful) {
    *shown = x * CONSTANT(LOG2_E) + CONSTANT(ROUNDER);
    const V n = *shown - CONSTANT(ROUNDER);
    const V high = x - n * CONSTANT(LN2_HIGH);
    const V r = high - n * CONSTANT(LN2_LOW);
    const V rest = JOIN(polynomial, E)(r, CONSTANT(exponential), sizeof CONSTANT(exponential) / sizeof(E));
    return careful ? r + ((r * r) * rest + ((high - r) - n * CONSTANT(LN2_LOW))) : r + (r * r) * rest;
}

/// e^x for x no greater than EXP_GREATEST.
INLINE V JOIN(bounded_exponential, E)(V x) {
    x = x < CONSTANT(EXP_LEAST) ? (V)CONSTANT(EXP_LEAST) : x;
    V shown;
    const V p = JOIN(reduced_exponential, E)(x, &shown, false);
    return JOIN(scaled, E)(1 + p, shown);
}

INLINE V JOIN(exponential_vector, E)(V x) {
    return JOIN(bounded_exponential, E)(x > CONSTANT(EXP_GREATEST) ? (V)CONSTANT(EXP_GREATEST) : x);
}

/// e^x − 1 = 2ⁿ p + (2ⁿ − 1), by halves, so that 2ⁿ does not overflow where the result does not.
INLINE V JOIN(expm1_vector, E)(V x) {
    V bounded = x < CONSTANT(EXPM1_LEAST) ? (V)CONSTANT(EXPM1_LEAST) : x;
    bounded = bounded > CONSTANT(EXP_GREATEST) ? (V)CONSTANT(EXP_GREATEST) : bounded;
    V shown;
    const V p = JOIN(reduced_exponential, E)(bounded, &shown, true);
    const V half = JOIN(power_of_two, E)(JOIN(integer, E)(shown) - 1);
    const V y = 2 * (half * p + (half - (E)0.5));
    return __builtin_elementwise_abs(x) < CONSTANT(TINY) ? x : y;
}

/// 1 / (1 + e⁻ˣ), from e = e^−|x|, which cannot overflow: for negative x the quotient y = e / (1 + e) keeps full
/// accuracy down to the denormal numbers. Where e is small, e − e · y is the same number without most of the
/// quotient's rounding errors.
INLINE V JOIN(sigmoid_vector, E)(V x) {
    const V e = JOIN(bounded_exponential, E)(-__builtin_elementwise_abs(x));
    const V y = (x >= 0 ? (V)1 : e) / (1 + e);
    return x < (E)-0.75 ? e - e * y : y;
}

/// tanh |x| = y = t / (t + 2) with t = e^2|x| − 1, which does not cancel near zero; for small t the rounding errors
/// of the quotient are kept small by t/2 − t/2 · y.
INLINE V JOIN(tanh_vector, E)(V x) {
    const BITS sign = (BITS)x & (BITS)(V)(-(E)0);
    V size = __builtin_elementwise_abs(x);
    size = size > CONSTANT(TANH_GREATEST) ? (V)CONSTANT(TANH_GREATEST) : size;
    V shown;
    const V p = JOIN(reduced_exponential, E)(size + size, &shown, true);
    const V scale = JOIN(power_of_two, E)(JOIN(integer, E)(shown));
    const V t = scale * p + (scale - 1), half = (E)0.5 * t;
    const V y = t / (t + 2);
    return (V)((BITS)(t < 1 ? half - half * y : y) | sign);
}

/// x = (1 + f) · 2^exponent with √½ ≤ 1 + f < √2, for positive x; returns f.
INLINE V JOIN(split_exponent, E)(V x, V *exponent) {
    const BITS denormal = x < CONSTANT(LEAST_NORMAL);
    const E lift = (E)(1ll << CONSTANT(MANTISSA_BITS));
    const BITS bits = (BITS)(denormal ? x * lift : x) - (BITS)(V)CONSTANT(ROOT_HALF);
    const BITS n = bits >> CONSTANT(MANTISSA_BITS);
    const BITS fraction = bits - (n << CONSTANT(MANTISSA_BITS));
    const BITS shown = n - (denormal & CONSTANT(MANTISSA_BITS)) + (BITS)(V)CONSTANT(ROUNDER);
    *exponent = (V)shown - CONSTANT(ROUNDER);
    return (V)(fraction + (BITS)(V)CONSTANT(ROOT_HALF)) - 1;
}

/// Puts in the logarithms of what is not a positive finite number.
INLINE V JOIN(logarithm_at_edges, E)(V x, V logarithm) {
    const V special = x == 0 ? (V)-INFINITY : x < 0 ? (V)NAN : x;
    return ((x > 0) & (x < (E)INFINITY)) ? logarithm : special;
}

#undef CONSTANT
