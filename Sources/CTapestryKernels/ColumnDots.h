/// Dot products of the columns of two matrices: what is left of the cotangent of a row that multiplied every row.

#define BODY "ColumnDotsOfType.h"
#include "ForEachFloat.h"
