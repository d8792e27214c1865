/// Square blocks transposed in registers, and copies that transpose a matrix of them.

#define E float32
#include "TranspositionOfType.h"
#undef E

#define E float64
#include "TranspositionOfType.h"
#undef E
