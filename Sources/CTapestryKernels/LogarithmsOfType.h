/// Logarithms of vectors `V` of elements `E`; included for each type.

INLINE V JOIN(logarithm_vector, E)(V x) {
    V exponent;
    const V f = JOIN(split_exponent, E)(x, &exponent);
    return JOIN(logarithm_at_edges, E)(x, JOIN(logarithm_near_one, E)(f, exponent));
}

/// log(1 + x) = log u + (1 + x − u) / u, where u is 1 + x rounded.
INLINE V JOIN(log1p_vector, E)(V x) {
    const V u = 1 + x, difference = u - x, lost = (x - (u - difference)) + (1 - difference);
    V exponent;
    const V f = JOIN(split_exponent, E)(u, &exponent);
    const V y = JOIN(logarithm_at_edges, E)(u, JOIN(logarithm_near_one, E)(f, exponent) + lost / u);
    return __builtin_elementwise_abs(x) < JOIN(TINY, E) ? x : y;
}
