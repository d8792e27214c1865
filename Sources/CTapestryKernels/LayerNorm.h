/// Layer normalisation of contiguous rows, and its rule.
///
/// Rows are taken in groups: what one row's chain of additions waits for is another row's turn, and divisions and roots
/// are taken for all of them at once. A row's results do not depend on its group.

/// The rule, which reads and writes more of each row, takes fewer of them: rows whose lengths are powers of two share
/// the places of the nearest cache.
enum { GROUP = 4, RULE_GROUP = 2 };
typedef double group_of_float64 __attribute__((ext_vector_type(4)));

/// The sum of each row's totals.
INLINE group_of_float64 fold_group(const int rows, const float64x8 *totals) {
    group_of_float64 sums = 0;
    UNROLLED for (int r = 0; r < rows; r++) sums[r] = fold_float64(TAPESTRY_SUM, totals[r]);
    return sums;
}

/// The halves of a vector added up in double, in as many lanes as a vector of doubles has.
INLINE float64x8 halves_float32(float32x16 v) { return __builtin_convertvector(v.lo + v.hi, float64x8); }
INLINE float64x8 halves_float64(float64x8 v) { return v; }

#define BODY "LayerNormOfType.h"
#include "ForEachFloat.h"
