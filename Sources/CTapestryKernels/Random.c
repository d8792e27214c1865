/// Random numbers from counters. Compiled once, without contraction of a · b + c, so that a seed gives the same
/// bits on every machine.
#include <math.h>
#include <string.h>

#include "CTapestryKernels.h"

#pragma clang fp contract(off)
#define NATIVE_VECTOR_BYTES 16
#include "Vectors.h"
#include "Transcendentals.h"

// ---------------------------------------------------------------------------------------------
// Philox 4×32-10

enum { ROUNDS = 10, GROUP = 16, WORDS = 4 * GROUP };

/// The generator on `count` counters side by side, word by word, with one key.
INLINE void philox(int count, uint32_t counter[4][count], uint32_t key0, uint32_t key1) {
    for (int round = 0; round < ROUNDS; round++, key0 += 0x9E3779B9u, key1 += 0xBB67AE85u)
        for (int i = 0; i < count; i++) {
            const uint64_t first = (uint64_t)counter[0][i] * 0xD2511F53u;
            const uint64_t second = (uint64_t)counter[2][i] * 0xCD9E8D57u;
            const uint32_t x1 = counter[1][i], x3 = counter[3][i];
            counter[0][i] = (uint32_t)(second >> 32) ^ x1 ^ key0;
            counter[1][i] = (uint32_t)second;
            counter[2][i] = (uint32_t)(first >> 32) ^ x3 ^ key1;
            counter[3][i] = (uint32_t)first;
        }
}

void tapestry_philox_block(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
    uint32_t words[4][1] = {{counter[0]}, {counter[1]}, {counter[2]}, {counter[3]}};
    philox(1, words, key[0], key[1]);
    for (int i = 0; i < 4; i++) out[i] = words[i][0];
}

/// The words of `GROUP` blocks one after another, from block `block` on.
static void random_words(uint64_t seed, uint64_t stream, uint64_t block, uint32_t words[WORDS]) {
    uint32_t counter[4][GROUP];
    for (int i = 0; i < GROUP; i++) {
        counter[0][i] = (uint32_t)(block + (uint64_t)i);
        counter[1][i] = (uint32_t)((block + (uint64_t)i) >> 32);
        counter[2][i] = (uint32_t)stream;
        counter[3][i] = (uint32_t)(stream >> 32);
    }
    philox(GROUP, counter, (uint32_t)seed, (uint32_t)(seed >> 32));
    for (int i = 0; i < GROUP; i++)
        for (int j = 0; j < 4; j++) words[4 * i + j] = counter[j][i];
}

/// Makes elements of `words_each` words (1, 2 or 4), a group at a time: `make` turns the words of a group into the
/// elements of `element_size` bytes.
INLINE void fill(uint64_t seed, uint64_t stream, uint64_t first, ptrdiff_t count, void *out, int words_each,
                 size_t element_size, void (*make)(const uint32_t *words, void *elements)) {
    const int elements = WORDS / words_each;
    const int per_block = 4 / words_each;
    uint64_t block = first / (uint64_t)per_block;
    ptrdiff_t skipped = (ptrdiff_t)(first % (uint64_t)per_block);
    char *to = out;
    while (count > 0) {
        uint32_t words[WORDS];
        char made[WORDS * sizeof(double)] __attribute__((aligned(64)));
        random_words(seed, stream, block, words);
        make(words, made);
        const ptrdiff_t taken = elements - skipped < count ? elements - skipped : count;
        memcpy(to, made + (size_t)skipped * element_size, (size_t)taken * element_size);
        to += (size_t)taken * element_size;
        count -= taken;
        block += GROUP;
        skipped = 0;
    }
}

// ---------------------------------------------------------------------------------------------
// Elements from words

static void make_bits(const uint32_t *words, void *elements) { memcpy(elements, words, WORDS * sizeof *words); }

static void make_uniform_float32(const uint32_t *words, void *elements) {
    float *x = elements;
    for (int i = 0; i < WORDS; i++) x[i] = (float)(int32_t)(words[i] >> 8) * 0x1p-24f;
}

/// 53 bits of two words as a multiple of 2⁻⁵³ in [0, 1).
static inline double uniform_float64(const uint32_t *words) {
    return (double)(int32_t)(words[0] >> 5) * 0x1p-27 + (double)(int32_t)(words[1] >> 6) * 0x1p-53;
}

static void make_uniform_float64(const uint32_t *words, void *elements) {
    double *x = elements;
    for (int i = 0; i < WORDS / 2; i++) x[i] = uniform_float64(words + 2 * i);
}

// sin(2πy) / y in powers of y², on |y| ≤ ¼: minimax fits.
static const float32 sine_of_turns_float32[] = {
    0x1.921fb6p+2f, -0x1.4abbcep+5f, 0x1.466bc0p+6f, -0x1.32d130p+6f, 0x1.501422p+5f, -0x1.cc9e24p+3f,
};
static const float64 sine_of_turns_float64[] = {
    0x1.921fb54442d18p+2,  -0x1.4abbce625be53p+5, 0x1.466bc6775aae2p+6, -0x1.32d2cce62bd57p+6,
    0x1.50783487ec1a3p+5,  -0x1.e3074fdc52801p+3, 0x1.e8f4338e33ca1p+1, -0x1.6fad48943937cp-1,
    0x1.aabbe6adce688p-4,  -0x1.7ed527b61c91bp-7,
};

/// √(−2 ln u) · cos(2πt) for u in (0, 1] and |t| ≤ ½, with cos(2πt) = sin(2π(¼ − |t|)).
INLINE float32x16 box_muller_float32(float32x16 u, float32x16 t) {
    const float32x16 y = 0.25f - __builtin_elementwise_abs(t);
    const float32x16 cosine = y * polynomial_float32(y * y, sine_of_turns_float32, 6);
    return __builtin_elementwise_sqrt(-2 * logarithm_vector_float32(u)) * cosine;
}

INLINE float64x8 box_muller_float64(float64x8 u, float64x8 t) {
    const float64x8 y = 0.25 - __builtin_elementwise_abs(t);
    const float64x8 cosine = y * polynomial_float64(y * y, sine_of_turns_float64, 10);
    return __builtin_elementwise_sqrt(-2 * logarithm_vector_float64(u)) * cosine;
}

static void make_normal_float32(const uint32_t *words, void *elements) {
    float *x = elements;
    for (int i = 0; i < WORDS / 2; i += 16) {
        float u[16], t[16];
        for (int j = 0; j < 16; j++) {
            const uint32_t *pair = words + 2 * (i + j);
            // Half a step up, so that u is never 0; all 32 bits, so that the tails reach 6.7.
            u[j] = (float)pair[0] * 0x1p-32f + 0x1p-33f;
            t[j] = (float)(int32_t)pair[1] * 0x1p-32f;
        }
        store_float32x16(x + i, box_muller_float32(load_float32x16(u), load_float32x16(t)));
    }
}

static void make_normal_float64(const uint32_t *words, void *elements) {
    double *x = elements;
    for (int i = 0; i < WORDS / 4; i += 8) {
        double u[8], t[8];
        for (int j = 0; j < 8; j++) {
            const uint32_t *four = words + 4 * (i + j);
            u[j] = uniform_float64(four) + 0x1p-53;
            t[j] = uniform_float64(four + 2) - 0.5;
        }
        store_float64x8(x + i, box_muller_float64(load_float64x8(u), load_float64x8(t)));
    }
}

// ---------------------------------------------------------------------------------------------
// Entry points

void tapestry_random_bits(uint64_t seed, uint64_t stream, uint64_t first, ptrdiff_t count, uint32_t *out) {
    fill(seed, stream, first, count, out, 1, sizeof *out, make_bits);
}

void tapestry_random_uniform(int type, uint64_t seed, uint64_t stream, uint64_t first, ptrdiff_t count, void *out) {
    if (type == TAPESTRY_FLOAT32)
        fill(seed, stream, first, count, out, 1, sizeof(float), make_uniform_float32);
    else
        fill(seed, stream, first, count, out, 2, sizeof(double), make_uniform_float64);
}

void tapestry_random_normal(int type, uint64_t seed, uint64_t stream, uint64_t first, ptrdiff_t count, void *out) {
    if (type == TAPESTRY_FLOAT32)
        fill(seed, stream, first, count, out, 2, sizeof(float), make_normal_float32);
    else
        fill(seed, stream, first, count, out, 4, sizeof(double), make_normal_float64);
}
