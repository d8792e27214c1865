/// Loops over rows × columns around a function of whole vectors (which is inlined into them). A loop takes the
/// fast paths when the columns of `out` are contiguous and those of each operand are contiguous or broadcast;
/// anything else is gathered lane by lane, in blocks of rows so that transposed operands stay in the cache.

enum { CONTIGUOUS = 1, BROADCAST = 0, GATHER_BLOCK = 64 };

INLINE ptrdiff_t smaller(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

INLINE void swap(ptrdiff_t *a, ptrdiff_t *b) {
    ptrdiff_t c = *a;
    *a = *b;
    *b = c;
}

/// Whether the loop is better run along the rows.
INLINE bool runs_along_rows(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t out_row, ptrdiff_t out_column) {
    return rows > 1 && (columns == 1 || (out_row == 1 && out_column != 1));
}

/// An operand of a row as a vector from `i` on, or of those that are left.
#define WHOLE(V, p, kind, fixed) ((kind) == BROADCAST ? (fixed) : load_##V((p) + i))
#define PART(V, p, kind, fixed) ((kind) == BROADCAST ? (fixed) : load_part_##V((p) + i, columns - i, (V){0}))

#define DEFINE_UNARY_LOOP(NAME, L, O, A)                                                                     \
    INLINE void NAME##_row(ptrdiff_t columns, O *out, const A *a, int a_kind, O##x##L (*op)(A##x##L)) {      \
        const A##x##L a_fixed = a_kind == BROADCAST ? (A##x##L)(*a) : (A##x##L){0};                          \
        ptrdiff_t i = 0;                                                                                     \
        for (; i + L <= columns; i += L)                                                                     \
            store_##O##x##L(out + i, op(WHOLE(A##x##L, a, a_kind, a_fixed)));                                \
        if (i < columns)                                                                                     \
            store_part_##O##x##L(out + i, columns - i, op(PART(A##x##L, a, a_kind, a_fixed)));               \
    }                                                                                                        \
    INLINE void NAME(ptrdiff_t rows, ptrdiff_t columns, O *out, ptrdiff_t out_row, ptrdiff_t out_column,     \
                     const A *a, ptrdiff_t a_row, ptrdiff_t a_column, O##x##L (*op)(A##x##L)) {              \
        if (rows <= 0 || columns <= 0) return;                                                               \
        if (runs_along_rows(rows, columns, out_row, out_column)) {                                           \
            swap(&rows, &columns);                                                                           \
            swap(&out_row, &out_column);                                                                     \
            swap(&a_row, &a_column);                                                                         \
        }                                                                                                    \
        if (out_column == 1 && a_column == 1) {                                                              \
            for (ptrdiff_t r = 0; r < rows; r++)                                                             \
                NAME##_row(columns, out + r * out_row, a + r * a_row, CONTIGUOUS, op);                       \
        } else if (out_column == 1 && a_column == 0) {                                                       \
            for (ptrdiff_t r = 0; r < rows; r++)                                                             \
                NAME##_row(columns, out + r * out_row, a + r * a_row, BROADCAST, op);                        \
        } else {                                                                                             \
            for (ptrdiff_t block = 0; block < rows; block += GATHER_BLOCK)                                   \
                for (ptrdiff_t i = 0; i < columns; i += L)                                                   \
                    for (ptrdiff_t r = block; r < smaller(rows, block + GATHER_BLOCK); r++) {                \
                        const ptrdiff_t n = smaller(L, columns - i);                                         \
                        const A##x##L x = load_strided_##A##x##L(a + r * a_row + i * a_column, a_column, n); \
                        store_strided_##O##x##L(out + r * out_row + i * out_column, out_column, n, op(x));   \
                    }                                                                                        \
        }                                                                                                    \
    }

#define DEFINE_BINARY_LOOP(NAME, L, O, A)                                                                    \
    INLINE void NAME##_row(ptrdiff_t columns, O *out, const A *a, int a_kind, const A *b, int b_kind,        \
                           O##x##L (*op)(A##x##L, A##x##L)) {                                                \
        const A##x##L a_fixed = a_kind == BROADCAST ? (A##x##L)(*a) : (A##x##L){0};                          \
        const A##x##L b_fixed = b_kind == BROADCAST ? (A##x##L)(*b) : (A##x##L){0};                          \
        ptrdiff_t i = 0;                                                                                     \
        for (; i + L <= columns; i += L)                                                                     \
            store_##O##x##L(out + i, op(WHOLE(A##x##L, a, a_kind, a_fixed),                                  \
                                        WHOLE(A##x##L, b, b_kind, b_fixed)));                                \
        if (i < columns)                                                                                     \
            store_part_##O##x##L(out + i, columns - i, op(PART(A##x##L, a, a_kind, a_fixed),                 \
                                                          PART(A##x##L, b, b_kind, b_fixed)));               \
    }                                                                                                        \
    INLINE void NAME(ptrdiff_t rows, ptrdiff_t columns, O *out, ptrdiff_t out_row, ptrdiff_t out_column,     \
                     const A *a, ptrdiff_t a_row, ptrdiff_t a_column,                                        \
                     const A *b, ptrdiff_t b_row, ptrdiff_t b_column, O##x##L (*op)(A##x##L, A##x##L)) {     \
        if (rows <= 0 || columns <= 0) return;                                                               \
        if (runs_along_rows(rows, columns, out_row, out_column)) {                                           \
            swap(&rows, &columns);                                                                           \
            swap(&out_row, &out_column);                                                                     \
            swap(&a_row, &a_column);                                                                         \
            swap(&b_row, &b_column);                                                                         \
        }                                                                                                    \
        if (out_column == 1 && a_column == 1 && b_column == 1) {                                             \
            for (ptrdiff_t r = 0; r < rows; r++)                                                             \
                NAME##_row(columns, out + r * out_row, a + r * a_row, CONTIGUOUS,                            \
                           b + r * b_row, CONTIGUOUS, op);                                                   \
        } else if (out_column == 1 && a_column == 1 && b_column == 0) {                                      \
            for (ptrdiff_t r = 0; r < rows; r++)                                                             \
                NAME##_row(columns, out + r * out_row, a + r * a_row, CONTIGUOUS,                            \
                           b + r * b_row, BROADCAST, op);                                                    \
        } else if (out_column == 1 && a_column == 0 && b_column == 1) {                                      \
            for (ptrdiff_t r = 0; r < rows; r++)                                                             \
                NAME##_row(columns, out + r * out_row, a + r * a_row, BROADCAST,                             \
                           b + r * b_row, CONTIGUOUS, op);                                                   \
        } else {                                                                                             \
            for (ptrdiff_t block = 0; block < rows; block += GATHER_BLOCK)                                   \
                for (ptrdiff_t i = 0; i < columns; i += L)                                                   \
                    for (ptrdiff_t r = block; r < smaller(rows, block + GATHER_BLOCK); r++) {                \
                        const ptrdiff_t n = smaller(L, columns - i);                                         \
                        const A##x##L x = load_strided_##A##x##L(a + r * a_row + i * a_column, a_column, n); \
                        const A##x##L y = load_strided_##A##x##L(b + r * b_row + i * b_column, b_column, n); \
                        store_strided_##O##x##L(out + r * out_row + i * out_column, out_column, n,           \
                                                op(x, y));                                                   \
                    }                                                                                        \
        }                                                                                                    \
    }

#define DEFINE_TERNARY_LOOP(NAME, L, A, B)                                                                   \
    INLINE void NAME##_row(ptrdiff_t columns, B *out, const A *a, int a_kind, const B *b, int b_kind,        \
                           const B *c, int c_kind, B##x##L (*op)(A##x##L, B##x##L, B##x##L)) {               \
        const A##x##L a_fixed = a_kind == BROADCAST ? (A##x##L)(*a) : (A##x##L){0};                          \
        const B##x##L b_fixed = b_kind == BROADCAST ? (B##x##L)(*b) : (B##x##L){0};                          \
        const B##x##L c_fixed = c_kind == BROADCAST ? (B##x##L)(*c) : (B##x##L){0};                          \
        ptrdiff_t i = 0;                                                                                     \
        for (; i + L <= columns; i += L)                                                                     \
            store_##B##x##L(out + i, op(WHOLE(A##x##L, a, a_kind, a_fixed),                                  \
                                        WHOLE(B##x##L, b, b_kind, b_fixed),                                  \
                                        WHOLE(B##x##L, c, c_kind, c_fixed)));                                \
        if (i < columns)                                                                                     \
            store_part_##B##x##L(out + i, columns - i, op(PART(A##x##L, a, a_kind, a_fixed),                 \
                                                          PART(B##x##L, b, b_kind, b_fixed),                 \
                                                          PART(B##x##L, c, c_kind, c_fixed)));               \
    }                                                                                                        \
    INLINE void NAME(ptrdiff_t rows, ptrdiff_t columns, B *out, ptrdiff_t out_row, ptrdiff_t out_column,     \
                     const A *a, ptrdiff_t a_row, ptrdiff_t a_column,                                        \
                     const B *b, ptrdiff_t b_row, ptrdiff_t b_column,                                        \
                     const B *c, ptrdiff_t c_row, ptrdiff_t c_column,                                        \
                     B##x##L (*op)(A##x##L, B##x##L, B##x##L)) {                                             \
        if (rows <= 0 || columns <= 0) return;                                                               \
        if (runs_along_rows(rows, columns, out_row, out_column)) {                                           \
            swap(&rows, &columns);                                                                           \
            swap(&out_row, &out_column);                                                                     \
            swap(&a_row, &a_column);                                                                         \
            swap(&b_row, &b_column);                                                                         \
            swap(&c_row, &c_column);                                                                         \
        }                                                                                                    \
        if (out_column == 1 && a_column == 1 && b_column == 1 && c_column == 1) {                            \
            for (ptrdiff_t r = 0; r < rows; r++)                                                             \
                NAME##_row(columns, out + r * out_row, a + r * a_row, CONTIGUOUS, b + r * b_row, CONTIGUOUS, \
                           c + r * c_row, CONTIGUOUS, op);                                                   \
        } else if (out_column == 1 && a_column == 1 && b_column == 0 && c_column == 1) {                     \
            for (ptrdiff_t r = 0; r < rows; r++)                                                             \
                NAME##_row(columns, out + r * out_row, a + r * a_row, CONTIGUOUS, b + r * b_row, BROADCAST,  \
                           c + r * c_row, CONTIGUOUS, op);                                                   \
        } else if (out_column == 1 && a_column == 1 && b_column == 1 && c_column == 0) {                     \
            for (ptrdiff_t r = 0; r < rows; r++)                                                             \
                NAME##_row(columns, out + r * out_row, a + r * a_row, CONTIGUOUS, b + r * b_row, CONTIGUOUS, \
                           c + r * c_row, BROADCAST, op);                                                    \
        } else {                                                                                             \
            for (ptrdiff_t block = 0; block < rows; block += GATHER_BLOCK)                                   \
                for (ptrdiff_t i = 0; i < columns; i += L)                                                   \
                    for (ptrdiff_t r = block; r < smaller(rows, block + GATHER_BLOCK); r++) {                \
                        const ptrdiff_t n = smaller(L, columns - i);                                         \
                        const A##x##L x = load_strided_##A##x##L(a + r * a_row + i * a_column, a_column, n); \
                        const B##x##L y = load_strided_##B##x##L(b + r * b_row + i * b_column, b_column, n); \
                        const B##x##L z = load_strided_##B##x##L(c + r * c_row + i * c_column, c_column, n); \
                        store_strided_##B##x##L(out + r * out_row + i * out_column, out_column, n,           \
                                                op(x, y, z));                                                \
                    }                                                                                        \
        }                                                                                                    \
    }

DEFINE_UNARY_LOOP(unary_loop_float32, 16, float32, float32)
DEFINE_UNARY_LOOP(unary_loop_float64, 8, float64, float64)
DEFINE_UNARY_LOOP(unary_loop_int32, 16, int32, int32)
DEFINE_UNARY_LOOP(unary_loop_bool8, 64, bool8, bool8)

DEFINE_UNARY_LOOP(classification_loop_float32, 16, bool8, float32)
DEFINE_UNARY_LOOP(classification_loop_float64, 8, bool8, float64)

DEFINE_BINARY_LOOP(binary_loop_float32, 16, float32, float32)
DEFINE_BINARY_LOOP(binary_loop_float64, 8, float64, float64)
DEFINE_BINARY_LOOP(binary_loop_int32, 16, int32, int32)
DEFINE_BINARY_LOOP(binary_loop_bool8, 64, bool8, bool8)

DEFINE_BINARY_LOOP(comparison_loop_float32, 16, bool8, float32)
DEFINE_BINARY_LOOP(comparison_loop_float64, 8, bool8, float64)
DEFINE_BINARY_LOOP(comparison_loop_int32, 16, bool8, int32)
DEFINE_BINARY_LOOP(comparison_loop_bool8, 64, bool8, bool8)

DEFINE_TERNARY_LOOP(accumulating_loop_float32, 16, float32, float32)
DEFINE_TERNARY_LOOP(accumulating_loop_float64, 8, float64, float64)

DEFINE_TERNARY_LOOP(select_loop_float32, 16, bool8, float32)
DEFINE_TERNARY_LOOP(select_loop_float64, 8, bool8, float64)
DEFINE_TERNARY_LOOP(select_loop_int32, 16, bool8, int32)
DEFINE_TERNARY_LOOP(select_loop_bool8, 64, bool8, bool8)
