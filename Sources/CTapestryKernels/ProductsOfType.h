/// Products of elements `E` in native vectors; included for each type.

#define V NATIVE(E)
#define LANES NATIVE_LANES(E)

#define TILE_COLUMNS (TILE_VECTORS * LANES)

// ---------------------------------------------------------------------------------------------
// The register tile

/// A piece of a term along k, as the tiles of a block walk through it. `b` is where a tile's columns are read: in the
/// matrix itself, of which the source is the first column, or in a packed panel. A `panel` that is not NULL is to be
/// filled by the tile.
typedef struct {
    ptrdiff_t depth;
    const E *a;
    ptrdiff_t a_row, a_column;
    const E *b;
    ptrdiff_t b_row;
    E *panel;
    const E *source;
    ptrdiff_t source_row, source_column;
} JOIN(piece, E);

/// Row r of a tile of A, from the first of its group of three: so few pointers move along k that neither registers nor
/// the chain of their additions limit the loop.
#define ROW_OF_A(r) (group[(r) / 3] + (r) % 3 * a_row)

/// Adds the products of a piece to a tile and, if it `packs`, leaves the lines of B that it read in the piece's panel; if
/// it `fetches`, lines that wait for that are fetched on the way.
INLINE void JOIN(walk, E)(const int rows, const int vectors, const bool packs, const bool fetches,
                          const JOIN(piece, E) *piece, ptrdiff_t row, V sum[TILE_ROWS][MOST_VECTORS]) {
    const ptrdiff_t a_row = piece->a_row, a_column = piece->a_column, b_row = piece->b_row;
    const E *b = piece->b;
    E *panel = piece->panel;
    const E *group[(TILE_ROWS + 2) / 3];
    UNROLLED for (int g = 0; g < (rows + 2) / 3; g++) group[g] = piece->a + (row + 3 * g) * a_row;

    fetch_run ahead;
    if (fetches) ahead = begin_fetches(piece->depth);
    for (ptrdiff_t p = piece->depth; p > 0; p--, b += b_row) {
        if (fetches) fetch_line(&ahead);
        // The fewer ones stay in registers: the lines of a tall tile, the factors of a wide one.
        if (rows > vectors) {
            V line[MOST_VECTORS];
            UNROLLED for (int v = 0; v < vectors; v++) {
                line[v] = LOAD(b + v * LANES);
                if (packs) STORE(panel + v * LANES, line[v]);
            }
            UNROLLED for (int r = 0; r < rows; r++) {
                const V factor = (V)*ROW_OF_A(r);
                UNROLLED for (int v = 0; v < vectors; v++) sum[r][v] += factor * line[v];
            }
        } else {
            V factor[MOST_VECTORS];
            UNROLLED for (int r = 0; r < rows; r++) factor[r] = (V)*ROW_OF_A(r);
            UNROLLED for (int v = 0; v < vectors; v++) {
                const V line = LOAD(b + v * LANES);
                if (packs) STORE(panel + v * LANES, line);
                UNROLLED for (int r = 0; r < rows; r++) sum[r][v] += factor[r] * line;
            }
        }
        UNROLLED for (int g = 0; g < (rows + 2) / 3; g++) {
            group[g] += a_column;
            __asm__("" : "+r"(group[g]));
        }
        if (packs) panel += vectors * LANES;
    }
}

/// `rows` × `vectors` vectors of C, from row number `row` of the pieces on; `initial` is NULL for zeros. It is added in the
/// end: what is small beside it is summed up first.
INLINE void JOIN(tile, E)(const int rows, const int vectors, const JOIN(piece, E) *pieces, ptrdiff_t count,
                          ptrdiff_t row, const E *initial, ptrdiff_t initial_row, E *c, ptrdiff_t c_row) {
    V sum[TILE_ROWS][MOST_VECTORS];
    UNROLLED for (int r = 0; r < rows; r++)
        UNROLLED for (int v = 0; v < vectors; v++) sum[r][v] = (V)0;
    for (const JOIN(piece, E) *piece = pieces; piece < pieces + count; piece++)
        if (piece->panel)
            JOIN(walk, E)(rows, vectors, true, false, piece, row, sum);
        else if (fetches_wait())
            JOIN(walk, E)(rows, vectors, false, true, piece, row, sum);
        else
            JOIN(walk, E)(rows, vectors, false, false, piece, row, sum);
    UNROLLED for (int r = 0; r < rows; r++)
        UNROLLED for (int v = 0; v < vectors; v++) {
            if (initial) sum[r][v] += LOAD(initial + r * initial_row + v * LANES);
            STORE(c + r * c_row + v * LANES, sum[r][v]);
        }
}

#define TILE_PARAMETERS                                                                                       \
    const JOIN(piece, E) *pieces, ptrdiff_t count, ptrdiff_t row, const E *initial, ptrdiff_t initial_row,    \
        E *c, ptrdiff_t c_row
typedef void (*JOIN(tile_function, E))(TILE_PARAMETERS);

#define TILE_FUNCTION(ROWS, VECTORS)                                                                          \
    static void JOIN(tile_##ROWS##_##VECTORS, E)(TILE_PARAMETERS) {                                           \
        JOIN(tile, E)(ROWS, VECTORS, pieces, count, row, initial, initial_row, c, c_row);                     \
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

FOR_STRIPS(TILE_FUNCTION)

static const JOIN(tile_function, E) JOIN(strip_functions, E)[STRIP_ROWS] = {FOR_STRIPS(TILE_ENTRY)};

// ---------------------------------------------------------------------------------------------
// Packing

/// Copies `depth` × `columns` of B into rows of `width` (whole vectors), padded with zeros.
static void JOIN(pack, E)(ptrdiff_t depth, ptrdiff_t columns, ptrdiff_t width,
                          const E *b, ptrdiff_t b_row, ptrdiff_t b_column, E *panel) {
    if (b_column == 1) {
        for (ptrdiff_t p = 0; p < depth; p++)
            for (ptrdiff_t j = 0; j < width; j += LANES) {
                const E *from = b + p * b_row + j;
                STORE(panel + p * width + j, j + LANES <= columns ? LOAD(from) : LOAD_PART(from, columns - j, (V)0));
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

/// A tile whose columns do not fill its vectors, by way of a buffer that they do fill.
static void JOIN(part_of_tile, E)(JOIN(tile_function, E) function, ptrdiff_t rows, ptrdiff_t columns,
                                  TILE_PARAMETERS) {
    E whole[TILE_ROWS * TILE_COLUMNS] __attribute__((aligned(64)));
    const ptrdiff_t width = (columns + LANES - 1) / LANES * LANES;
    if (initial)
        for (ptrdiff_t r = 0; r < rows; r++)
            for (ptrdiff_t j = 0; j < columns; j += LANES) {
                const E *from = initial + r * initial_row + j;
                STORE(whole + r * width + j, j + LANES <= columns ? LOAD(from) : LOAD_PART(from, columns - j, (V)0));
            }
    function(pieces, count, row, initial ? whole : NULL, width, whole, width);
    for (ptrdiff_t r = 0; r < rows; r++)
        for (ptrdiff_t j = 0; j < columns; j += LANES) {
            E *to = c + r * c_row + j;
            const V v = LOAD(whole + r * width + j);
            if (j + LANES <= columns)
                STORE(to, v);
            else
                STORE_PART(to, columns - j, v);
        }
}

/// A few rows: C in tiles as wide as they can be. Returns the column where that ends.
INLINE ptrdiff_t JOIN(strip, E)(ptrdiff_t rows, ptrdiff_t n, JOIN(piece, E) *pieces, ptrdiff_t count,
                                const E *initial, ptrdiff_t initial_row, E *c, ptrdiff_t c_row) {
    const ptrdiff_t width = strip_vectors[rows - 1] * LANES;
    ptrdiff_t j = 0;
    for (; j + width <= n; j += width) {
        for (ptrdiff_t i = 0; i < count; i++) {
            pieces[i].b = pieces[i].source + j;
            pieces[i].b_row = pieces[i].source_row;
        }
        const E *from = initial ? initial + j : NULL;
        JOIN(strip_functions, E)[rows - 1](pieces, count, 0, from, initial_row, c + j, c_row);
    }
    return j;
}

/// Where tiles at column `j` read B: in its place, there but on the way to the panel if it is to be filled, or in the
/// panel, if their columns are not whole vectors.
INLINE void JOIN(point_to_columns, E)(ptrdiff_t j, ptrdiff_t columns, ptrdiff_t width, bool fills,
                                      JOIN(piece, E) *pieces, ptrdiff_t count, E *panel) {
    for (JOIN(piece, E) *piece = pieces; piece < pieces + count; piece++) {
        piece->b = piece->source + j * piece->source_column;
        piece->b_row = piece->source_row;
        if (piece->source_column != 1 || columns != width) {
            JOIN(pack, E)(piece->depth, columns, width, piece->b, piece->source_row, piece->source_column, panel);
            piece->b = panel;
            piece->b_row = width;
        } else if (fills) {
            piece->panel = panel;
        }
        panel += piece->depth * width;
    }
}

/// Lets the tiles after the one that filled panels read those.
INLINE void JOIN(point_to_panels, E)(ptrdiff_t width, JOIN(piece, E) *pieces, ptrdiff_t count) {
    for (JOIN(piece, E) *piece = pieces; piece < pieces + count; piece++)
        if (piece->panel) {
            piece->b = piece->panel;
            piece->b_row = width;
            piece->panel = NULL;
        }
}

/// C = initial + the sum of the pieces, which are no deeper than a block together.
static void JOIN(block_of_tiles, E)(ptrdiff_t rows, ptrdiff_t n, JOIN(piece, E) *pieces, ptrdiff_t count,
                                    const E *initial, ptrdiff_t initial_row, E *c, ptrdiff_t c_row) {
    E panel[BLOCK_DEPTH * TILE_COLUMNS] __attribute__((aligned(64)));
    // Tiles as even as can be: the first ones may have a row more.
    const ptrdiff_t tiles = (rows + TILE_ROWS - 1) / TILE_ROWS, height = rows / tiles, taller = rows % tiles;
    bool is_strip = rows <= STRIP_ROWS;
    for (ptrdiff_t i = 0; i < count; i++) is_strip = is_strip && pieces[i].source_column == 1;

    ptrdiff_t j = is_strip ? JOIN(strip, E)(rows, n, pieces, count, initial, initial_row, c, c_row) : 0;
    for (; j < n; j += TILE_COLUMNS) {
        const ptrdiff_t columns = smaller(TILE_COLUMNS, n - j);
        const ptrdiff_t vectors = (columns + LANES - 1) / LANES, width = vectors * LANES;
        const JOIN(tile_function, E) *functions = JOIN(tile_functions, E)[vectors - 1];
        JOIN(point_to_columns, E)(j, columns, width, tiles >= PACKED_TILES, pieces, count, panel);
        for (ptrdiff_t tile = 0, r = 0; tile < tiles; tile++) {
            const ptrdiff_t tile_rows = height + (tile < taller);
            const JOIN(tile_function, E) function = functions[tile_rows - 1];
            const E *from = initial ? initial + r * initial_row + j : NULL;
            E *to = c + r * c_row + j;
            if (columns == width)
                function(pieces, count, r, from, initial_row, to, c_row);
            else
                JOIN(part_of_tile, E)(function, tile_rows, columns, pieces, count, r, from, initial_row, to, c_row);
            if (tile == 0) JOIN(point_to_panels, E)(width, pieces, count);
            r += tile_rows;
        }
    }
}

/// Goes through the terms block by block, each a number of pieces of one depth together.
static void JOIN(product_by_tiles, E)(const tapestry_product_term *terms, ptrdiff_t term_count,
                                      const E *initial, ptrdiff_t initial_row, E *c, ptrdiff_t c_row,
                                      tapestry_product_range range) {
    JOIN(piece, E) pieces[MOST_PIECES];
    ptrdiff_t total = 0;
    for (ptrdiff_t t = 0; t < term_count; t++) total += terms[t].k;
    // Lines of A that are read across evict each other when there are too many.
    bool is_across = false;
    for (ptrdiff_t t = 0; t < term_count; t++) is_across = is_across || terms[t].a_column != 1;
    const ptrdiff_t most = is_across ? BLOCK_DEPTH / 2 : BLOCK_DEPTH, blocks = (total + most - 1) / most;
    const ptrdiff_t quota = blocks > 1 ? (total + blocks - 1) / blocks : total;

    const ptrdiff_t rows = range.row_end - range.row_begin, columns = range.column_end - range.column_begin;
    if (initial) initial += range.row_begin * initial_row + range.column_begin;
    c += range.row_begin * c_row + range.column_begin;
    // Rows of C so far apart fall on the same few lines of the cache, which shows where little is done for each
    // element: then a few of them at a time are gone through in long pieces.
    const bool is_trap = c_row * (ptrdiff_t)sizeof(E) % 2048 == 0;
    const tapestry_product_term *term = terms;
    ptrdiff_t p = 0;
    do {
        ptrdiff_t count = 0, depth = 0;
        while (term < terms + term_count && count < MOST_PIECES && depth < quota) {
            const ptrdiff_t piece_depth = smaller(term->k - p, quota - depth);
            if (piece_depth > 0) {
                JOIN(piece, E) *piece = pieces + count++;
                piece->depth = piece_depth;
                piece->a = (const E *)term->a + range.row_begin * term->a_row + p * term->a_column;
                piece->a_row = term->a_row;
                piece->a_column = term->a_column;
                piece->source = (const E *)term->b + range.column_begin * term->b_column + p * term->b_row;
                piece->source_row = term->b_row;
                piece->source_column = term->b_column;
                piece->panel = NULL;
            }
            depth += piece_depth;
            p += piece_depth;
            if (p >= term->k) {
                term++;
                p = 0;
            }
        }
        const ptrdiff_t step = is_trap && depth <= SHALLOW_DEPTH ? SHALLOW_ROWS : rows;
        for (ptrdiff_t r = 0; r < rows; r += step) {
            const E *from = initial ? initial + r * initial_row : NULL;
            JOIN(block_of_tiles, E)(smaller(step, rows - r), columns, pieces, count, from, initial_row, c + r * c_row,
                                    c_row);
            for (ptrdiff_t i = 0; i < count; i++) pieces[i].a += step * pieces[i].a_row;
        }
        initial = c;
        initial_row = c_row;
        total -= depth;
    } while (total > 0);
}

// ---------------------------------------------------------------------------------------------
// Products by dots

/// The lanes added in pairs, the first half to the second, down to one.
INLINE E JOIN(add_lanes, E)(V v) {
    E lanes[LANES];
    STORE(lanes, v);
    for (int width = LANES / 2; width > 0; width /= 2)
        for (int i = 0; i < width; i++) lanes[i] += lanes[i + width];
    return lanes[0];
}

/// `count` elements of a line, the whole vector if `count` is `LANES`.
INLINE V JOIN(load_count, E)(const E *p, ptrdiff_t count) {
    return count == LANES ? LOAD(p) : LOAD_PART(p, count, (V)0);
}

/// One step of the dot products below, of `count` elements along k. The fewer lines stay in registers.
INLINE void JOIN(dot_step, E)(const int rows, const int columns, ptrdiff_t count, const E *a, ptrdiff_t a_row,
                              const E *b, ptrdiff_t b_column, V sum[DOT_ROWS][MOST_VECTORS]) {
    V kept[DOT_ROWS];
    if (rows <= columns) {
        UNROLLED for (int r = 0; r < rows; r++) kept[r] = JOIN(load_count, E)(a + r * a_row, count);
        UNROLLED for (int j = 0; j < columns; j++) {
            const V y = JOIN(load_count, E)(b + j * b_column, count);
            UNROLLED for (int r = 0; r < rows; r++) sum[r][j] += kept[r] * y;
        }
    } else {
        UNROLLED for (int j = 0; j < columns; j++) kept[j] = JOIN(load_count, E)(b + j * b_column, count);
        UNROLLED for (int r = 0; r < rows; r++) {
            const V x = JOIN(load_count, E)(a + r * a_row, count);
            UNROLLED for (int j = 0; j < columns; j++) sum[r][j] += x * kept[j];
        }
    }
}

/// `rows` × `columns` elements of C from (`row`, `column`) on: dot products of lines of A and B along k.
INLINE void JOIN(dot_tile, E)(const int rows, const int columns, const tapestry_product_term *terms,
                              ptrdiff_t term_count, ptrdiff_t row, ptrdiff_t column,
                              const E *initial, ptrdiff_t initial_row, E *c, ptrdiff_t c_row) {
    E dots[DOT_ROWS][MOST_VECTORS] = {0};
    for (const tapestry_product_term *term = terms; term < terms + term_count; term++) {
        const ptrdiff_t a_row = term->a_row, b_column = term->b_column;
        const E *a = (const E *)term->a + row * a_row, *b = (const E *)term->b + column * b_column;
        for (ptrdiff_t begin = 0; begin < term->k; begin += DOT_DEPTH * LANES) {
            const ptrdiff_t end = smaller(term->k, begin + DOT_DEPTH * LANES);
            V sum[DOT_ROWS][MOST_VECTORS];
            UNROLLED for (int r = 0; r < rows; r++)
                UNROLLED for (int j = 0; j < columns; j++) sum[r][j] = (V)0;
            ptrdiff_t p = begin;
            for (; p + LANES <= end; p += LANES)
                JOIN(dot_step, E)(rows, columns, LANES, a + p, a_row, b + p, b_column, sum);
            if (p < end) JOIN(dot_step, E)(rows, columns, end - p, a + p, a_row, b + p, b_column, sum);
            UNROLLED for (int r = 0; r < rows; r++)
                UNROLLED for (int j = 0; j < columns; j++) dots[r][j] += JOIN(add_lanes, E)(sum[r][j]);
        }
    }
    UNROLLED for (int r = 0; r < rows; r++)
        UNROLLED for (int j = 0; j < columns; j++) {
            const ptrdiff_t i = row + r, at = column + j;
            c[i * c_row + at] = initial ? initial[i * initial_row + at] + dots[r][j] : dots[r][j];
        }
}

/// `rows` rows of C, `columns` columns at a time.
INLINE void JOIN(dot_rows, E)(const int rows, const int columns, const tapestry_product_term *terms,
                              ptrdiff_t term_count, ptrdiff_t row, const E *initial, ptrdiff_t initial_row,
                              E *c, ptrdiff_t c_row, tapestry_product_range range) {
    ptrdiff_t j = range.column_begin;
    for (; j + columns <= range.column_end; j += columns)
        JOIN(dot_tile, E)(rows, columns, terms, term_count, row, j, initial, initial_row, c, c_row);
    for (; j < range.column_end; j++)
        JOIN(dot_tile, E)(rows, 1, terms, term_count, row, j, initial, initial_row, c, c_row);
}

static void JOIN(product_by_dots, E)(const tapestry_product_term *terms, ptrdiff_t term_count,
                                     const E *initial, ptrdiff_t initial_row, E *c, ptrdiff_t c_row,
                                     tapestry_product_range range) {
#define DOTS_OF_ROWS(ROWS, COLUMNS)                                                                        \
    for (; r + ROWS <= range.row_end; r += ROWS)                                                           \
        JOIN(dot_rows, E)(ROWS, COLUMNS, terms, term_count, r, initial, initial_row, c, c_row, range);
    ptrdiff_t r = range.row_begin;
    FOR_DOTS(DOTS_OF_ROWS)
#undef DOTS_OF_ROWS
}

// ---------------------------------------------------------------------------------------------
// The choice of method

static void JOIN(product_kernel, E)(ptrdiff_t m, ptrdiff_t n, const tapestry_product_term *terms, ptrdiff_t term_count,
                                    const void *initial, ptrdiff_t initial_row, void *c, ptrdiff_t c_row,
                                    tapestry_product_range range);

/// A column of C is a row of the transposed product, with vectors along what are columns now.
static void JOIN(product_of_column, E)(ptrdiff_t m, const tapestry_product_term *terms, ptrdiff_t term_count,
                                       const E *initial, ptrdiff_t initial_row, E *c, tapestry_product_range range) {
    if (initial && initial_row != 1) {
        for (ptrdiff_t r = range.row_begin; r < range.row_end; r++) c[r] = initial[r * initial_row];
        initial = c;
    }
    range = (tapestry_product_range){range.column_begin, range.column_end, range.row_begin, range.row_end};
    do {
        tapestry_product_term transposed[MOST_PIECES];
        const ptrdiff_t count = smaller(term_count, MOST_PIECES);
        for (ptrdiff_t t = 0; t < count; t++)
            transposed[t] = (tapestry_product_term){terms[t].b, terms[t].b_column, terms[t].b_row,
                                                    terms[t].a, terms[t].a_column, terms[t].a_row, terms[t].k};
        JOIN(product_kernel, E)(1, m, transposed, count, initial, 0, c, 0, range);
        initial = c;
        terms += count;
        term_count -= count;
    } while (term_count > 0);
}

static void JOIN(product_kernel, E)(ptrdiff_t m, ptrdiff_t n, const tapestry_product_term *terms, ptrdiff_t term_count,
                                    const void *initial, ptrdiff_t initial_row, void *c, ptrdiff_t c_row,
                                    tapestry_product_range range) {
    if (range.row_begin >= range.row_end || range.column_begin >= range.column_end) return;
    bool is_along_k = true;
    ptrdiff_t depth = 0;
    for (ptrdiff_t t = 0; t < term_count; t++) {
        is_along_k = is_along_k && terms[t].a_column == 1 && terms[t].b_row == 1 && (terms[t].b_column != 1 || n == 1);
        depth += terms[t].k;
    }
    const bool is_by_dots = is_along_k && m <= MOST_DOT_ROWS && 2 * depth >= 3 * LANES * m;

    if (n == 1 && c_row == 1 && m > 1)
        JOIN(product_of_column, E)(m, terms, term_count, initial, initial_row, c, range);
    else if (is_by_dots)
        JOIN(product_by_dots, E)(terms, term_count, initial, initial_row, c, c_row, range);
    else
        JOIN(product_by_tiles, E)(terms, term_count, initial, initial_row, c, c_row, range);
}

#undef TILE_PARAMETERS
#undef TILE_COLUMNS
#undef TILE_FUNCTION
#undef TILE_ENTRY
#undef FOR_TILE_HEIGHTS
#undef FOR_TILE_HEIGHTS_TO_12
#undef FOR_TILE_HEIGHTS_TO_6
#undef FOR_TILE_HEIGHTS_TO_4
#undef V
#undef LANES
