/// Sums of matrix products, by two methods. Which one is used depends on the shape and the strides alone, never on the
/// range that is computed.
///
/// Tiles: an outer-product kernel keeps a tile of C in registers and walks along the k of all terms, reading A by
/// broadcast (so any strides of A cost the same) and rows of B as vectors. An element is the initial value to which one
/// product after the other is added, whatever tile it falls into and however k is cut into blocks. B is read in place
/// where it can be; otherwise a panel of it is packed: for columns that do not fill a vector, for a transposed B, and
/// where the strides of a large B would thrash the cache.
///
/// Dots: with few rows there is little to gain from packing a transposed B, so the vectors run along k.

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

/// A single row is limited by the reading of B, which is faster in long pieces.
enum { STRIP_VECTORS = 8 };

/// A packed panel: half of a usual first-level cache.
enum { PANEL_BYTES = 32768 };

/// Measured bounds: with up to so many rows dots are faster for a transposed B, and with so many tiles of rows
/// a packed panel is worth its copy.
enum { DOT_ROWS = 8, PACKED_TILES = 8 };

/// A block along k is made of so many pieces of terms at most.
enum { MOST_PIECES = 8 };

/// Where a count of `total` begins its part number `part` of `parts`, as even as can be.
INLINE ptrdiff_t even_split(ptrdiff_t total, ptrdiff_t parts, ptrdiff_t part) { return total * part / parts; }

#define E float32
#include "ProductsOfType.h"
#undef E

#define E float64
#include "ProductsOfType.h"
#undef E
