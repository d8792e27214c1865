/// Sums of matrix products, by two methods. Which one is used depends on the shape and the strides alone, never on the
/// range that is computed.
///
/// Tiles: an outer-product kernel keeps a tile of C in registers and walks along the k of all terms, reading A by
/// broadcast (so any strides of A cost the same) and rows of B as vectors. An element is the initial value to which the
/// sum of each block of k is added, whatever tile it falls into. B is read in place
/// where it can be; otherwise from a panel: packed before, for columns that do not fill a vector and for a transposed
/// B, or filled by the first tile of rows for the others.
///
/// Dots: with few rows there is little to gain from packing a transposed B, so the vectors run along k, if it is long
/// enough to make up for adding their lanes in the end.

// The register tile: as many rows as leave registers for a row of B and one element of A.
#if NATIVE_VECTOR_BYTES == 64
enum { TILE_ROWS = 12, TILE_VECTORS = 2 };
#elif NATIVE_VECTOR_BYTES == 32
enum { TILE_ROWS = 6, TILE_VECTORS = 2 };
#elif defined(__aarch64__)
enum { TILE_ROWS = 6, TILE_VECTORS = 4 };
#else
enum { TILE_ROWS = 4, TILE_VECTORS = 2 };
#endif

/// A few rows are limited by the reading of B, which is faster in long pieces, and a tile of theirs must be wide to
/// keep the multipliers busy: X(rows, vectors).
#if NATIVE_VECTOR_BYTES == 64
#define FOR_STRIPS(X) X(1, 8) X(2, 8) X(3, 6) X(4, 6) X(5, 4) X(6, 4) X(7, 3) X(8, 3) X(9, 3)
enum { STRIP_ROWS = 9, MOST_VECTORS = 8 };
#elif defined(__aarch64__)
#define FOR_STRIPS(X) X(1, 8) X(2, 8) X(3, 6) X(4, 6)
enum { STRIP_ROWS = 4, MOST_VECTORS = 8 };
#else
#define FOR_STRIPS(X) X(1, 8) X(2, 4) X(3, 4)
enum { STRIP_ROWS = 3, MOST_VECTORS = 8 };
#endif
#define STRIP_WIDTH(ROWS, VECTORS) VECTORS,
static const int strip_vectors[STRIP_ROWS] = {FOR_STRIPS(STRIP_WIDTH)};

/// A block along k: the deeper it is, the less often C is read and written, and the more numbers are added up one after
/// the other, with an error that grows with their number. A packed panel of it fits in a second-level cache many times.
enum { BLOCK_DEPTH = 1024 };

/// Measured bounds: with up to so many rows dots are faster for a transposed B, and from so many tiles of rows on a
/// panel is worth filling. Where a line of the cache is the whole width of a tile, that is at once.
enum { MOST_DOT_ROWS = 16, PACKED_TILES = NATIVE_VECTOR_BYTES == 64 ? 8 : 2 };

/// The register tiles of dots, the tallest first: X(rows, columns).
#if NATIVE_VECTOR_BYTES == 64 || defined(__aarch64__)
#define FOR_DOTS(X) X(4, 4) X(3, 5) X(2, 8) X(1, 4)
#elif NATIVE_VECTOR_BYTES == 32
#define FOR_DOTS(X) X(4, 3) X(3, 4) X(2, 4) X(1, 4)
#else
#define FOR_DOTS(X) X(4, 2) X(2, 4) X(1, 4)
#endif
/// Of dots, each lane adds up so many numbers at a time.
enum { DOT_ROWS = 4, DOT_DEPTH = 256 };

/// Blocks of so little depth take so few rows at a time where more of them would thrash the cache.
enum { SHALLOW_DEPTH = 16, SHALLOW_ROWS = NATIVE_VECTOR_BYTES == 64 ? 2 : 3 };

/// A block along k is made of so many pieces of terms at most.
enum { MOST_PIECES = 8 };

#define E float32
#include "ProductsOfType.h"
#undef E

#define E float64
#include "ProductsOfType.h"
#undef E
