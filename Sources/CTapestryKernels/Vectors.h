/// Vectors of 64 bytes (and their companions with as many lanes of another type), how they are loaded and
/// stored, whole, in part or with a stride. Clang splits them where the machine's registers are narrower, so
/// one source serves every instruction set, and lanes, tails and orders are the same everywhere.

#define INLINE static inline __attribute__((always_inline, unused))
#define JOIN_(a, b) a##_##b
#define JOIN(a, b) JOIN_(a, b)

// How a vector `V`, of the type that a header is at, is loaded and stored.
#define LOAD JOIN(load, V)
#define LOAD_PART JOIN(load_part, V)
#define LOAD_STRIDED JOIN(load_strided, V)
#define STORE JOIN(store, V)
#define STORE_PART JOIN(store_part, V)

// Arrays of vectors become registers only if every loop over them is unrolled.
#define UNROLLED _Pragma("clang loop unroll(full)")

// Every function that takes or returns a vector is inlined, so no vector ever crosses a call boundary.
#pragma clang diagnostic ignored "-Wpsabi"

typedef float float32;
typedef double float64;
typedef int32_t int32;
typedef uint8_t bool8;

/// Copies `bytes` < 256 in pieces of a power of two: cheaper than a call of the library's memcpy.
INLINE void copy_bytes(void *to, const void *from, size_t bytes) {
    char *t = to;
    const char *f = from;
#define COPY_PIECE(SIZE)                \
    if (bytes & SIZE) {                 \
        __builtin_memcpy(t, f, SIZE);   \
        t += SIZE;                      \
        f += SIZE;                      \
    }
    COPY_PIECE(128)
    COPY_PIECE(64)
    COPY_PIECE(32)
    COPY_PIECE(16)
    COPY_PIECE(8)
    COPY_PIECE(4)
    COPY_PIECE(2)
    COPY_PIECE(1)
#undef COPY_PIECE
}

/// A vector type and its access functions. `load_part` takes the lanes from `count` on from `rest`.
#define DEFINE_VECTOR(E, L)                                                                           \
    typedef E E##x##L __attribute__((ext_vector_type(L)));                                            \
    INLINE E##x##L load_##E##x##L(const E *p) {                                                       \
        E##x##L v;                                                                                    \
        __builtin_memcpy(&v, p, sizeof v);                                                            \
        return v;                                                                                     \
    }                                                                                                 \
    INLINE void store_##E##x##L(E *p, E##x##L v) { __builtin_memcpy(p, &v, sizeof v); }               \
    INLINE E##x##L load_strided_##E##x##L(const E *p, ptrdiff_t stride, ptrdiff_t count) {            \
        E lanes[L] = {0};                                                                             \
        for (ptrdiff_t i = 0; i < count; i++) lanes[i] = p[i * stride];                               \
        return load_##E##x##L(lanes);                                                                 \
    }                                                                                                 \
    INLINE void store_strided_##E##x##L(E *p, ptrdiff_t stride, ptrdiff_t count, E##x##L v) {         \
        E lanes[L];                                                                                   \
        store_##E##x##L(lanes, v);                                                                    \
        for (ptrdiff_t i = 0; i < count; i++) p[i * stride] = lanes[i];                               \
    }

#define DEFINE_PARTS_BY_COPY(E, L)                                                                    \
    INLINE E##x##L load_part_##E##x##L(const E *p, ptrdiff_t count, E##x##L rest) {                   \
        copy_bytes(&rest, p, (size_t)count * sizeof(E));                                              \
        return rest;                                                                                  \
    }                                                                                                 \
    INLINE void store_part_##E##x##L(E *p, ptrdiff_t count, E##x##L v) {                              \
        copy_bytes(p, &v, (size_t)count * sizeof(E));                                                 \
    }

#if defined(MASKED_PARTS)
#define DEFINE_PARTS_BY_MASK(E, L, SUFFIX, MASK)                                                      \
    INLINE E##x##L load_part_##E##x##L(const E *p, ptrdiff_t count, E##x##L rest) {                   \
        return (E##x##L)_mm512_mask_loadu_##SUFFIX((__m512i)rest, (MASK)((1ull << count) - 1), p);    \
    }                                                                                                 \
    INLINE void store_part_##E##x##L(E *p, ptrdiff_t count, E##x##L v) {                              \
        _mm512_mask_storeu_##SUFFIX(p, (MASK)((1ull << count) - 1), (__m512i)v);                      \
    }
#else
#define DEFINE_PARTS_BY_MASK(E, L, SUFFIX, MASK) DEFINE_PARTS_BY_COPY(E, L)
#endif

DEFINE_VECTOR(float32, 16)
DEFINE_PARTS_BY_MASK(float32, 16, epi32, __mmask16)
DEFINE_VECTOR(float64, 8)
DEFINE_PARTS_BY_MASK(float64, 8, epi64, __mmask8)
DEFINE_VECTOR(int32, 16)
DEFINE_PARTS_BY_MASK(int32, 16, epi32, __mmask16)
DEFINE_VECTOR(bool8, 64)
DEFINE_PARTS_BY_MASK(bool8, 64, epi8, __mmask64)

// Sixteen or eight lanes of another type beside sixteen or eight of a 64-byte vector.
DEFINE_VECTOR(bool8, 16)
DEFINE_PARTS_BY_COPY(bool8, 16)
DEFINE_VECTOR(bool8, 8)
DEFINE_PARTS_BY_COPY(bool8, 8)
DEFINE_VECTOR(float64, 16)
DEFINE_PARTS_BY_COPY(float64, 16)

// The machine's own vectors: products keep their tiles in them, and transpositions are made of them.
#if NATIVE_VECTOR_BYTES == 64
#define NATIVE_float32 float32x16
#define NATIVE_float64 float64x8
#elif NATIVE_VECTOR_BYTES == 32
#define NATIVE_float32 float32x8
#define NATIVE_float64 float64x4
DEFINE_VECTOR(float32, 8)
DEFINE_PARTS_BY_COPY(float32, 8)
DEFINE_VECTOR(float64, 4)
DEFINE_PARTS_BY_COPY(float64, 4)
#else
#define NATIVE_float32 float32x4
#define NATIVE_float64 float64x2
DEFINE_VECTOR(float32, 4)
DEFINE_PARTS_BY_COPY(float32, 4)
DEFINE_VECTOR(float64, 2)
DEFINE_PARTS_BY_COPY(float64, 2)
#endif
#define NATIVE__(E) NATIVE_##E
#define NATIVE(E) NATIVE__(E)
#define NATIVE_LANES(E) (NATIVE_VECTOR_BYTES / (ptrdiff_t)sizeof(E))

typedef int8_t int8x64 __attribute__((ext_vector_type(64)));
// What comparisons of doubles give: `long`, which on macOS is another type than int64_t, though as wide.
typedef long int64x8 __attribute__((ext_vector_type(8)));
typedef uint32_t uint32x16 __attribute__((ext_vector_type(16)));

// The 64-byte vector of an element type.
typedef float32x16 vector_float32;
typedef float64x8 vector_float64;
typedef int32x16 vector_int32;
typedef bool8x64 vector_bool8;
