/// The peak family: kernels that do one thing as often as the machine can, to hold the others against.

/// As many independent chains as hide the latency of a multiply-add, and fit the registers of every machine.
enum { PEAK_CHAINS = 12 };

/// Multiply-adds in registers alone.
#define PEAK_ARITHMETIC(E)                                                                            \
    static ptrdiff_t peak_arithmetic_kernel_##E(ptrdiff_t rounds, void *out) {                        \
        NATIVE(E) chain[PEAK_CHAINS];                                                                 \
        const NATIVE(E) factor = (NATIVE(E))(E)0.5, addend = (NATIVE(E))(E)rounds;                    \
        UNROLLED for (int j = 0; j < PEAK_CHAINS; j++) chain[j] = (NATIVE(E))(E)j;                    \
        for (ptrdiff_t i = 0; i < rounds; i++)                                                        \
            UNROLLED for (int j = 0; j < PEAK_CHAINS; j++) chain[j] = chain[j] * factor + addend;     \
        UNROLLED for (int j = 1; j < PEAK_CHAINS; j++) chain[0] += chain[j];                          \
        *(E *)out = chain[0][0];                                                                      \
        return 2 * rounds * PEAK_CHAINS * NATIVE_LANES(E);                                            \
    }

/// Loads, with the least that has to be done for them to happen.
#define PEAK_READING(E)                                                                               \
    static ptrdiff_t peak_reading_kernel_##E(ptrdiff_t count, const void *a, void *out) {             \
        NATIVE(E) seen[PEAK_CHAINS] = {0};                                                            \
        const ptrdiff_t group = PEAK_CHAINS * NATIVE_LANES(E), whole = count / group * group;         \
        for (const E *p = a, *end = p + whole; p < end; p += group)                                   \
            UNROLLED for (int j = 0; j < PEAK_CHAINS; j++)                                            \
                seen[j] += JOIN(load, NATIVE(E))(p + j * NATIVE_LANES(E));                            \
        UNROLLED for (int j = 1; j < PEAK_CHAINS; j++) seen[0] += seen[j];                            \
        *(E *)out = seen[0][0];                                                                       \
        return whole;                                                                                 \
    }

PEAK_ARITHMETIC(float32)
PEAK_ARITHMETIC(float64)
PEAK_READING(float32)
PEAK_READING(float64)
