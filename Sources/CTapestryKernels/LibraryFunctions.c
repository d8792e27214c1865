/// Loops around functions of doubles. Floats go through them as well: rounded from a double, nearly every result is the
/// nearest float, on every platform.
#include "LibraryFunctions.h"

#include <math.h>

#include "SpecialFunctions.h"

/// `lgamma` itself would write the sign of Γ to a variable that all threads share.
static double log_gamma(double x) {
    int sign;
    return lgamma_r(x, &sign);
}

/// a − b ⌊a / b⌋, which has the sign of b, a zero too: from the exact remainder of the truncated quotient. So −1 modulo
/// inf is inf, as in Python and NumPy.
static double floored_remainder(double a, double b) {
    const double rest = fmod(a, b);
    if (rest == 0) return copysign(0, b);
    return (rest < 0) == (b < 0) ? rest : rest + b;
}

#define DEFINE_LOOPS(E, SCALAR)                                                                                      \
    static void unary_loop_##E(ptrdiff_t rows, ptrdiff_t columns,                                                    \
                               SCALAR *out, ptrdiff_t out_row, ptrdiff_t out_column,                                 \
                               const SCALAR *a, ptrdiff_t a_row, ptrdiff_t a_column,                                 \
                               double (*function)(double)) {                                                         \
        for (ptrdiff_t r = 0; r < rows; r++)                                                                         \
            for (ptrdiff_t c = 0; c < columns; c++)                                                                  \
                out[r * out_row + c * out_column] = (SCALAR)function(a[r * a_row + c * a_column]);                   \
    }                                                                                                                \
    static void binary_loop_##E(ptrdiff_t rows, ptrdiff_t columns,                                                   \
                                SCALAR *out, ptrdiff_t out_row, ptrdiff_t out_column,                                \
                                const SCALAR *a, ptrdiff_t a_row, ptrdiff_t a_column,                                \
                                const SCALAR *b, ptrdiff_t b_row, ptrdiff_t b_column,                                \
                                double (*function)(double, double)) {                                                \
        for (ptrdiff_t r = 0; r < rows; r++)                                                                         \
            for (ptrdiff_t c = 0; c < columns; c++)                                                                  \
                out[r * out_row + c * out_column] =                                                                  \
                    (SCALAR)function(a[r * a_row + c * a_column], b[r * b_row + c * b_column]);                      \
    }

DEFINE_LOOPS(float32, float)
DEFINE_LOOPS(float64, double)

#define UNARY_OF_TYPE(NAME, E, FUNCTION)                                                                             \
    UNARY_LIBRARY_KERNEL(NAME, E) {                                                                                  \
        unary_loop_##E(rows, columns, out, out_row, out_column, a, a_row, a_column, FUNCTION);                       \
    }
#define BINARY_OF_TYPE(NAME, E, FUNCTION)                                                                            \
    BINARY_LIBRARY_KERNEL(NAME, E) {                                                                                 \
        binary_loop_##E(rows, columns, out, out_row, out_column, a, a_row, a_column, b, b_row, b_column, FUNCTION);  \
    }
#define UNARY(NAME, FUNCTION) UNARY_OF_TYPE(NAME, float32, FUNCTION) UNARY_OF_TYPE(NAME, float64, FUNCTION)
#define BINARY(NAME, FUNCTION) BINARY_OF_TYPE(NAME, float32, FUNCTION) BINARY_OF_TYPE(NAME, float64, FUNCTION)

UNARY_OF_LIBRARY(UNARY)
BINARY_OF_LIBRARY(BINARY)
