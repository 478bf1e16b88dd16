// Picks the kernels for the processor that the program runs on: their sums differ in the last digits.

// Let the compiler vectorise loops with comparisons and roots; results do not change.
#pragma GCC optimize("no-math-errno", "no-trapping-math")

#include "instruction_sets.h"
#include "predictor_engine.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")
namespace widest {
#define LANES 16
#define TILE_ROWS 8
#define TILE_VECTORS 2
#define CHUNK_VECTORS 4
#include "predictor_kernels.h"
#undef LANES
#undef TILE_ROWS
#undef TILE_VECTORS
#undef CHUNK_VECTORS
}  // namespace widest
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx2,fma")
namespace wide {
#define LANES 8
#define TILE_ROWS 4
#define TILE_VECTORS 2
#define CHUNK_VECTORS 4
#include "predictor_kernels.h"
#undef LANES
#undef TILE_ROWS
#undef TILE_VECTORS
#undef CHUNK_VECTORS
}  // namespace wide
#pragma GCC pop_options
#endif
namespace plain {
#define LANES 4
#define TILE_ROWS 4
#define TILE_VECTORS 2
#define CHUNK_VECTORS 4
#include "predictor_kernels.h"
}  // namespace plain

const Kernels& best_kernels() {
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
  if (best_instructions() == Instructions::kAvx512) return widest::kernels;
  if (best_instructions() == Instructions::kAvx2) return wide::kernels;
#endif
  return plain::kernels;
}
