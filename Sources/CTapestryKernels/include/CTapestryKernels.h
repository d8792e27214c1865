/// The inner loops of Tapestry: plain C, one source per family, compiled once per instruction set and
/// chosen when the process starts. No policy and no allocation lives here: the caller decides what is
/// computed where, and hands in every buffer.
///
/// Conventions shared by every kernel:
/// - Strides count elements, not bytes, may be zero (broadcast) or negative, and are never assumed.
/// - A loop covers `rows × columns` elements; callers collapse higher ranks into these two.
/// - An output may be the very same buffer, with the same strides, as an input; any other overlap is
///   the caller's mistake.
/// - The value of an element never depends on its position in a vector or on how the work was split,
///   so results are the same bits for any number of threads.
#ifndef C_TAPESTRY_KERNELS_H
#define C_TAPESTRY_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// ---------------------------------------------------------------------------------------------
// Element types and instruction sets

enum { TAPESTRY_FLOAT32, TAPESTRY_FLOAT64, TAPESTRY_INT32, TAPESTRY_BOOL, TAPESTRY_TYPE_COUNT };

/// One table of kernels for each; `GENERIC` is SSE2 on x86-64 and NEON on arm64.
enum { TAPESTRY_GENERIC, TAPESTRY_AVX2, TAPESTRY_AVX512, TAPESTRY_INSTRUCTION_SET_COUNT };

/// Whether this build and this machine can run the kernels of `instruction_set`.
bool tapestry_supports(int instruction_set);

/// The instruction set in use: the best one, or the one that the environment variable
/// `TAPESTRY_INSTRUCTION_SET` names (`generic`, `avx2`, `avx512`) if the machine has it. Decided once, so that
/// no result depends on when it was computed.
int tapestry_instruction_set(void);

// ---------------------------------------------------------------------------------------------
// Elementwise

/// `out = op(a)`, of the same type. `NOT` is for Boolean elements alone. `ROUND` takes halves to the even integer, and
/// `LOG_GAMMA` is log |Γ(a)|.
enum {
    TAPESTRY_COPY, TAPESTRY_NEGATE, TAPESTRY_ABSOLUTE, TAPESTRY_SIGN, TAPESTRY_SQUARE, TAPESTRY_SQUARE_ROOT,
    TAPESTRY_RECIPROCAL, TAPESTRY_RECIPROCAL_SQUARE_ROOT,
    TAPESTRY_EXP, TAPESTRY_EXPM1, TAPESTRY_LOG, TAPESTRY_LOG1P, TAPESTRY_LOG2, TAPESTRY_LOG10,
    TAPESTRY_SIN, TAPESTRY_COS, TAPESTRY_TAN, TAPESTRY_ASIN, TAPESTRY_ACOS, TAPESTRY_ATAN,
    TAPESTRY_SINH, TAPESTRY_COSH, TAPESTRY_TANH, TAPESTRY_ASINH, TAPESTRY_ACOSH, TAPESTRY_ATANH,
    TAPESTRY_SIGMOID, TAPESTRY_RELU, TAPESTRY_ERF, TAPESTRY_ERFC, TAPESTRY_INVERSE_ERF, TAPESTRY_LOG_GAMMA,
    TAPESTRY_FLOOR, TAPESTRY_CEILING, TAPESTRY_ROUND, TAPESTRY_TRUNCATE, TAPESTRY_NOT,
    TAPESTRY_UNARY_COUNT
};

/// `out = op(a)` as one byte, 0 or 1.
enum { TAPESTRY_IS_FINITE, TAPESTRY_IS_INFINITE, TAPESTRY_IS_NAN, TAPESTRY_CLASSIFICATION_COUNT };

/// `out = op(a, b)`, all of one type. `REMAINDER` is a − b ⌊a / b⌋, with the sign of b; `LOG_ADD_EXP` log(eᵃ + eᵇ);
/// `X_LOG_Y` a log b, and 0 for a = 0 unless b is NaN; `POLYGAMMA` the polygamma function of order a at b, which is the
/// derivative of order a + 1 of log Γ, with poles as scipy.special has them; `MAXIMUM_SHARE` 1 where the maximum is a, ½
/// where both are equal, or both NaN, else 0. The last four are derivative rules: `a · 2 b`, and those that the recurrent
/// cells live on, `a · (1 − b²)`, `a · b · (1 − b)` and `b <= 0 ? 0 : a`.
enum {
    TAPESTRY_ADD, TAPESTRY_SUBTRACT, TAPESTRY_MULTIPLY, TAPESTRY_DIVIDE, TAPESTRY_POWER,
    TAPESTRY_MAXIMUM, TAPESTRY_MINIMUM, TAPESTRY_REMAINDER, TAPESTRY_ATAN2, TAPESTRY_HYPOT,
    TAPESTRY_LOG_ADD_EXP, TAPESTRY_X_LOG_Y, TAPESTRY_POLYGAMMA, TAPESTRY_AND, TAPESTRY_OR, TAPESTRY_EXCLUSIVE_OR,
    TAPESTRY_MAXIMUM_SHARE, TAPESTRY_MINIMUM_SHARE,
    TAPESTRY_SQUARE_RULE, TAPESTRY_TANH_RULE, TAPESTRY_SIGMOID_RULE, TAPESTRY_RELU_RULE,
    TAPESTRY_BINARY_COUNT
};

/// `out = a ⋚ b` as one byte, 0 or 1; comparisons with NaN as in IEEE 754.
enum {
    TAPESTRY_EQUAL, TAPESTRY_NOT_EQUAL, TAPESTRY_LESS, TAPESTRY_LESS_OR_EQUAL,
    TAPESTRY_COMPARISON_COUNT
};

typedef void (*tapestry_unary)(ptrdiff_t rows, ptrdiff_t columns,
                               void *out, ptrdiff_t out_row, ptrdiff_t out_column,
                               const void *a, ptrdiff_t a_row, ptrdiff_t a_column);

typedef void (*tapestry_binary)(ptrdiff_t rows, ptrdiff_t columns,
                                void *out, ptrdiff_t out_row, ptrdiff_t out_column,
                                const void *a, ptrdiff_t a_row, ptrdiff_t a_column,
                                const void *b, ptrdiff_t b_row, ptrdiff_t b_column);

typedef void (*tapestry_ternary)(ptrdiff_t rows, ptrdiff_t columns,
                                 void *out, ptrdiff_t out_row, ptrdiff_t out_column,
                                 const void *a, ptrdiff_t a_row, ptrdiff_t a_column,
                                 const void *b, ptrdiff_t b_row, ptrdiff_t b_column,
                                 const void *c, ptrdiff_t c_row, ptrdiff_t c_column);

/// NULL where the operation has no meaning for the type (`tanh` of integers, arithmetic on Booleans).
/// Integer arithmetic wraps; integer division truncates toward zero and gives 0 for a zero divisor.
/// `maximum`, `minimum`, `relu` and `sign` propagate NaN; for the first two, +0 is greater than −0.
tapestry_unary tapestry_unary_kernel(int operation, int type);
/// `out` holds Booleans; `a` is of `type`. Floating-point types only.
tapestry_unary tapestry_classification_kernel(int operation, int type);
tapestry_binary tapestry_binary_kernel(int operation, int type);
/// `out += op(a, b)`, rounded as the two operations are: for `MULTIPLY` and the last three rules, of floating-point types.
tapestry_binary tapestry_accumulating_binary_kernel(int operation, int type);
/// `out = op(g · factor, y)`, or `out +=` that, for the same operations; columns are contiguous in all.
typedef void (*tapestry_rule_of_product)(ptrdiff_t rows, ptrdiff_t columns, bool accumulate,
                                         void *out, ptrdiff_t out_row, const void *g, ptrdiff_t g_row,
                                         const void *factor, ptrdiff_t factor_row,
                                         const void *y, ptrdiff_t y_row);
tapestry_rule_of_product tapestry_rule_of_product_kernel(int operation, int type);
/// `out[c] = Σ over r of a[r, c] · b[r, c]`, or `out[c] +=` that, summed in the order of the rows; columns are
/// contiguous. Floating-point types only.
typedef void (*tapestry_column_dots)(ptrdiff_t rows, ptrdiff_t columns, bool accumulate, void *out,
                                     const void *a, ptrdiff_t a_row, const void *b, ptrdiff_t b_row);
tapestry_column_dots tapestry_column_dots_kernel(int type);
/// `out` holds Booleans; `a` and `b` are of `type`.
tapestry_binary tapestry_comparison_kernel(int operation, int type);
/// `out = a ? b : c`, where `a` holds Booleans; `b`, `c` and `out` are of `type` (any).
tapestry_ternary tapestry_select_kernel(int type);
/// `out = (to) a` for every pair of types. To Boolean: `a ≠ 0`. Floating point to integer truncates toward
/// zero, saturates, and gives 0 for NaN.
tapestry_unary tapestry_convert_kernel(int from, int to);

// ---------------------------------------------------------------------------------------------
// Reductions

enum {
    TAPESTRY_SUM, TAPESTRY_MAX, TAPESTRY_MIN, TAPESTRY_SUM_OF_SQUARES, TAPESTRY_PRODUCT,
    TAPESTRY_REDUCTION_COUNT
};

/// Reduces along one of the two axes, in an order that depends only on the count of reduced elements.
/// A floating-point sum is made of block sums that are gathered in double, so its error does not grow
/// with the count; that of a product does, since each factor has its share in it. With `accumulate`, the
/// reduction is combined with what `out` holds (for a sum of squares, added to it). `columns == 0` (or
/// `rows == 0`) gives 0 for sums, 1 for products and ∓inf (or the type's least and greatest integer) for max
/// and min. Both kernels are fastest where `a_column` is 1, so a caller exchanges the axes (and takes the other
/// kernel) when the rows are the contiguous ones; the two do not sum in the same order.
typedef void (*tapestry_reduction)(ptrdiff_t rows, ptrdiff_t columns,
                                   void *out, ptrdiff_t out_stride,
                                   const void *a, ptrdiff_t a_row, ptrdiff_t a_column, bool accumulate);

/// `out[r] = op over c of a[r, c]`. Types: float32, float64, int32. Max and min propagate NaN.
tapestry_reduction tapestry_reduce_columns_kernel(int operation, int type);
/// `out[c] = op over r of a[r, c]`.
tapestry_reduction tapestry_reduce_rows_kernel(int operation, int type);

/// Softmax, log-softmax and log-sum-exp over the columns of each row, the row's maximum subtracted first; columns are
/// contiguous (stride 1), and of log-sum-exp there is one for each row. Floating-point types only. Elements that are
/// equal are alike, infinite ones too: those that are +inf share everything, and so do those of a row of −inf alone.
typedef void (*tapestry_softmax)(ptrdiff_t rows, ptrdiff_t columns, void *out, ptrdiff_t out_row,
                                 const void *a, ptrdiff_t a_row);
tapestry_softmax tapestry_softmax_kernel(int type);
tapestry_softmax tapestry_log_softmax_kernel(int type);
tapestry_softmax tapestry_log_sum_exp_kernel(int type);

/// One term of a sum of layer norms: `x̂ · gain + bias` with x̂ = (x − μ) · s and s = 1 / √(σ² + ε), μ and σ² the mean
/// and the variance of each row of `x`. `gain` and `bias` hold an element for each column, `statistics` μ and s, one
/// after the other, for each row. Columns are contiguous in all.
typedef struct {
    const void *x;
    ptrdiff_t x_row;
    const void *gain, *bias;
    void *statistics;
    /// Where the rule puts x's cotangent.
    void *cotangent;
} tapestry_norm_term;

/// The sum of the terms for the rows `first` to `end` (exclusive) of `out`, with the statistics of each. `out` may be
/// the first term's `x`. Floating-point types only.
typedef void (*tapestry_layer_norm)(ptrdiff_t first, ptrdiff_t end, ptrdiff_t columns, void *out, ptrdiff_t out_row,
                                    const tapestry_norm_term *terms, ptrdiff_t count, double epsilon);
tapestry_layer_norm tapestry_layer_norm_kernel(int type);
/// What a cotangent g of that gives: for each x, in rows that are `out_row` apart, `s · (c − mean(c) − x̂ · mean(c · x̂))`
/// with c = g · gain; and `sums`, the sums over the rows of g · x̂ for each term, then of g, one after the other. The
/// last term's cotangent may be `g`.
typedef void (*tapestry_layer_norm_rule)(ptrdiff_t first, ptrdiff_t end, ptrdiff_t columns, ptrdiff_t out_row,
                                         const void *g, ptrdiff_t g_row, const tapestry_norm_term *terms,
                                         ptrdiff_t count, void *sums);
tapestry_layer_norm_rule tapestry_layer_norm_rule_kernel(int type);

// ---------------------------------------------------------------------------------------------
// Linear recurrence

/// An operand with an element for each step of each line: the strides from a step and from a line to the next, and,
/// where elements are complex, from real parts to the imaginary ones.
typedef struct {
    void *data;
    ptrdiff_t step, line, imaginary;
} tapestry_series;

/// `h[t] = a[t] · h[t − 1] + b[t]` from `h[−1] = initial`, for each line. `initial` has one step, and may be missing
/// (NULL, its strides set all the same): then `h[0] = b[0]`, and `a[0]` is not read. Values are kept in double and
/// rounded once each. Fastest where `line` is 1 in all, or 0 in `a`. Floating-point types only.
typedef struct {
    tapestry_series h, a, b, initial;
} tapestry_recurrence;
typedef void (*tapestry_linear_recurrence)(bool complex, ptrdiff_t steps, ptrdiff_t lines,
                                           const tapestry_recurrence *recurrence);
tapestry_linear_recurrence tapestry_linear_recurrence_kernel(int type);

/// What a cotangent g of h gives, with λ[t] = g[t] + conj(a[t + 1]) · λ[t + 1]: for b `terms`, which is λ; for a `factors`,
/// λ[t] · conj(h[t − 1]); for the initial value `first`, conj(a[0]) · λ[0]. The last two may be NULL. `h`, `terms` and
/// `factors` have the strides of `g`, of which `terms` may be the buffer, and `first` those of `initial`.
typedef struct {
    tapestry_series g, a, initial;
    void *h, *terms, *factors, *first;
} tapestry_recurrence_rule;
typedef void (*tapestry_linear_recurrence_rule)(bool complex, ptrdiff_t steps, ptrdiff_t lines,
                                                const tapestry_recurrence_rule *rule);
tapestry_linear_recurrence_rule tapestry_linear_recurrence_rule_kernel(int type);

// ---------------------------------------------------------------------------------------------
// Matrix product

/// One product A[m, k] · B[k, n], with any strides: transposed operands cost no copy of the caller's.
typedef struct {
    const void *a;
    ptrdiff_t a_row, a_column;
    const void *b;
    ptrdiff_t b_row, b_column;
    ptrdiff_t k;
} tapestry_product_term;

/// The rows and columns of a result that one call computes.
typedef struct {
    ptrdiff_t row_begin, row_end, column_begin, column_end;
} tapestry_product_range;

/// `C[m, n] = initial + Σ A·B` over all terms, in one pass over C. The initial value is a matrix with contiguous
/// columns: NULL for zeros, C itself to add to it, or with an `initial_row` of 0 one row for all. C has contiguous
/// columns too. Only the `range` of C is computed, with the same bits whatever the range is. Floating-point types only.
typedef void (*tapestry_product)(ptrdiff_t m, ptrdiff_t n, const tapestry_product_term *terms, ptrdiff_t term_count,
                                 const void *initial, ptrdiff_t initial_row, void *c, ptrdiff_t c_row,
                                 tapestry_product_range range);
tapestry_product tapestry_product_kernel(int type);

/// Announces memory that will be read soon: the products of this thread fetch it into the second-level cache, a line with
/// each step along k, since the way to memory is idle while they keep the multipliers busy. What is announced first is
/// fetched first.
///
/// Returns false, and does nothing, while as many wait as can.
bool tapestry_fetch_ahead(const void *memory, ptrdiff_t bytes);

/// How many of those wait; forgotten, they are fetched no more.
ptrdiff_t tapestry_waiting_fetches(void);
void tapestry_forget_fetches(void);

// ---------------------------------------------------------------------------------------------
// The limits of the machine, for measurements. Floating-point types only

/// Multiply-adds in registers, in enough independent chains to keep the machine's units busy, `rounds` times round.
/// One element at `out` depends on all of them. Returns the number of multiplications and additions.
typedef ptrdiff_t (*tapestry_peak_arithmetic)(ptrdiff_t rounds, void *out);
tapestry_peak_arithmetic tapestry_peak_arithmetic_kernel(int type);

/// Reads the elements at `a`, as many as fill whole groups of vectors, and returns their number. One element at `out`
/// depends on all of them.
typedef ptrdiff_t (*tapestry_peak_reading)(ptrdiff_t count, const void *a, void *out);
tapestry_peak_reading tapestry_peak_reading_kernel(int type);

// ---------------------------------------------------------------------------------------------
// The kernels of one instruction set, in use or not, which the machine must support

tapestry_unary tapestry_unary_kernel_of(int instruction_set, int operation, int type);
tapestry_unary tapestry_classification_kernel_of(int instruction_set, int operation, int type);
tapestry_binary tapestry_binary_kernel_of(int instruction_set, int operation, int type);
tapestry_binary tapestry_accumulating_binary_kernel_of(int instruction_set, int operation, int type);
tapestry_rule_of_product tapestry_rule_of_product_kernel_of(int instruction_set, int operation, int type);
tapestry_column_dots tapestry_column_dots_kernel_of(int instruction_set, int type);
tapestry_binary tapestry_comparison_kernel_of(int instruction_set, int operation, int type);
tapestry_ternary tapestry_select_kernel_of(int instruction_set, int type);
tapestry_unary tapestry_convert_kernel_of(int instruction_set, int from, int to);
tapestry_reduction tapestry_reduce_columns_kernel_of(int instruction_set, int operation, int type);
tapestry_reduction tapestry_reduce_rows_kernel_of(int instruction_set, int operation, int type);
tapestry_softmax tapestry_softmax_kernel_of(int instruction_set, int type);
tapestry_softmax tapestry_log_softmax_kernel_of(int instruction_set, int type);
tapestry_softmax tapestry_log_sum_exp_kernel_of(int instruction_set, int type);
tapestry_layer_norm tapestry_layer_norm_kernel_of(int instruction_set, int type);
tapestry_layer_norm_rule tapestry_layer_norm_rule_kernel_of(int instruction_set, int type);
tapestry_linear_recurrence tapestry_linear_recurrence_kernel_of(int instruction_set, int type);
tapestry_linear_recurrence_rule tapestry_linear_recurrence_rule_kernel_of(int instruction_set, int type);
tapestry_product tapestry_product_kernel_of(int instruction_set, int type);
tapestry_peak_arithmetic tapestry_peak_arithmetic_kernel_of(int instruction_set, int type);
tapestry_peak_reading tapestry_peak_reading_kernel_of(int instruction_set, int type);

// ---------------------------------------------------------------------------------------------
// Elements by index. Each element of a loop has an index, whose product with `a_index` is added to the element's place
// in `a`: `a[r, c; i] = a + r · a_row + c · a_column + i · a_index`. Indices must have been checked. An index that
// holds for a whole row (`index_column` 0) is the quick case

/// `out[r, c] = a[r, c; indices[r, c]]`, of any type.
void tapestry_gather(int type, ptrdiff_t rows, ptrdiff_t columns,
                     void *out, ptrdiff_t out_row, ptrdiff_t out_column,
                     const void *a, ptrdiff_t a_row, ptrdiff_t a_column, ptrdiff_t a_index,
                     const int32_t *indices, ptrdiff_t index_row, ptrdiff_t index_column);

/// `a[r, c; indices[r, c]] = values[r, c]`, in row-major order, of any type.
void tapestry_scatter_set(int type, ptrdiff_t rows, ptrdiff_t columns,
                          void *a, ptrdiff_t a_row, ptrdiff_t a_column, ptrdiff_t a_index,
                          const void *values, ptrdiff_t value_row, ptrdiff_t value_column,
                          const int32_t *indices, ptrdiff_t index_row, ptrdiff_t index_column);

/// `a[r, c; indices[r, c]] += values[r, c]`, in row-major order, for float32, float64 and int32, which wraps.
void tapestry_scatter_add(int type, ptrdiff_t rows, ptrdiff_t columns,
                          void *a, ptrdiff_t a_row, ptrdiff_t a_column, ptrdiff_t a_index,
                          const void *values, ptrdiff_t value_row, ptrdiff_t value_column,
                          const int32_t *indices, ptrdiff_t index_row, ptrdiff_t index_column);

// ---------------------------------------------------------------------------------------------
// Random numbers: Philox 4×32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011)

/// The generator itself: ten rounds on a counter of four words with a key of two.
void tapestry_philox_block(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/// Element i of a stream depends only on (`seed`, `stream`, `first + i`), so any part of it can be made anywhere.
///
/// A stream is a sequence of 32-bit words: word w is word `w mod 4` of the block with key = (`seed` low, `seed` high)
/// and counter = (`w / 4` low, `w / 4` high, `stream` low, `stream` high). Element number e = `first + i` takes
/// word e (bits, uniform float32), the words 2e … 2e + 1 (uniform float64, normal float32) or 4e … 4e + 3
/// (normal float64). The same bits come out on every machine and instruction set.
void tapestry_random_bits(uint64_t seed, uint64_t stream, uint64_t first, ptrdiff_t count, uint32_t *out);
/// Uniform in [0, 1): 24 bits for float32, 53 bits for float64.
void tapestry_random_uniform(int type, uint64_t seed, uint64_t stream, uint64_t first, ptrdiff_t count, void *out);
/// Standard normal by the Box–Muller transform; element i uses the pair of words 2i and 2i + 1 (float32) or
/// the four words 4i … 4i + 3 (float64).
void tapestry_random_normal(int type, uint64_t seed, uint64_t stream, uint64_t first, ptrdiff_t count, void *out);

// ---------------------------------------------------------------------------------------------
// Threads

/// Calls `body(context, part)` for every part in `0 ..< parts`, on the caller's thread and on those of a pool
/// whose members spin briefly for more work and then sleep. Returns when all parts are done. A call made
/// while the pool is busy (from another thread, or from inside a body) runs its parts on the caller's thread.
void tapestry_parallel(ptrdiff_t parts, void (*body)(void *context, ptrdiff_t part), void *context);

/// The number of threads that `tapestry_parallel` uses, the caller's included: at the start
/// `TAPESTRY_THREADS`, else the number of processors this process may run on.
int tapestry_thread_count(void);
void tapestry_set_thread_count(int count);

#endif
