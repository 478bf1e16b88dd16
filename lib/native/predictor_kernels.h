// Arithmetic of the predictor on one core, in vectors of LANES floats. No include guard: predictor_kernels.cc includes
// this once for each instruction set, inside a namespace of its own.

typedef float Vector __attribute__((vector_size(4 * LANES)));
typedef float Anywhere __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef int32_t Integers __attribute__((vector_size(4 * LANES)));
#define INLINE static inline __attribute__((always_inline))

INLINE Vector load(const float* p) { return *reinterpret_cast<const Anywhere*>(p); }
INLINE void store(float* p, Vector v) { *reinterpret_cast<Anywhere*>(p) = v; }
INLINE Vector fill(float x) { return x - Vector{}; }

// -------------------------------------------------------------------------------------------------------- functions

// e^x to 2 units in the last place for -87 <= x <= 30; callers clamp.
INLINE Vector exponential(Vector x) {
  const float shifter = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer
  const Vector rounded = x * 1.44269504f + shifter;
  const Vector n = rounded - shifter;
  const Vector r = (x - n * 0.693359375f) + n * 2.12194440e-4f;  // ln 2 in two parts
  Vector p = r * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  const Integers bits = ((Integers)rounded + 127) << 23;  // the low bits of `rounded` hold n
  return p * (Vector)bits;
}

INLINE Vector clamp(Vector x) {
  const Vector low = fill(-80.0f), high = fill(20.0f);
  x = x < low ? low : x;
  return x > high ? high : x;
}

// mish(x) = x tanh(ln(1 + e^x)) = x w / (w + 2) with u = e^x, w = u (u + 2); beyond 20 the ratio is 1 in float32.
INLINE Vector mish(Vector x) {
  const Vector u = exponential(clamp(x)), w = u * (u + 2.0f);
  return x * (w / (w + 2.0f));
}

// mish(x), and mish'(x) = t + 4 x u (u + 1) / (w + 2)^2 with t = w / (w + 2).
INLINE Vector mish_and_slope(Vector x, Vector* slope) {
  const Vector u = exponential(clamp(x)), w = u * (u + 2.0f);
  const Vector reciprocal = 1.0f / (w + 2.0f), ratio = w * reciprocal;
  *slope = ratio + 4.0f * x * u * (u + 1.0f) * reciprocal * reciprocal;
  return x * ratio;
}

INLINE Vector square_root(Vector x) {
#if !defined(__x86_64__)
  Vector root;
  for (int l = 0; l < LANES; l++) root[l] = __builtin_sqrtf(x[l]);
  return root;
#elif LANES == 16
  return (Vector)_mm512_sqrt_ps((__m512)x);
#elif LANES == 8
  return (Vector)_mm256_sqrt_ps((__m256)x);
#else
  return (Vector)_mm_sqrt_ps((__m128)x);
#endif
}

INLINE float sum_of(Vector v) {
  for (int half = LANES / 2; half > 0; half /= 2)
    for (int l = 0; l < half; l++) v[l] += v[l + half];
  return v[0];
}

// --------------------------------------------------------------------------------------------------------- products

// A tile of ROWS x (VECTORS * LANES) of c, held in registers.
template <int ROWS, int VECTORS>
INLINE void product_tile(int64_t inner, const float* a, int64_t a_row, int64_t a_step, const float* b, int64_t columns,
                         float* c, bool accumulate) {
  Vector sum[ROWS][VECTORS];
  for (int r = 0; r < ROWS; r++)
    for (int v = 0; v < VECTORS; v++) sum[r][v] = accumulate ? load(c + r * columns + v * LANES) : Vector{};
  for (int64_t k = 0; k < inner; k++, a += a_step, b += columns) {
    Vector of_b[VECTORS];
    for (int v = 0; v < VECTORS; v++) of_b[v] = load(b + v * LANES);
    for (int r = 0; r < ROWS; r++) {
      const Vector x = fill(a[r * a_row]);
      for (int v = 0; v < VECTORS; v++) sum[r][v] += x * of_b[v];
    }
  }
  for (int r = 0; r < ROWS; r++)
    for (int v = 0; v < VECTORS; v++) store(c + r * columns + v * LANES, sum[r][v]);
}

template <int VECTORS>
INLINE void product_panel(int64_t rows, int64_t inner, const float* a, int64_t a_row, int64_t a_step, const float* b,
                          int64_t columns, float* c, bool accumulate) {
  int64_t r = 0;
  for (; r + TILE_ROWS <= rows; r += TILE_ROWS)
    product_tile<TILE_ROWS, VECTORS>(inner, a + r * a_row, a_row, a_step, b, columns, c + r * columns, accumulate);
  for (; r + 2 <= rows; r += 2)
    product_tile<2, VECTORS>(inner, a + r * a_row, a_row, a_step, b, columns, c + r * columns, accumulate);
  if (r < rows) product_tile<1, VECTORS>(inner, a + r * a_row, a_row, a_step, b, columns, c + r * columns, accumulate);
}

static void product(int64_t rows, int64_t inner, const float* a, int64_t a_row, int64_t a_step, const float* b,
                    int64_t columns, float* c, bool accumulate) {
  int64_t column = 0;
  for (; column + TILE_VECTORS * LANES <= columns; column += TILE_VECTORS * LANES)
    product_panel<TILE_VECTORS>(rows, inner, a, a_row, a_step, b + column, columns, c + column, accumulate);
  for (; column < columns; column += LANES)
    product_panel<1>(rows, inner, a, a_row, a_step, b + column, columns, c + column, accumulate);
}

// Blocks of LANES x LANES in registers: with the first half of the rows dealt between those of the second, log2(LANES)
// times, rows have become columns.
static void transpose(int64_t rows, int64_t columns, const float* from, float* to) {
#if LANES == 16
  const Integers low = {0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23};
#elif LANES == 8
  const Integers low = {0, 8, 1, 9, 2, 10, 3, 11};
#else
  const Integers low = {0, 4, 1, 5};
#endif
  const Integers high = low + LANES / 2;
  for (int64_t r = 0; r < rows; r += LANES)
    for (int64_t c = 0; c < columns; c += LANES) {
      Vector block[LANES], dealt[LANES];
      for (int i = 0; i < LANES; i++) block[i] = load(from + (r + i) * columns + c);
#pragma GCC unroll 4
      for (int stage = 1; stage < LANES; stage *= 2) {
        for (int i = 0; i < LANES / 2; i++) {
          dealt[2 * i] = __builtin_shuffle(block[i], block[i + LANES / 2], low);
          dealt[2 * i + 1] = __builtin_shuffle(block[i], block[i + LANES / 2], high);
        }
        for (int i = 0; i < LANES; i++) block[i] = dealt[i];
      }
      for (int i = 0; i < LANES; i++) store(to + (c + i) * rows + r, block[i]);
    }
}

// --------------------------------------------------------------------------------------- adjacency, batch norm, Mish

constexpr int64_t kChunk = CHUNK_VECTORS * LANES;  // columns worked on together

// sum[] = the chunk's columns of the rows of `source` that the list names.
INLINE void add_rows(const uint8_t* list, int64_t count, const float* source, Vector* sum) {
  for (int v = 0; v < CHUNK_VECTORS; v++) sum[v] = Vector{};
  for (int64_t e = 0; e < count; e++)
    for (int v = 0; v < CHUNK_VECTORS; v++) sum[v] += load(source + list[e] * kBoth + v * LANES);
}

static void propagate(const Batch& batch, const float* source, float* target, bool back) {
  for (const Cell& cell : batch.cells)
    for (int64_t d = 0; d < 2; d++) {
      const uint16_t* begin = cell.graph->begin[back ? 1 - d : d].data();
      const uint8_t* list = cell.graph->list[back ? 1 - d : d].data();
      for (int64_t column = d * kWidth; column < (d + 1) * kWidth; column += kChunk)
        for (int64_t i = 0; i < cell.nodes; i++) {
          Vector sum[CHUNK_VECTORS];
          add_rows(list + begin[i], begin[i + 1] - begin[i], source + cell.start * kBoth + column, sum);
          for (int v = 0; v < CHUNK_VECTORS; v++) store(target + (cell.start + i) * kBoth + column + v * LANES, sum[v]);
        }
    }
}

// Mean and biased variance of the columns of z [rows, width], and 1 / standard deviation.
INLINE void moments(int64_t rows, int64_t width, const float* z, float epsilon, float* mean, float* variance,
                    float* deviation) {
  for (int64_t column = 0; column < width; column += kChunk) {
    Vector sum[CHUNK_VECTORS] = {}, squares[CHUNK_VECTORS] = {};
    for (int64_t r = 0; r < rows; r++)
      for (int v = 0; v < CHUNK_VECTORS; v++) sum[v] += load(z + r * width + column + v * LANES);
    for (int v = 0; v < CHUNK_VECTORS; v++) sum[v] /= fill(static_cast<float>(rows));
    for (int64_t r = 0; r < rows; r++)
      for (int v = 0; v < CHUNK_VECTORS; v++) {
        const Vector d = load(z + r * width + column + v * LANES) - sum[v];
        squares[v] += d * d;
      }
    for (int v = 0; v < CHUNK_VECTORS; v++) {
      const Vector biased = squares[v] / fill(static_cast<float>(rows));
      store(mean + column + v * LANES, sum[v]);
      store(variance + column + v * LANES, biased);
      store(deviation + column + v * LANES, 1.0f / square_root(biased + epsilon));
    }
  }
}

static void normalise(int64_t rows, int64_t directions, const float* z, const float* gamma, const float* beta,
                      float epsilon, float* h, float* slope, float* mean, float* variance, float* deviation) {
  const int64_t width = directions * kWidth;
  moments(rows, width, z, epsilon, mean, variance, deviation);
  const float share = 1.0f / directions;
  for (int64_t c = 0; c < kWidth; c += LANES) {
    Vector scale[2], shift[2];
    for (int64_t d = 0; d < directions; d++) {
      const int64_t k = d * kWidth + c;
      scale[d] = load(gamma + k) * load(deviation + k);
      shift[d] = load(beta + k) - load(mean + k) * scale[d];
    }
    for (int64_t r = 0; r < rows; r++) {
      Vector total = {};
      for (int64_t d = 0; d < directions; d++) {
        const int64_t at = r * width + d * kWidth + c;
        Vector steep;
        total += mish_and_slope(load(z + at) * scale[d] + shift[d], &steep);
        store(slope + at, steep);
      }
      store(h + r * kWidth + c, total * share);
    }
  }
}

static void normalise_gradient(int64_t rows, int64_t directions, const float* dh, const float* z, const float* gamma,
                               const float* mean, const float* deviation, float* slope, float* dgamma, float* dbeta) {
  const int64_t width = directions * kWidth;
  const float share = 1.0f / directions;
  for (int64_t d = 0; d < directions; d++)
    for (int64_t c = 0; c < kWidth; c += kChunk) {
      const int64_t k = d * kWidth + c;
      Vector centre[CHUNK_VECTORS], of_beta[CHUNK_VECTORS] = {}, of_gamma[CHUNK_VECTORS] = {};
      for (int v = 0; v < CHUNK_VECTORS; v++) centre[v] = load(mean + k + v * LANES);
      for (int64_t r = 0; r < rows; r++)
        for (int v = 0; v < CHUNK_VECTORS; v++) {
          const int64_t at = r * width + k + v * LANES;
          const Vector g = share * load(dh + r * kWidth + c + v * LANES) * load(slope + at);
          store(slope + at, g);
          of_beta[v] += g;
          of_gamma[v] += g * (load(z + at) - centre[v]);
        }
      // dz = scale (g - mean(g) - x^ mean(g x^)), x^ = (z - mean) deviation
      Vector scale[CHUNK_VECTORS], offset[CHUNK_VECTORS], tilt[CHUNK_VECTORS];
      for (int v = 0; v < CHUNK_VECTORS; v++) {
        const Vector deviates = load(deviation + k + v * LANES);
        of_gamma[v] *= deviates;
        store(dgamma + k + v * LANES, of_gamma[v]);
        store(dbeta + k + v * LANES, of_beta[v]);
        scale[v] = load(gamma + k + v * LANES) * deviates;
        tilt[v] = scale[v] * of_gamma[v] * deviates / fill(static_cast<float>(rows));
        offset[v] = scale[v] * of_beta[v] / fill(static_cast<float>(rows));
      }
      for (int64_t r = 0; r < rows; r++)
        for (int v = 0; v < CHUNK_VECTORS; v++) {
          const int64_t at = r * width + k + v * LANES;
          store(slope + at, scale[v] * load(slope + at) - offset[v] - tilt[v] * (load(z + at) - centre[v]));
        }
    }
}

static void activate(const Batch& batch, const float* u, const float* scale, const float* shift, float* h) {
  for (const Cell& cell : batch.cells)
    for (int64_t c = 0; c < kWidth; c += kChunk)
      for (int64_t i = 0; i < cell.nodes; i++) {
        Vector total[CHUNK_VECTORS] = {};
        for (int64_t d = 0; d < 2; d++) {
          const uint16_t* begin = cell.graph->begin[d].data();
          const int64_t k = d * kWidth + c;
          Vector sum[CHUNK_VECTORS];
          add_rows(cell.graph->list[d].data() + begin[i], begin[i + 1] - begin[i], u + cell.start * kBoth + k, sum);
          for (int v = 0; v < CHUNK_VECTORS; v++)
            total[v] += mish(sum[v] * load(scale + k + v * LANES) + load(shift + k + v * LANES));
        }
        for (int v = 0; v < CHUNK_VECTORS; v++)
          store(h + (cell.start + i) * kWidth + c + v * LANES, total[v] * 0.5f);
      }
}

static void activate_plain(int64_t rows, const float* x, const float* scale, const float* shift, float* h) {
  for (int64_t at = 0; at < rows * kWidth; at += LANES) {
    const int64_t c = at % kWidth;
    store(h + at, mish(load(x + at) * load(scale + c) + load(shift + c)));
  }
}

// ------------------------------------------------------------------------------------------------------------- rest

static void add_scaled(int64_t count, float a, const float* x, float* y) {
  int64_t i = 0;
  for (; i + LANES <= count; i += LANES) store(y + i, load(y + i) + a * load(x + i));
  for (; i < count; i++) y[i] += a * x[i];
}

static void row_means(int64_t rows, const float* x, float* means) {
  for (int64_t r = 0; r < rows; r++) {
    Vector sum = {};
    for (int64_t c = 0; c < kWidth; c += LANES) sum += load(x + r * kWidth + c);
    means[r] = sum_of(sum) / kWidth;
  }
}

static void spread(int64_t rows, const float* values, float* x) {
  for (int64_t r = 0; r < rows; r++)
    for (int64_t c = 0; c < kWidth; c += LANES) store(x + r * kWidth + c, fill(values[r]));
}

INLINE void adam_of(float rate, Vector g, Vector* theta, Vector* m, Vector* v) {
  const float beta1 = 0.9f, beta2 = 0.999f, epsilon = 1e-7f;
  *m += (1.0f - beta1) * (g - *m);
  *v += (1.0f - beta2) * (g * g - *v);
  *theta -= rate * *m / (square_root(*v) + epsilon);
}

// `count`: a multiple of 16; what lies between the parameters' end and that has a gradient of zero.
static void adam(int64_t count, float rate, float* theta, float* m, float* v, const float* gradient) {
  for (int64_t i = 0; i < count; i += LANES) {
    Vector new_theta = load(theta + i), new_m = load(m + i), new_v = load(v + i);
    adam_of(rate, load(gradient + i), &new_theta, &new_m, &new_v);
    store(theta + i, new_theta);
    store(m + i, new_m);
    store(v + i, new_v);
  }
}

#include "predictor_attention.h"

static const Kernels kernels = {product, transpose, propagate, normalise, normalise_gradient, activate, activate_plain,
                                attend, attend_gradient, add_scaled, row_means, spread, adam};

#undef INLINE
