/// The elementwise family: a table of formulas for each kind of element, and one kernel around each formula.

// ---------------------------------------------------------------------------------------------
// Formulas. `V` is the vector type of the element type at hand.

#define UNARY_OF_NUMBERS(X)                                       \
    X(absolute, __builtin_elementwise_abs(a))                     \
    X(sign, a > 0 ? (V)1 : a < 0 ? (V)(-1) : a)                   \
    X(relu, a <= 0 ? (V)0 : a)

#define UNARY_OF_FLOATS(X)                                                          \
    UNARY_OF_NUMBERS(X)                                                             \
    X(negate, -a)                                                                   \
    X(square, a * a)                                                                \
    X(square_root, __builtin_elementwise_sqrt(a))                                   \
    X(reciprocal, 1 / a)                                                            \
    X(reciprocal_square_root, 1 / __builtin_elementwise_sqrt(a))                    \
    X(exp, JOIN(exponential_vector, E)(a))                                          \
    X(expm1, JOIN(expm1_vector, E)(a))                                              \
    X(log, JOIN(logarithm_vector, E)(a))                                            \
    X(log1p, JOIN(log1p_vector, E)(a))                                              \
    X(log2, JOIN(log2_vector, E)(a))                                                \
    X(tanh, JOIN(tanh_vector, E)(a))                                                \
    X(sigmoid, JOIN(sigmoid_vector, E)(a))                                          \
    X(floor, __builtin_elementwise_floor(a))                                        \
    X(ceiling, __builtin_elementwise_ceil(a))                                       \
    X(round, __builtin_elementwise_rint(a))                                         \
    X(truncate, __builtin_elementwise_trunc(a))

// Of equal numbers only zeros differ in their bits: +0 is the greater one.
#define BINARY_OF_FLOATS(X)                                                         \
    X(add, a + b)                                                                   \
    X(subtract, a - b)                                                              \
    X(multiply, a * b)                                                              \
    X(divide, a / b)                                                                \
    X(power, JOIN(power_lanes, E)(a, b))                                            \
    X(maximum, ((a > b) | (a != a)) ? a : a == b ? (V)((BITS)a & (BITS)b) : b)      \
    X(minimum, ((a < b) | (a != a)) ? a : a == b ? (V)((BITS)a | (BITS)b) : b)      \
    X(log_add_exp, JOIN(log_add_exp_vector, E)(a, b))                               \
    X(x_log_y, JOIN(x_log_y_vector, E)(a, b))                                       \
    X(maximum_share, SHARE(a > b, a < b))                                           \
    X(minimum_share, SHARE(a < b, a > b))                                           \
    X(square_rule, (a + a) * b)                                                     \
    X(tanh_rule, a * (1 - b * b))                                                   \
    X(sigmoid_rule, a * (b * (1 - b)))                                              \
    X(relu_rule, b <= 0 ? (V)0 : a)

/// 1 where `a` wins, ½ for a tie, 0 where `b` wins, as NaN does against any number.
#define SHARE(A_WINS, B_WINS)                                                       \
    (((A_WINS) | ((a != a) & (b == b))) ? (V)1 : ((B_WINS) | ((b != b) & (a == a))) ? (V)0 : (V)0.5)

#define CLASSIFICATIONS(X)                                                          \
    X(is_finite, __builtin_elementwise_abs(a) < (E)INFINITY)                        \
    X(is_infinite, __builtin_elementwise_abs(a) == (E)INFINITY)                     \
    X(is_nan, a != a)

#define ACCUMULATING_BINARY_OF_FLOATS(X) X(multiply) X(tanh_rule) X(sigmoid_rule) X(relu_rule)

// Integers wrap, which C promises for unsigned ones only: `U` is their vector.
#define UNARY_OF_INTEGERS(X)                                      \
    UNARY_OF_NUMBERS(X)                                           \
    X(negate, (V)(-(U)a))                                         \
    X(square, (V)((U)a * (U)a))

#define BINARY_OF_INTEGERS(X)                                     \
    X(add, (V)((U)a + (U)b))                                      \
    X(subtract, (V)((U)a - (U)b))                                 \
    X(multiply, (V)((U)a * (U)b))                                 \
    X(divide, divide_lanes(a, b))                                 \
    X(power, power_lanes_int32(a, b))                             \
    X(maximum, a > b ? a : b)                                     \
    X(minimum, a < b ? a : b)                                     \
    X(and, a & b)                                                 \
    X(or, a | b)                                                  \
    X(exclusive_or, a ^ b)

#define UNARY_OF_BOOLEANS(X)                                      \
    X(copy, a)                                                    \
    X(not, a ^ 1)

#define BINARY_OF_BOOLEANS(X)                                     \
    X(and, a & b)                                                 \
    X(or, a | b)                                                  \
    X(exclusive_or, a ^ b)

#define COMPARISONS(X)                                            \
    X(equal, a == b)                                              \
    X(not_equal, a != b)                                          \
    X(less, a < b)                                                \
    X(less_or_equal, a <= b)

// ---------------------------------------------------------------------------------------------
// What no vector instruction computes, lane by lane

INLINE float32x16 power_lanes_float32(float32x16 a, float32x16 b) {
    for (int i = 0; i < 16; i++) a[i] = powf(a[i], b[i]);
    return a;
}

INLINE float64x8 power_lanes_float64(float64x8 a, float64x8 b) {
    for (int i = 0; i < 8; i++) a[i] = pow(a[i], b[i]);
    return a;
}

/// The power modulo 2³²; for a negative exponent the truncated quotient 1 / aⁿ, and 0 where that divides by zero.
static int32_t power_of_integer(int32_t a, int32_t n) {
    if (n < 0) return a == 1 ? 1 : a == -1 ? (n & 1 ? -1 : 1) : 0;
    uint32_t power = 1;
    for (uint32_t square = (uint32_t)a; n > 0; n >>= 1, square *= square)
        if (n & 1) power *= square;
    return (int32_t)power;
}

INLINE int32x16 power_lanes_int32(int32x16 a, int32x16 b) {
    for (int i = 0; i < 16; i++) a[i] = power_of_integer(a[i], b[i]);
    return a;
}

INLINE int32x16 divide_lanes(int32x16 a, int32x16 b) {
    for (int i = 0; i < 16; i++) {
        const int32_t x = a[i], y = b[i];
        a[i] = y == 0 ? 0 : y == -1 ? (int32_t)(0 - (uint32_t)x) : x / y;
    }
    return a;
}

// ---------------------------------------------------------------------------------------------
// Kernels

#define UNARY_KERNEL_WITH(LOOP, NAME, RESULT, FORMULA)                                             \
    INLINE RESULT JOIN(NAME##_formula, E)(V a) { return FORMULA; }                                 \
    static void JOIN(NAME##_kernel, E)(ptrdiff_t rows, ptrdiff_t columns,                          \
                                       void *out, ptrdiff_t out_row, ptrdiff_t out_column,         \
                                       const void *a, ptrdiff_t a_row, ptrdiff_t a_column) {       \
        JOIN(LOOP, E)(rows, columns, out, out_row, out_column, a, a_row, a_column,                 \
                      JOIN(NAME##_formula, E));                                                    \
    }

#define BINARY_KERNEL_WITH(LOOP, NAME, RESULT, FORMULA)                                            \
    INLINE RESULT JOIN(NAME##_formula, E)(V a, V b) { return FORMULA; }                            \
    static void JOIN(NAME##_kernel, E)(ptrdiff_t rows, ptrdiff_t columns,                          \
                                       void *out, ptrdiff_t out_row, ptrdiff_t out_column,         \
                                       const void *a, ptrdiff_t a_row, ptrdiff_t a_column,         \
                                       const void *b, ptrdiff_t b_row, ptrdiff_t b_column) {       \
        JOIN(LOOP, E)(rows, columns, out, out_row, out_column, a, a_row, a_column,                 \
                      b, b_row, b_column, JOIN(NAME##_formula, E));                                \
    }

/// What a comparison of vectors gives, as Booleans.
#define AS_FLAGS(COMPARISON) (__builtin_convertvector(COMPARISON, FLAGS) & 1)

#define UNARY_KERNEL(NAME, FORMULA) UNARY_KERNEL_WITH(unary_loop, NAME, V, FORMULA)
#define CLASSIFICATION_KERNEL(NAME, FORMULA) UNARY_KERNEL_WITH(classification_loop, NAME, FLAGS, AS_FLAGS(FORMULA))
#define BINARY_KERNEL(NAME, FORMULA) BINARY_KERNEL_WITH(binary_loop, NAME, V, FORMULA)
#define COMPARISON_KERNEL(NAME, FORMULA) BINARY_KERNEL_WITH(comparison_loop, NAME, FLAGS, AS_FLAGS(FORMULA))

/// `out += NAME(a, b)`: a loop of three operands, of which the first is the result itself.
#define ACCUMULATING_BINARY_KERNEL(NAME)                                                           \
    INLINE V JOIN(accumulating_##NAME##_formula, E)(V sum, V a, V b) {                             \
        return sum + JOIN(NAME##_formula, E)(a, b);                                                \
    }                                                                                              \
    static void JOIN(accumulating_##NAME##_kernel, E)(                                             \
        ptrdiff_t rows, ptrdiff_t columns, void *out, ptrdiff_t out_row, ptrdiff_t out_column,     \
        const void *a, ptrdiff_t a_row, ptrdiff_t a_column,                                        \
        const void *b, ptrdiff_t b_row, ptrdiff_t b_column) {                                      \
        JOIN(accumulating_loop, E)(rows, columns, out, out_row, out_column, out, out_row,          \
                                   out_column, a, a_row, a_column, b, b_row, b_column,             \
                                   JOIN(accumulating_##NAME##_formula, E));                        \
    }

/// From operands `FLAGS a`, `V b` and `V c`; MASK is the vector of integers as wide as V's elements.
#define SELECT_KERNEL(MASK)                                                                        \
    INLINE V JOIN(select_formula, E)(FLAGS a, V b, V c) {                                          \
        return __builtin_convertvector(a != 0, MASK) ? b : c;                                      \
    }                                                                                              \
    static void JOIN(select_kernel, E)(ptrdiff_t rows, ptrdiff_t columns,                          \
                                       void *out, ptrdiff_t out_row, ptrdiff_t out_column,         \
                                       const void *a, ptrdiff_t a_row, ptrdiff_t a_column,         \
                                       const void *b, ptrdiff_t b_row, ptrdiff_t b_column,         \
                                       const void *c, ptrdiff_t c_row, ptrdiff_t c_column) {       \
        JOIN(select_loop, E)(rows, columns, out, out_row, out_column, a, a_row, a_column,          \
                             b, b_row, b_column, c, c_row, c_column, JOIN(select_formula, E));     \
    }

#define BODY "ElementwiseOfFloats.h"
#include "ForEachFloat.h"

#define E int32
#define V int32x16
#define U uint32x16
#define FLAGS bool8x16
UNARY_OF_INTEGERS(UNARY_KERNEL)
BINARY_OF_INTEGERS(BINARY_KERNEL)
COMPARISONS(COMPARISON_KERNEL)
SELECT_KERNEL(int32x16)
#undef FLAGS
#undef U
#undef V
#undef E

#define E bool8
#define V bool8x64
#define FLAGS bool8x64
UNARY_OF_BOOLEANS(UNARY_KERNEL)
BINARY_OF_BOOLEANS(BINARY_KERNEL)
COMPARISONS(COMPARISON_KERNEL)
SELECT_KERNEL(int8x64)
#undef FLAGS
#undef V
#undef E
