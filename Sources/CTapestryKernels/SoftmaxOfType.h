/// The kernels for elements `E` in vectors `V` of `LANES`; included for each type.

/// x − greatest; equal infinities, if the greatest `is_infinite`, have no difference.
INLINE V JOIN(below, E)(V x, E greatest, bool is_infinite) {
    return is_infinite ? (x == greatest ? (V)0 : x - greatest) : x - greatest;
}

/// Σ e^(x − greatest), gathered block by block in double; the powers are kept in `out` unless that is null.
INLINE double JOIN(sum_of_powers_below, E)(ptrdiff_t columns, const E *a, E greatest, E *out, bool is_infinite) {
    enum { BLOCK = 64 * LANES };
    TOTALS totals = 0;
    for (ptrdiff_t block = 0; block < columns; block += BLOCK) {
        const ptrdiff_t end = smaller(columns, block + BLOCK);
        V partial = 0;
        ptrdiff_t i = block;
        for (; i + LANES <= end; i += LANES) {
            const V power = JOIN(exponential_vector, E)(JOIN(below, E)(LOAD(a + i), greatest, is_infinite));
            if (out) STORE(out + i, power);
            partial += power;
        }
        if (i < end) {
            const V x = LOAD_PART(a + i, end - i, (V)(E)-INFINITY);
            V power = JOIN(exponential_vector, E)(JOIN(below, E)(x, greatest, is_infinite));
            if (is_infinite) {
                // What lies beyond the row is equal to the others of a row of −inf.
                E powers[LANES];
                STORE((E *)powers, power);
                power = LOAD_PART((const E *)powers, end - i, (V)0);
            }
            if (out) STORE_PART(out + i, end - i, power);
            partial += power;
        }
        totals += __builtin_convertvector(partial, TOTALS);
    }
    return JOIN(fold, E)(TAPESTRY_SUM, totals);
}

/// Rows of numbers do not pay for infinities.
INLINE double JOIN(sum_of_powers, E)(ptrdiff_t columns, const E *a, E greatest, E *out) {
    return isinf(greatest) ? JOIN(sum_of_powers_below, E)(columns, a, greatest, out, true)
                           : JOIN(sum_of_powers_below, E)(columns, a, greatest, out, false);
}

static void JOIN(softmax_kernel, E)(ptrdiff_t rows, ptrdiff_t columns, void *out, ptrdiff_t out_row,
                                    const void *a, ptrdiff_t a_row) {
    for (ptrdiff_t r = 0; r < rows; r++) {
        const E *x = (const E *)a + r * a_row;
        E *y = (E *)out + r * out_row;
        const E greatest = (E)JOIN(reduce_line, E)(TAPESTRY_MAX, columns, x, 1);
        const E factor = (E)(1 / JOIN(sum_of_powers, E)(columns, x, greatest, y));
        ptrdiff_t i = 0;
        for (; i + LANES <= columns; i += LANES) STORE(y + i, LOAD(y + i) * factor);
        if (i < columns)
            STORE_PART(y + i, columns - i, LOAD_PART(y + i, columns - i, (V)0) * factor);
    }
}

INLINE void JOIN(log_softmax_row, E)(ptrdiff_t columns, E *y, const E *x, E greatest, E log_sum, bool is_infinite) {
    ptrdiff_t i = 0;
    for (; i + LANES <= columns; i += LANES)
        STORE(y + i, JOIN(below, E)(LOAD(x + i), greatest, is_infinite) - log_sum);
    if (i < columns) {
        const V part = LOAD_PART(x + i, columns - i, (V)0);
        STORE_PART(y + i, columns - i, JOIN(below, E)(part, greatest, is_infinite) - log_sum);
    }
}

static void JOIN(log_softmax_kernel, E)(ptrdiff_t rows, ptrdiff_t columns, void *out, ptrdiff_t out_row,
                                        const void *a, ptrdiff_t a_row) {
    for (ptrdiff_t r = 0; r < rows; r++) {
        const E *x = (const E *)a + r * a_row;
        E *y = (E *)out + r * out_row;
        const E greatest = (E)JOIN(reduce_line, E)(TAPESTRY_MAX, columns, x, 1);
        const E log_sum = (E)log(JOIN(sum_of_powers, E)(columns, x, greatest, NULL));
        if (isinf(greatest))
            JOIN(log_softmax_row, E)(columns, y, x, greatest, log_sum, true);
        else
            JOIN(log_softmax_row, E)(columns, y, x, greatest, log_sum, false);
    }
}

static void JOIN(log_sum_exp_kernel, E)(ptrdiff_t rows, ptrdiff_t columns, void *out, ptrdiff_t out_row,
                                        const void *a, ptrdiff_t a_row) {
    for (ptrdiff_t r = 0; r < rows; r++) {
        const E *x = (const E *)a + r * a_row;
        const E greatest = (E)JOIN(reduce_line, E)(TAPESTRY_MAX, columns, x, 1);
        ((E *)out)[r * out_row] = (E)(greatest + log(JOIN(sum_of_powers, E)(columns, x, greatest, NULL)));
    }
}
