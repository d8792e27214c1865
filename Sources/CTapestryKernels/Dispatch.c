/// Which build of the kernels runs: chosen once, when the first kernel is asked for.
#include <stdatomic.h>
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

bool tapestry_use_instruction_set(int instruction_set) {
    if (!tapestry_supports(instruction_set)) return false;
    atomic_store_explicit(&chosen, instruction_set, memory_order_relaxed);
    return true;
}

static const tapestry_kernel_table *table(void) { return tables[tapestry_instruction_set()]; }

tapestry_unary tapestry_unary_kernel(int operation, int type) { return table()->unary[operation][type]; }
tapestry_binary tapestry_binary_kernel(int operation, int type) { return table()->binary[operation][type]; }
tapestry_binary tapestry_comparison_kernel(int operation, int type) { return table()->comparison[operation][type]; }
tapestry_ternary tapestry_multiply_add_kernel(int type) { return table()->multiply_add[type]; }
tapestry_ternary tapestry_select_kernel(int type) { return table()->select[type]; }
tapestry_unary tapestry_convert_kernel(int from, int to) { return table()->convert[from][to]; }
tapestry_softmax tapestry_softmax_kernel(int type) { return table()->softmax[type]; }
tapestry_softmax tapestry_log_softmax_kernel(int type) { return table()->log_softmax[type]; }
tapestry_product tapestry_product_kernel(int type) { return table()->product[type]; }

tapestry_reduction tapestry_reduce_columns_kernel(int operation, int type) {
    return table()->reduce_columns[operation][type];
}

tapestry_reduction tapestry_reduce_rows_kernel(int operation, int type) {
    return table()->reduce_rows[operation][type];
}
