// Picks the kernels for the processor that the program runs on.

#include "instruction_sets.h"
#include "network_planes.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#include <immintrin.h>
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx2,fma")
namespace widest {
#define LANES 16
#define RECIPROCAL(v) ((Vec)_mm512_rcp14_ps((__m512)(v)))
#include "network_planes_kernels.h"
}
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx2,fma")
namespace wide {
#define LANES 8
#define RECIPROCAL(v) ((Vec)_mm256_rcp_ps((__m256)(v)))
#include "network_planes_kernels.h"
}
#pragma GCC pop_options
#endif
namespace plain {
#define LANES 4
#include "network_planes_kernels.h"
}

const PlaneKernels& best_plane_kernels() {
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
  if (best_instructions() == Instructions::kAvx512) return widest::kernels;
  if (best_instructions() == Instructions::kAvx2) return wide::kernels;
#endif
  return plain::kernels;
}
