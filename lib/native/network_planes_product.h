// Products of matrices, which 1x1 convolutions are. No include guard: part of network_planes_kernels.h.

constexpr int64_t kRows = LANES == 16 ? 8 : 4;  // outputs in registers at once, times
constexpr int64_t kWide = 2;                    // vectors of pixels
constexpr int64_t kStrip = kWide * LANES;
constexpr int64_t kPanel = 128;                 // pixels copied together, a multiple of both strips

// `rows` outputs (of kRows, the others are zero) of V vectors of pixels from `at` on: y (+)= w [inputs][kRows]' x [inputs][kStrip].
template <int V>
INLINE void multiply_strip(int64_t inputs, const float* w, const float* x, int64_t rows, float* const* y, int64_t at,
                           bool accumulate) {
  Vec sum[kRows][V];
  for (int r = 0; r < kRows; r++)
    for (int v = 0; v < V; v++) sum[r][v] = fill(0);
  for (int64_t k = 0; k < inputs; k++, w += kRows, x += kStrip) {
    Vec pixel[V];
    for (int v = 0; v < V; v++) pixel[v] = load(x + v * LANES);
    for (int r = 0; r < kRows; r++)
      for (int v = 0; v < V; v++) sum[r][v] += w[r] * pixel[v];
  }
  for (int r = 0; r < kRows && r < rows; r++)
    for (int v = 0; v < V; v++) {
      float* to = y[r] + at + v * LANES;
      store(to, accumulate ? load(to) + sum[r][v] : sum[r][v]);
    }
}

// y [outputs][pixels] (+)= weights' x.
static void multiply(const Product& p, const float* weights, const float* x, float* const* y, bool accumulate,
                     Floats& work) {
  const int64_t blocks = (p.outputs + kRows - 1) / kRows, packed = blocks * p.inputs * kRows;
  work.resize(packed + p.inputs * kPanel);
  float *w = work.data(), *panel = w + packed;
  for (int64_t block = 0; block < blocks; block++)
    for (int64_t k = 0; k < p.inputs; k++)
      for (int64_t r = 0; r < kRows; r++) {
        const int64_t o = block * kRows + r;
        w[(block * p.inputs + k) * kRows + r] =
            o < p.outputs ? weights[k * p.weight_input + o * p.weight_output] : 0;
      }
  for (int64_t from = 0; from < p.pixels; from += kPanel) {
    const int64_t width = p.pixels - from < kPanel ? p.pixels - from : kPanel;
    for (int64_t k = 0; k < p.inputs; k++)
      for (int64_t i = 0; i < width; i += LANES)
        store(panel + (i / kStrip * p.inputs + k) * kStrip + i % kStrip, load(x + k * p.x_stride + from + i));
    for (int64_t block = 0; block < blocks; block++)
      for (int64_t i = 0; i < width; i += kStrip) {
        const float *own = w + block * p.inputs * kRows, *strip = panel + i * p.inputs;
        float* const* to = y + block * kRows;
        const int64_t rows = p.outputs - block * kRows;
        if (i + kStrip <= width) multiply_strip<kWide>(p.inputs, own, strip, rows, to, from + i, accumulate);
        else multiply_strip<1>(p.inputs, own, strip, rows, to, from + i, accumulate);
      }
  }
}

constexpr int kSide = LANES == 16 ? 4 : 2;  // inputs whose products with four outputs are in registers at once
constexpr int64_t kChunk = 1024;            // pixels summed up before a sum leaves its vector

// dw [A][B] += products of A rows of x with B rows of dy.
template <int A, int B>
INLINE void multiply_rows(int64_t pixels, const float* x, int64_t x_stride, const float* dy, int64_t y_stride, float* dw,
                          int64_t w_input, int64_t w_output) {
  Vec sum[A][B];
  for (int a = 0; a < A; a++)
    for (int b = 0; b < B; b++) sum[a][b] = fill(0);
  for (int64_t i = 0; i < pixels; i += LANES) {
    Vec d[B];
    for (int b = 0; b < B; b++) d[b] = load(dy + b * y_stride + i);
    for (int a = 0; a < A; a++) {
      const Vec value = load(x + a * x_stride + i);
      for (int b = 0; b < B; b++) sum[a][b] += value * d[b];
    }
  }
  for (int a = 0; a < A; a++)
    for (int b = 0; b < B; b++) dw[a * w_input + b * w_output] += sum_of(sum[a][b]);
}

// dw (placed as the weights are) += the gradient from x and dy.
static void multiply_gradient(const Product& p, const float* x, const float* dy, float* dw) {
  for (int64_t from = 0; from < p.pixels; from += kChunk) {
    const int64_t pixels = p.pixels - from < kChunk ? p.pixels - from : kChunk;
    int64_t a = 0;
    const auto rows = [&](auto side) {
      constexpr int A = decltype(side)::value;
      const float* own = x + a * p.x_stride + from;
      float* to = dw + a * p.weight_input;
      int64_t b = 0;
      for (; b + 4 <= p.outputs; b += 4)
        multiply_rows<A, 4>(pixels, own, p.x_stride, dy + b * p.y_stride + from, p.y_stride, to + b * p.weight_output,
                            p.weight_input, p.weight_output);
      for (; b < p.outputs; b++)
        multiply_rows<A, 1>(pixels, own, p.x_stride, dy + b * p.y_stride + from, p.y_stride, to + b * p.weight_output,
                            p.weight_input, p.weight_output);
    };
    for (; a + kSide <= p.inputs; a += kSide) rows(std::integral_constant<int, kSide>());
    for (; a < p.inputs; a++) rows(std::integral_constant<int, 1>());
  }
}
