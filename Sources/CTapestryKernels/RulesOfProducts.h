/// Two steps of a derivative in one pass: a cotangent that is a product goes through the rule of what it arrives at.
/// Rows are contiguous in all operands.

#define RULES_OF_PRODUCTS(X) X(multiply) X(tanh_rule) X(sigmoid_rule) X(relu_rule)

#define BODY "RulesOfProductsOfType.h"
#include "ForEachFloat.h"
