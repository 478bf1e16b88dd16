// Picks the kernels for the processor that the program runs on.

#include "instruction_sets.h"
#include "network_pixels.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512vl,avx2,fma")
namespace widest {
#define LANES 16
#include "network_pixels_kernels.h"
}
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx2,fma")
namespace wide {
#define LANES 8
#include "network_pixels_kernels.h"
}
#pragma GCC pop_options
#endif
namespace plain {
#define LANES 8
#include "network_pixels_kernels.h"
}

const Kernels& best_kernels() {
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
  if (best_instructions() == Instructions::kAvx512) return widest::kernels;
  if (best_instructions() == Instructions::kAvx2) return wide::kernels;
#endif
  return plain::kernels;
}

void adam(int64_t size, float rate, float beta1, float beta2, float epsilon, float* theta, float* m, float* v,
          const float* gradient) {
  best_kernels().adam(size, rate, beta1, beta2, epsilon, theta, m, v, gradient);
}

void add_image(const uint8_t* pixels, const Axis& across, const Axis& down, float scale, float* to) {
  best_kernels().add_image(pixels, across, down, scale, to);
}
