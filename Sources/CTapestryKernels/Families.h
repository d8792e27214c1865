/// Every family of kernels, and the table of them: compiled once for each instruction set.
#include "FetchAhead.h"
#include "KernelTable.h"
#include "LibraryFunctions.h"

#include "Vectors.h"
#include "Transcendentals.h"
#include "ElementwiseLoops.h"
#include "Transposition.h"
#include "Elementwise.h"
#include "RulesOfProducts.h"
#include "ColumnDots.h"
#include "Conversions.h"
#include "Reductions.h"
#include "Softmax.h"
#include "LayerNorm.h"
#include "LinearRecurrence.h"
#include "Products.h"
#include "Peak.h"

#define OF_FLOATS(KERNEL) {[TAPESTRY_FLOAT32] = KERNEL##_float32, [TAPESTRY_FLOAT64] = KERNEL##_float64}
#define OF_NUMBERS(KERNEL)                                                                                       \
    {[TAPESTRY_FLOAT32] = KERNEL##_float32, [TAPESTRY_FLOAT64] = KERNEL##_float64, [TAPESTRY_INT32] = KERNEL##_int32}
#define OF_ALL(KERNEL)                                                                                           \
    {[TAPESTRY_FLOAT32] = KERNEL##_float32, [TAPESTRY_FLOAT64] = KERNEL##_float64,                                \
     [TAPESTRY_INT32] = KERNEL##_int32, [TAPESTRY_BOOL] = KERNEL##_bool8}
#define OF_BITS(KERNEL) {[TAPESTRY_INT32] = KERNEL##_int32, [TAPESTRY_BOOL] = KERNEL##_bool8}

const tapestry_kernel_table KERNEL_TABLE = {
    .unary = {
        [TAPESTRY_COPY] = {copy_kernel_float32, copy_kernel_float64, copy_kernel_float32, copy_kernel_bool8},
        [TAPESTRY_NEGATE] = OF_NUMBERS(negate_kernel),
        [TAPESTRY_ABSOLUTE] = OF_NUMBERS(absolute_kernel),
        [TAPESTRY_SIGN] = OF_NUMBERS(sign_kernel),
        [TAPESTRY_SQUARE] = OF_NUMBERS(square_kernel),
        [TAPESTRY_SQUARE_ROOT] = OF_FLOATS(square_root_kernel),
        [TAPESTRY_RECIPROCAL] = OF_FLOATS(reciprocal_kernel),
        [TAPESTRY_RECIPROCAL_SQUARE_ROOT] = OF_FLOATS(reciprocal_square_root_kernel),
        [TAPESTRY_EXP] = OF_FLOATS(exp_kernel),
        [TAPESTRY_EXPM1] = OF_FLOATS(expm1_kernel),
        [TAPESTRY_LOG] = OF_FLOATS(log_kernel),
        [TAPESTRY_LOG1P] = OF_FLOATS(log1p_kernel),
        [TAPESTRY_LOG2] = OF_FLOATS(log2_kernel),
        [TAPESTRY_LOG10] = OF_FLOATS(tapestry_log10_kernel),
        [TAPESTRY_TANH] = OF_FLOATS(tanh_kernel),
        [TAPESTRY_SIGMOID] = OF_FLOATS(sigmoid_kernel),
        [TAPESTRY_RELU] = OF_NUMBERS(relu_kernel),
        [TAPESTRY_SIN] = OF_FLOATS(tapestry_sin_kernel),
        [TAPESTRY_COS] = OF_FLOATS(tapestry_cos_kernel),
        [TAPESTRY_TAN] = OF_FLOATS(tapestry_tan_kernel),
        [TAPESTRY_ASIN] = OF_FLOATS(tapestry_asin_kernel),
        [TAPESTRY_ACOS] = OF_FLOATS(tapestry_acos_kernel),
        [TAPESTRY_ATAN] = OF_FLOATS(tapestry_atan_kernel),
        [TAPESTRY_SINH] = OF_FLOATS(tapestry_sinh_kernel),
        [TAPESTRY_COSH] = OF_FLOATS(tapestry_cosh_kernel),
        [TAPESTRY_ASINH] = OF_FLOATS(tapestry_asinh_kernel),
        [TAPESTRY_ACOSH] = OF_FLOATS(tapestry_acosh_kernel),
        [TAPESTRY_ATANH] = OF_FLOATS(tapestry_atanh_kernel),
        [TAPESTRY_ERF] = OF_FLOATS(tapestry_erf_kernel),
        [TAPESTRY_ERFC] = OF_FLOATS(tapestry_erfc_kernel),
        [TAPESTRY_INVERSE_ERF] = OF_FLOATS(tapestry_inverse_erf_kernel),
        [TAPESTRY_LOG_GAMMA] = OF_FLOATS(tapestry_log_gamma_kernel),
        [TAPESTRY_FLOOR] = OF_FLOATS(floor_kernel),
        [TAPESTRY_CEILING] = OF_FLOATS(ceiling_kernel),
        [TAPESTRY_ROUND] = OF_FLOATS(round_kernel),
        [TAPESTRY_TRUNCATE] = OF_FLOATS(truncate_kernel),
        [TAPESTRY_NOT] = {[TAPESTRY_BOOL] = not_kernel_bool8},
    },
    .classification = {
        [TAPESTRY_IS_FINITE] = OF_FLOATS(is_finite_kernel),
        [TAPESTRY_IS_INFINITE] = OF_FLOATS(is_infinite_kernel),
        [TAPESTRY_IS_NAN] = OF_FLOATS(is_nan_kernel),
    },
    .binary = {
        [TAPESTRY_ADD] = OF_NUMBERS(add_kernel),
        [TAPESTRY_SUBTRACT] = OF_NUMBERS(subtract_kernel),
        [TAPESTRY_MULTIPLY] = OF_NUMBERS(multiply_kernel),
        [TAPESTRY_DIVIDE] = OF_NUMBERS(divide_kernel),
        [TAPESTRY_POWER] = OF_NUMBERS(power_kernel),
        [TAPESTRY_MAXIMUM] = OF_NUMBERS(maximum_kernel),
        [TAPESTRY_MINIMUM] = OF_NUMBERS(minimum_kernel),
        [TAPESTRY_REMAINDER] = OF_FLOATS(tapestry_remainder_kernel),
        [TAPESTRY_ATAN2] = OF_FLOATS(tapestry_atan2_kernel),
        [TAPESTRY_HYPOT] = OF_FLOATS(tapestry_hypot_kernel),
        [TAPESTRY_LOG_ADD_EXP] = OF_FLOATS(log_add_exp_kernel),
        [TAPESTRY_X_LOG_Y] = OF_FLOATS(x_log_y_kernel),
        [TAPESTRY_POLYGAMMA] = OF_FLOATS(tapestry_polygamma_kernel),
        [TAPESTRY_AND] = OF_BITS(and_kernel),
        [TAPESTRY_OR] = OF_BITS(or_kernel),
        [TAPESTRY_EXCLUSIVE_OR] = OF_BITS(exclusive_or_kernel),
        [TAPESTRY_MAXIMUM_SHARE] = OF_FLOATS(maximum_share_kernel),
        [TAPESTRY_MINIMUM_SHARE] = OF_FLOATS(minimum_share_kernel),
        [TAPESTRY_SQUARE_RULE] = OF_FLOATS(square_rule_kernel),
        [TAPESTRY_TANH_RULE] = OF_FLOATS(tanh_rule_kernel),
        [TAPESTRY_SIGMOID_RULE] = OF_FLOATS(sigmoid_rule_kernel),
        [TAPESTRY_RELU_RULE] = OF_FLOATS(relu_rule_kernel),
    },
    .accumulating_binary = {
        [TAPESTRY_MULTIPLY] = OF_FLOATS(accumulating_multiply_kernel),
        [TAPESTRY_TANH_RULE] = OF_FLOATS(accumulating_tanh_rule_kernel),
        [TAPESTRY_SIGMOID_RULE] = OF_FLOATS(accumulating_sigmoid_rule_kernel),
        [TAPESTRY_RELU_RULE] = OF_FLOATS(accumulating_relu_rule_kernel),
    },
    .rule_of_product = {
        [TAPESTRY_MULTIPLY] = OF_FLOATS(multiply_of_product_kernel),
        [TAPESTRY_TANH_RULE] = OF_FLOATS(tanh_rule_of_product_kernel),
        [TAPESTRY_SIGMOID_RULE] = OF_FLOATS(sigmoid_rule_of_product_kernel),
        [TAPESTRY_RELU_RULE] = OF_FLOATS(relu_rule_of_product_kernel),
    },
    .column_dots = OF_FLOATS(column_dots_kernel),
    .comparison = {
        [TAPESTRY_EQUAL] = OF_ALL(equal_kernel),
        [TAPESTRY_NOT_EQUAL] = OF_ALL(not_equal_kernel),
        [TAPESTRY_LESS] = OF_ALL(less_kernel),
        [TAPESTRY_LESS_OR_EQUAL] = OF_ALL(less_or_equal_kernel),
    },
    .select = OF_ALL(select_kernel),
    .convert = {
        [TAPESTRY_FLOAT32] = {copy_kernel_float32, float32_to_float64_kernel, float32_to_int32_kernel,
                              float32_to_bool8_kernel},
        [TAPESTRY_FLOAT64] = {float64_to_float32_kernel, copy_kernel_float64, float64_to_int32_kernel,
                              float64_to_bool8_kernel},
        [TAPESTRY_INT32] = {int32_to_float32_kernel, int32_to_float64_kernel, copy_kernel_float32,
                            int32_to_bool8_kernel},
        [TAPESTRY_BOOL] = {bool8_to_float32_kernel, bool8_to_float64_kernel, bool8_to_int32_kernel,
                           copy_kernel_bool8},
    },
    .reduce_columns = {
        [TAPESTRY_SUM] = OF_NUMBERS(reduce_columns_sum_kernel),
        [TAPESTRY_MAX] = OF_NUMBERS(reduce_columns_max_kernel),
        [TAPESTRY_MIN] = OF_NUMBERS(reduce_columns_min_kernel),
        [TAPESTRY_SUM_OF_SQUARES] = OF_NUMBERS(reduce_columns_sum_of_squares_kernel),
        [TAPESTRY_PRODUCT] = OF_NUMBERS(reduce_columns_product_kernel),
    },
    .reduce_rows = {
        [TAPESTRY_SUM] = OF_NUMBERS(reduce_rows_sum_kernel),
        [TAPESTRY_MAX] = OF_NUMBERS(reduce_rows_max_kernel),
        [TAPESTRY_MIN] = OF_NUMBERS(reduce_rows_min_kernel),
        [TAPESTRY_SUM_OF_SQUARES] = OF_NUMBERS(reduce_rows_sum_of_squares_kernel),
        [TAPESTRY_PRODUCT] = OF_NUMBERS(reduce_rows_product_kernel),
    },
    .softmax = OF_FLOATS(softmax_kernel),
    .log_softmax = OF_FLOATS(log_softmax_kernel),
    .log_sum_exp = OF_FLOATS(log_sum_exp_kernel),
    .layer_norm = OF_FLOATS(layer_norm_kernel),
    .layer_norm_rule = OF_FLOATS(layer_norm_rule_kernel),
    .linear_recurrence = OF_FLOATS(linear_recurrence_kernel),
    .linear_recurrence_rule = OF_FLOATS(linear_recurrence_rule_kernel),
    .product = OF_FLOATS(product_kernel),
    .peak_arithmetic = OF_FLOATS(peak_arithmetic_kernel),
    .peak_reading = OF_FLOATS(peak_reading_kernel),
};
