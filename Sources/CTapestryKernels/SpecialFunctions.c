/// The inverse error function and the polygamma functions.
#include "SpecialFunctions.h"

#include <math.h>
#include <stdbool.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof(array)[0]))

static double polynomial(double x, const double *coefficients, int count) {
    double sum = coefficients[count - 1];
    for (int i = count - 2; i >= 0; i--) sum = sum * x + coefficients[i];
    return sum;
}

// ---------------------------------------------------------------------------------------------
// The inverse error function

// y / x with w = −log(1 − x²): in powers of w − 2.5 to seven digits for w < 5 (M. Giles, "Approximating the erfinv
// function", 2012), and in powers of √w − 4 to six digits from there to where 1 − x is the least in double (a fit by
// least squares).
static const double central[] = {
    1.50140941, 0.246640727, -0.00417768164, -0.00125372503, 0.00021858087,
    -4.39150654e-06, -3.5233877e-06, 3.43273939e-07, 2.81022636e-08,
};
static const double outer[] = {
    3.8397839, 1.00950115, 0.00125813198, -0.000912118255, 0.000329560636, -5.2535604e-05,
    3.88253837e-05, -7.11163424e-05, 3.22504768e-05, -8.52778352e-07, -1.36804731e-06,
};

double tapestry_inverse_erf(double x) {
    const double two_by_root_pi = 0x1.20dd750429b6dp+0, size = fabs(x);
    if (!(size < 1)) return size == 1 ? copysign(INFINITY, x) : NAN;
    const double w = -log1p(-x * x);
    const double ratio =
        w < 5 ? polynomial(w - 2.5, central, COUNT(central)) : polynomial(sqrt(w) - 4, outer, COUNT(outer));
    const double y = size * ratio;
    // A step of Halley's method gives three times as many digits, from the one of erf and 1 − erf that is less.
    const double excess = size < 0.5 ? erf(y) - size : (1 - size) - erfc(y);
    const double step = excess / (two_by_root_pi * exp(-y * y));
    return copysign(y - step / (1 + y * step), x);
}

// ---------------------------------------------------------------------------------------------
// The polygamma functions

// B₂ₖ / (2k)! for k = 1, 2, …, of which so many are enough from `order` + 10 on: the first one left out is less than
// 2e-17 of the whole.
static const double bernoulli[] = {
    0x1.5555555555555p-4,  -0x1.6c16c16c16c17p-10, 0x1.1566abc011567p-15, -0x1.bbd779334ef0bp-21,
    0x1.66a8f2bf70ebep-26, -0x1.22805d644267fp-31, 0x1.d6db2c4e09162p-37, -0x1.7da4e1f79955cp-42,
    0x1.355871d652e9ep-47, -0x1.f57d968caacf1p-53,
};
static double first_without_steps(double order) { return order + 10; }

/// What Euler's and Maclaurin's formula adds to the integral, for xˢ Σ 1 / (x + k)ˢ over k ≥ 0 with s = `order` + 1:
/// ½ + Σ B₂ₖ / (2k)! · s (s + 1) … (s + 2k − 2) / x²ᵏ⁻¹ by Horner's rule.
static double beside_the_integral(double order, double x) {
    const double per_square = 1 / (x * x);
    double sum = 0;
    for (int k = COUNT(bernoulli) - 1; k >= 0; k--)
        sum = bernoulli[k] + sum * ((order + 2 * k + 2) * (order + 2 * k + 3) * per_square);
    return 0.5 + sum * ((order + 1) / x);
}

/// For x > 0.
static double digamma(double x) {
    double steps = 0;
    for (; x < first_without_steps(0); x++) steps += 1 / x;
    return log(x) - beside_the_integral(0, x) / x - steps;
}

static double whole_power(double x, int exponent) {
    double power = 1;
    for (; exponent > 0; exponent >>= 1, x *= x)
        if (exponent & 1) power *= x;
    return power;
}

/// Whether xⁿ⁺¹ and n! are far inside of the type.
static bool has_ordinary_powers(double n, double x) { return n <= 16 && x > 0x1p-32 && x < 0x1p32; }

/// n! Σ 1 / (x + k)ⁿ⁺¹ over k ≥ 0 for such n ≥ 1 and x, from the least term to the greatest.
static double sum_of_ordinary_powers(double n, double x) {
    const int power = (int)n + 1, steps = x < first_without_steps(n) ? (int)ceil(first_without_steps(n) - x) : 0;
    const double end = x + steps;
    double sum = (end / n + beside_the_integral(n, end)) / whole_power(end, power);
    for (int k = steps - 1; k >= 0; k--) sum += 1 / whole_power(x + k, power);
    for (double j = 2; j <= n; j++) sum *= j;
    return sum;
}

/// No double, multiplied or divided by another, has such an exponent.
enum { BEYOND_ALL = 3000 };

/// n! Σ 1 / (x + k)ⁿ⁺¹ over k ≥ 0, for n ≥ 1 and x > 0: the first term, times a sum of the others relative to it.
static double sum_of_powers(double n, double x) {
    if (isinf(x)) return 0;
    if (has_ordinary_powers(n, x)) return sum_of_ordinary_powers(n, x);
    // The first term may lie beyond the exponents of the type where the whole does not, and so may its parts.
    int x_exponent;
    const double fraction = frexp(x, &x_exponent);
    double term = 1 / fraction;
    int exponent = -x_exponent;
    for (double j = 1; j <= n; j++) {
        int shift;
        term = frexp(term * (j / fraction), &shift);
        exponent += shift - x_exponent;
        const bool grows_from_here = j > x, never_grows = n <= x;
        if ((grows_from_here && exponent > BEYOND_ALL) || (never_grows && exponent < -BEYOND_ALL)) break;
    }
    double sum = 0, at = x, power = 1;
    for (; at < first_without_steps(n) && power > 0x1p-64; at++, power = pow(x / at, n + 1)) sum += power;
    if (at >= first_without_steps(n)) sum += power * (at / n + beside_the_integral(n, at));
    return ldexp(term * sum, exponent);
}

double tapestry_polygamma(double n, double x) {
    if (!(n >= 0 && n <= 0x1p24) || n != floor(n) || isnan(x)) return NAN;
    const bool is_odd = fmod(n, 2) == 1;
    if (x > 0) return n == 0 ? digamma(x) : is_odd ? sum_of_powers(n, x) : -sum_of_powers(n, x);
    if (x == floor(x)) return n > 0 ? (is_odd ? INFINITY : -INFINITY) : x == 0 ? -copysign(INFINITY, x) : NAN;
    // The distance from the nearest pole is exact.
    const double pi = 0x1.921fb54442d18p+1, distance = x - rint(x);
    if (n == 0) return digamma(1 - x) - pi / tan(pi * distance);
    // Σ 1 / (x + k)ⁿ⁺¹ goes over the numbers on both sides of 0 that are whole numbers away from x; on the negative one
    // those beyond x are left out.
    const double above = distance > 0 ? distance : 1 + distance, below = distance > 0 ? 1 - distance : -distance;
    const double beyond = sum_of_powers(n, 1 - x);
    if (!is_odd && above == below) return -beyond;
    const double sum_above = sum_of_powers(n, above), sum_below = sum_of_powers(n, below);
    // Where two are too large for the type, that of the nearer pole is larger, and what lies beyond is less than both.
    if (isinf(sum_above) && isinf(sum_below)) return is_odd || below < above ? INFINITY : -INFINITY;
    return is_odd ? sum_above + (sum_below - beyond) : (sum_below - beyond) - sum_above;
}
