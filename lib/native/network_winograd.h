// Winograd's minimal filtering F(4x4, 3x3) (Lavin and Gray, 2016, arXiv:1509.09308) for 3x3 convolutions of stride 1:
// tiles of 4x4 output pixels, 6x6 points each, a quarter of the direct sum's multiplications. No include guard: part of
// network_pixels_kernels.h, for one instruction set. As many channels go out as come in; C, their number, is known when this is
// compiled, which halves the time of a tile.
//
// With x a tile of 6x6 input pixels, w the 3x3 weights and y the 4x4 outputs,
//   y = A' [sum over input channels of (G w G') * (B' x B)] A,   dw = G' [sum over tiles of (B' x B) * (A dy A')] G,
// where * is taken point by point: at each point a matrix product of tiles and channels.

// Each of the functions below changes one axis; `to` may not be `from`.

template <typename Vector>
INLINE void input_points(const Vector* d, int64_t step, Vector* to) {  // B'
  const Vector even = d[4 * step] - 4.0f * d[2 * step], odd = d[3 * step] - 4.0f * d[step];
  const Vector outer = d[4 * step] - d[2 * step], inner = 2.0f * (d[3 * step] - d[step]);
  to[0] = 4.0f * d[0] - 5.0f * d[2 * step] + d[4 * step];
  to[1] = even + odd;
  to[2] = even - odd;
  to[3] = outer + inner;
  to[4] = outer - inner;
  to[5] = 4.0f * d[step] - 5.0f * d[3 * step] + d[5 * step];
}

template <typename Vector>
INLINE void output_pixels(const Vector* m, int64_t step, Vector* to) {  // A'
  const Vector even = m[step] + m[2 * step], odd = m[step] - m[2 * step];
  const Vector far_even = m[3 * step] + m[4 * step], far_odd = m[3 * step] - m[4 * step];
  to[0] = m[0] + even + far_even;
  to[1] = odd + 2.0f * far_odd;
  to[2] = even + 4.0f * far_even;
  to[3] = odd + 8.0f * far_odd + m[5 * step];
}

template <typename Vector>
INLINE void output_points(const Vector* d, int64_t step, Vector* to) {  // A
  const Vector even = d[0] + d[2 * step], odd = d[step] + d[3 * step];
  const Vector far_even = d[0] + 4.0f * d[2 * step], far_odd = 2.0f * d[step] + 8.0f * d[3 * step];
  to[0] = d[0];
  to[1] = even + odd;
  to[2] = even - odd;
  to[3] = far_even + far_odd;
  to[4] = far_even - far_odd;
  to[5] = d[3 * step];
}

template <typename Vector>
INLINE void weight_points(const Vector* w, int64_t step, Vector* to) {  // G
  const Vector outer = (w[0] + w[2 * step]) * (-1.0f / 6), middle = w[step] * (1.0f / 6);
  const Vector far = w[0] * (1.0f / 24) + w[2 * step] * (1.0f / 6), far_middle = w[step] * (1.0f / 12);
  to[0] = w[0] * 0.25f;
  to[1] = outer - middle;
  to[2] = outer + middle;
  to[3] = far + far_middle;
  to[4] = far - far_middle;
  to[5] = w[2 * step];
}

template <typename Vector>
INLINE void weight_taps(const Vector* u, int64_t step, Vector* to) {  // G'
  const Vector near = (u[step] + u[2 * step]) * (-1.0f / 6), far = u[3 * step] + u[4 * step];
  to[0] = u[0] * 0.25f + near + far * (1.0f / 24);
  to[1] = (u[2 * step] - u[step]) * (1.0f / 6) + (u[3 * step] - u[4 * step]) * (1.0f / 12);
  to[2] = near + far * (1.0f / 6) + u[5 * step];
}

// u [points][channels][channels] of the weights [3][3][channels][channels].
static void winograd_weights(int64_t channels, const float* weights, float* u) {
  const int64_t size = channels * channels;
  for (int64_t n = 0; n < size; n += lanes<Widest>) {
    Widest w[9], rows[18], points[6];
    for (int t = 0; t < 9; t++) w[t] = load<Widest>(weights + t * size + n);
    for (int i = 0; i < 3; i++) weight_points(w + i, 3, rows + 6 * i);
    for (int j = 0; j < 6; j++) {
      weight_points(rows + j, 6, points);
      for (int i = 0; i < 6; i++) store(u + (6 * j + i) * size + n, points[i]);
    }
  }
}

// The weights' gradient [3][3][channels][channels] += what belongs to the gradient du of their points.
static void winograd_weights_gradient(int64_t channels, const float* du, float* gradient) {
  const int64_t size = channels * channels;
  for (int64_t n = 0; n < size; n += lanes<Widest>) {
    Widest u[36], rows[18], taps[3];
    for (int p = 0; p < 36; p++) u[p] = load<Widest>(du + p * size + n);
    for (int i = 0; i < 6; i++) weight_taps(u + i, 6, rows + 3 * i);
    for (int j = 0; j < 3; j++) {
      weight_taps(rows + j, 3, taps);
      for (int i = 0; i < 3; i++) {
        float* to = gradient + (3 * j + i) * size + n;
        store(to, load<Widest>(to) + taps[i]);
      }
    }
  }
}

// Loads what a tile holds: 6x6 points of each of the channels of x, whose first pixel is on the border; what is below
// `least` becomes it.
template <typename V, int C>
INLINE void tile_of_input(const float* x, int64_t row, float least, float* v) {
  const V floor = fill<V>(least);
  for (int64_t c = 0; c < C; c += lanes<V>) {
    V rows[36], points[6];
    for (int64_t j = 0; j < 6; j++) {
      V column[6];
      for (int64_t i = 0; i < 6; i++) {
        const V value = load<V>(x + i * row + j * C + c);
        column[i] = value < floor ? floor : value;  // this way round a NaN stays one
      }
      input_points(column, 1, rows + 6 * j);
    }
    for (int64_t i = 0; i < 6; i++) {
      input_points(rows + i, 6, points);
      for (int64_t j = 0; j < 6; j++) store(v + (6 * i + j) * point_stride(C) + c, points[j]);
    }
  }
}

// Turns the points of a tile into its 4x4 pixels of y; Masked: only where `mask`, placed as y is, is above 0.
template <typename V, int C, bool Masked>
INLINE void tile_to_output(const float* m, int64_t row, float* y, const float* mask, bool accumulate) {
  for (int64_t c = 0; c < C; c += lanes<V>) {
    V rows[24], pixels[4];
    for (int64_t j = 0; j < 6; j++) {
      V column[6];
      for (int64_t i = 0; i < 6; i++) column[i] = load<V>(m + (6 * i + j) * point_stride(C) + c);
      output_pixels(column, 1, rows + 4 * j);
    }
    for (int64_t i = 0; i < 4; i++) {
      output_pixels(rows + i, 4, pixels);
      for (int64_t j = 0; j < 4; j++) {
        const int64_t at = i * row + j * C + c;
        const V zero = fill<V>(0), pixel = !Masked || load<V>(mask + at) > zero ? pixels[j] : zero;
        store(y + at, accumulate ? load<V>(y + at) + pixel : pixel);
      }
    }
  }
}

// Loads the 6x6 points of the gradient of a tile's 4x4 pixels.
template <typename V, int C>
INLINE void tile_of_output(const float* dy, int64_t row, float* d) {
  for (int64_t c = 0; c < C; c += lanes<V>) {
    V rows[24], points[6];
    for (int64_t j = 0; j < 4; j++) {
      V column[4];
      for (int64_t i = 0; i < 4; i++) column[i] = load<V>(dy + i * row + j * C + c);
      output_points(column, 1, rows + 6 * j);
    }
    for (int64_t i = 0; i < 6; i++) {
      output_points(rows + i, 6, points);
      for (int64_t j = 0; j < 6; j++) store(d + (6 * i + j) * point_stride(C) + c, points[j]);
    }
  }
}

// m [P tiles][N vectors of outputs] = v [P][C] times u [C][outputs], at one point.
template <typename V, int C, int P, int N>
INLINE void multiply_block(const float* v, const float* u, float* m) {
  V sum[P][N];
  for (int p = 0; p < P; p++)
    for (int n = 0; n < N; n++) sum[p][n] = fill<V>(0);
  for (int c = 0; c < C; c++) {
    V weight[N];
    for (int n = 0; n < N; n++) weight[n] = load<V>(u + c * C + lanes<V> * n);
    for (int p = 0; p < P; p++) {
      const V value = fill<V>(v[p * C + c]);
      for (int n = 0; n < N; n++) sum[p][n] += value * weight[n];
    }
  }
  for (int p = 0; p < P; p++)
    for (int n = 0; n < N; n++) store(m + p * C + lanes<V> * n, sum[p][n]);
}

// du [P inputs][N vectors of outputs] += the sum over tiles of v [tiles][C] times d [tiles][C], at one point.
template <typename V, int C, int P, int N>
INLINE void multiply_gradient(int64_t tiles, const float* v, const float* d, float* du) {
  V sum[P][N];
  for (int p = 0; p < P; p++)
    for (int n = 0; n < N; n++) sum[p][n] = load<V>(du + p * C + lanes<V> * n);
  for (int64_t t = 0; t < tiles; t++) {
    V out[N];
    for (int n = 0; n < N; n++) out[n] = load<V>(d + t * C + lanes<V> * n);
    for (int p = 0; p < P; p++) {
      const V value = fill<V>(v[t * C + p]);
      for (int n = 0; n < N; n++) sum[p][n] += value * out[n];
    }
  }
  for (int p = 0; p < P; p++)
    for (int n = 0; n < N; n++) store(du + p * C + lanes<V> * n, sum[p][n]);
}

// How a number of channels is worked on: in vectors of `V`, N of them side by side, P tiles or inputs at once.
template <int C>
struct Shape {
  typedef std::conditional_t<C % lanes<Widest> == 0, Widest, Eight> V;
  static constexpr int N = C == lanes<V> ? 1 : 2, P = lanes<V> == 16 ? 8 : 8 / N;
};

struct Corner {
  int64_t x, y;  // where the tile begins in either
};

INLINE Corner corner_of(const Tiling& tiling, int C, int64_t tile) {
  const int64_t side = tiling.size / 4, image = tile / (side * side), i = tile / side % side, j = tile % side;
  return {image * tiling.x_image + 4 * (i * tiling.x_row + j * C),
          image * tiling.y_image + 4 * (i * tiling.y_row + j * C)};
}

template <int C>
static void convolve_tiles(const Tiling& tiling, const float* x, float least, const float* u, float* y,
                           const float* mask, bool accumulate, float* work) {
  typedef typename Shape<C>::V V;
  constexpr int N = Shape<C>::N, P = Shape<C>::P, kOutputs = N * lanes<V>;
  const int64_t count = tiling.count();
  float *v = work, *m = work + kPoints * point_stride(C);
  for (int64_t first = 0; first < count; first += kTiles) {
    const int64_t tiles = count - first < kTiles ? count - first : kTiles;
    for (int64_t t = 0; t < tiles; t++)
      tile_of_input<V, C>(x + corner_of(tiling, C, first + t).x, tiling.x_row, least, v + t * C);
    for (int64_t p = 0; p < kPoints; p++, v += point_stride(C), m += point_stride(C))
      for (int64_t k = 0; k < C; k += kOutputs) {
        const float* weights = u + p * C * C + k;
        int64_t t = 0;
        for (; t + P <= tiles; t += P) multiply_block<V, C, P, N>(v + t * C, weights, m + t * C + k);
        for (; t < tiles; t++) multiply_block<V, C, 1, N>(v + t * C, weights, m + t * C + k);
      }
    v = work, m = work + kPoints * point_stride(C);
    for (int64_t t = 0; t < tiles; t++) {
      const int64_t at = corner_of(tiling, C, first + t).y;
      if (mask) tile_to_output<V, C, true>(m + t * C, tiling.y_row, y + at, mask + at, accumulate);
      else tile_to_output<V, C, false>(m + t * C, tiling.y_row, y + at, nullptr, accumulate);
    }
  }
}

template <int C>
static void gradient_of_tiles(const Tiling& tiling, const float* x, float least, const float* dy, float* du,
                              float* work) {
  typedef typename Shape<C>::V V;
  constexpr int N = Shape<C>::N, P = Shape<C>::P, kOutputs = N * lanes<V>;
  const int64_t count = tiling.count();
  float *v = work, *d = work + kPoints * point_stride(C);
  for (int64_t first = 0; first < count; first += kTiles) {
    const int64_t tiles = count - first < kTiles ? count - first : kTiles;
    for (int64_t t = 0; t < tiles; t++) {
      const Corner corner = corner_of(tiling, C, first + t);
      tile_of_input<V, C>(x + corner.x, tiling.x_row, least, v + t * C);
      tile_of_output<V, C>(dy + corner.y, tiling.y_row, d + t * C);
    }
    for (int64_t p = 0; p < kPoints; p++) {
      const int64_t at = p * point_stride(C);
      for (int64_t c = 0; c < C; c += P)
        for (int64_t k = 0; k < C; k += kOutputs)
          multiply_gradient<V, C, P, N>(tiles, v + at + c, d + at + k, du + (p * C + c) * C + k);
    }
  }
}

// Calls the template for the number of channels, one of those that `Term::tiled` knows.
#define FOR_CHANNELS(channels, call) \
  switch (channels) {                \
    case 8: call(8); break;          \
    case 16: call(16); break;        \
    case 32: call(32); break;        \
    case 64: call(64); break;        \
  }

// y (+)= max(x, least) convolved with the weights whose points are u, and, unless it is null, only where `mask` is above
// 0; `x` is at the first image's border, `y` and `mask` at its first pixel.
static void winograd_convolve(const Tiling& tiling, const float* x, float least, const float* u, float* y,
                              const float* mask, bool accumulate, float* work) {
#define CALL(C) convolve_tiles<C>(tiling, x, least, u, y, mask, accumulate, work)
  FOR_CHANNELS(tiling.channels, CALL)
#undef CALL
}

// du [points][channels][channels] += the gradient of the weights' points from max(x, least) and dy, placed as above.
static void winograd_gradient(const Tiling& tiling, const float* x, float least, const float* dy, float* du,
                              float* work) {
#define CALL(C) gradient_of_tiles<C>(tiling, x, least, dy, du, work)
  FOR_CHANNELS(tiling.channels, CALL)
#undef CALL
}
#undef FOR_CHANNELS
