/// Elements read from, and written to, the places that indices name.
#include "CTapestryKernels.h"

/// The rows of one element type, where each element has an index of its own. `a` steps through the indexed side.
#define DEFINE_ROWS(E)                                                                                           \
    static void gather_row_##E(ptrdiff_t columns, E *out, ptrdiff_t out_column, const E *a, ptrdiff_t a_column,  \
                               ptrdiff_t a_index, const int32_t *indices, ptrdiff_t index_column) {              \
        for (ptrdiff_t c = 0; c < columns; c++)                                                                  \
            out[c * out_column] = a[c * a_column + indices[c * index_column] * a_index];                         \
    }                                                                                                            \
    static void set_row_##E(ptrdiff_t columns, E *a, ptrdiff_t a_column, ptrdiff_t a_index, const E *values,     \
                            ptrdiff_t value_column, const int32_t *indices, ptrdiff_t index_column) {            \
        for (ptrdiff_t c = 0; c < columns; c++)                                                                  \
            a[c * a_column + indices[c * index_column] * a_index] = values[c * value_column];                    \
    }

#define DEFINE_ADDING_ROW(E)                                                                                     \
    static void add_row_##E(ptrdiff_t columns, E *a, ptrdiff_t a_column, ptrdiff_t a_index, const E *values,     \
                            ptrdiff_t value_column, const int32_t *indices, ptrdiff_t index_column) {            \
        for (ptrdiff_t c = 0; c < columns; c++)                                                                  \
            a[c * a_column + indices[c * index_column] * a_index] += values[c * value_column];                   \
    }

// Moving needs to know no more of a type than its size; unsigned addition wraps, as signed addition must.
DEFINE_ROWS(uint8_t)
DEFINE_ROWS(uint32_t)
DEFINE_ROWS(uint64_t)
DEFINE_ADDING_ROW(float)
DEFINE_ADDING_ROW(double)
DEFINE_ADDING_ROW(uint32_t)

static ptrdiff_t size_of(int type) {
    return type == TAPESTRY_FLOAT64 ? sizeof(double) : type == TAPESTRY_BOOL ? 1 : sizeof(float);
}

void tapestry_gather(int type, ptrdiff_t rows, ptrdiff_t columns,
                     void *out, ptrdiff_t out_row, ptrdiff_t out_column,
                     const void *a, ptrdiff_t a_row, ptrdiff_t a_column, ptrdiff_t a_index,
                     const int32_t *indices, ptrdiff_t index_row, ptrdiff_t index_column) {
    const tapestry_unary copy = tapestry_unary_kernel(TAPESTRY_COPY, type);
    const ptrdiff_t size = size_of(type);
    for (ptrdiff_t r = 0; r < rows; r++, indices += index_row) {
        char *to = (char *)out + r * out_row * size;
        const char *from = (const char *)a + r * a_row * size;
        if (index_column == 0)
            copy(1, columns, to, 0, out_column, from + *indices * a_index * size, 0, a_column);
        else if (type == TAPESTRY_BOOL)
            gather_row_uint8_t(columns, (uint8_t *)to, out_column, (const uint8_t *)from, a_column, a_index,
                               indices, index_column);
        else if (type == TAPESTRY_FLOAT64)
            gather_row_uint64_t(columns, (uint64_t *)to, out_column, (const uint64_t *)from, a_column, a_index,
                                indices, index_column);
        else
            gather_row_uint32_t(columns, (uint32_t *)to, out_column, (const uint32_t *)from, a_column, a_index,
                                indices, index_column);
    }
}

void tapestry_scatter_set(int type, ptrdiff_t rows, ptrdiff_t columns,
                          void *a, ptrdiff_t a_row, ptrdiff_t a_column, ptrdiff_t a_index,
                          const void *values, ptrdiff_t value_row, ptrdiff_t value_column,
                          const int32_t *indices, ptrdiff_t index_row, ptrdiff_t index_column) {
    const tapestry_unary copy = tapestry_unary_kernel(TAPESTRY_COPY, type);
    const ptrdiff_t size = size_of(type);
    for (ptrdiff_t r = 0; r < rows; r++, indices += index_row) {
        char *to = (char *)a + r * a_row * size;
        const char *from = (const char *)values + r * value_row * size;
        if (index_column == 0)
            copy(1, columns, to + *indices * a_index * size, 0, a_column, from, 0, value_column);
        else if (type == TAPESTRY_BOOL)
            set_row_uint8_t(columns, (uint8_t *)to, a_column, a_index, (const uint8_t *)from, value_column,
                            indices, index_column);
        else if (type == TAPESTRY_FLOAT64)
            set_row_uint64_t(columns, (uint64_t *)to, a_column, a_index, (const uint64_t *)from, value_column,
                             indices, index_column);
        else
            set_row_uint32_t(columns, (uint32_t *)to, a_column, a_index, (const uint32_t *)from, value_column,
                             indices, index_column);
    }
}

void tapestry_scatter_add(int type, ptrdiff_t rows, ptrdiff_t columns,
                          void *a, ptrdiff_t a_row, ptrdiff_t a_column, ptrdiff_t a_index,
                          const void *values, ptrdiff_t value_row, ptrdiff_t value_column,
                          const int32_t *indices, ptrdiff_t index_row, ptrdiff_t index_column) {
    const tapestry_binary add = tapestry_binary_kernel(TAPESTRY_ADD, type);
    const ptrdiff_t size = size_of(type);
    for (ptrdiff_t r = 0; r < rows; r++, indices += index_row) {
        char *to = (char *)a + r * a_row * size;
        const char *from = (const char *)values + r * value_row * size;
        if (index_column == 0) {
            to += *indices * a_index * size;
            add(1, columns, to, 0, a_column, to, 0, a_column, from, 0, value_column);
        } else if (type == TAPESTRY_FLOAT64) {
            add_row_double(columns, (double *)to, a_column, a_index, (const double *)from, value_column,
                           indices, index_column);
        } else if (type == TAPESTRY_FLOAT32) {
            add_row_float(columns, (float *)to, a_column, a_index, (const float *)from, value_column,
                          indices, index_column);
        } else {
            add_row_uint32_t(columns, (uint32_t *)to, a_column, a_index, (const uint32_t *)from, value_column,
                             indices, index_column);
        }
    }
}
