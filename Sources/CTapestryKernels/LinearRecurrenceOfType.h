/// The kernels for elements `E` in vectors `V` of `LANES`, computed in vectors `TOTALS` of as many doubles; included for
/// each type.

/// Where element t of line l is.
#define AT(SERIES, T, L) ((E *)(SERIES).data + (T) * (SERIES).step + (L) * (SERIES).line)

// One line.
#define OF_WIDTH(NAME) JOIN(NAME##_of_one, E)
#define WIDE double
#define WIDTH 1
#define LINES 1
#define READ(P, COUNT) ((double)*(P))
#define WRITE(P, COUNT, VALUE) (*(P) = (E)(VALUE))
#include "LinearRecurrenceOfWidth.h"

// Lines that lie side by side, a vector of them at once.
#define OF_WIDTH(NAME) JOIN(NAME##_of_many, E)
#define WIDE TOTALS
#define WIDTH LANES
#define LINES LINES_AT_ONCE
#define READ(P, COUNT) __builtin_convertvector(JOIN(load_up_to, E)(P, COUNT, (V)0), TOTALS)
#define WRITE(P, COUNT, VALUE) JOIN(store_up_to, E)(P, COUNT, __builtin_convertvector(VALUE, V))
#include "LinearRecurrenceOfWidth.h"

INLINE void JOIN(linear_recurrence, E)(const bool complex, ptrdiff_t steps, ptrdiff_t lines,
                                       const tapestry_recurrence *r) {
    if (lines > 1 && r->h.line == 1 && (r->a.line | 1) == 1 && r->b.line == 1 && r->initial.line == 1)
        for (ptrdiff_t l = 0; l < lines; l += LINES_AT_ONCE)
            JOIN(linear_recurrence_of_many, E)(complex, steps, l, smaller(lines, l + LINES_AT_ONCE), r);
    else
        for (ptrdiff_t l = 0; l < lines; l++) JOIN(linear_recurrence_of_one, E)(complex, steps, l, l + 1, r);
}

static void JOIN(linear_recurrence_kernel, E)(bool complex, ptrdiff_t steps, ptrdiff_t lines,
                                              const tapestry_recurrence *r) {
    if (complex)
        JOIN(linear_recurrence, E)(true, steps, lines, r);
    else
        JOIN(linear_recurrence, E)(false, steps, lines, r);
}

INLINE void JOIN(linear_recurrence_rule, E)(const bool complex, ptrdiff_t steps, ptrdiff_t lines,
                                            const tapestry_recurrence_rule *r) {
    if (lines > 1 && r->g.line == 1 && (r->a.line | 1) == 1 && r->initial.line == 1)
        for (ptrdiff_t l = 0; l < lines; l += LINES_AT_ONCE)
            JOIN(linear_recurrence_rule_of_many, E)(complex, steps, l, smaller(lines, l + LINES_AT_ONCE), r);
    else
        for (ptrdiff_t l = 0; l < lines; l++) JOIN(linear_recurrence_rule_of_one, E)(complex, steps, l, l + 1, r);
}

static void JOIN(linear_recurrence_rule_kernel, E)(bool complex, ptrdiff_t steps, ptrdiff_t lines,
                                                   const tapestry_recurrence_rule *r) {
    if (complex)
        JOIN(linear_recurrence_rule, E)(true, steps, lines, r);
    else
        JOIN(linear_recurrence_rule, E)(false, steps, lines, r);
}

#undef AT
