/// Softmax, log-softmax and log-sum-exp of contiguous rows.

#define BODY "SoftmaxOfType.h"
#include "ForEachFloat.h"
