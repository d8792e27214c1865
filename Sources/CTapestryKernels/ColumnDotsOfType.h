/// The kernel for elements `E` in vectors `V` of `LANES`; included for each type.

static void JOIN(column_dots_kernel, E)(ptrdiff_t rows, ptrdiff_t columns, bool accumulate, void *out_,
                                        const void *a_, ptrdiff_t a_row, const void *b_, ptrdiff_t b_row) {
    for (ptrdiff_t j = 0; j < columns; j += LANES) {
        E *out = (E *)out_ + j;
        const E *a = (const E *)a_ + j, *b = (const E *)b_ + j;
        const ptrdiff_t count = columns - j;
        V sum = (V)0;
        if (count >= LANES) {
            for (ptrdiff_t r = 0; r < rows; r++, a += a_row, b += b_row) sum += LOAD(a) * LOAD(b);
            STORE(out, accumulate ? LOAD(out) + sum : sum);
        } else {
            for (ptrdiff_t r = 0; r < rows; r++, a += a_row, b += b_row)
                sum += LOAD_PART(a, count, (V)0) * LOAD_PART(b, count, (V)0);
            STORE_PART(out, count, accumulate ? LOAD_PART(out, count, (V)0) + sum : sum);
        }
    }
}
