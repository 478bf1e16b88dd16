// Arithmetic on planes: a channel's pixels, image after image. No include guard: network_planes_kernels.cc includes this
// file once for each instruction set, inside a namespace of its own, with LANES floats in a vector, and picks one of them
// when the program starts. Pixels come in multiples of 16.

typedef float Vec __attribute__((vector_size(4 * LANES)));
typedef float AnyVec __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef int32_t Ints __attribute__((vector_size(4 * LANES)));
typedef int32_t AnyInts __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
#define INLINE static inline __attribute__((always_inline))

INLINE Vec load(const float* p) { return *reinterpret_cast<const AnyVec*>(p); }
INLINE Ints load_ints(const int32_t* p) { return *reinterpret_cast<const AnyInts*>(p); }
INLINE void store(float* p, Vec v) { *reinterpret_cast<AnyVec*>(p) = v; }
INLINE Vec fill(float x) { return x - Vec{}; }
INLINE Vec keep(Vec v, Ints mask) { return (Vec)((Ints)v & mask); }
INLINE Vec least(Vec a, Vec b) { return a < b ? a : b; }
INLINE Vec most(Vec a, Vec b) { return a > b ? a : b; }

INLINE float sum_of(Vec v) {
  float halves[LANES];
  store(halves, v);
  for (int n = LANES / 2; n > 0; n /= 2)
    for (int i = 0; i < n; i++) halves[i] += halves[i + n];
  return halves[0];
}

INLINE Vec reciprocal(Vec v) {
#ifdef RECIPROCAL
  const Vec guess = RECIPROCAL(v);
  return guess * (2.0f - v * guess);
#else
  return 1.0f / v;
#endif
}

// e to the power of x, to about one unit in the last place, for x of -87 to 88; below, as for -87.
INLINE Vec exponential(Vec x) {
  x = most(x, fill(-87));
  const Vec shift = fill(12582912);  // 1.5 * 2^23: a float that far up has no digits behind the point
  const Vec moved = x * 1.44269504f + shift, power = moved - shift;
  const Vec r = (x - power * 0.693359375f) + power * 2.12194440e-4f;  // ln 2 in two parts
  // Taylor's series to the 7th power: |r| < 0.35.
  Vec sum = r * (1.0f / 5040) + 1.0f / 720;
  sum = sum * r + 1.0f / 120;
  sum = sum * r + 1.0f / 24;
  sum = sum * r + 1.0f / 6;
  sum = sum * r + 0.5f;
  sum = sum * r + 1.0f;
  sum = sum * r + 1.0f;
  return (Vec)((Ints)sum + ((Ints)moved << 23));
}

// Mish is x * n / (n + 2) with n = e (e + 2), e the exponential: tanh(ln(1 + e)) multiplied out. Beyond 20 it is x.
INLINE Vec mish(Vec x) {
  const Vec e = exponential(least(x, fill(20))), n = e * (e + 2.0f);
  return x * (n * reciprocal(n + 2.0f));
}
INLINE Vec mish_slope(Vec x) {
  const Vec limited = least(x, fill(20)), e = exponential(limited), n = e * (e + 2.0f), r = reciprocal(n + 2.0f);
  return r * (n + limited * (4.0f * (n - e) * r));
}

constexpr int64_t kSummed = 1024;    // pixels that are added up in vectors before their sum goes to a float64

#include "network_planes_depthwise.h"
#include "network_planes_gate.h"
#include "network_planes_product.h"

// total += sum of y, square += sum of y * y.
static void moments(int64_t pixels, const float* y, double* total, double* square) {
  for (int64_t from = 0; from < pixels; from += kSummed) {
    const int64_t to = from + kSummed < pixels ? from + kSummed : pixels;
    Vec sum[2] = {}, squares[2] = {};
    for (int64_t i = from; i < to; i += 2 * LANES)
      for (int64_t n = 0; n < 2 && i + n * LANES < to; n++) {
        const Vec v = load(y + i + n * LANES);
        sum[n] += v, squares[n] += v * v;
      }
    *total += sum_of(sum[0] + sum[1]), *square += sum_of(squares[0] + squares[1]);
  }
}

template <bool Mish, bool Accumulate>
INLINE void finish_pixels(int64_t pixels, const float* y, const Finish& with, const float* plus, float* z) {
  const Vec scale = fill(with.scale), shift = fill(with.shift);
  for (int64_t i = 0; i < pixels; i += LANES) {
    Vec value = scale * load(y + i) + shift;
    if (Mish) value = mish(value);
    if (plus) value += load(plus + i);
    store(z + i, Accumulate ? load(z + i) + value : value);
  }
}

// z (+)= scale * y + shift, through Mish or not, plus `plus` unless it is null.
static void finish(int64_t pixels, const float* y, const Finish& with, const float* plus, float* z, bool accumulate) {
  if (with.mish && accumulate) finish_pixels<true, true>(pixels, y, with, plus, z);
  if (with.mish && !accumulate) finish_pixels<true, false>(pixels, y, with, plus, z);
  if (!with.mish && accumulate) finish_pixels<false, true>(pixels, y, with, plus, z);
  if (!with.mish && !accumulate) finish_pixels<false, false>(pixels, y, with, plus, z);
}

// t = dz times the slope of Mish (or 1) at scale * y + shift; total += sum of t, product += sum of t * y.
static void finish_gradient(int64_t pixels, const float* dz, const float* y, const Finish& with, float* t,
                            double* total, double* product) {
  const Vec scale = fill(with.scale), shift = fill(with.shift);
  for (int64_t from = 0; from < pixels; from += kSummed) {
    const int64_t to = from + kSummed < pixels ? from + kSummed : pixels;
    Vec sum = {}, products = {};
    for (int64_t i = from; i < to; i += LANES) {
      const Vec here = load(y + i);
      Vec value = load(dz + i);
      if (with.mish) value *= mish_slope(scale * here + shift);
      store(t + i, value);
      sum += value, products += value * here;
    }
    *total += sum_of(sum), *product += sum_of(products);
  }
}

// to = a * t + b * y + k
static void combine(int64_t pixels, const float* t, const float* y, float a, float b, float k, float* to) {
  for (int64_t i = 0; i < pixels; i += LANES) store(to + i, a * load(t + i) + (b * load(y + i) + k));
}

// z (+)= x, plus `plus` unless it is null.
static void add(int64_t pixels, const float* x, const float* plus, float* z, bool accumulate) {
  for (int64_t i = 0; i < pixels; i += LANES) {
    const Vec value = plus ? load(x + i) + load(plus + i) : load(x + i);
    store(z + i, accumulate ? load(z + i) + value : value);
  }
}

// Every second float of the two vectors `a` and `b` side by side, from the first or the second on.
INLINE Vec every_second(Vec a, Vec b, int first) {
  Ints places = {};
  for (int i = 0; i < LANES; i++) places[i] = 2 * i + first;
  return __builtin_shuffle(a, b, places);
}

// Each float of the first (`second`: the other) half of v twice.
INLINE Vec twice(Vec v, bool second) {
  Ints places = {};
  for (int i = 0; i < LANES; i++) places[i] = (i + (second ? LANES : 0)) / 2;
  return __builtin_shuffle(v, places);
}

// z = means of 2x2 blocks of x; `size` and `rows` are those of z. Two rows at once where one is half a vector.
static void halve(int64_t rows, int64_t size, const float* x, float* z) {
  if (2 * size < LANES) {
    for (int64_t i = 0; i < rows; i++, x += 4 * size, z += size)
      for (int64_t j = 0; j < size; j++)
        z[j] = 0.25f * ((x[2 * j] + x[2 * size + 2 * j]) + (x[2 * j + 1] + x[2 * size + 2 * j + 1]));
    return;
  }
  const int64_t far = size < LANES ? 2 * LANES : LANES;  // from the first vector of x to the second
  for (int64_t i = 0; i < rows * size; i += size < LANES ? LANES : size, x += size < LANES ? 4 * LANES : 4 * size)
    for (int64_t j = 0; j < size; j += LANES) {
      const float* from = x + 2 * j;
      const Vec first = load(from) + load(from + 2 * size);
      const Vec second = load(from + far) + load(from + far + 2 * size);
      store(z + i + j, 0.25f * (every_second(first, second, 0) + every_second(first, second, 1)));
    }
}

// dx (+)= dz / 4 spread over 2x2 blocks.
static void halve_gradient(int64_t rows, int64_t size, const float* dz, float* dx, bool accumulate) {
  if (2 * size < LANES) {
    for (int64_t i = 0; i < rows; i++, dz += size, dx += 4 * size)
      for (int64_t j = 0; j < 4 * size; j++) {
        const float d = 0.25f * dz[j % (2 * size) / 2];
        dx[j] = accumulate ? dx[j] + d : d;
      }
    return;
  }
  const int64_t far = size < LANES ? 2 * LANES : LANES;
  for (int64_t i = 0; i < rows * size; i += size < LANES ? LANES : size, dx += size < LANES ? 4 * LANES : 4 * size)
    for (int64_t j = 0; j < size; j += LANES) {
      const Vec d = 0.25f * load(dz + i + j), halves[] = {twice(d, false), twice(d, true)};
      for (int64_t half = 0; half < 2; half++)
        for (int64_t row = 0; row < 2; row++)
          put(dx + 2 * j + half * far + row * 2 * size, halves[half], accumulate);
    }
}

// to [9][3][step]: an image's colours [3][x_step] at each of nine shifts; `x` has a border of zeros.
static void columns(int64_t size, const float* x, int64_t x_step, float* to, int64_t step) {
  const int64_t line = size + 2;
  for (int64_t column = 0; column < 27; column++, to += step) {
    const int64_t tap = column / 3, colour = column % 3;
    const float* from = x + colour * x_step + tap / 3 * line + tap % 3;
    for (int64_t row = 0; row < size; row++)
      for (int64_t j = 0; j < size; j += LANES) {
        // What a vector has more than a short row is overwritten by the next row, or behind the last.
        store(to + row * size + j, load(from + row * line + j));
      }
  }
}

// sums[image * step] = sum of the image's pixels.
static void image_sums(int64_t images, int64_t pixels, const float* x, float* sums, int64_t step) {
  for (int64_t image = 0; image < images; image++, x += pixels) {
    Vec sum = {};
    for (int64_t i = 0; i < pixels; i += LANES) sum += load(x + i);
    sums[image * step] = sum_of(sum);
  }
}

// sums[image * step] = sum of x * y over the image's pixels.
static void image_products(int64_t images, int64_t pixels, const float* x, const float* y, float* sums, int64_t step) {
  for (int64_t image = 0; image < images; image++, x += pixels, y += pixels) {
    Vec sum = {};
    for (int64_t i = 0; i < pixels; i += LANES) sum += load(x + i) * load(y + i);
    sums[image * step] = sum_of(sum);
  }
}

// z (+)= scale[image * step] * x + shift[image * step]; without x only the shift, without a shift only the product.
static void scale_images(int64_t images, int64_t pixels, const float* x, const float* scale, const float* shift,
                         int64_t step, float* z, bool accumulate) {
  for (int64_t image = 0; image < images; image++, z += pixels) {
    const Vec rest = fill(shift ? shift[image * step] : 0), factor = fill(x ? scale[image * step] : 0);
    for (int64_t i = 0; i < pixels; i += LANES) {
      const Vec value = x ? factor * load(x + image * pixels + i) + rest : rest;
      store(z + i, accumulate ? load(z + i) + value : value);
    }
  }
}

static const PlaneKernels kernels = {depthwise, depthwise_gradient, moments, finish, finish_gradient, combine, add,
                                     halve, halve_gradient, columns, image_sums, image_products, scale_images, multiply,
                                     multiply_gradient, gate, gate_gradient};

#undef INLINE
#undef LANES
#undef RECIPROCAL
