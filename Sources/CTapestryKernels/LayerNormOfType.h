/// The kernels for elements `E` in vectors `V` of `LANES`; included for each type. What they do to a run of columns is
/// a function of its length, so that whole vectors know that they are whole.

#define STATISTICS JOIN(statistics, E)
#define BLOCK (32 * LANES)

/// The mean μ of a row, and s = 1 / √(σ² + ε) with its variance σ².
typedef struct {
    E mean, scale;
} STATISTICS;

/// Up to `LANES` elements, and `rest` for those that are missing.
INLINE V JOIN(load_up_to, E)(const E *p, ptrdiff_t count, V rest) {
    return count < LANES ? LOAD_PART(p, count, rest) : LOAD(p);
}

INLINE void JOIN(store_up_to, E)(E *p, ptrdiff_t count, V v) {
    if (count < LANES)
        STORE_PART(p, count, v);
    else
        STORE(p, v);
}

/// Gathers the partial sums of each row.
INLINE void JOIN(gather, E)(const int rows, const V *partial, float64x8 *totals) {
    UNROLLED for (int r = 0; r < rows; r++) totals[r] += JOIN(halves, E)(partial[r]);
}

/// What a pass over the deviations x − shift finds in each row: their mean, and that of their squares.
typedef struct {
    group_of_float64 mean, square;
} JOIN(deviations, E);

/// Adds a run of columns of x − shift, and of its squares, to the partial sums of each row.
INLINE void JOIN(take_deviations, E)(const int rows, ptrdiff_t count, const E *x, ptrdiff_t x_row, const E *shift,
                                     V *sums, V *squares) {
    UNROLLED for (int r = 0; r < rows; r++) {
        const V deviation = JOIN(load_up_to, E)(x + r * x_row, count, (V)shift[r]) - shift[r];
        sums[r] += deviation;
        squares[r] += deviation * deviation;
    }
}

INLINE JOIN(deviations, E) JOIN(find_deviations, E)(const int rows, ptrdiff_t columns, const E *x, ptrdiff_t x_row,
                                                    const E *shift) {
    float64x8 totals[GROUP] = {0}, square_totals[GROUP] = {0};
    for (ptrdiff_t i = 0; i < columns; i += BLOCK) {
        const ptrdiff_t end = smaller(columns, i + BLOCK);
        V sums[GROUP] = {0}, squares[GROUP] = {0};
        ptrdiff_t c = i;
        for (; c + LANES <= end; c += LANES)
            JOIN(take_deviations, E)(rows, LANES, x + c, x_row, shift, sums, squares);
        if (c < end) JOIN(take_deviations, E)(rows, end - c, x + c, x_row, shift, sums, squares);
        JOIN(gather, E)(rows, sums, totals);
        JOIN(gather, E)(rows, squares, square_totals);
    }
    return (JOIN(deviations, E)){fold_group(rows, totals) / (double)columns,
                                 fold_group(rows, square_totals) / (double)columns};
}

/// The mean of the first few elements of each row, which is not far from that of all in most rows.
INLINE void JOIN(guess_means, E)(const int rows, ptrdiff_t columns, const E *x, ptrdiff_t x_row, E *means) {
    const ptrdiff_t count = smaller(columns, LANES);
    float64x8 totals[GROUP] = {0};
    UNROLLED for (int r = 0; r < rows; r++)
        totals[r] = JOIN(halves, E)(JOIN(load_up_to, E)(x + r * x_row, count, (V)0));
    const group_of_float64 found = fold_group(rows, totals) / (double)count;
    UNROLLED for (int r = 0; r < rows; r++) means[r] = (E)found[r];
}

/// Mean and variance in one pass over the deviations from a guess of the mean, σ² = mean(d²) − mean(d)². Where the
/// guess is further than σ from the mean, the difference would lose digits: such a row takes a second pass, around the
/// mean that the first one has found. So a large offset does no harm.
INLINE void JOIN(find_statistics, E)(const int rows, ptrdiff_t columns, const E *x, ptrdiff_t x_row, double epsilon,
                                     STATISTICS *statistics) {
    E mean[GROUP] = {0};
    JOIN(guess_means, E)(rows, columns, x, x_row, mean);
    JOIN(deviations, E) found = JOIN(find_deviations, E)(rows, columns, x, x_row, mean);
    group_of_float64 variances = found.square - found.mean * found.mean;
    bool is_far[GROUP], any_is_far = false;
    UNROLLED for (int r = 0; r < rows; r++) {
        mean[r] = (E)(mean[r] + found.mean[r]);
        // Also where a number is not finite, or squares around the guess were not.
        is_far[r] = !(found.mean[r] * found.mean[r] <= variances[r] && variances[r] < __builtin_inf());
        any_is_far |= is_far[r];
    }
    if (any_is_far) {
        found = JOIN(find_deviations, E)(rows, columns, x, x_row, mean);
        UNROLLED for (int r = 0; r < rows; r++) variances[r] = is_far[r] ? found.square[r] : variances[r];
    }
    const group_of_float64 scales = 1 / __builtin_elementwise_sqrt(variances + epsilon);
    UNROLLED for (int r = 0; r < rows; r++) statistics[r] = (STATISTICS){mean[r], (E)scales[r]};
}

// MARK: The value

/// The term's part of a run of columns, in the place of what `out` holds or added to it.
INLINE void JOIN(normalize_columns, E)(const int rows, const bool adds, ptrdiff_t count, E *out, ptrdiff_t out_row,
                                       const E *x, ptrdiff_t x_row, const E *gain, const E *bias,
                                       const STATISTICS *statistics) {
    const V factor = JOIN(load_up_to, E)(gain, count, (V)0), shift = JOIN(load_up_to, E)(bias, count, (V)0);
    UNROLLED for (int r = 0; r < rows; r++) {
        const V deviation = JOIN(load_up_to, E)(x + r * x_row, count, (V)0) - statistics[r].mean;
        const V value = deviation * statistics[r].scale * factor + shift;
        E *place = out + r * out_row;
        JOIN(store_up_to, E)(place, count, adds ? JOIN(load_up_to, E)(place, count, (V)0) + value : value);
    }
}

INLINE void JOIN(normalize_rows, E)(const int rows, const bool adds, ptrdiff_t columns, E *out, ptrdiff_t out_row,
                                    const tapestry_norm_term *term, ptrdiff_t row, double epsilon) {
    const ptrdiff_t x_row = term->x_row;
    const E *x = (const E *)term->x + row * x_row, *gain = term->gain, *bias = term->bias;
    STATISTICS statistics[GROUP];
    JOIN(find_statistics, E)(rows, columns, x, x_row, epsilon, statistics);
    ptrdiff_t c = 0;
    for (; c + LANES <= columns; c += LANES)
        JOIN(normalize_columns, E)(rows, adds, LANES, out + c, out_row, x + c, x_row, gain + c, bias + c, statistics);
    if (c < columns)
        JOIN(normalize_columns, E)(rows, adds, columns - c, out + c, out_row, x + c, x_row, gain + c, bias + c,
                                   statistics);
    STATISTICS *kept = (STATISTICS *)term->statistics + row;
    UNROLLED for (int r = 0; r < rows; r++) kept[r] = statistics[r];
}

/// All terms of a group of rows, one after the other while the result's rows are in the nearest cache.
INLINE void JOIN(add_terms, E)(const int rows, ptrdiff_t columns, E *out, ptrdiff_t out_row,
                               const tapestry_norm_term *terms, ptrdiff_t count, ptrdiff_t row, double epsilon) {
    JOIN(normalize_rows, E)(rows, false, columns, out, out_row, terms, row, epsilon);
    for (ptrdiff_t k = 1; k < count; k++)
        JOIN(normalize_rows, E)(rows, true, columns, out, out_row, terms + k, row, epsilon);
}

static void JOIN(layer_norm_kernel, E)(ptrdiff_t first, ptrdiff_t end, ptrdiff_t columns, void *out_,
                                       ptrdiff_t out_row, const tapestry_norm_term *terms, ptrdiff_t count,
                                       double epsilon) {
    E *out = out_;
    ptrdiff_t r = first;
    for (; r + GROUP <= end; r += GROUP)
        JOIN(add_terms, E)(GROUP, columns, out + r * out_row, out_row, terms, count, r, epsilon);
    for (; r < end; r++) JOIN(add_terms, E)(1, columns, out + r * out_row, 0, terms, count, r, epsilon);
}

// MARK: The rule

/// Adds a run of columns of c = g ⊙ γ, and of c ⊙ (x − μ), to the partial sums of each row.
INLINE void JOIN(take_products, E)(const int rows, ptrdiff_t count, const E *g, ptrdiff_t g_row,
                                   const E *x, ptrdiff_t x_row, const E *gain, const STATISTICS *statistics,
                                   V *sums, V *products) {
    const V factor = JOIN(load_up_to, E)(gain, count, (V)0);
    UNROLLED for (int r = 0; r < rows; r++) {
        const V c = JOIN(load_up_to, E)(g + r * g_row, count, (V)0) * factor;
        sums[r] += c;
        products[r] += c * (JOIN(load_up_to, E)(x + r * x_row, count, (V)0) - statistics[r].mean);
    }
}

/// Of each row of c = g ⊙ γ the mean, and what it has in common with x − μ, as a multiple of that.
INLINE void JOIN(find_projections, E)(const int rows, ptrdiff_t columns, const E *g, ptrdiff_t g_row,
                                      const E *x, ptrdiff_t x_row, const E *gain, const STATISTICS *statistics,
                                      E *offsets, E *slopes) {
    float64x8 totals[GROUP] = {0}, product_totals[GROUP] = {0};
    for (ptrdiff_t i = 0; i < columns; i += BLOCK) {
        const ptrdiff_t end = smaller(columns, i + BLOCK);
        V sums[GROUP] = {0}, products[GROUP] = {0};
        ptrdiff_t c = i;
        for (; c + LANES <= end; c += LANES)
            JOIN(take_products, E)(rows, LANES, g + c, g_row, x + c, x_row, gain + c, statistics, sums, products);
        if (c < end)
            JOIN(take_products, E)(rows, end - c, g + c, g_row, x + c, x_row, gain + c, statistics, sums, products);
        JOIN(gather, E)(rows, sums, totals);
        JOIN(gather, E)(rows, products, product_totals);
    }
    const group_of_float64 means = fold_group(rows, totals) / (double)columns;
    const group_of_float64 mean_products = fold_group(rows, product_totals) / (double)columns;
    UNROLLED for (int r = 0; r < rows; r++) {
        const double scale = statistics[r].scale;
        offsets[r] = (E)means[r];
        slopes[r] = (E)(mean_products[r] * scale * scale);
    }
}

/// A run of columns of the term's cotangent; the sums over the rows of g ⊙ x̂, and of g where they are wanted, are
/// added to those of earlier rows.
INLINE void JOIN(rule_columns, E)(const int rows, const bool sums_bias, ptrdiff_t count, E *out, ptrdiff_t out_row,
                                  const E *g, ptrdiff_t g_row, const E *x, ptrdiff_t x_row, const E *gain,
                                  const STATISTICS *statistics, const E *offsets, const E *slopes,
                                  E *gain_sums, E *bias_sums) {
    const V factor = JOIN(load_up_to, E)(gain, count, (V)0);
    V gain_sum = JOIN(load_up_to, E)(gain_sums, count, (V)0);
    V bias_sum = sums_bias ? JOIN(load_up_to, E)(bias_sums, count, (V)0) : (V)0;
    UNROLLED for (int r = 0; r < rows; r++) {
        const V cotangent = JOIN(load_up_to, E)(g + r * g_row, count, (V)0);
        const V deviation = JOIN(load_up_to, E)(x + r * x_row, count, (V)0) - statistics[r].mean;
        gain_sum += cotangent * (deviation * statistics[r].scale);
        bias_sum += cotangent;
        // Rounded before the mean is taken away, as what the mean is of: nothing is left of a row of one column.
        const V product = cotangent * factor;
        const V rest = product - offsets[r];
        JOIN(store_up_to, E)(out + r * out_row, count, statistics[r].scale * (rest - deviation * slopes[r]));
    }
    JOIN(store_up_to, E)(gain_sums, count, gain_sum);
    if (sums_bias) JOIN(store_up_to, E)(bias_sums, count, bias_sum);
}

INLINE void JOIN(rule_rows, E)(const int rows, const bool sums_bias, ptrdiff_t columns, ptrdiff_t out_row,
                               const E *g, ptrdiff_t g_row, const tapestry_norm_term *term, ptrdiff_t row,
                               E *gain_sums, E *bias_sums) {
    const ptrdiff_t x_row = term->x_row;
    const E *x = (const E *)term->x + row * x_row, *gain = term->gain;
    E *out = (E *)term->cotangent + row * out_row;
    STATISTICS statistics[GROUP];
    E offsets[GROUP], slopes[GROUP];
    UNROLLED for (int r = 0; r < rows; r++) statistics[r] = ((const STATISTICS *)term->statistics)[row + r];
    JOIN(find_projections, E)(rows, columns, g, g_row, x, x_row, gain, statistics, offsets, slopes);
    ptrdiff_t c = 0;
    for (; c + LANES <= columns; c += LANES)
        JOIN(rule_columns, E)(rows, sums_bias, LANES, out + c, out_row, g + c, g_row, x + c, x_row, gain + c,
                              statistics, offsets, slopes, gain_sums + c, bias_sums + c);
    if (c < columns)
        JOIN(rule_columns, E)(rows, sums_bias, columns - c, out + c, out_row, g + c, g_row, x + c, x_row, gain + c,
                              statistics, offsets, slopes, gain_sums + c, bias_sums + c);
}

/// All terms of a group of rows, while the cotangent's rows are in the nearest cache. The bias's sums are the same for
/// all terms, and taken with the first.
INLINE void JOIN(rule_of_terms, E)(const int rows, ptrdiff_t columns, ptrdiff_t out_row, const E *g, ptrdiff_t g_row,
                                   const tapestry_norm_term *terms, ptrdiff_t count, ptrdiff_t row, E *sums) {
    E *bias_sums = sums + count * columns;
    JOIN(rule_rows, E)(rows, true, columns, out_row, g, g_row, terms, row, sums, bias_sums);
    for (ptrdiff_t k = 1; k < count; k++)
        JOIN(rule_rows, E)(rows, false, columns, out_row, g, g_row, terms + k, row, sums + k * columns, bias_sums);
}

static void JOIN(layer_norm_rule_kernel, E)(ptrdiff_t first, ptrdiff_t end, ptrdiff_t columns, ptrdiff_t out_row,
                                            const void *g_, ptrdiff_t g_row, const tapestry_norm_term *terms,
                                            ptrdiff_t count, void *sums) {
    const E *g = g_;
    memset(sums, 0, (size_t)((count + 1) * columns) * sizeof(E));
    ptrdiff_t r = first;
    for (; r + RULE_GROUP <= end; r += RULE_GROUP)
        JOIN(rule_of_terms, E)(RULE_GROUP, columns, out_row, g + r * g_row, g_row, terms, count, r, sums);
    for (; r < end; r++) JOIN(rule_of_terms, E)(1, columns, out_row, g + r * g_row, 0, terms, count, r, sums);
}

#undef BLOCK
#undef STATISTICS
