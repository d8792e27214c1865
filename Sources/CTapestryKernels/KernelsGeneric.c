/// The kernels for every machine of an architecture: SSE2 on x86-64, NEON on arm64.
#include <math.h>
#include <string.h>

#define KERNEL_TABLE tapestry_kernels_generic
#define NATIVE_VECTOR_BYTES 16
#include "Families.h"
