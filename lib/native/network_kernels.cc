// Picks the kernels for the processor that the program runs on.

#include "network_engine.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#pragma GCC push_options
#pragma GCC target("avx2,fma")
namespace wide {
#include "network_kernels.h"
}
#pragma GCC pop_options
#endif
namespace plain {
#include "network_kernels.h"
}

const Kernels& best_kernels() {
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return wide::kernels;
#endif
  return plain::kernels;
}
