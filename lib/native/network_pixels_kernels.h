// Arithmetic of small convolutional networks on one core. No include guard: network_pixels_kernels.cc includes this file once
// for each instruction set, inside a namespace of its own, and picks one of them when the program starts.
//
// An image is stored with a border of one zero pixel: [height + 2][width + 2][channels], so that no kernel asks whether
// it is at an edge. Channels come in multiples of 8, the floats of a vector, apart from the inputs of a convolution whose
// input gradient nobody needs (the three colours).

#define INLINE static inline __attribute__((always_inline))

typedef float Eight __attribute__((vector_size(32)));
typedef float Widest __attribute__((vector_size(4 * LANES)));  // of this instruction set: 8 or 16 floats

template <typename V>
constexpr int lanes = sizeof(V) / sizeof(float);

template <typename V>
INLINE V load(const float* p) {
  V v;
  __builtin_memcpy(&v, p, sizeof(V));
  return v;
}
template <typename V>
INLINE void store(float* p, V v) { __builtin_memcpy(p, &v, sizeof(V)); }
template <typename V>
INLINE V fill(float x) { return x - V{}; }

#include "network_direct.h"
#include "network_winograd.h"

// Everything below works on one image's inner rows: `width` floats (pixels times channels) in each of `height` rows.

// total[c] += sum of v, product[c] += sum of v * w; 8 channels at a time, a row in float32, the rows in float64. Several
// sums side by side, because each of them waits for its last addition.
INLINE void sums(const Rows& rows, const float* v, int64_t v_line, const float* w, int64_t w_line, int64_t channels,
                 double* total, double* product) {
  constexpr int kSums = 4;
  for (int64_t i = 0; i < rows.height; i++, v += v_line, w += w_line)
    for (int64_t c = 0; c < channels; c += 8) {
      Eight sum[kSums], both[kSums];
      for (int n = 0; n < kSums; n++) sum[n] = both[n] = fill<Eight>(0);
      int64_t k = c;
      for (; k + (kSums - 1) * channels < rows.width; k += kSums * channels)
        for (int n = 0; n < kSums; n++) {
          const Eight value = load<Eight>(v + k + n * channels);
          sum[n] += value;
          both[n] += value * load<Eight>(w + k + n * channels);
        }
      for (; k < rows.width; k += channels) {
        const Eight value = load<Eight>(v + k);
        sum[0] += value;
        both[0] += value * load<Eight>(w + k);
      }
      const Eight sum_of_all = (sum[0] + sum[1]) + (sum[2] + sum[3]);
      const Eight both_of_all = (both[0] + both[1]) + (both[2] + both[3]);
      for (int l = 0; l < 8; l++) total[c + l] += sum_of_all[l], product[c + l] += both_of_all[l];
    }
}

// total[c] += sum of y, square[c] += sum of y * y.
static void moments(const Rows& rows, const float* y, int64_t line, int64_t channels, double* total, double* square) {
  sums(rows, y, line, y, line, channels, total, square);
}

// total[c] += sum of d, product[c] += sum of d * y.
static void products(const Rows& rows, const float* d, int64_t d_line, const float* y, int64_t y_line,
                     int64_t channels, double* total, double* product) {
  sums(rows, d, d_line, y, y_line, channels, total, product);
}

// z (+)= a[c] * x + b[c]
static void affine(const Rows& rows, const float* x, int64_t x_line, int64_t channels, const float* a, const float* b,
                   float* z, int64_t z_line, bool accumulate) {
  for (int64_t i = 0; i < rows.height; i++, x += x_line, z += z_line)
    for (int64_t c = 0; c < channels; c += 8) {
      const Eight scale = load<Eight>(a + c), shift = load<Eight>(b + c);
      for (int64_t k = c; k < rows.width; k += channels) {
        const Eight value = scale * load<Eight>(x + k) + shift;
        store(z + k, accumulate ? load<Eight>(z + k) + value : value);
      }
    }
}

// t (+)= a[c] * d + b[c] * y + k[c], the gradient through a batch norm.
static void norm_gradient(const Rows& rows, const float* d, int64_t d_line, const float* y, int64_t y_line,
                          int64_t channels, const float* a, const float* b, const float* k, float* t, int64_t t_line,
                          bool accumulate) {
  for (int64_t i = 0; i < rows.height; i++, d += d_line, y += y_line, t += t_line)
    for (int64_t c = 0; c < channels; c += 8) {
      const Eight of_d = load<Eight>(a + c), of_y = load<Eight>(b + c), rest = load<Eight>(k + c);
      for (int64_t p = c; p < rows.width; p += channels) {
        const Eight value = of_d * load<Eight>(d + p) + of_y * load<Eight>(y + p) + rest;
        store(t + p, accumulate ? load<Eight>(t + p) + value : value);
      }
    }
}

// z (+)= x
static void add(const Rows& rows, const float* x, int64_t x_line, float* z, int64_t z_line, bool accumulate) {
  for (int64_t i = 0; i < rows.height; i++, x += x_line, z += z_line)
    for (int64_t k = 0; k < rows.width; k += 8) store(z + k, accumulate ? load<Eight>(z + k) + load<Eight>(x + k) : load<Eight>(x + k));
}

// r = max(x, 0)
static void relu(const Rows& rows, const float* x, float* r, int64_t line) {
  for (int64_t i = 0; i < rows.height; i++, x += line, r += line)
    for (int64_t k = 0; k < rows.width; k += 8) {
      const Eight v = load<Eight>(x + k), zero = fill<Eight>(0);
      store(r + k, v > zero ? v : zero);
    }
}

// dx (+)= dr where r > 0
static void relu_gradient(const Rows& rows, const float* dr, const float* r, float* dx, int64_t line, bool accumulate) {
  for (int64_t i = 0; i < rows.height; i++, dr += line, r += line, dx += line)
    for (int64_t k = 0; k < rows.width; k += 8) {
      const Eight zero = fill<Eight>(0), d = load<Eight>(r + k) > zero ? load<Eight>(dr + k) : zero;
      store(dx + k, accumulate ? load<Eight>(dx + k) + d : d);
    }
}

// z (+)= the sum over the 3x3 neighbourhood of share(i, j) * x; `shares` [height + 2][width + 2] is zero on the border.
// Forward: x unweighted and the result times the output's share; backward: the shares of the inputs.
static void pool_three(const Rows& rows, int64_t channels, const float* x, const float* shares, bool of_inputs,
                       float* z, int64_t line, bool accumulate) {
  const int64_t width = rows.width / channels;
  for (int64_t i = 0; i < rows.height; i++, x += line, z += line, shares += width + 2)
    for (int64_t c = 0; c < channels; c += 8) {
      const auto column = [&](int64_t j) {
        Eight sum = fill<Eight>(0);
        for (int64_t k = 0; k < 3; k++) {
          const Eight v = load<Eight>(x + (k - 1) * line + j * channels + c);
          sum += of_inputs ? v * fill<Eight>(shares[k * (width + 2) + j + 1]) : v;
        }
        return sum;
      };
      Eight left = column(-1), here = column(0);
      for (int64_t j = 0; j < width; j++) {
        const Eight right = column(j + 1);
        Eight sum = left + here + right;
        if (!of_inputs) sum *= fill<Eight>(shares[width + 3 + j]);
        float* to = z + j * channels + c;
        store(to, accumulate ? load<Eight>(to) + sum : sum);
        left = here, here = right;
      }
    }
}

// z = means of 2x2 blocks of x; rows are those of z.
static void halve(const Rows& rows, int64_t channels, const float* x, int64_t x_line, float* z, int64_t z_line) {
  for (int64_t i = 0; i < rows.height; i++, x += 2 * x_line, z += z_line)
    for (int64_t j = 0; j < rows.width / channels; j++)
      for (int64_t c = 0; c < channels; c += 8) {
        const float* from = x + 2 * j * channels + c;
        store(z + j * channels + c, (load<Eight>(from) + load<Eight>(from + channels) + load<Eight>(from + x_line) +
                                     load<Eight>(from + x_line + channels)) * fill<Eight>(0.25f));
      }
}

// dx (+)= dz / 4 spread over 2x2 blocks; rows are those of dz.
static void halve_gradient(const Rows& rows, int64_t channels, const float* dz, int64_t z_line, float* dx,
                           int64_t x_line, bool accumulate) {
  for (int64_t i = 0; i < rows.height; i++, dx += 2 * x_line, dz += z_line)
    for (int64_t j = 0; j < rows.width / channels; j++)
      for (int64_t c = 0; c < channels; c += 8) {
        const Eight d = load<Eight>(dz + j * channels + c) * fill<Eight>(0.25f);
        float* to = dx + 2 * j * channels + c;
        for (int64_t q = 0; q < 4; q++) {
          float* at = to + (q / 2) * x_line + (q % 2) * channels;
          store(at, accumulate ? load<Eight>(at) + d : d);
        }
      }
}

// to += scale * image after the changes of both axes (lib/src/priors/augmentation.ts).
static void add_image(const uint8_t* pixels, const Axis& across, const Axis& down, float scale, float* to) {
  constexpr int kLine = 3 * kImageSide;
  typedef float Pixel __attribute__((vector_size(16)));  // three colours, and one of the next pixel
  typedef float AnyPixel __attribute__((vector_size(16), aligned(4), may_alias));
  float line[kLine + 1], changed[kLine + 1];
  line[kLine] = 0;
  for (int i = 0; i < kImageSide; i++, to += kLine) {
    const uint8_t* rows[3];
    float weights[3];
    for (int t = 0; t < 3; t++) {
      rows[t] = pixels + kLine * down.sources[3 * i + t];
      weights[t] = scale * down.weights[3 * i + t];
    }
    for (int k = 0; k < kLine; k++) line[k] = weights[0] * rows[0][k] + weights[1] * rows[1][k] + weights[2] * rows[2][k];
    for (int j = 0; j < kImageSide; j++) {
      Pixel sum = {0, 0, 0, 0};
      for (int t = 3 * j; t < 3 * j + 3; t++)
        sum += across.weights[t] * *reinterpret_cast<const AnyPixel*>(line + 3 * across.sources[t]);
      *reinterpret_cast<AnyPixel*>(changed + 3 * j) = sum;
    }
    for (int k = 0; k < kLine; k++) to[k] += changed[k];
  }
}

// Keras' Adam: epsilon is added to the uncorrected root; `rate` already holds the correction of both moments.
static void adam(int64_t size, float rate, float beta1, float beta2, float epsilon, float* theta, float* m, float* v,
                 const float* gradient) {
  for (int64_t i = 0; i < size; i++) {
    const float g = gradient[i];
    m[i] += (1.0f - beta1) * (g - m[i]);
    v[i] += (1.0f - beta2) * (g * g - v[i]);
    theta[i] -= rate * m[i] / (__builtin_sqrtf(v[i]) + epsilon);
  }
}

static const Kernels kernels = {
    convolve, convolve_gradient, winograd_weights, winograd_weights_gradient, winograd_convolve, winograd_gradient,
    moments,  products,          affine,           norm_gradient,             add,               relu,
    relu_gradient, pool_three,   halve,            halve_gradient,            add_image, adam};

#undef INLINE
#undef LANES
