/// Reductions of elements `E` by vectors `V` of `LANES`, gathered in `TOTALS` of `TOTAL`; included for each type.

#define MERGE JOIN(merge, V)
#define MERGE_TOTALS JOIN(merge, TOTALS)
#define MERGE_TOTAL JOIN(merge, TOTAL)

INLINE TOTAL JOIN(identity, E)(int operation) {
    switch (operation) {
    case TAPESTRY_MAX: return LEAST;
    case TAPESTRY_MIN: return GREATEST;
    case TAPESTRY_PRODUCT: return 1;
    default: return 0;
    }
}

INLINE V JOIN(term, E)(int operation, V x) { return operation == TAPESTRY_SUM_OF_SQUARES ? SQUARE(x) : x; }

/// The lanes merged in pairs, the first half with the second, down to one.
INLINE TOTAL JOIN(fold, E)(int operation, TOTALS totals) {
    UNROLLED for (int width = LANES / 2; width > 0; width /= 2) {
        TOTALS others;
        for (int i = 0; i < LANES; i++) others[i] = totals[(i + width) % LANES];
        totals = MERGE_TOTALS(operation, totals, others);
    }
    return totals[0];
}

INLINE void JOIN(deliver, E)(int operation, E *out, TOTAL total, bool accumulate) {
    *out = (E)(accumulate ? MERGE_TOTAL(operation, *out, total) : total);
}

/// Up to `LANES` elements of a line, the missing ones replaced by what changes nothing.
INLINE V JOIN(line_part, E)(int operation, const E *a, ptrdiff_t stride, ptrdiff_t count) {
    V rest = (V)(E)JOIN(identity, E)(operation);
    if (stride == 1) return count < LANES ? LOAD_PART(a, count, rest) : LOAD(a);
    for (ptrdiff_t i = 0; i < count; i++) rest[i] = a[i * stride];
    return rest;
}

/// One line of `count` elements: four partial vectors over a block, then a vector of totals over the blocks.
INLINE TOTAL JOIN(reduce_line, E)(int operation, ptrdiff_t count, const E *a, ptrdiff_t stride) {
    enum { PARTIALS = 4, BLOCK = 16 * PARTIALS * LANES };
    const V nothing = (V)(E)JOIN(identity, E)(operation);
    TOTALS totals = (TOTALS)JOIN(identity, E)(operation);
    for (ptrdiff_t block = 0; block < count; block += BLOCK) {
        const ptrdiff_t end = smaller(count, block + BLOCK);
        V partial[PARTIALS] = {nothing, nothing, nothing, nothing};
        ptrdiff_t i = block;
        for (; i + PARTIALS * LANES <= end; i += PARTIALS * LANES)
            for (int j = 0; j < PARTIALS; j++) {
                const E *p = a + (i + j * LANES) * stride;
                const V x = stride == 1 ? LOAD(p) : LOAD_STRIDED(p, stride, LANES);
                partial[j] = MERGE(operation, partial[j], JOIN(term, E)(operation, x));
            }
        for (int j = 0; i < end; i += LANES, j++) {
            const V x = JOIN(line_part, E)(operation, a + i * stride, stride, smaller(LANES, end - i));
            const V merged = MERGE(operation, partial[0], JOIN(term, E)(operation, x));
            partial[0] = merged;
        }
        const V first = MERGE(operation, partial[0], partial[1]), second = MERGE(operation, partial[2], partial[3]);
        totals = MERGE_TOTALS(operation, totals, __builtin_convertvector(MERGE(operation, first, second), TOTALS));
    }
    return JOIN(fold, E)(operation, totals);
}

INLINE void JOIN(reduce_columns, E)(int operation, ptrdiff_t rows, ptrdiff_t columns, E *out, ptrdiff_t out_stride,
                                    const E *a, ptrdiff_t a_row, ptrdiff_t a_column, bool accumulate) {
    for (ptrdiff_t r = 0; r < rows; r++) {
        const E *line = a + r * a_row;
        const TOTAL total = a_column == 1 ? JOIN(reduce_line, E)(operation, columns, line, 1)
                                          : JOIN(reduce_line, E)(operation, columns, line, a_column);
        JOIN(deliver, E)(operation, out + r * out_stride, total, accumulate);
    }
}

/// Takes `rows` rows of `vectors` (at most four) vectors of columns side by side into their partial results; `count`
/// columns of the last one count.
INLINE void JOIN(take_strip, E)(int operation, const int vectors, ptrdiff_t count, ptrdiff_t rows, V *partial,
                                const E *a, ptrdiff_t a_row, ptrdiff_t a_column) {
    V sums[4];
    for (int v = 0; v < vectors; v++) sums[v] = partial[v];
    for (ptrdiff_t r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++) {
            const E *p = a + r * a_row + v * LANES * a_column;
            const V x = a_column == 1 && count == LANES ? LOAD(p) : JOIN(line_part, E)(operation, p, a_column, count);
            sums[v] = MERGE(operation, sums[v], JOIN(term, E)(operation, x));
        }
    for (int v = 0; v < vectors; v++) partial[v] = sums[v];
}

INLINE void JOIN(deliver_vector, E)(int operation, ptrdiff_t count, E *out, ptrdiff_t out_stride, TOTALS totals,
                                    bool accumulate) {
    if (out_stride == 1 && count == LANES) {
        if (accumulate) totals = MERGE_TOTALS(operation, __builtin_convertvector(LOAD(out), TOTALS), totals);
        STORE(out, __builtin_convertvector(totals, V));
    } else {
        for (int i = 0; i < count; i++) JOIN(deliver, E)(operation, out + i * out_stride, totals[i], accumulate);
    }
}

/// A few rows at a time, each over all columns of a panel whose partial results fit into the first cache: memory is
/// read as it lies.
INLINE void JOIN(reduce_rows, E)(int operation, ptrdiff_t rows, ptrdiff_t columns, E *out, ptrdiff_t out_stride,
                                 const E *a, ptrdiff_t a_row, ptrdiff_t a_column, bool accumulate) {
    enum { AT_ONCE = 8, BLOCK = 32, PANEL = 64 };
    const V nothing = (V)(E)JOIN(identity, E)(operation);
    for (ptrdiff_t first = 0; first < columns; first += PANEL * LANES) {
        const ptrdiff_t width = smaller(columns - first, PANEL * LANES), vectors = (width + LANES - 1) / LANES;
        V partial[PANEL];
        TOTALS totals[PANEL];
        for (ptrdiff_t v = 0; v < vectors; v++) {
            partial[v] = nothing;
            totals[v] = (TOTALS)JOIN(identity, E)(operation);
        }
        for (ptrdiff_t r = 0; r < rows; r += AT_ONCE) {
            const ptrdiff_t count = smaller(rows - r, AT_ONCE);
            const E *p = a + r * a_row + first * a_column;
            ptrdiff_t c = 0;
            if (a_column == 1) {
                for (; c + 4 * LANES <= width; c += 4 * LANES)
                    JOIN(take_strip, E)(operation, 4, LANES, count, partial + c / LANES, p + c, a_row, 1);
                for (; c + LANES <= width; c += LANES)
                    JOIN(take_strip, E)(operation, 1, LANES, count, partial + c / LANES, p + c, a_row, 1);
            }
            for (; c < width; c += LANES)
                JOIN(take_strip, E)(operation, 1, smaller(LANES, width - c), count, partial + c / LANES,
                                    p + c * a_column, a_row, a_column);
            if (r + count < rows && (r + count) % BLOCK != 0) continue;
            for (ptrdiff_t v = 0; v < vectors; v++) {
                totals[v] = MERGE_TOTALS(operation, totals[v], __builtin_convertvector(partial[v], TOTALS));
                partial[v] = nothing;
            }
        }
        for (ptrdiff_t c = 0; c < width; c += LANES)
            JOIN(deliver_vector, E)(operation, smaller(LANES, width - c), out + (first + c) * out_stride, out_stride,
                                    totals[c / LANES], accumulate);
    }
}

#define REDUCTION_KERNEL(AXIS, NAME, OPERATION)                                                            \
    static void JOIN(reduce_##AXIS##_##NAME##_kernel, E)(ptrdiff_t rows, ptrdiff_t columns, void *out,     \
                                                         ptrdiff_t out_stride, const void *a,              \
                                                         ptrdiff_t a_row, ptrdiff_t a_column,              \
                                                         bool accumulate) {                                \
        JOIN(reduce_##AXIS, E)(OPERATION, rows, columns, out, out_stride, a, a_row, a_column, accumulate); \
    }

REDUCTION_KERNEL(columns, sum, TAPESTRY_SUM)
REDUCTION_KERNEL(columns, max, TAPESTRY_MAX)
REDUCTION_KERNEL(columns, min, TAPESTRY_MIN)
REDUCTION_KERNEL(columns, sum_of_squares, TAPESTRY_SUM_OF_SQUARES)
REDUCTION_KERNEL(columns, product, TAPESTRY_PRODUCT)
REDUCTION_KERNEL(rows, sum, TAPESTRY_SUM)
REDUCTION_KERNEL(rows, max, TAPESTRY_MAX)
REDUCTION_KERNEL(rows, min, TAPESTRY_MIN)
REDUCTION_KERNEL(rows, sum_of_squares, TAPESTRY_SUM_OF_SQUARES)
REDUCTION_KERNEL(rows, product, TAPESTRY_PRODUCT)

#undef REDUCTION_KERNEL
#undef MERGE
#undef MERGE_TOTALS
#undef MERGE_TOTAL
