/// The two kernels for elements `E` in vectors `V` of `LANES`; included for each type.

#define LOAD JOIN(load, V)
#define LOAD_PART JOIN(load_part, V)
#define STORE JOIN(store, V)
#define STORE_PART JOIN(store_part, V)

/// The mean over a row of (a − shift) · (b − other_shift), summed as reductions are.
INLINE double JOIN(mean_product, E)(ptrdiff_t count, const E *a, E shift, const E *b, E other_shift) {
    enum { PARTIALS = 4, BLOCK = 16 * PARTIALS * LANES };
    TOTALS totals = 0;
    for (ptrdiff_t block = 0; block < count; block += BLOCK) {
        const ptrdiff_t end = smaller(count, block + BLOCK);
        V partial[PARTIALS] = {0, 0, 0, 0};
        ptrdiff_t i = block;
        for (; i + PARTIALS * LANES <= end; i += PARTIALS * LANES)
            for (int j = 0; j < PARTIALS; j++)
                partial[j] += (LOAD(a + i + j * LANES) - shift) * (LOAD(b + i + j * LANES) - other_shift);
        for (; i + LANES <= end; i += LANES) partial[0] += (LOAD(a + i) - shift) * (LOAD(b + i) - other_shift);
        if (i < end)
            partial[1] += (LOAD_PART(a + i, end - i, (V)shift) - shift) *
                          (LOAD_PART(b + i, end - i, (V)other_shift) - other_shift);
        totals += __builtin_convertvector((partial[0] + partial[1]) + (partial[2] + partial[3]), TOTALS);
    }
    return JOIN(fold, E)(TAPESTRY_SUM, totals) / (double)count;
}

/// The mean μ of a row, and 1 / √(σ² + ε) with its variance σ², in a pass of its own: a large offset does no harm.
INLINE void JOIN(moments, E)(ptrdiff_t count, const E *a, double epsilon, E *mean, E *scale) {
    *mean = (E)(JOIN(reduce_line, E)(TAPESTRY_SUM, count, a, 1) / (double)count);
    *scale = (E)(1 / sqrt(JOIN(mean_product, E)(count, a, *mean, a, *mean) + epsilon));
}

static void JOIN(layer_norm_kernel, E)(ptrdiff_t rows, ptrdiff_t columns, void *out, ptrdiff_t out_row,
                                       const void *a, ptrdiff_t a_row, const void *gain_, double epsilon) {
    const E *gain = gain_;
    for (ptrdiff_t r = 0; r < rows; r++) {
        const E *x = (const E *)a + r * a_row;
        E *y = (E *)out + r * out_row;
        E mean, scale;
        JOIN(moments, E)(columns, x, epsilon, &mean, &scale);
        ptrdiff_t i = 0;
        for (; i + LANES <= columns; i += LANES) {
            const V standardized = (LOAD(x + i) - mean) * scale;
            STORE(y + i, gain ? standardized * LOAD(gain + i) : standardized);
        }
        if (i < columns) {
            const V standardized = (LOAD_PART(x + i, columns - i, (V)0) - mean) * scale;
            const V scaled = gain ? standardized * LOAD_PART(gain + i, columns - i, (V)0) : standardized;
            STORE_PART(y + i, columns - i, scaled);
        }
    }
}

static void JOIN(layer_norm_rule_kernel, E)(ptrdiff_t rows, ptrdiff_t columns, void *out, ptrdiff_t out_row,
                                            const void *a, ptrdiff_t a_row, const void *b, ptrdiff_t b_row,
                                            double epsilon) {
    for (ptrdiff_t r = 0; r < rows; r++) {
        const E *g = (const E *)a + r * a_row, *x = (const E *)b + r * b_row;
        E *y = (E *)out + r * out_row;
        E mean, scale;
        JOIN(moments, E)(columns, x, epsilon, &mean, &scale);
        const E offset = (E)(JOIN(reduce_line, E)(TAPESTRY_SUM, columns, g, 1) / (double)columns);
        // What g and x − μ have in common, as a multiple of x − μ.
        const E slope = (E)(JOIN(mean_product, E)(columns, g, offset, x, mean) * scale * scale);
        ptrdiff_t i = 0;
        for (; i + LANES <= columns; i += LANES)
            STORE(y + i, scale * ((LOAD(g + i) - offset) - (LOAD(x + i) - mean) * slope));
        if (i < columns) {
            const V rest = LOAD_PART(g + i, columns - i, (V)0) - offset;
            const V centred = LOAD_PART(x + i, columns - i, (V)0) - mean;
            STORE_PART(y + i, columns - i, scale * (rest - centred * slope));
        }
    }
}

#undef LOAD
#undef LOAD_PART
#undef STORE
#undef STORE_PART
