// The arithmetic of the TensorFlow operations of predictor_ops.cc, for any number of features.

// Let the compiler vectorise loops with comparisons and roots; results do not change.
#pragma GCC optimize("no-math-errno", "no-trapping-math")

#include "predictor_ops.h"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

// One binary for every x86-64 processor: the loader picks the widest version that the processor has (by feature:
// "arch=x86-64-v3" would match that one model alone). fused_instructions names the one in use: their sums differ in the
// last digits.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define HAS(feature) __builtin_cpu_supports(feature)
#if __GNUC__ >= 12
#define FOR_EACH_PROCESSOR __attribute__((target_clones("avx512f", "arch=x86-64-v3", "default")))  // v3: AVX2 with FMA
#define VERSION (HAS("avx512f") ? "AVX-512" : HAS("x86-64-v3") ? "AVX2 and FMA" : "baseline")
#else
#define FOR_EACH_PROCESSOR __attribute__((target_clones("avx512f", "avx2", "default")))
#define VERSION (HAS("avx512f") ? "AVX-512" : HAS("avx2") ? "AVX2" : "baseline")
#endif
#else
#define FOR_EACH_PROCESSOR
#define VERSION "baseline"
#endif
#define INLINE static inline __attribute__((always_inline))

namespace {

// e^x to 2 units in the last place for -87 <= x <= 30; callers clamp. Branch-free, so that the compiler vectorises it.
INLINE float exponential(float x) {
  const float shifter = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer
  const float rounded = x * 1.44269504f + shifter;
  const float n = rounded - shifter;
  const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;  // ln 2 in two parts
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  int32_t bits;
  std::memcpy(&bits, &rounded, 4);
  bits = (bits + 127) << 23;  // the low bits of `rounded` hold n
  float power;
  std::memcpy(&power, &bits, 4);
  return p * power;
}

INLINE float clamp(float x) { return x < -80.0f ? -80.0f : (x > 20.0f ? 20.0f : x); }

// mish(x) = x tanh(ln(1 + e^x)) = x w / (w + 2) with u = e^x, w = u (u + 2); beyond 20 the ratio is 1 in float32.
INLINE float mish(float x) {
  const float u = exponential(clamp(x));
  const float w = u * (u + 2.0f);
  return x * (w / (w + 2.0f));
}

// mish'(x) = t + 4 x u (u + 1) / (w + 2)^2 with t = w / (w + 2).
INLINE float mish_slope(float x) {
  const float u = exponential(clamp(x));
  const float w = u * (u + 2.0f);
  const float reciprocal = 1.0f / (w + 2.0f);
  return w * reciprocal + 4.0f * x * u * (u + 1.0f) * reciprocal * reciprocal;
}

// target[i] = sum over j of A[i, j] source[j] in direction 0 and of A[j, i] source[j] in direction 1; `transposed`
// swaps the two, which is the gradient. One graph: [nodes, width].
INLINE void propagate(const Shape& s, const float* adjacency, const float* source, float* target, bool transposed) {
  const int64_t n = s.nodes, width = s.width(), c = s.c;
  std::memset(target, 0, n * width * sizeof(float));
  for (int64_t i = 0; i < n; i++) {
    for (int64_t j = 0; j < n; j++) {
      const float a = adjacency[i * n + j];
      if (a == 0.0f) continue;
      const int64_t to = transposed ? j : i, from = transposed ? i : j;
      float* t = target + to * width;
      const float* f = source + from * width;
      for (int64_t k = 0; k < c; k++) t[k] += a * f[k];
      if (s.directions == 2) {
        float* t2 = target + from * width + c;
        const float* f2 = source + to * width + c;
        for (int64_t k = 0; k < c; k++) t2[k] += a * f2[k];
      }
    }
  }
}

INLINE const float* graph_of(const Shape& s, const float* adjacency, int64_t repeat, int64_t cell) {
  return s.graphs == 1 ? adjacency : adjacency + (repeat * s.cells() + cell) * s.nodes * s.nodes;
}

// h = mean over directions of mish(z * scale + shift)
INLINE void activate(const Shape& s, const float* z, const float* scale, const float* shift, float* h) {
  const float share = 1.0f / s.directions;
  for (int64_t row = 0; row < s.rows; row++, z += s.width(), h += s.c) {
    for (int64_t k = 0; k < s.c; k++) h[k] = share * mish(z[k] * scale[k] + shift[k]);
    if (s.directions == 2) {
      for (int64_t k = 0; k < s.c; k++) h[k] += share * mish(z[s.c + k] * scale[s.c + k] + shift[s.c + k]);
    }
  }
}

// Attention within one graph (protocol 2.4): p[d] = softmax_row(q k^T * mask_d), mask_0 = A, mask_1 = A^T;
// out = sum over d of p[d] v. q, k, v, out: [n, c]; p: [D, n, n].
INLINE void attend(const Shape& s, const float* q, const float* k, const float* v, const float* adjacency, float* p,
                   float* out) {
  const int64_t n = s.nodes, c = s.c;
  std::memset(out, 0, n * c * sizeof(float));
  for (int64_t i = 0; i < n; i++) {
    float scores[kMostAttended];
    for (int64_t j = 0; j < n; j++) {
      float sum[8] = {0};
      for (int64_t f = 0; f + 8 <= c; f += 8)
        for (int64_t lane = 0; lane < 8; lane++) sum[lane] += q[i * c + f + lane] * k[j * c + f + lane];
      for (int64_t f = c - c % 8; f < c; f++) sum[0] += q[i * c + f] * k[j * c + f];
      scores[j] = ((sum[0] + sum[4]) + (sum[1] + sum[5])) + ((sum[2] + sum[6]) + (sum[3] + sum[7]));
    }
    for (int64_t d = 0; d < s.directions; d++) {
      float* row = p + (d * n + i) * n;
      float largest = -INFINITY, total = 0;
      for (int64_t j = 0; j < n; j++) {
        row[j] = scores[j] * (d == 0 ? adjacency[i * n + j] : adjacency[j * n + i]);
        if (row[j] > largest) largest = row[j];
      }
      for (int64_t j = 0; j < n; j++) total += row[j] = exponential(clamp(row[j] - largest));
      for (int64_t j = 0; j < n; j++) {
        row[j] /= total;
        for (int64_t f = 0; f < c; f++) out[i * c + f] += row[j] * v[j * c + f];
      }
    }
  }
}

// The gradient of attend: dv = sum over d of p[d]^T dout; the rest through the softmax to the scores.
INLINE void attend_gradient(const Shape& s, const float* dout, const float* q, const float* k, const float* v,
                            const float* adjacency, const float* p, float* dq, float* dk, float* dv) {
  const int64_t n = s.nodes, c = s.c;
  for (float* gradient : {dq, dk, dv}) std::memset(gradient, 0, n * c * sizeof(float));
  for (int64_t i = 0; i < n; i++) {
    float dp[kMostAttended], dscore[kMostAttended] = {0};
    for (int64_t j = 0; j < n; j++) {
      float sum[8] = {0};
      for (int64_t f = 0; f + 8 <= c; f += 8)
        for (int64_t lane = 0; lane < 8; lane++) sum[lane] += dout[i * c + f + lane] * v[j * c + f + lane];
      for (int64_t f = c - c % 8; f < c; f++) sum[0] += dout[i * c + f] * v[j * c + f];
      dp[j] = ((sum[0] + sum[4]) + (sum[1] + sum[5])) + ((sum[2] + sum[6]) + (sum[3] + sum[7]));
    }
    for (int64_t d = 0; d < s.directions; d++) {
      const float* row = p + (d * n + i) * n;
      float mean = 0;
      for (int64_t j = 0; j < n; j++) mean += row[j] * dp[j];
      for (int64_t j = 0; j < n; j++) {
        dscore[j] += (d == 0 ? adjacency[i * n + j] : adjacency[j * n + i]) * row[j] * (dp[j] - mean);
        for (int64_t f = 0; f < c; f++) dv[j * c + f] += row[j] * dout[i * c + f];
      }
    }
    for (int64_t j = 0; j < n; j++) {
      if (dscore[j] == 0.0f) continue;
      for (int64_t f = 0; f < c; f++) dq[i * c + f] += dscore[j] * k[j * c + f];
      for (int64_t f = 0; f < c; f++) dk[j * c + f] += dscore[j] * q[i * c + f];
    }
  }
}

}  // namespace

const char* fused_instructions() { return VERSION; }

FOR_EACH_PROCESSOR
void convolve(const Shape& s, const float* u, const float* adjacency, const float* gamma, const float* beta,
              float epsilon, float* h, float* z, float* mean, float* variance) {
  const int64_t width = s.width();
  std::vector<float> affine(2 * width);
  float *scale = affine.data(), *shift = scale + width;
  for (int64_t r = 0; r < s.repeats; r++) {
    for (int64_t cell = 0; cell < s.cells(); cell++) {
      const int64_t at = cell * s.nodes * width;
      propagate(s, graph_of(s, adjacency, r, cell), u + at, z + at, false);
    }
    std::memset(mean, 0, width * sizeof(float));
    std::memset(variance, 0, width * sizeof(float));
    for (int64_t row = 0; row < s.rows; row++)
      for (int64_t k = 0; k < width; k++) mean[k] += z[row * width + k];
    for (int64_t k = 0; k < width; k++) mean[k] /= s.rows;
    for (int64_t row = 0; row < s.rows; row++)
      for (int64_t k = 0; k < width; k++) {
        const float d = z[row * width + k] - mean[k];
        variance[k] += d * d;
      }
    for (int64_t k = 0; k < width; k++) {
      variance[k] /= s.rows;
      scale[k] = gamma[k] / __builtin_sqrtf(variance[k] + epsilon);
      shift[k] = beta[k] - mean[k] * scale[k];
    }
    activate(s, z, scale, shift, h);
    u += s.rows * width, z += s.rows * width, h += s.rows * s.c;
    gamma += width, beta += width, mean += width, variance += width;
  }
}

FOR_EACH_PROCESSOR
void convolve_fixed(const Shape& s, const float* u, const float* adjacency, const float* scale, const float* shift,
                    float* h) {
  const int64_t width = s.width();
  std::vector<float> z(s.nodes * width);
  Shape one = s;
  one.rows = s.nodes;
  for (int64_t r = 0; r < s.repeats; r++, scale += width, shift += width) {
    for (int64_t cell = 0; cell < s.cells(); cell++, u += s.nodes * width, h += s.nodes * s.c) {
      propagate(s, graph_of(s, adjacency, r, cell), u, z.data(), false);
      activate(one, z.data(), scale, shift, h);
    }
  }
}

FOR_EACH_PROCESSOR
void convolve_gradient(const Shape& s, const float* dh, const float* z, const float* adjacency, const float* gamma,
                       const float* beta, const float* mean, const float* variance, float epsilon, float* du,
                       float* dgamma, float* dbeta) {
  const int64_t width = s.width(), c = s.c;
  const float share = 1.0f / s.directions;
  std::vector<float> buffer(s.rows * width + 4 * width);
  float *g = buffer.data(), *deviation = g + s.rows * width, *scale = deviation + width, *slope = scale + width,
        *offset = slope + width;
  for (int64_t r = 0; r < s.repeats; r++) {
    for (int64_t k = 0; k < width; k++) {
      deviation[k] = 1.0f / __builtin_sqrtf(variance[k] + epsilon);
      scale[k] = gamma[k] * deviation[k];
    }
    std::memset(dgamma, 0, width * sizeof(float));
    std::memset(dbeta, 0, width * sizeof(float));
    for (int64_t row = 0; row < s.rows; row++) {
      const float* zr = z + row * width;
      float* gr = g + row * width;
      for (int64_t d = 0; d < s.directions; d++) {
        for (int64_t f = 0; f < c; f++) {
          const int64_t k = d * c + f;
          const float centred = zr[k] - mean[k];
          const float gradient = share * dh[row * c + f] * mish_slope(centred * scale[k] + beta[k]);
          gr[k] = gradient;
          dbeta[k] += gradient;
          dgamma[k] += gradient * centred;
        }
      }
    }
    for (int64_t k = 0; k < width; k++) {
      dgamma[k] *= deviation[k];
      // dz = scale (g - mean(g) - x^ mean(g x^)), x^ = (z - mean) deviation
      slope[k] = scale[k] * dgamma[k] * deviation[k] / s.rows;
      offset[k] = scale[k] * dbeta[k] / s.rows;
    }
    for (int64_t row = 0; row < s.rows; row++)
      for (int64_t k = 0; k < width; k++)
        g[row * width + k] = scale[k] * g[row * width + k] - offset[k] - slope[k] * (z[row * width + k] - mean[k]);
    for (int64_t cell = 0; cell < s.cells(); cell++) {
      const int64_t at = cell * s.nodes * width;
      propagate(s, graph_of(s, adjacency, r, cell), g + at, du + at, true);
    }
    dh += s.rows * c, z += s.rows * width, du += s.rows * width;
    gamma += width, beta += width, mean += width, variance += width, dgamma += width, dbeta += width;
  }
}

FOR_EACH_PROCESSOR
void attention(const Shape& s, const float* q, const float* k, const float* v, const float* adjacency, float* out,
               float* p) {
  const int64_t step = s.nodes * s.c;
  for (int64_t r = 0, at = 0; r < s.repeats; r++)
    for (int64_t cell = 0; cell < s.cells(); cell++, at += step, p += s.directions * s.nodes * s.nodes)
      attend(s, q + at, k + at, v + at, graph_of(s, adjacency, r, cell), p, out + at);
}

FOR_EACH_PROCESSOR
void attention_gradient(const Shape& s, const float* dout, const float* q, const float* k, const float* v,
                        const float* adjacency, const float* p, float* dq, float* dk, float* dv) {
  const int64_t step = s.nodes * s.c;
  for (int64_t r = 0, at = 0; r < s.repeats; r++)
    for (int64_t cell = 0; cell < s.cells(); cell++, at += step, p += s.directions * s.nodes * s.nodes)
      attend_gradient(s, dout + at, q + at, k + at, v + at, graph_of(s, adjacency, r, cell), p, dq + at, dk + at,
                      dv + at);
}

FOR_EACH_PROCESSOR
void adam(int64_t size, float rate, float beta1, float beta2, float epsilon, const float* theta, const float* m,
          const float* v, const float* gradient, float* theta_out, float* m_out, float* v_out) {
  for (int64_t i = 0; i < size; i++) {
    const float g = gradient[i];
    const float first = m[i] + (1.0f - beta1) * (g - m[i]);
    const float second = v[i] + (1.0f - beta2) * (g * g - v[i]);
    m_out[i] = first;
    v_out[i] = second;
    theta_out[i] = theta[i] - rate * first / (__builtin_sqrtf(second) + epsilon);
  }
}
