// Which version of their kernels the engines use.
#pragma once

#include <cstdlib>
#include <cstring>

enum class Instructions { kBaseline, kAvx2, kAvx512 };

// The widest instructions that the processor has. SIAMESE_NAS_INSTRUCTIONS=avx2 or =baseline, read when an engine is first
// needed, keeps to narrower ones: so the tests reach every version on one processor.
inline Instructions best_instructions() {
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
  static const Instructions best = [] {
    const char* asked = std::getenv("SIAMESE_NAS_INSTRUCTIONS");
    const auto is = [&](const char* name) { return asked && std::strcmp(asked, name) == 0; };
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    if (is("baseline") || !avx2) return Instructions::kBaseline;
    return is("avx2") || !avx512 ? Instructions::kAvx2 : Instructions::kAvx512;
  }();
  return best;
#else
  return Instructions::kBaseline;
#endif
}

inline const char* instructions_name() {
  switch (best_instructions()) {
    case Instructions::kAvx512: return "AVX-512";
    case Instructions::kAvx2: return "AVX2 and FMA";
    default: return "baseline";
  }
}
