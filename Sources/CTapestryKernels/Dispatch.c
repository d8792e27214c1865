/// Which build of the kernels runs: chosen once, when the first kernel is asked for, and the look-ups in its table.
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "KernelTable.h"

static const char *const names[TAPESTRY_INSTRUCTION_SET_COUNT] = {
    [TAPESTRY_GENERIC] = "generic", [TAPESTRY_AVX2] = "avx2", [TAPESTRY_AVX512] = "avx512",
};

static const tapestry_kernel_table *const tables[TAPESTRY_INSTRUCTION_SET_COUNT] = {
    [TAPESTRY_GENERIC] = &tapestry_kernels_generic,
#if defined(__x86_64__)
    [TAPESTRY_AVX2] = &tapestry_kernels_avx2,
    [TAPESTRY_AVX512] = &tapestry_kernels_avx512,
#endif
};

bool tapestry_supports(int instruction_set) {
    switch (instruction_set) {
    case TAPESTRY_GENERIC: return true;
#if defined(__x86_64__)
    case TAPESTRY_AVX2: return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case TAPESTRY_AVX512:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
               tapestry_supports(TAPESTRY_AVX2);
#endif
    default: return false;
    }
}

static int initial_instruction_set(void) {
    const char *wish = getenv("TAPESTRY_INSTRUCTION_SET");
    for (int set = 0; wish && set < TAPESTRY_INSTRUCTION_SET_COUNT; set++)
        if (strcmp(wish, names[set]) == 0 && tapestry_supports(set)) return set;
    if (wish)
        fprintf(stderr, "TAPESTRY_INSTRUCTION_SET: \"%s\" is unknown or not to be had on this machine\n", wish);
    int best = TAPESTRY_INSTRUCTION_SET_COUNT - 1;
    while (!tapestry_supports(best)) best--;
    return best;
}

enum { UNDECIDED = -1 };
static atomic_int chosen = UNDECIDED;

int tapestry_instruction_set(void) {
    int set = atomic_load_explicit(&chosen, memory_order_relaxed);
    if (set == UNDECIDED) {
        // Threads that come here together all find the same.
        set = initial_instruction_set();
        atomic_store_explicit(&chosen, set, memory_order_relaxed);
    }
    return set;
}

// Every look-up twice: in the table of a given instruction set, and in that of the one in use.

#define BY_TYPE(KERNEL, NAME)                                                                                    \
    KERNEL tapestry_##NAME##_kernel_of(int instruction_set, int type) {                                          \
        return tables[instruction_set]->NAME[type];                                                              \
    }                                                                                                            \
    KERNEL tapestry_##NAME##_kernel(int type) {                                                                  \
        return tapestry_##NAME##_kernel_of(tapestry_instruction_set(), type);                                    \
    }

#define BY_PAIR(KERNEL, NAME)                                                                                    \
    KERNEL tapestry_##NAME##_kernel_of(int instruction_set, int first, int second) {                             \
        return tables[instruction_set]->NAME[first][second];                                                     \
    }                                                                                                            \
    KERNEL tapestry_##NAME##_kernel(int first, int second) {                                                     \
        return tapestry_##NAME##_kernel_of(tapestry_instruction_set(), first, second);                           \
    }

BY_PAIR(tapestry_unary, unary)
BY_PAIR(tapestry_unary, classification)
BY_PAIR(tapestry_binary, binary)
BY_PAIR(tapestry_binary, accumulating_binary)
BY_PAIR(tapestry_rule_of_product, rule_of_product)
BY_TYPE(tapestry_column_dots, column_dots)
BY_PAIR(tapestry_binary, comparison)
BY_TYPE(tapestry_ternary, select)
BY_PAIR(tapestry_unary, convert)
BY_PAIR(tapestry_reduction, reduce_columns)
BY_PAIR(tapestry_reduction, reduce_rows)
BY_TYPE(tapestry_softmax, softmax)
BY_TYPE(tapestry_softmax, log_softmax)
BY_TYPE(tapestry_softmax, log_sum_exp)
BY_TYPE(tapestry_layer_norm, layer_norm)
BY_TYPE(tapestry_layer_norm_rule, layer_norm_rule)
BY_TYPE(tapestry_linear_recurrence, linear_recurrence)
BY_TYPE(tapestry_linear_recurrence_rule, linear_recurrence_rule)
BY_TYPE(tapestry_product, product)
BY_TYPE(tapestry_peak_arithmetic, peak_arithmetic)
BY_TYPE(tapestry_peak_reading, peak_reading)
