/// Elements read from, and written to, the places that indices name.
#include "CTapestryKernels.h"

// The rows of one element type, where each element has an index of its own. `a` steps through the indexed side.
typedef void (*gather_row)(ptrdiff_t columns, void *out, ptrdiff_t out_column, const void *a, ptrdiff_t a_column,
                           ptrdiff_t a_index, const int32_t *indices, ptrdiff_t index_column);
typedef void (*scatter_row)(ptrdiff_t columns, void *a, ptrdiff_t a_column, ptrdiff_t a_index, const void *values,
                            ptrdiff_t value_column, const int32_t *indices, ptrdiff_t index_column);

#define DEFINE_GATHER_ROW(E)                                                                                     \
    static void gather_row_##E(ptrdiff_t columns, void *out, ptrdiff_t out_column, const void *a,                \
                               ptrdiff_t a_column, ptrdiff_t a_index, const int32_t *indices,                    \
                               ptrdiff_t index_column) {                                                         \
        for (ptrdiff_t c = 0; c < columns; c++)                                                                  \
            ((E *)out)[c * out_column] = ((const E *)a)[c * a_column + indices[c * index_column] * a_index];     \
    }
#define DEFINE_SCATTER_ROW(NAME, E, ASSIGN)                                                                      \
    static void NAME##_row_##E(ptrdiff_t columns, void *a, ptrdiff_t a_column, ptrdiff_t a_index,                \
                               const void *values, ptrdiff_t value_column, const int32_t *indices,               \
                               ptrdiff_t index_column) {                                                         \
        for (ptrdiff_t c = 0; c < columns; c++)                                                                  \
            ((E *)a)[c * a_column + indices[c * index_column] * a_index] ASSIGN ((const E *)values)[c * value_column]; \
    }
#define DEFINE_MOVING_ROWS(E) DEFINE_GATHER_ROW(E) DEFINE_SCATTER_ROW(set, E, =)

// Moving needs to know no more of a type than its size; unsigned addition wraps, as signed addition must.
DEFINE_MOVING_ROWS(uint8_t)
DEFINE_MOVING_ROWS(uint32_t)
DEFINE_MOVING_ROWS(uint64_t)
DEFINE_SCATTER_ROW(add, float, +=)
DEFINE_SCATTER_ROW(add, double, +=)
DEFINE_SCATTER_ROW(add, uint32_t, +=)

/// What there is for each element type; Booleans are not added.
static const struct element {
    ptrdiff_t size;
    gather_row gather;
    scatter_row set, add;
} elements[] = {
    [TAPESTRY_FLOAT32] = {4, gather_row_uint32_t, set_row_uint32_t, add_row_float},
    [TAPESTRY_FLOAT64] = {8, gather_row_uint64_t, set_row_uint64_t, add_row_double},
    [TAPESTRY_INT32] = {4, gather_row_uint32_t, set_row_uint32_t, add_row_uint32_t},
    [TAPESTRY_BOOL] = {1, gather_row_uint8_t, set_row_uint8_t, 0},
};

void tapestry_gather(int type, ptrdiff_t rows, ptrdiff_t columns,
                     void *out, ptrdiff_t out_row, ptrdiff_t out_column,
                     const void *a, ptrdiff_t a_row, ptrdiff_t a_column, ptrdiff_t a_index,
                     const int32_t *indices, ptrdiff_t index_row, ptrdiff_t index_column) {
    const tapestry_unary copy = tapestry_unary_kernel(TAPESTRY_COPY, type);
    const struct element element = elements[type];
    for (ptrdiff_t r = 0; r < rows; r++, indices += index_row) {
        char *to = (char *)out + r * out_row * element.size;
        const char *from = (const char *)a + r * a_row * element.size;
        if (index_column == 0)
            copy(1, columns, to, 0, out_column, from + *indices * a_index * element.size, 0, a_column);
        else
            element.gather(columns, to, out_column, from, a_column, a_index, indices, index_column);
    }
}

/// Puts values in the places of elements, or adds them there.
static void scatter(bool adds, int type, ptrdiff_t rows, ptrdiff_t columns,
                    void *a, ptrdiff_t a_row, ptrdiff_t a_column, ptrdiff_t a_index,
                    const void *values, ptrdiff_t value_row, ptrdiff_t value_column,
                    const int32_t *indices, ptrdiff_t index_row, ptrdiff_t index_column) {
    const tapestry_unary copy = tapestry_unary_kernel(TAPESTRY_COPY, type);
    const tapestry_binary add = tapestry_binary_kernel(TAPESTRY_ADD, type);
    const struct element element = elements[type];
    for (ptrdiff_t r = 0; r < rows; r++, indices += index_row) {
        char *to = (char *)a + r * a_row * element.size;
        const char *from = (const char *)values + r * value_row * element.size;
        if (index_column != 0) {
            (adds ? element.add : element.set)(columns, to, a_column, a_index, from, value_column, indices,
                                               index_column);
            continue;
        }
        to += *indices * a_index * element.size;
        if (adds)
            add(1, columns, to, 0, a_column, to, 0, a_column, from, 0, value_column);
        else
            copy(1, columns, to, 0, a_column, from, 0, value_column);
    }
}

void tapestry_scatter_set(int type, ptrdiff_t rows, ptrdiff_t columns,
                          void *a, ptrdiff_t a_row, ptrdiff_t a_column, ptrdiff_t a_index,
                          const void *values, ptrdiff_t value_row, ptrdiff_t value_column,
                          const int32_t *indices, ptrdiff_t index_row, ptrdiff_t index_column) {
    scatter(false, type, rows, columns, a, a_row, a_column, a_index, values, value_row, value_column, indices,
            index_row, index_column);
}

void tapestry_scatter_add(int type, ptrdiff_t rows, ptrdiff_t columns,
                          void *a, ptrdiff_t a_row, ptrdiff_t a_column, ptrdiff_t a_index,
                          const void *values, ptrdiff_t value_row, ptrdiff_t value_column,
                          const int32_t *indices, ptrdiff_t index_row, ptrdiff_t index_column) {
    scatter(true, type, rows, columns, a, a_row, a_column, a_index, values, value_row, value_column, indices,
            index_row, index_column);
}
