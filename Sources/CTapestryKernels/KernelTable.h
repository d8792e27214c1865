/// What one build of the kernels offers: a table of functions, the same shape for every instruction set.
#ifndef TAPESTRY_KERNEL_TABLE_H
#define TAPESTRY_KERNEL_TABLE_H

#include "CTapestryKernels.h"

typedef struct {
    tapestry_unary unary[TAPESTRY_UNARY_COUNT][TAPESTRY_TYPE_COUNT];
    tapestry_unary classification[TAPESTRY_CLASSIFICATION_COUNT][TAPESTRY_TYPE_COUNT];
    tapestry_binary binary[TAPESTRY_BINARY_COUNT][TAPESTRY_TYPE_COUNT];
    tapestry_binary accumulating_binary[TAPESTRY_BINARY_COUNT][TAPESTRY_TYPE_COUNT];
    tapestry_rule_of_product rule_of_product[TAPESTRY_BINARY_COUNT][TAPESTRY_TYPE_COUNT];
    tapestry_column_dots column_dots[TAPESTRY_TYPE_COUNT];
    tapestry_binary comparison[TAPESTRY_COMPARISON_COUNT][TAPESTRY_TYPE_COUNT];
    tapestry_ternary select[TAPESTRY_TYPE_COUNT];
    tapestry_unary convert[TAPESTRY_TYPE_COUNT][TAPESTRY_TYPE_COUNT];
    tapestry_reduction reduce_columns[TAPESTRY_REDUCTION_COUNT][TAPESTRY_TYPE_COUNT];
    tapestry_reduction reduce_rows[TAPESTRY_REDUCTION_COUNT][TAPESTRY_TYPE_COUNT];
    tapestry_softmax softmax[TAPESTRY_TYPE_COUNT];
    tapestry_softmax log_softmax[TAPESTRY_TYPE_COUNT];
    tapestry_softmax log_sum_exp[TAPESTRY_TYPE_COUNT];
    tapestry_layer_norm layer_norm[TAPESTRY_TYPE_COUNT];
    tapestry_layer_norm_rule layer_norm_rule[TAPESTRY_TYPE_COUNT];
    tapestry_linear_recurrence linear_recurrence[TAPESTRY_TYPE_COUNT];
    tapestry_linear_recurrence_rule linear_recurrence_rule[TAPESTRY_TYPE_COUNT];
    tapestry_product product[TAPESTRY_TYPE_COUNT];
    tapestry_peak_arithmetic peak_arithmetic[TAPESTRY_TYPE_COUNT];
    tapestry_peak_reading peak_reading[TAPESTRY_TYPE_COUNT];
} tapestry_kernel_table;

extern const tapestry_kernel_table tapestry_kernels_generic;
#if defined(__x86_64__)
extern const tapestry_kernel_table tapestry_kernels_avx2;
extern const tapestry_kernel_table tapestry_kernels_avx512;
#endif

#endif
