/// The kernels for x86-64 with AVX2 and fused multiply-add.
#if defined(__x86_64__)
#include <math.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define KERNEL_TABLE tapestry_kernels_avx2
#define NATIVE_VECTOR_BYTES 32
#include "Families.h"
#pragma clang attribute pop
#endif
