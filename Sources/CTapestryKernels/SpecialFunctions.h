/// Functions that the C library does not have.
#ifndef TAPESTRY_SPECIAL_FUNCTIONS_H
#define TAPESTRY_SPECIAL_FUNCTIONS_H

/// The y with erf(y) = x: ±inf at ±1, NaN beyond.
double tapestry_inverse_erf(double x);

/// The derivative of order `order` + 1 of log Γ at x, for orders up to 2²⁴ (NaN for what is none). Near a zero it is as
/// exact as the terms that cancel there. The poles are 0, −1, −2, …: of odd order it is +inf there, of even order −inf,
/// but the digamma function, that of order 0, is +inf at −0 and NaN at −1, −2, …, all as scipy.special has it.
double tapestry_polygamma(double order, double x);

#endif
