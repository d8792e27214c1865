/// exp, log, tanh, sigmoid and their relatives, of whole vectors, at most 2 units in the last place off over the whole
/// range, with or without fused multiply-add. The polynomials are minimax fits (Remez, weighted for the relative error
/// of the result), rounded to the type.

// (eʳ − 1 − r) / r² on |r| ≤ ln 2 / 2.
static const float32 exponential_float32[] = {
    0x1.000000p-1f, 0x1.5554b0p-3f, 0x1.555486p-5f, 0x1.122802p-7f, 0x1.6d98f0p-10f,
};
static const float64 exponential_float64[] = {
    0x1.0000000000005p-1,  0x1.555555555555cp-3,  0x1.55555555520f4p-5,  0x1.111111110e6c4p-7,
    0x1.6c16c17f376fep-10, 0x1.a01a01b5dc61ep-13, 0x1.a019a685c3530p-16, 0x1.71dde9fea19dep-19,
    0x1.28a2ab9f11fbcp-22, 0x1.af76b36d65291p-26,
};

// (log(1 + f) − f + f²/2) / f³ on √½ − 1 ≤ f ≤ √2 − 1.
static const float32 logarithm_float32[] = {
    0x1.55554ap-2f,  -0x1.000220p-2f, 0x1.99a596p-3f, -0x1.54788ep-3f,
    0x1.226e44p-3f, -0x1.0ce062p-3f, 0x1.07d10ap-3f, -0x1.41eea0p-4f,
};
// (2 artanh(s) / s − 2) / s² in powers of s², on 0 ≤ s ≤ (√2 − 1) / (√2 + 1).
static const float64 logarithm_float64[] = {
    0x1.5555555555592p-1, 0x1.999999997fd7bp-2, 0x1.24924941f4d35p-2, 0x1.c71c52061e496p-3,
    0x1.74663f9f6e115p-3, 0x1.39a1a7119e0e8p-3, 0x1.2f06350ca2f81p-3,
};

// ln 2 in two parts: the first is so short that its products with binary exponents are exact.
#define LN2_HIGH_float32 0x1.62e4p-1f
#define LN2_LOW_float32 0x1.7f7d1cp-20f
#define LN2_HIGH_float64 0x1.62e42fefa38p-1
#define LN2_LOW_float64 0x1.ef35793c7673p-45
#define LOG2_E_float32 0x1.715476p+0f
#define LOG2_E_float64 0x1.71547652b82fep+0

// Adding 1.5 · 2^mantissa bits rounds to an integer, which then stands in the low bits.
#define ROUNDER_float32 0x1.8p23f
#define ROUNDER_float64 0x1.8p52
#define MANTISSA_BITS_float32 23
#define MANTISSA_BITS_float64 52
#define EXPONENT_BIAS_float32 127
#define EXPONENT_BIAS_float64 1023
#define ROOT_HALF_float32 0x1.6a09e6p-1f
#define ROOT_HALF_float64 0x1.6a09e667f3bcdp-1
#define LEAST_NORMAL_float32 0x1p-126f
#define LEAST_NORMAL_float64 0x1p-1022

// So much less than 1 that e^x − 1 and log(1 + x) are x in the type.
#define TINY_float32 0x1p-25f
#define TINY_float64 0x1p-54

// Beyond these, exp is 0 or infinite, e^x − 1 is −1 and tanh is ±1 in the type.
#define EXP_LEAST_float32 -104.0f
#define EXP_LEAST_float64 -746.0
#define EXPM1_LEAST_float32 -20.0f
#define EXPM1_LEAST_float64 -40.0
#define EXP_GREATEST_float32 89.0f
#define EXP_GREATEST_float64 710.0
#define TANH_GREATEST_float32 9.25f
#define TANH_GREATEST_float64 20.0

#if defined(SCALE_INSTRUCTIONS)
#define SCALE_float32(p, n) _mm512_scalef_ps((__m512)(p), (__m512)(n))
#define SCALE_float64(p, n) _mm512_scalef_pd((__m512d)(p), (__m512d)(n))
#endif

#define BODY "TranscendentalsOfType.h"
#include "ForEachFloat.h"

INLINE float32x16 logarithm_near_one_float32(float32x16 f, float32x16 exponent) {
    const float32x16 square = f * f;
    const float32x16 rest = polynomial_float32(f, logarithm_float32, 8);
    const float32x16 low = exponent * LN2_LOW_float32 + (square * (f * rest) - 0.5f * square);
    return (low + f) + exponent * LN2_HIGH_float32;
}

INLINE float64x8 logarithm_near_one_float64(float64x8 f, float64x8 exponent) {
    const float64x8 s = f / (2.0 + f), half_square = 0.5 * f * f, z = s * s;
    const float64x8 rest = z * polynomial_float64(z, logarithm_float64, 7);
    const float64x8 low = s * (half_square + rest) + exponent * LN2_LOW_float64;
    return exponent * LN2_HIGH_float64 - ((half_square - low) - f);
}

#define BODY "LogarithmsOfType.h"
#include "ForEachFloat.h"

// ---------------------------------------------------------------------------------------------
// Compositions, whose errors would add up to more than 2 units in the last place of a float: floats go through doubles.
// Of doubles log₂ x is at most 2 units off and the others 3, log(eᵃ + eᵇ) of the greatest among a, b and itself.

/// log₂ x, exact for powers of two.
INLINE float64x8 log2_vector_float64(float64x8 x) {
    float64x8 exponent;
    const float64x8 f = split_exponent_float64(x, &exponent);
    return logarithm_at_edges_float64(x, exponent + logarithm_near_one_float64(f, (float64x8)0) * LOG2_E_float64);
}

/// log(eᵃ + eᵇ) = max(a, b) + log(1 + e^−|a − b|), which does not overflow. Near 0 it is as exact as max(a, b) is.
INLINE float64x8 log_add_exp_vector_float64(float64x8 a, float64x8 b) {
    // Infinities that are equal have no difference.
    const float64x8 difference = a == b ? (float64x8)0 : a - b;
    const float64x8 ratio = exponential_vector_float64(-__builtin_elementwise_abs(difference));
    return (a > b ? a : b) + log1p_vector_float64(ratio);
}

/// x log y, and 0 at x = 0 for every y that is a number.
INLINE float64x8 x_log_y_vector_float64(float64x8 x, float64x8 y) {
    return ((x == 0) & (y == y)) ? (float64x8)0 : x * logarithm_vector_float64(y);
}

/// A function of doubles, for floats: in halves, and rounded in the end.
#define UNARY_THROUGH_FLOAT64(NAME)                                                              \
    INLINE float32x16 NAME##_float32(float32x16 x) {                                             \
        const float64x16 a = __builtin_convertvector(x, float64x16);                             \
        float64x16 result;                                                                       \
        result.lo = NAME##_float64(a.lo);                                                        \
        result.hi = NAME##_float64(a.hi);                                                        \
        return __builtin_convertvector(result, float32x16);                                      \
    }

#define BINARY_THROUGH_FLOAT64(NAME)                                                             \
    INLINE float32x16 NAME##_float32(float32x16 x, float32x16 y) {                               \
        const float64x16 a = __builtin_convertvector(x, float64x16);                             \
        const float64x16 b = __builtin_convertvector(y, float64x16);                             \
        float64x16 result;                                                                       \
        result.lo = NAME##_float64(a.lo, b.lo);                                                  \
        result.hi = NAME##_float64(a.hi, b.hi);                                                  \
        return __builtin_convertvector(result, float32x16);                                      \
    }

UNARY_THROUGH_FLOAT64(log2_vector)
BINARY_THROUGH_FLOAT64(log_add_exp_vector)
BINARY_THROUGH_FLOAT64(x_log_y_vector)
