/// The kernels for x86-64 with AVX-512 (F, VL, DQ and BW, as in every server and desktop core that has it).
#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx2,fma"))), \
                             apply_to = function)
#define KERNEL_TABLE tapestry_kernels_avx512
#define NATIVE_VECTOR_BYTES 64
#define MASKED_PARTS 1
#define SCALE_INSTRUCTIONS 1
#include "Families.h"
#pragma clang attribute pop
#endif
