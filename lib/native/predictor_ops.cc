// TensorFlow operations for stacks of small graph predictors: what takes about twenty passes over memory as single
// operations (adjacency, batch norm, Mish; attention; their gradients; Adam) is one pass here, over data that stays in
// the cache.
//
// Each has a plain counterpart in TypeScript (lib/src/predictors/graph-norm.ts and attention.ts, lib/src/tensors/adam.ts)
// that says the same in TensorFlow's own operations; the tests hold one against the other.
//
// Shapes: R repeats, `rows` = batch * nodes, D directions (2: successors and predecessors, 1: successors), c features.
//   u, z        [R, rows, D*c]   input times weights; z = adjacency applied to u, direction by direction
//   adjacency   [G, n, n]        G = 1 (shared) or R * batch (one a cell); 1 at [i, j] for an edge i -> j
//   scale, ...  [R, D*c]
//   h           [R, rows, c]     mean over the directions of mish(batch norm(z))
// All data are float32. Work is split over repeats by running several processes, so the kernels have one thread.

// Let the compiler vectorise loops with comparisons and roots; results do not change.
#pragma GCC optimize("no-math-errno", "no-trapping-math")

#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "node_api.h"
#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"
#include "tensorflow/c/tf_status.h"
#include "tensorflow/c/tf_tensor.h"

// One binary for every x86-64 processor: the loader picks the widest version that the processor has (by feature:
// "arch=x86-64-v3" would match that one model alone). VERSION names the one in use: their sums differ in the last digits.
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

constexpr int64_t kMostNodes = 64;  // of a graph that attention takes

// ---------------------------------------------------------------------------------------------------- arithmetic

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

struct Shape {
  int64_t repeats, rows, nodes, graphs, directions, c;
  int64_t width() const { return directions * c; }
  int64_t cells() const { return rows / nodes; }
};

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

// ------------------------------------------------------------------------------------------------------- kernels

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

// Attention within one graph (protocol 2.4): p[d] = softmax_row(q k^T * mask_d), mask_0 = A, mask_1 = A^T;
// out = sum over d of p[d] v. q, k, v, out: [n, c]; p: [D, n, n].
INLINE void attend(const Shape& s, const float* q, const float* k, const float* v, const float* adjacency, float* p,
                   float* out) {
  const int64_t n = s.nodes, c = s.c;
  std::memset(out, 0, n * c * sizeof(float));
  for (int64_t i = 0; i < n; i++) {
    float scores[kMostNodes];
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
    float dp[kMostNodes], dscore[kMostNodes] = {0};
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

// Keras' Adam (protocol 3.3): epsilon is added to the uncorrected root; `rate` is the corrected learning rate.
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

// ------------------------------------------------------------------------------------- TensorFlow's side of things

// Reads inputs and makes outputs; the first failure is reported to TensorFlow and everything after it is skipped.
class Call {
 public:
  explicit Call(TF_OpKernelContext* context) : context_(context), status_(TF_NewStatus()) {}
  ~Call() {
    for (TF_Tensor* tensor : tensors_) TF_DeleteTensor(tensor);
    TF_DeleteStatus(status_);
  }
  bool ok() {
    if (TF_GetCode(status_) == TF_OK) return true;
    TF_OpKernelContext_Failure(context_, status_);
    return false;
  }
  TF_Tensor* input(int index) {
    TF_Tensor* tensor = nullptr;
    TF_GetInput(context_, index, &tensor, status_);
    if (tensor) tensors_.push_back(tensor);
    return tensor;
  }
  float* output(int index, const std::vector<int64_t>& shape) {
    int64_t size = 1;
    for (int64_t d : shape) size *= d;
    TF_Tensor* tensor = TF_AllocateOutput(context_, index, TF_FLOAT, shape.data(), static_cast<int>(shape.size()),
                                          size * sizeof(float), status_);
    if (!tensor) return nullptr;
    tensors_.push_back(tensor);
    return static_cast<float*>(TF_TensorData(tensor));
  }
  void reject(const char* message) { TF_SetStatus(status_, TF_INVALID_ARGUMENT, message); }

 private:
  TF_OpKernelContext* context_;
  TF_Status* status_;
  std::vector<TF_Tensor*> tensors_;
};

const float* data(TF_Tensor* tensor) { return static_cast<const float*>(TF_TensorData(tensor)); }

std::vector<int64_t> shape_of(TF_Tensor* tensor) {
  std::vector<int64_t> shape(TF_NumDims(tensor));
  for (size_t i = 0; i < shape.size(); i++) shape[i] = TF_Dim(tensor, static_cast<int>(i));
  return shape;
}

// Shapes from u or z `wide`, the adjacency, and the number of directions; false where they do not fit together.
bool shape_from(Call& call, TF_Tensor* wide, TF_Tensor* adjacency, int64_t directions, Shape* s) {
  if (TF_NumDims(wide) != 3 || TF_NumDims(adjacency) != 3) {
    call.reject("graph convolution: expected features [R, rows, D*c] and adjacency [G, n, n]");
    return call.ok();
  }
  s->repeats = TF_Dim(wide, 0), s->rows = TF_Dim(wide, 1), s->directions = directions;
  s->c = TF_Dim(wide, 2) / directions;
  s->graphs = TF_Dim(adjacency, 0), s->nodes = TF_Dim(adjacency, 1);
  const bool square = TF_Dim(adjacency, 2) == s->nodes && s->nodes > 0;
  if (!square || s->rows % s->nodes != 0 || s->c * directions != TF_Dim(wide, 2) ||
      (s->graphs != 1 && s->graphs != s->repeats * s->cells())) {
    call.reject("graph convolution: adjacency [G, n, n] does not fit the features (G = 1 or R * rows / n)");
  }
  return call.ok();
}

// The same for attention, whose q, k, v and `other` have the width c whatever the directions.
bool attention_shape_from(Call& call, const std::vector<TF_Tensor*>& features, TF_Tensor* adjacency,
                          int64_t directions, Shape* s) {
  if (!shape_from(call, features[0], adjacency, 1, s)) return false;
  s->directions = directions;
  for (TF_Tensor* other : features)
    if (TF_TensorElementCount(other) != s->repeats * s->rows * s->c) call.reject("attention: q, k, v differ in shape");
  if (s->nodes > kMostNodes) call.reject("attention: a graph has more than 64 nodes");
  return call.ok();
}

struct Attributes {
  int64_t directions = 2;
  float epsilon = 0, beta1 = 0, beta2 = 0;
  int32_t count = 0;
};

void* create_convolution(TF_OpKernelConstruction* construction) {
  auto* attributes = new Attributes;
  TF_Status* status = TF_NewStatus();
  TF_OpKernelConstruction_GetAttrInt64(construction, "directions", &attributes->directions, status);
  TF_OpKernelConstruction_GetAttrFloat(construction, "epsilon", &attributes->epsilon, status);
  TF_DeleteStatus(status);
  return attributes;
}

void* create_attention(TF_OpKernelConstruction* construction) {
  auto* attributes = new Attributes;
  TF_Status* status = TF_NewStatus();
  TF_OpKernelConstruction_GetAttrInt64(construction, "directions", &attributes->directions, status);
  TF_DeleteStatus(status);
  return attributes;
}

void* create_adam(TF_OpKernelConstruction* construction) {
  auto* attributes = new Attributes;
  TF_Status* status = TF_NewStatus();
  TF_OpKernelConstruction_GetAttrInt32(construction, "N", &attributes->count, status);
  TF_OpKernelConstruction_GetAttrFloat(construction, "beta1", &attributes->beta1, status);
  TF_OpKernelConstruction_GetAttrFloat(construction, "beta2", &attributes->beta2, status);
  TF_OpKernelConstruction_GetAttrFloat(construction, "epsilon", &attributes->epsilon, status);
  TF_DeleteStatus(status);
  return attributes;
}

void destroy(void* kernel) { delete static_cast<Attributes*>(kernel); }

void compute_convolution(void* kernel, TF_OpKernelContext* context) {
  const auto& attributes = *static_cast<Attributes*>(kernel);
  Call call(context);
  TF_Tensor *u = call.input(0), *adjacency = call.input(1), *gamma = call.input(2), *beta = call.input(3);
  Shape s;
  if (!call.ok() || !shape_from(call, u, adjacency, attributes.directions, &s)) return;
  float* h = call.output(0, {s.repeats, s.rows, s.c});
  float* z = call.output(1, shape_of(u));
  float* mean = call.output(2, {s.repeats, s.width()});
  float* variance = call.output(3, {s.repeats, s.width()});
  if (!call.ok()) return;
  convolve(s, data(u), data(adjacency), data(gamma), data(beta), attributes.epsilon, h, z, mean, variance);
}

void compute_convolution_fixed(void* kernel, TF_OpKernelContext* context) {
  const auto& attributes = *static_cast<Attributes*>(kernel);
  Call call(context);
  TF_Tensor *u = call.input(0), *adjacency = call.input(1), *scale = call.input(2), *shift = call.input(3);
  Shape s;
  if (!call.ok() || !shape_from(call, u, adjacency, attributes.directions, &s)) return;
  float* h = call.output(0, {s.repeats, s.rows, s.c});
  if (!call.ok()) return;
  convolve_fixed(s, data(u), data(adjacency), data(scale), data(shift), h);
}

void compute_convolution_gradient(void* kernel, TF_OpKernelContext* context) {
  const auto& attributes = *static_cast<Attributes*>(kernel);
  Call call(context);
  TF_Tensor *dh = call.input(0), *z = call.input(1), *adjacency = call.input(2), *gamma = call.input(3);
  TF_Tensor *beta = call.input(4), *mean = call.input(5), *variance = call.input(6);
  Shape s;
  if (!call.ok() || !shape_from(call, z, adjacency, attributes.directions, &s)) return;
  float* du = call.output(0, shape_of(z));
  float* dgamma = call.output(1, {s.repeats, s.width()});
  float* dbeta = call.output(2, {s.repeats, s.width()});
  if (!call.ok()) return;
  convolve_gradient(s, data(dh), data(z), data(adjacency), data(gamma), data(beta), data(mean), data(variance),
                    attributes.epsilon, du, dgamma, dbeta);
}

void compute_attention(void* kernel, TF_OpKernelContext* context) {
  const auto& attributes = *static_cast<Attributes*>(kernel);
  Call call(context);
  TF_Tensor *q = call.input(0), *k = call.input(1), *v = call.input(2), *adjacency = call.input(3);
  Shape s;
  if (!call.ok() || !attention_shape_from(call, {q, k, v}, adjacency, attributes.directions, &s)) return;
  float* out = call.output(0, shape_of(q));
  float* p = call.output(1, {s.repeats, s.cells(), s.directions, s.nodes, s.nodes});
  if (!call.ok()) return;
  attention(s, data(q), data(k), data(v), data(adjacency), out, p);
}

void compute_attention_gradient(void* kernel, TF_OpKernelContext* context) {
  const auto& attributes = *static_cast<Attributes*>(kernel);
  Call call(context);
  TF_Tensor *dout = call.input(0), *q = call.input(1), *k = call.input(2), *v = call.input(3);
  TF_Tensor *adjacency = call.input(4), *p = call.input(5);
  Shape s;
  if (!call.ok() || !attention_shape_from(call, {q, k, v, dout}, adjacency, attributes.directions, &s)) return;
  float *dq = call.output(0, shape_of(q)), *dk = call.output(1, shape_of(q)), *dv = call.output(2, shape_of(q));
  if (!call.ok()) return;
  attention_gradient(s, data(dout), data(q), data(k), data(v), data(adjacency), data(p), dq, dk, dv);
}

void compute_adam(void* kernel, TF_OpKernelContext* context) {
  const auto& attributes = *static_cast<Attributes*>(kernel);
  const int n = attributes.count;
  Call call(context);
  TF_Tensor* rate = call.input(4 * n);
  for (int i = 0; i < n; i++) {
    TF_Tensor *theta = call.input(i), *m = call.input(n + i), *v = call.input(2 * n + i);
    TF_Tensor* gradient = call.input(3 * n + i);
    if (!call.ok()) return;
    const std::vector<int64_t> shape = shape_of(theta);
    float *theta_out = call.output(i, shape), *m_out = call.output(n + i, shape);
    float* v_out = call.output(2 * n + i, shape);
    if (!call.ok()) return;
    adam(TF_TensorElementCount(theta), data(rate)[0], attributes.beta1, attributes.beta2, attributes.epsilon,
         data(theta), data(m), data(v), data(gradient), theta_out, m_out, v_out);
  }
}

using Strings = std::vector<const char*>;

// Registers one operation and its CPU kernel; returns false on failure.
bool add(const char* name, const Strings& attributes, const Strings& inputs, const Strings& outputs,
         void* (*create)(TF_OpKernelConstruction*), void (*compute)(void*, TF_OpKernelContext*)) {
  TF_Status* status = TF_NewStatus();
  TF_OpDefinitionBuilder* op = TF_NewOpDefinitionBuilder(name);
  for (const char* spec : attributes) TF_OpDefinitionBuilderAddAttr(op, spec);
  for (const char* spec : inputs) TF_OpDefinitionBuilderAddInput(op, spec);
  for (const char* spec : outputs) TF_OpDefinitionBuilderAddOutput(op, spec);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(op, TF_ShapeInferenceContextSetUnknownShape);
  TF_RegisterOpDefinition(op, status);
  if (TF_GetCode(status) == TF_OK) {
    TF_RegisterKernelBuilder(name, TF_NewKernelBuilder(name, "CPU", create, compute, destroy), status);
  }
  const bool good = TF_GetCode(status) == TF_OK;
  TF_DeleteStatus(status);
  return good;
}

bool register_all() {
  const Strings convolution = {"directions: int = 2", "epsilon: float = 1e-4"};
  return add("SiameseConvolution", convolution, {"u: float", "adjacency: float", "gamma: float", "beta: float"},
             {"h: float", "z: float", "mean: float", "variance: float"}, create_convolution, compute_convolution) &&
         add("SiameseConvolutionFixed", convolution,
             {"u: float", "adjacency: float", "scale: float", "shift: float"}, {"h: float"}, create_convolution,
             compute_convolution_fixed) &&
         add("SiameseConvolutionGradient", convolution,
             {"dh: float", "z: float", "adjacency: float", "gamma: float", "beta: float", "mean: float",
              "variance: float"},
             {"du: float", "dgamma: float", "dbeta: float"}, create_convolution, compute_convolution_gradient) &&
         add("SiameseAttention", {"directions: int = 2"},
             {"q: float", "k: float", "v: float", "adjacency: float"}, {"out: float", "p: float"}, create_attention,
             compute_attention) &&
         add("SiameseAttentionGradient", {"directions: int = 2"},
             {"dout: float", "q: float", "k: float", "v: float", "adjacency: float", "p: float"},
             {"dq: float", "dk: float", "dv: float"}, create_attention, compute_attention_gradient) &&
         add("SiameseAdam", {"N: int >= 1", "beta1: float", "beta2: float", "epsilon: float"},
             {"theta: N * float", "m: N * float", "v: N * float", "gradient: N * float", "rate: float"},
             {"theta_out: N * float", "m_out: N * float", "v_out: N * float"}, create_adam, compute_adam);
}

}  // namespace

// Node loads this file as an addon; loading registers the operations with the TensorFlow library of the process. Its
// export `instructions` is the VERSION in use.
NAPI_MODULE_INIT() {
  if (!register_all()) napi_throw_error(env, nullptr, "TensorFlow refused the operations of siamese-nas");
  napi_value version;
  if (napi_create_string_utf8(env, VERSION, NAPI_AUTO_LENGTH, &version) == napi_ok) {
    napi_set_named_property(env, exports, "instructions", version);
  }
  return exports;
}
