/// Rows gathered from a table and added back into it.
#include <string.h>

#include "CTapestryKernels.h"

ptrdiff_t tapestry_gather_rows(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t element_size,
                               void *out, ptrdiff_t out_row,
                               const void *table, ptrdiff_t table_row, ptrdiff_t table_rows,
                               const int32_t *indices, ptrdiff_t index_stride) {
    const size_t bytes = columns > 0 ? (size_t)(columns * element_size) : 0;
    char *to = out;
    const char *from = table;
    for (ptrdiff_t r = 0; r < rows; r++, to += out_row * element_size) {
        const ptrdiff_t index = indices[r * index_stride];
        if (index < 0 || index >= table_rows) return r;
        if (bytes > 0) memcpy(to, from + index * table_row * element_size, bytes);
    }
    return -1;
}

void tapestry_scatter_add_rows(int type, ptrdiff_t rows, ptrdiff_t columns,
                               void *table, ptrdiff_t table_row,
                               const void *a, ptrdiff_t a_row, ptrdiff_t a_column,
                               const int32_t *indices, ptrdiff_t index_stride) {
    const tapestry_binary add = tapestry_binary_kernel(TAPESTRY_ADD, type);
    const ptrdiff_t size = type == TAPESTRY_FLOAT64 ? sizeof(double) : sizeof(float);
    for (ptrdiff_t r = 0; r < rows; r++) {
        char *row = (char *)table + indices[r * index_stride] * table_row * size;
        add(1, columns, row, 0, 1, row, 0, 1, (const char *)a + r * a_row * size, 0, a_column);
    }
}
