/// The reduction family. Elements are taken in by vectors into a few partial results; each block's partial results
/// are then gathered (floating-point ones in double), so that rounding errors do not grow with the count.

/// Both results of a comparison with NaN are false: a NaN in `s` is kept, one in `t` is taken.
#define DEFINE_MERGE(NAME, TYPE, SUM, PRODUCT)                                  \
    INLINE TYPE NAME(int operation, TYPE s, TYPE t) {                           \
        switch (operation) {                                                    \
        case TAPESTRY_MAX: return ((s > t) | (s != s)) ? s : t;                 \
        case TAPESTRY_MIN: return ((s < t) | (s != s)) ? s : t;                 \
        case TAPESTRY_PRODUCT: return PRODUCT;                                  \
        default: return SUM;                                                    \
        }                                                                       \
    }

DEFINE_MERGE(merge_float32x16, float32x16, s + t, s * t)
DEFINE_MERGE(merge_float64x16, float64x16, s + t, s * t)
DEFINE_MERGE(merge_float64x8, float64x8, s + t, s * t)
DEFINE_MERGE(merge_float64, float64, s + t, s * t)
DEFINE_MERGE(merge_int32x16, int32x16, (int32x16)((uint32x16)s + (uint32x16)t),
             (int32x16)((uint32x16)s * (uint32x16)t))
DEFINE_MERGE(merge_int32, int32_t, (int32_t)((uint32_t)s + (uint32_t)t),
             (int32_t)((uint32_t)s * (uint32_t)t))

#define TOTAL float64
#define LEAST (-INFINITY)
#define GREATEST INFINITY
#define SQUARE(x) ((x) * (x))
#define BODY "ReductionsOfType.h"
#include "ForEachFloat.h"
#undef TOTAL
#undef LEAST
#undef GREATEST
#undef SQUARE

#define E int32
#define V int32x16
#define LANES 16
#define TOTAL int32
#define TOTALS int32x16
#define LEAST INT32_MIN
#define GREATEST INT32_MAX
#define SQUARE(x) ((V)((uint32x16)(x) * (uint32x16)(x)))
#include "ReductionsOfType.h"
#undef V
#undef E
#undef LANES
#undef TOTALS
#undef TOTAL
#undef LEAST
#undef GREATEST
#undef SQUARE
