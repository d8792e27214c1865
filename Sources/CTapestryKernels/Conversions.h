/// Conversions between element types, sixteen elements at a time.

#define CONVERSION(FROM, TO, FORMULA)                                                                         \
    DEFINE_UNARY_LOOP(FROM##_to_##TO##_loop, 16, TO, FROM)                                                    \
    INLINE TO##x16 FROM##_to_##TO##_formula(FROM##x16 a) { return FORMULA; }                                  \
    static void FROM##_to_##TO##_kernel(ptrdiff_t rows, ptrdiff_t columns,                                    \
                                        void *out, ptrdiff_t out_row, ptrdiff_t out_column,                   \
                                        const void *a, ptrdiff_t a_row, ptrdiff_t a_column) {                 \
        FROM##_to_##TO##_loop(rows, columns, out, out_row, out_column, a, a_row, a_column,                    \
                              FROM##_to_##TO##_formula);                                                      \
    }

/// Truncated toward zero and saturated, 0 for NaN. Whatever C leaves undefined is replaced before it is converted.
INLINE int32x16 saturated_float64(float64x16 a) {
    a = a > 0x1.fffffffcp30 ? (float64x16)0x1.fffffffcp30 : a;
    a = a < -0x1p31 ? (float64x16)(-0x1p31) : a;
    a = a == a ? a : (float64x16)0;
    return __builtin_convertvector(a, int32x16);
}

INLINE int32x16 saturated_float32(float32x16 a) {
    const int32x16 over = a >= 0x1p31f;
    a = (over | (a != a)) ? (float32x16)0 : a < -0x1p31f ? (float32x16)(-0x1p31f) : a;
    return over ? (int32x16)INT32_MAX : __builtin_convertvector(a, int32x16);
}

CONVERSION(float32, float64, __builtin_convertvector(a, float64x16))
CONVERSION(float32, int32, saturated_float32(a))
CONVERSION(float32, bool8, __builtin_convertvector(a != 0, bool8x16) & 1)
CONVERSION(float64, float32, __builtin_convertvector(a, float32x16))
CONVERSION(float64, int32, saturated_float64(a))
CONVERSION(float64, bool8, __builtin_convertvector(a != 0, bool8x16) & 1)
CONVERSION(int32, float32, __builtin_convertvector(a, float32x16))
CONVERSION(int32, float64, __builtin_convertvector(a, float64x16))
CONVERSION(int32, bool8, __builtin_convertvector(a != 0, bool8x16) & 1)
CONVERSION(bool8, float32, __builtin_convertvector(a, float32x16))
CONVERSION(bool8, float64, __builtin_convertvector(a, float64x16))
CONVERSION(bool8, int32, __builtin_convertvector(a, int32x16))
