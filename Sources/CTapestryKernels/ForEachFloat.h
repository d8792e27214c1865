/// Includes the header that `BODY` names once for each floating-point type, with these macros:
/// `E` the type, `V` its vector of `LANES`, `BITS` the vector of integers as wide as its elements (what comparisons
/// give), `FLAGS` the vector of as many Booleans, and for sums in double `TOTALS`, the vector of as many doubles.

#define E float32
#define V float32x16
#define LANES 16
#define BITS int32x16
#define FLAGS bool8x16
#define TOTALS float64x16
#include BODY
#undef TOTALS
#undef FLAGS
#undef BITS
#undef LANES
#undef V
#undef E

#define E float64
#define V float64x8
#define LANES 8
#define BITS int64x8
#define FLAGS bool8x8
#define TOTALS float64x8
#include BODY
#undef TOTALS
#undef FLAGS
#undef BITS
#undef LANES
#undef V
#undef E

#undef BODY
