/// Transposition of elements `E` in native vectors; included for each type.

#define V NATIVE(E)
#define LANES NATIVE_LANES(E)

/// `LANES` lines become columns: each stage interleaves the first half of the vectors with the second.
INLINE void JOIN(transpose, E)(const E *lines, ptrdiff_t line, E *out, ptrdiff_t out_row) {
    V x[LANES], y[LANES];
    for (int i = 0; i < LANES; i++) x[i] = LOAD(lines + i * line);
    for (int stage = 1; stage < LANES; stage *= 2) {
        for (int i = 0; i < LANES / 2; i++) {
            V low, high;
            for (int j = 0; j < LANES / 2; j++) {
                low[2 * j] = x[i][j];
                low[2 * j + 1] = x[i + LANES / 2][j];
                high[2 * j] = x[i][j + LANES / 2];
                high[2 * j + 1] = x[i + LANES / 2][j + LANES / 2];
            }
            y[2 * i] = low;
            y[2 * i + 1] = high;
        }
        for (int i = 0; i < LANES; i++) x[i] = y[i];
    }
    for (int i = 0; i < LANES; i++) STORE(out + i * out_row, x[i]);
}

/// A square of whole cache lines (64 bytes). Where a vector is less than that, the square is gathered on the stack,
/// so that each line of the result is written at once: with a stride of a power of two, lines evict one another.
INLINE void JOIN(transpose_lines, E)(const E *lines, ptrdiff_t line, E *out, ptrdiff_t out_row) {
    enum { SIDE = 64 / sizeof(E) };
    if (LANES == SIDE) {
        JOIN(transpose, E)(lines, line, out, out_row);
        return;
    }
    E square[SIDE * SIDE];
    for (ptrdiff_t c = 0; c < SIDE; c += LANES)
        for (ptrdiff_t r = 0; r < SIDE; r += LANES)
            JOIN(transpose, E)(lines + r + c * line, line, square + r * SIDE + c, SIDE);
    for (ptrdiff_t r = 0; r < SIDE; r++) __builtin_memcpy(out + r * out_row, square + r * SIDE, 64);
}

INLINE JOIN(vector, E) JOIN(same, E)(JOIN(vector, E) a) { return a; }

/// The kernel of a plain copy, by blocks where it transposes (the rows of `a` and the columns of `out` are contiguous,
/// or the other way round) and by the elementwise loop everywhere else. Integers are copied as floats of their size.
static void JOIN(copy_kernel, E)(ptrdiff_t rows, ptrdiff_t columns, void *out_, ptrdiff_t out_row, ptrdiff_t out_column,
                                 const void *a_, ptrdiff_t a_row, ptrdiff_t a_column) {
    const E *a = a_;
    E *out = out_;
    if (out_row == 1 && a_column == 1) {
        swap(&rows, &columns);
        swap(&out_row, &out_column);
        swap(&a_row, &a_column);
    }
    ptrdiff_t block_rows = 0, block_columns = 0;
    if (out_column == 1 && a_row == 1 && a_column != 1) {
        const ptrdiff_t side = 64 / sizeof(E);
        block_rows = rows / side * side;
        block_columns = columns / side * side;
        // Along the rows of the result, since writing far apart costs more than reading; in panels that are narrow
        // enough for what the machine fetches beside each line to be there still when the next rows come to it.
        const ptrdiff_t panel = 32 * side;
        for (ptrdiff_t first = 0; first < block_columns; first += panel)
            for (ptrdiff_t r = 0; r < block_rows; r += side)
                for (ptrdiff_t c = first; c < smaller(block_columns, first + panel); c += side)
                    JOIN(transpose_lines, E)(a + r + c * a_column, a_column, out + r * out_row + c, out_row);
    }
    JOIN(unary_loop, E)(block_rows, columns - block_columns, out + block_columns * out_column, out_row, out_column,
                        a + block_columns * a_column, a_row, a_column, JOIN(same, E));
    JOIN(unary_loop, E)(rows - block_rows, columns, out + block_rows * out_row, out_row, out_column,
                        a + block_rows * a_row, a_row, a_column, JOIN(same, E));
}

#undef LANES
#undef V
