/// Products of elements `E` in native vectors; included for each type.

#define W NATIVE(E)
#define LANES NATIVE_LANES(E)
#define LOAD JOIN(load, W)
#define LOAD_PART JOIN(load_part, W)
#define STORE JOIN(store, W)
#define STORE_PART JOIN(store_part, W)

#define TILE_COLUMNS (TILE_VECTORS * LANES)
#define STRIP_COLUMNS (STRIP_VECTORS * LANES)
#define PANEL_DEPTH (PANEL_BYTES / (ptrdiff_t)sizeof(E) / TILE_COLUMNS)

// ---------------------------------------------------------------------------------------------
// The register tile

/// `rows` × `vectors` vectors of C.
INLINE void JOIN(tile, E)(const int rows, const int vectors, ptrdiff_t depth,
                          const E *a, ptrdiff_t a_row, ptrdiff_t a_column, const E *b, ptrdiff_t b_row,
                          E *c, ptrdiff_t c_row, bool add) {
    W sum[TILE_ROWS][STRIP_VECTORS];
    UNROLLED for (int r = 0; r < rows; r++)
        UNROLLED for (int v = 0; v < vectors; v++) sum[r][v] = (W)0;

    for (ptrdiff_t p = 0; p < depth; p++, a += a_column, b += b_row) {
        W row[STRIP_VECTORS];
        UNROLLED for (int v = 0; v < vectors; v++) row[v] = LOAD(b + v * LANES);
        UNROLLED for (int r = 0; r < rows; r++) {
            const W factor = (W)a[r * a_row];
            UNROLLED for (int v = 0; v < vectors; v++) sum[r][v] += factor * row[v];
        }
    }

    UNROLLED for (int r = 0; r < rows; r++, c += c_row)
        UNROLLED for (int v = 0; v < vectors; v++) {
            E *to = c + v * LANES;
            STORE(to, add ? LOAD(to) + sum[r][v] : sum[r][v]);
        }
}

typedef void (*JOIN(tile_function, E))(ptrdiff_t depth, const E *a, ptrdiff_t a_row, ptrdiff_t a_column,
                                       const E *b, ptrdiff_t b_row, E *c, ptrdiff_t c_row, bool add);

#define TILE_FUNCTION(ROWS, VECTORS)                                                                               \
    static void JOIN(tile_##ROWS##_##VECTORS, E)(ptrdiff_t depth, const E *a, ptrdiff_t a_row, ptrdiff_t a_column, \
                                                 const E *b, ptrdiff_t b_row, E *c, ptrdiff_t c_row, bool add) {   \
        JOIN(tile, E)(ROWS, VECTORS, depth, a, a_row, a_column, b, b_row, c, c_row, add);                          \
    }

#define FOR_TILE_HEIGHTS_TO_4(X, V) X(1, V) X(2, V) X(3, V) X(4, V)
#define FOR_TILE_HEIGHTS_TO_6(X, V) FOR_TILE_HEIGHTS_TO_4(X, V) X(5, V) X(6, V)
#define FOR_TILE_HEIGHTS_TO_12(X, V) FOR_TILE_HEIGHTS_TO_6(X, V) X(7, V) X(8, V) X(9, V) X(10, V) X(11, V) X(12, V)
#if NATIVE_VECTOR_BYTES == 64
#define FOR_TILE_HEIGHTS FOR_TILE_HEIGHTS_TO_12
#elif NATIVE_VECTOR_BYTES == 32 || defined(__aarch64__)
#define FOR_TILE_HEIGHTS FOR_TILE_HEIGHTS_TO_6
#else
#define FOR_TILE_HEIGHTS FOR_TILE_HEIGHTS_TO_4
#endif
#define TILE_ENTRY(ROWS, VECTORS) JOIN(tile_##ROWS##_##VECTORS, E),

FOR_TILE_HEIGHTS(TILE_FUNCTION, 1)
FOR_TILE_HEIGHTS(TILE_FUNCTION, 2)
#if defined(__aarch64__)
FOR_TILE_HEIGHTS(TILE_FUNCTION, 3)
FOR_TILE_HEIGHTS(TILE_FUNCTION, 4)
#endif

static const JOIN(tile_function, E) JOIN(tile_functions, E)[TILE_VECTORS][TILE_ROWS] = {
    {FOR_TILE_HEIGHTS(TILE_ENTRY, 1)},
    {FOR_TILE_HEIGHTS(TILE_ENTRY, 2)},
#if defined(__aarch64__)
    {FOR_TILE_HEIGHTS(TILE_ENTRY, 3)},
    {FOR_TILE_HEIGHTS(TILE_ENTRY, 4)},
#endif
};

// ---------------------------------------------------------------------------------------------
// Packing

/// Copies `depth` × `columns` of B into rows of `width` (whole vectors), padded with zeros.
static void JOIN(pack, E)(ptrdiff_t depth, ptrdiff_t columns, ptrdiff_t width,
                          const E *b, ptrdiff_t b_row, ptrdiff_t b_column, E *panel) {
    if (b_column == 1) {
        for (ptrdiff_t p = 0; p < depth; p++)
            for (ptrdiff_t j = 0; j < width; j += LANES) {
                const E *from = b + p * b_row + j;
                STORE(panel + p * width + j, j + LANES <= columns ? LOAD(from) : LOAD_PART(from, columns - j, (W)0));
            }
        return;
    }
    ptrdiff_t j = 0;
    if (b_row == 1)
        for (; j + LANES <= columns; j += LANES) {
            ptrdiff_t p = 0;
            for (; p + LANES <= depth; p += LANES)
                JOIN(transpose, E)(b + p + j * b_column, b_column, panel + p * width + j, width);
            for (; p < depth; p++)
                for (int i = 0; i < LANES; i++) panel[p * width + j + i] = b[p + (j + i) * b_column];
        }
    for (; j < width; j++)
        for (ptrdiff_t p = 0; p < depth; p++)
            panel[p * width + j] = j < columns ? b[p * b_row + j * b_column] : 0;
}

// ---------------------------------------------------------------------------------------------
// Products by tiles

/// Stores (or adds) those columns of a tile that exist in C.
INLINE void JOIN(deliver_part, E)(ptrdiff_t rows, ptrdiff_t columns, const E *whole, ptrdiff_t width,
                                  E *c, ptrdiff_t c_row, bool add) {
    for (ptrdiff_t r = 0; r < rows; r++)
        for (ptrdiff_t j = 0; j < columns; j += LANES) {
            E *to = c + r * c_row + j;
            const W v = LOAD(whole + r * width + j);
            if (j + LANES <= columns)
                STORE(to, add ? LOAD(to) + v : v);
            else
                STORE_PART(to, columns - j, add ? LOAD_PART(to, columns - j, (W)0) + v : v);
        }
}

static void JOIN(product_by_tiles, E)(ptrdiff_t rows, ptrdiff_t n, ptrdiff_t k,
                                      const E *a, ptrdiff_t a_row, ptrdiff_t a_column,
                                      const E *b, ptrdiff_t b_row, ptrdiff_t b_column,
                                      E *c, ptrdiff_t c_row, bool accumulate) {
    E panel[PANEL_BYTES / sizeof(E)] __attribute__((aligned(64)));
    E whole[TILE_ROWS * TILE_COLUMNS] __attribute__((aligned(64)));
    const ptrdiff_t tiles = (rows + TILE_ROWS - 1) / TILE_ROWS;
    const ptrdiff_t blocks = (k + PANEL_DEPTH - 1) / PANEL_DEPTH;
    const bool repack = tiles >= PACKED_TILES;

    for (ptrdiff_t block = 0; block < blocks; block++) {
        const ptrdiff_t p = even_split(k, blocks, block), depth = even_split(k, blocks, block + 1) - p;
        ptrdiff_t j = 0;
        if (rows == 1 && b_column == 1)
            for (; j + STRIP_COLUMNS <= n; j += STRIP_COLUMNS)
                JOIN(tile, E)(1, STRIP_VECTORS, depth, a + p * a_column, a_row, a_column,
                              b + p * b_row + j, b_row, c + j, c_row, accumulate || block > 0);
        for (; j < n; j += TILE_COLUMNS) {
            const ptrdiff_t columns = smaller(TILE_COLUMNS, n - j);
            const ptrdiff_t vectors = (columns + LANES - 1) / LANES, width = vectors * LANES;
            const JOIN(tile_function, E) *function = JOIN(tile_functions, E)[vectors - 1];
            const E *rows_of_b = b + p * b_row + j * b_column;
            ptrdiff_t rows_stride = b_row;
            if (b_column != 1 || columns != width || repack) {
                JOIN(pack, E)(depth, columns, width, rows_of_b, b_row, b_column, panel);
                rows_of_b = panel;
                rows_stride = width;
            }
            for (ptrdiff_t tile = 0; tile < tiles; tile++) {
                const ptrdiff_t r = even_split(rows, tiles, tile), height = even_split(rows, tiles, tile + 1) - r;
                const E *rows_of_a = a + r * a_row + p * a_column;
                const bool add = accumulate || block > 0;
                E *to = c + r * c_row + j;
                if (columns == width) {
                    function[height - 1](depth, rows_of_a, a_row, a_column, rows_of_b, rows_stride, to, c_row, add);
                } else {
                    function[height - 1](depth, rows_of_a, a_row, a_column, rows_of_b, rows_stride, whole, width,
                                         false);
                    JOIN(deliver_part, E)(height, columns, whole, width, to, c_row, add);
                }
            }
        }
    }
}

// ---------------------------------------------------------------------------------------------
// Products by dots

/// The lanes added in pairs, the first half to the second, down to one.
INLINE E JOIN(add_lanes, E)(W v) {
    E lanes[LANES];
    STORE(lanes, v);
    for (int width = LANES / 2; width > 0; width /= 2)
        for (int i = 0; i < width; i++) lanes[i] += lanes[i + width];
    return lanes[0];
}

/// One step of the dot products below: `count` elements along k, the whole vector if `count` is `LANES`.
INLINE void JOIN(dot_step, E)(const int rows, const int columns, ptrdiff_t count, const E *a, ptrdiff_t a_row,
                              const E *b, ptrdiff_t b_column, W sum[4][4]) {
    W y[4];
    UNROLLED for (int j = 0; j < columns; j++)
        y[j] = count == LANES ? LOAD(b + j * b_column) : LOAD_PART(b + j * b_column, count, (W)0);
    UNROLLED for (int r = 0; r < rows; r++) {
        const W x = count == LANES ? LOAD(a + r * a_row) : LOAD_PART(a + r * a_row, count, (W)0);
        UNROLLED for (int j = 0; j < columns; j++) sum[r][j] += x * y[j];
    }
}

/// `rows` × `columns` dot products of lines of A and B along k.
INLINE void JOIN(dot_tile, E)(const int rows, const int columns, ptrdiff_t k, const E *a, ptrdiff_t a_row,
                              const E *b, ptrdiff_t b_column, E *c, ptrdiff_t c_row, bool add) {
    W sum[4][4];
    UNROLLED for (int r = 0; r < rows; r++)
        UNROLLED for (int j = 0; j < columns; j++) sum[r][j] = (W)0;
    ptrdiff_t p = 0;
    for (; p + LANES <= k; p += LANES)
        JOIN(dot_step, E)(rows, columns, LANES, a + p, a_row, b + p, b_column, sum);
    if (p < k) JOIN(dot_step, E)(rows, columns, k - p, a + p, a_row, b + p, b_column, sum);
    UNROLLED for (int r = 0; r < rows; r++)
        UNROLLED for (int j = 0; j < columns; j++) {
            const E dot = JOIN(add_lanes, E)(sum[r][j]);
            c[r * c_row + j] = add ? c[r * c_row + j] + dot : dot;
        }
}

/// A strip of `rows` rows of C, four columns at a time.
INLINE void JOIN(dot_strip, E)(const int rows, ptrdiff_t n, ptrdiff_t k, const E *a, ptrdiff_t a_row,
                               const E *b, ptrdiff_t b_column, E *c, ptrdiff_t c_row, bool add) {
    ptrdiff_t j = 0;
    for (; j + 4 <= n; j += 4)
        JOIN(dot_tile, E)(rows, 4, k, a, a_row, b + j * b_column, b_column, c + j, c_row, add);
    for (; j < n; j++) JOIN(dot_tile, E)(rows, 1, k, a, a_row, b + j * b_column, b_column, c + j, c_row, add);
}

static void JOIN(product_by_dots, E)(ptrdiff_t rows, ptrdiff_t n, ptrdiff_t k, const E *a, ptrdiff_t a_row,
                                     const E *b, ptrdiff_t b_column, E *c, ptrdiff_t c_row, bool add) {
    ptrdiff_t r = 0;
    for (; r + 4 <= rows; r += 4)
        JOIN(dot_strip, E)(4, n, k, a + r * a_row, a_row, b, b_column, c + r * c_row, c_row, add);
    for (; r < rows; r++)
        JOIN(dot_strip, E)(1, n, k, a + r * a_row, a_row, b, b_column, c + r * c_row, c_row, add);
}

// ---------------------------------------------------------------------------------------------
// The choice of method


static void JOIN(product_kernel, E)(ptrdiff_t m, ptrdiff_t n, ptrdiff_t k,
                                    const void *a_, ptrdiff_t a_row, ptrdiff_t a_column,
                                    const void *b_, ptrdiff_t b_row, ptrdiff_t b_column,
                                    void *c_, ptrdiff_t c_row, bool accumulate,
                                    ptrdiff_t row_begin, ptrdiff_t row_end) {
    const ptrdiff_t rows = row_end - row_begin;
    if (rows <= 0 || n <= 0) return;
    const E *a = (const E *)a_ + row_begin * a_row, *b = b_;
    E *c = (E *)c_ + row_begin * c_row;

    if (k <= 0) {
        for (ptrdiff_t r = 0; r < rows && !accumulate; r++)
            for (ptrdiff_t j = 0; j < n; j++) c[r * c_row + j] = 0;
    } else if (n == 1 && c_row == 1 && m > 1) {
        // A column is a row of the transposed product, with vectors along what are columns now.
        JOIN(product_kernel, E)(1, rows, k, b, 0, b_row, a, a_column, a_row, c, rows, accumulate, 0, 1);
    } else if (m <= DOT_ROWS && a_column == 1 && b_row == 1 && (b_column != 1 || n == 1)) {
        JOIN(product_by_dots, E)(rows, n, k, a, a_row, b, b_column, c, c_row, accumulate);
    } else {
        JOIN(product_by_tiles, E)(rows, n, k, a, a_row, a_column, b, b_row, b_column, c, c_row, accumulate);
    }
}

#undef PANEL_DEPTH
#undef TILE_COLUMNS
#undef STRIP_COLUMNS
#undef TILE_FUNCTION
#undef TILE_ENTRY
#undef FOR_TILE_HEIGHTS
#undef FOR_TILE_HEIGHTS_TO_12
#undef FOR_TILE_HEIGHTS_TO_6
#undef FOR_TILE_HEIGHTS_TO_4
#undef W
#undef LANES
#undef LOAD
#undef LOAD_PART
#undef STORE
#undef STORE_PART
