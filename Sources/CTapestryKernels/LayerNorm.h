/// Layer normalisation of contiguous rows, and its derivative.

#define E float32
#define V float32x16
#define LANES 16
#define TOTALS float64x16
#include "LayerNormOfType.h"
#undef TOTALS
#undef LANES
#undef V
#undef E

#define E float64
#define V float64x8
#define LANES 8
#define TOTALS float64x8
#include "LayerNormOfType.h"
#undef TOTALS
#undef LANES
#undef V
#undef E
