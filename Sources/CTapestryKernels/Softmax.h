/// Softmax and log-softmax of contiguous rows.

#define BODY "SoftmaxOfType.h"
#include "ForEachFloat.h"
