// Picks the kernels for the processor that the program runs on.

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

namespace {
struct Choice {
  const PlaneKernels& kernels;
  const char* instructions;
};

Choice best() {
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")) return {widest::kernels, "AVX-512"};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return {wide::kernels, "AVX2 and FMA"};
#endif
  return {plain::kernels, "baseline"};
}
}  // namespace

const PlaneKernels& best_plane_kernels() { return best().kernels; }

const char* plane_instructions() { return best().instructions; }
