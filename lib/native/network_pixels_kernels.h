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

// What a row is worked on with: vectors V, and how many floats on a vector meets the same channels again.
template <typename V>
INLINE int64_t period(int64_t channels) { return channels < lanes<V> ? lanes<V> : channels; }

// Numbers of the channels from c on; two pixels' where a vector holds two.
template <typename V>
INLINE V of_channels(const float* numbers, int64_t c, int64_t channels) {
  if (channels >= lanes<V>) return load<V>(numbers + c);
  V v;
  for (int64_t l = 0; l < lanes<V>; l += 8) store(reinterpret_cast<float*>(&v) + l, load<Eight>(numbers));
  return v;
}

// Runs the template for the widest vectors that rows and channels are whole numbers of, or that hold two pixels.
#define IN_VECTORS(width, channels, call) \
  if ((width) % lanes<Widest> == 0 && ((channels) % lanes<Widest> == 0 || (channels) == 8)) call(Widest); \
  else call(Eight)

// total[c] += sum of v, product[c] += sum of v * w; a row in float32, the rows in float64. Several sums side by side,
// because each of them waits for its last addition.
template <typename V>
INLINE void add_sums(const Rows& rows, const float* v, int64_t v_line, const float* w, int64_t w_line, int64_t channels,
                     double* total, double* product) {
  constexpr int kSums = 4;
  const int64_t step = period<V>(channels);
  for (int64_t i = 0; i < rows.height; i++, v += v_line, w += w_line)
    for (int64_t c = 0; c < step; c += lanes<V>) {
      V sum[kSums], both[kSums];
      for (int n = 0; n < kSums; n++) sum[n] = both[n] = fill<V>(0);
      int64_t k = c;
      for (; k + (kSums - 1) * step < rows.width; k += kSums * step)
        for (int n = 0; n < kSums; n++) {
          const V value = load<V>(v + k + n * step);
          sum[n] += value;
          both[n] += value * load<V>(w + k + n * step);
        }
      for (; k < rows.width; k += step) {
        const V value = load<V>(v + k);
        sum[0] += value;
        both[0] += value * load<V>(w + k);
      }
      const V sum_of_all = (sum[0] + sum[1]) + (sum[2] + sum[3]);
      const V both_of_all = (both[0] + both[1]) + (both[2] + both[3]);
      for (int l = 0; l < lanes<V>; l++) {
        const int64_t channel = channels < lanes<V> ? l % 8 : c + l;
        total[channel] += sum_of_all[l], product[channel] += both_of_all[l];
      }
    }
}

// total[c] += sum of y, square[c] += sum of y * y.
static void moments(const Rows& rows, const float* y, int64_t line, int64_t channels, double* total, double* square) {
#define CALL(V) add_sums<V>(rows, y, line, y, line, channels, total, square)
  IN_VECTORS(rows.width, channels, CALL);
#undef CALL
}

// total[c] += sum of d, product[c] += sum of d * y.
static void products(const Rows& rows, const float* d, int64_t d_line, const float* y, int64_t y_line,
                     int64_t channels, double* total, double* product) {
#define CALL(V) add_sums<V>(rows, d, d_line, y, y_line, channels, total, product)
  IN_VECTORS(rows.width, channels, CALL);
#undef CALL
}

template <typename V>
INLINE void put(float* to, V value, bool accumulate) { store(to, accumulate ? load<V>(to) + value : value); }

template <typename V>
INLINE void affine_rows(const Rows& rows, const float* x, int64_t x_line, int64_t channels, const float* a,
                        const float* b, float* z, int64_t z_line, bool accumulate) {
  const int64_t step = period<V>(channels);
  for (int64_t i = 0; i < rows.height; i++, x += x_line, z += z_line)
    for (int64_t c = 0; c < step; c += lanes<V>) {
      const V scale = of_channels<V>(a, c, channels), shift = of_channels<V>(b, c, channels);
      for (int64_t k = c; k < rows.width; k += step) put(z + k, scale * load<V>(x + k) + shift, accumulate);
    }
}

// z (+)= a[c] * x + b[c]
static void affine(const Rows& rows, const float* x, int64_t x_line, int64_t channels, const float* a, const float* b,
                   float* z, int64_t z_line, bool accumulate) {
#define CALL(V) affine_rows<V>(rows, x, x_line, channels, a, b, z, z_line, accumulate)
  IN_VECTORS(rows.width, channels, CALL);
#undef CALL
}

template <typename V>
INLINE void norm_gradient_rows(const Rows& rows, const float* d, int64_t d_line, const float* y, int64_t y_line,
                               int64_t channels, const float* a, const float* b, const float* k, float* t,
                               int64_t t_line, bool accumulate) {
  const int64_t step = period<V>(channels);
  for (int64_t i = 0; i < rows.height; i++, d += d_line, y += y_line, t += t_line)
    for (int64_t c = 0; c < step; c += lanes<V>) {
      const V of_d = of_channels<V>(a, c, channels), of_y = of_channels<V>(b, c, channels);
      const V rest = of_channels<V>(k, c, channels);
      for (int64_t p = c; p < rows.width; p += step)
        put(t + p, of_d * load<V>(d + p) + of_y * load<V>(y + p) + rest, accumulate);
    }
}

// t (+)= a[c] * d + b[c] * y + k[c], the gradient through a batch norm.
static void norm_gradient(const Rows& rows, const float* d, int64_t d_line, const float* y, int64_t y_line,
                          int64_t channels, const float* a, const float* b, const float* k, float* t, int64_t t_line,
                          bool accumulate) {
#define CALL(V) norm_gradient_rows<V>(rows, d, d_line, y, y_line, channels, a, b, k, t, t_line, accumulate)
  IN_VECTORS(rows.width, channels, CALL);
#undef CALL
}

template <typename V>
INLINE void add_rows(const Rows& rows, const float* x, int64_t x_line, float* z, int64_t z_line, bool accumulate) {
  for (int64_t i = 0; i < rows.height; i++, x += x_line, z += z_line)
    for (int64_t k = 0; k < rows.width; k += lanes<V>) put(z + k, load<V>(x + k), accumulate);
}

// z (+)= x
static void add(const Rows& rows, const float* x, int64_t x_line, float* z, int64_t z_line, bool accumulate) {
#define CALL(V) add_rows<V>(rows, x, x_line, z, z_line, accumulate)
  IN_VECTORS(rows.width, 8, CALL);
#undef CALL
}

template <typename V>
INLINE void relu_rows(const Rows& rows, const float* x, float* r, int64_t line) {
  for (int64_t i = 0; i < rows.height; i++, x += line, r += line)
    for (int64_t k = 0; k < rows.width; k += lanes<V>) {
      const V v = load<V>(x + k), zero = fill<V>(0);
      store(r + k, v < zero ? zero : v);  // this way round a NaN stays one
    }
}

// r = max(x, 0)
static void relu(const Rows& rows, const float* x, float* r, int64_t line) {
#define CALL(V) relu_rows<V>(rows, x, r, line)
  IN_VECTORS(rows.width, 8, CALL);
#undef CALL
}

template <typename V>
INLINE void relu_gradient_rows(const Rows& rows, const float* dr, const float* r, float* dx, int64_t line,
                               bool accumulate) {
  for (int64_t i = 0; i < rows.height; i++, dr += line, r += line, dx += line)
    for (int64_t k = 0; k < rows.width; k += lanes<V>) {
      const V zero = fill<V>(0);
      put(dx + k, load<V>(r + k) > zero ? load<V>(dr + k) : zero, accumulate);
    }
}

// dx (+)= dr where r > 0
static void relu_gradient(const Rows& rows, const float* dr, const float* r, float* dx, int64_t line, bool accumulate) {
#define CALL(V) relu_gradient_rows<V>(rows, dr, r, dx, line, accumulate)
  IN_VECTORS(rows.width, 8, CALL);
#undef CALL
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

// to += scale * image after the changes of both axes (lib/src/convnet/augmentation.ts).
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

#undef IN_VECTORS
#undef INLINE
#undef LANES
