/// Elementwise kernels around functions of the C library, and others that compute one number after another. They are
/// compiled once, and serve all instruction sets.
#ifndef TAPESTRY_LIBRARY_FUNCTIONS_H
#define TAPESTRY_LIBRARY_FUNCTIONS_H

#include <stddef.h>

// X(name, function).
#define UNARY_OF_LIBRARY(X)                                                                                      \
    X(log10, log10) X(sin, sin) X(cos, cos) X(tan, tan) X(asin, asin) X(acos, acos) X(atan, atan)                \
    X(sinh, sinh) X(cosh, cosh) X(asinh, asinh) X(acosh, acosh) X(atanh, atanh) X(erf, erf) X(erfc, erfc)        \
    X(inverse_erf, tapestry_inverse_erf) X(log_gamma, log_gamma)

#define BINARY_OF_LIBRARY(X)                                                                                     \
    X(atan2, atan2) X(hypot, hypot) X(remainder, floored_remainder) X(polygamma, tapestry_polygamma)

#define UNARY_LIBRARY_KERNEL(NAME, E)                                                                            \
    void tapestry_##NAME##_kernel_##E(ptrdiff_t rows, ptrdiff_t columns,                                         \
                                      void *out, ptrdiff_t out_row, ptrdiff_t out_column,                        \
                                      const void *a, ptrdiff_t a_row, ptrdiff_t a_column)

#define BINARY_LIBRARY_KERNEL(NAME, E)                                                                           \
    void tapestry_##NAME##_kernel_##E(ptrdiff_t rows, ptrdiff_t columns,                                         \
                                      void *out, ptrdiff_t out_row, ptrdiff_t out_column,                        \
                                      const void *a, ptrdiff_t a_row, ptrdiff_t a_column,                        \
                                      const void *b, ptrdiff_t b_row, ptrdiff_t b_column)

#define DECLARE_UNARY(NAME, FUNCTION)                                                                            \
    UNARY_LIBRARY_KERNEL(NAME, float32);                                                                         \
    UNARY_LIBRARY_KERNEL(NAME, float64);
#define DECLARE_BINARY(NAME, FUNCTION)                                                                           \
    BINARY_LIBRARY_KERNEL(NAME, float32);                                                                        \
    BINARY_LIBRARY_KERNEL(NAME, float64);
UNARY_OF_LIBRARY(DECLARE_UNARY)
BINARY_OF_LIBRARY(DECLARE_BINARY)
#undef DECLARE_UNARY
#undef DECLARE_BINARY

#endif
