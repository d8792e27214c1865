/// Linear recurrences along an axis, and their rule: step after step, each for many lines beside each other.
///
/// Values are kept in double from step to step. A line's results do not depend on the lines beside it: in a vector of lines
/// they are multiplied and added in the same order as in one alone.

/// Lines whose values stay in the cache from one step to the next.
enum { LINES_AT_ONCE = 256 };

#define BODY "LinearRecurrenceOfType.h"
#include "ForEachFloat.h"
