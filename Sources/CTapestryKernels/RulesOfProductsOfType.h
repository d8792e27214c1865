/// The kernels for elements `E` in vectors `V` of `LANES`; included for each type.

#define RULE_OF_PRODUCT_KERNEL(RULE)                                                                              \
    INLINE void JOIN(RULE##_of_product_row, E)(ptrdiff_t columns, const bool accumulate, E *out,                  \
                                               const E *g, const E *factor, const E *y) {                         \
        ptrdiff_t i = 0;                                                                                          \
        for (; i + LANES <= columns; i += LANES) {                                                                \
            const V rule = JOIN(RULE##_formula, E)(LOAD(g + i) * LOAD(factor + i), LOAD(y + i));                  \
            STORE(out + i, accumulate ? LOAD(out + i) + rule : rule);                                             \
        }                                                                                                         \
        if (i < columns) {                                                                                        \
            const ptrdiff_t rest = columns - i;                                                                   \
            const V product = LOAD_PART(g + i, rest, (V)0) * LOAD_PART(factor + i, rest, (V)0);                   \
            const V rule = JOIN(RULE##_formula, E)(product, LOAD_PART(y + i, rest, (V)0));                        \
            STORE_PART(out + i, rest, accumulate ? LOAD_PART(out + i, rest, (V)0) + rule : rule);                 \
        }                                                                                                         \
    }                                                                                                             \
    static void JOIN(RULE##_of_product_kernel, E)(                                                                \
        ptrdiff_t rows, ptrdiff_t columns, bool accumulate, void *out_, ptrdiff_t out_row,                        \
        const void *g_, ptrdiff_t g_row, const void *factor_, ptrdiff_t factor_row,                               \
        const void *y_, ptrdiff_t y_row) {                                                                        \
        E *out = out_;                                                                                            \
        const E *g = g_, *factor = factor_, *y = y_;                                                              \
        for (ptrdiff_t r = 0; r < rows; r++, out += out_row, g += g_row, factor += factor_row, y += y_row)        \
            if (accumulate)                                                                                       \
                JOIN(RULE##_of_product_row, E)(columns, true, out, g, factor, y);                                 \
            else                                                                                                  \
                JOIN(RULE##_of_product_row, E)(columns, false, out, g, factor, y);                                \
    }

RULES_OF_PRODUCTS(RULE_OF_PRODUCT_KERNEL)

#undef RULE_OF_PRODUCT_KERNEL
