/// Recurrences of up to `LINES` lines, of which `WIDE` has the numbers of `WIDTH`; included for one line and for many.
/// Real numbers have imaginary parts that are never looked at.

#define NUMBERS OF_WIDTH(numbers)

typedef struct {
    WIDE real, imaginary;
} NUMBERS;

INLINE NUMBERS OF_WIDTH(read)(const bool complex, ptrdiff_t count, const E *p, ptrdiff_t imaginary) {
    NUMBERS v = {.real = READ(p, count)};
    if (complex) v.imaginary = READ(p + imaginary, count);
    return v;
}

/// The factors of a step, which may be the same for all lines.
INLINE NUMBERS OF_WIDTH(read_factors)(const bool complex, ptrdiff_t count, tapestry_series a, ptrdiff_t t,
                                      ptrdiff_t l) {
    const E *p = AT(a, t, l);
    if (a.line != 0) return OF_WIDTH(read)(complex, count, p, a.imaginary);
    NUMBERS v = {.real = (WIDE)(double)p[0]};
    if (complex) v.imaginary = (WIDE)(double)p[a.imaginary];
    return v;
}

INLINE void OF_WIDTH(write)(const bool complex, ptrdiff_t count, E *p, ptrdiff_t imaginary, NUMBERS v) {
    WRITE(p, count, v.real);
    if (complex) WRITE(p + imaginary, count, v.imaginary);
}

/// a · v + b. Two sums in two statements each, so that no compiler fuses one of them here and another there.
INLINE NUMBERS OF_WIDTH(next)(const bool complex, NUMBERS a, NUMBERS v, NUMBERS b) {
    NUMBERS sum = b;
    if (complex) {
        sum.real = sum.real - a.imaginary * v.imaginary;
        sum.imaginary = sum.imaginary + a.imaginary * v.real;
        sum.imaginary = sum.imaginary + a.real * v.imaginary;
    }
    sum.real = sum.real + a.real * v.real;
    return sum;
}

/// v · the conjugate of w.
INLINE NUMBERS OF_WIDTH(conjugate_product)(const bool complex, NUMBERS v, NUMBERS w) {
    NUMBERS product = {.real = v.real * w.real};
    if (complex) {
        product.real = product.real + v.imaginary * w.imaginary;
        product.imaginary = v.imaginary * w.real;
        product.imaginary = product.imaginary - v.real * w.imaginary;
    }
    return product;
}

INLINE void OF_WIDTH(recurrence_step)(const bool complex, ptrdiff_t count, ptrdiff_t t, ptrdiff_t l,
                                      const tapestry_recurrence *r, NUMBERS *value) {
    const NUMBERS term = OF_WIDTH(read)(complex, count, AT(r->b, t, l), r->b.imaginary);
    // The first factor may meet no value: with a zero in its place, −0 would lose its sign, and inf become NaN.
    if (t == 0 && !r->initial.data)
        *value = term;
    else
        *value = OF_WIDTH(next)(complex, OF_WIDTH(read_factors)(complex, count, r->a, t, l), *value, term);
    OF_WIDTH(write)(complex, count, AT(r->h, t, l), r->h.imaginary, *value);
}

INLINE void OF_WIDTH(linear_recurrence)(const bool complex, ptrdiff_t steps, ptrdiff_t begin, ptrdiff_t end,
                                        const tapestry_recurrence *r) {
    NUMBERS values[LINES / WIDTH];
    if (r->initial.data)
        for (ptrdiff_t l = begin; l < end; l += WIDTH)
            values[(l - begin) / WIDTH] = OF_WIDTH(read)(complex, smaller(end - l, WIDTH), AT(r->initial, 0, l),
                                                         r->initial.imaginary);
    for (ptrdiff_t t = 0; t < steps; t++) {
        ptrdiff_t l = begin;
        for (; l + WIDTH <= end; l += WIDTH)
            OF_WIDTH(recurrence_step)(complex, WIDTH, t, l, r, values + (l - begin) / WIDTH);
        if (l < end) OF_WIDTH(recurrence_step)(complex, end - l, t, l, r, values + (l - begin) / WIDTH);
    }
}

/// λₜ from what reaches it of the step after, and what of it reaches the step before.
INLINE void OF_WIDTH(rule_step)(const bool complex, ptrdiff_t count, ptrdiff_t t, ptrdiff_t l,
                                const tapestry_recurrence_rule *r, NUMBERS *value) {
    const ptrdiff_t imaginary = r->g.imaginary;
    const NUMBERS g = OF_WIDTH(read)(complex, count, AT(r->g, t, l), imaginary);
    const NUMBERS sum = {g.real + value->real, g.imaginary + value->imaginary};
    OF_WIDTH(write)(complex, count, (E *)r->terms + (AT(r->g, t, l) - (E *)r->g.data), imaginary, sum);
    if (r->factors) {
        NUMBERS factor = {0};
        if (t > 0)
            factor = OF_WIDTH(conjugate_product)(
                complex, sum,
                OF_WIDTH(read)(complex, count, (E *)r->h + (AT(r->g, t - 1, l) - (E *)r->g.data), imaginary));
        else if (r->initial.data)
            factor = OF_WIDTH(conjugate_product)(
                complex, sum, OF_WIDTH(read)(complex, count, AT(r->initial, 0, l), r->initial.imaginary));
        OF_WIDTH(write)(complex, count, (E *)r->factors + (AT(r->g, t, l) - (E *)r->g.data), imaginary, factor);
    }
    *value = OF_WIDTH(conjugate_product)(complex, sum, OF_WIDTH(read_factors)(complex, count, r->a, t, l));
}

INLINE void OF_WIDTH(linear_recurrence_rule)(const bool complex, ptrdiff_t steps, ptrdiff_t begin, ptrdiff_t end,
                                             const tapestry_recurrence_rule *r) {
    NUMBERS values[LINES / WIDTH] = {0};
    for (ptrdiff_t t = steps - 1; t >= 0; t--) {
        ptrdiff_t l = begin;
        for (; l + WIDTH <= end; l += WIDTH)
            OF_WIDTH(rule_step)(complex, WIDTH, t, l, r, values + (l - begin) / WIDTH);
        if (l < end) OF_WIDTH(rule_step)(complex, end - l, t, l, r, values + (l - begin) / WIDTH);
    }
    if (r->first)
        for (ptrdiff_t l = begin; l < end; l += WIDTH)
            OF_WIDTH(write)(complex, smaller(end - l, WIDTH), (E *)r->first + (AT(r->initial, 0, l) - (E *)r->initial.data),
                            r->initial.imaginary, values[(l - begin) / WIDTH]);
}

#undef NUMBERS
#undef OF_WIDTH
#undef WIDE
#undef WIDTH
#undef LINES
#undef READ
#undef WRITE
