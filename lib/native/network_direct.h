// Convolutions as direct sums over taps. No include guard: part of network_pixels_kernels.h, for one instruction set.

// P neighbouring output pixels times 8 * V output channels, kept in registers over all taps and input channels. Steps
// (from pixel to pixel of x) other than 0 are known when this is compiled.
template <int P, int V, int Step>
INLINE void convolve_block(const Window& win, const Tap* taps, int count, const float* x, int channel, float* y,
                           bool accumulate) {
  Vector sum[P][V];
  for (int p = 0; p < P; p++)
    for (int v = 0; v < V; v++) sum[p][v] = accumulate ? load(y + p * win.y_step + 8 * v) : fill(0);
  const int64_t step = Step > 0 ? Step : win.x_step, row = Step > 0 ? 8 : win.y_channels;
  for (int t = 0; t < count; t++) {
    const float* from = x + taps[t].offset;
    const float* w = taps[t].weights + channel;
    for (int64_t c = 0; c < win.x_channels; c++, w += row) {
      Vector weight[V];
      for (int v = 0; v < V; v++) weight[v] = load(w + 8 * v);
      for (int p = 0; p < P; p++) {
        const Vector pixel = fill(from[p * step + c]);
        for (int v = 0; v < V; v++) sum[p][v] += pixel * weight[v];
      }
    }
  }
  for (int p = 0; p < P; p++)
    for (int v = 0; v < V; v++) store(y + p * win.y_step + 8 * v, sum[p][v]);
}

template <int V, int Step>
INLINE void convolve_channels(const Window& win, const Tap* taps, int count, const float* x, int channel, float* y,
                              bool accumulate) {
  constexpr int P = V == 1 ? 8 : 4;
  for (int64_t i = 0; i < win.height; i++) {
    int64_t j = 0;
    for (; j + P <= win.width; j += P)
      convolve_block<P, V, Step>(win, taps, count, x + i * win.x_row + j * win.x_step, channel,
                           y + i * win.y_row + j * win.y_step + channel, accumulate);
    for (; j < win.width; j++)
      convolve_block<1, V, Step>(win, taps, count, x + i * win.x_row + j * win.x_step, channel,
                           y + i * win.y_row + j * win.y_step + channel, accumulate);
  }
}

// y[i, j] (+)= sum over taps of x[offset + i, j] times the tap's weights [x_channels][y_channels]; one image.
static void convolve(const Window& win, const Tap* taps, int count, const float* x, float* y, bool accumulate) {
  if (win.y_channels == 8 && win.x_step == 3) return convolve_channels<1, 3>(win, taps, count, x, 0, y, accumulate);
  if (win.y_channels == 8 && win.x_step == 8) return convolve_channels<1, 8>(win, taps, count, x, 0, y, accumulate);
  if (win.y_channels == 8 && win.x_step == 16) return convolve_channels<1, 16>(win, taps, count, x, 0, y, accumulate);
  int channel = 0;
  for (; channel + 16 <= win.y_channels; channel += 16)
    convolve_channels<2, 0>(win, taps, count, x, channel, y, accumulate);
  if (channel < win.y_channels) convolve_channels<1, 0>(win, taps, count, x, channel, y, accumulate);
}

// Gradient of the weights of three taps side by side (offsets 0, 1, 2 pixels) for C input channels and 8 output
// channels: each pixel of x meets the three pixels of dy that it contributed to. x_step = x_channels (stride 1); both
// pointers are at the first inner pixel of their first row.
template <int C>
INLINE void gradient_of_three(const Window& win, const float* x, const float* dy, float* dw) {
  Vector sum[3][C];
  for (int k = 0; k < 3; k++)
    for (int c = 0; c < C; c++) sum[k][c] = load(dw + (k * win.x_channels + c) * win.y_channels);
  for (int64_t i = 0; i < win.height; i++) {
    const float* xp = x + i * win.x_row;
    const float* d = dy + i * win.y_row;
    for (int64_t j = 0; j < win.width; j++, xp += win.x_step, d += win.y_step) {
      const Vector right = load(d + win.y_step), here = load(d), left = load(d - win.y_step);
      for (int c = 0; c < C; c++) {
        const Vector pixel = fill(xp[c]);
        sum[0][c] += pixel * right;
        sum[1][c] += pixel * here;
        sum[2][c] += pixel * left;
      }
    }
  }
  for (int k = 0; k < 3; k++)
    for (int c = 0; c < C; c++) store(dw + (k * win.x_channels + c) * win.y_channels, sum[k][c]);
}

// Gradient of one tap's weights for C input channels and 8 * V output channels.
template <int C, int V>
INLINE void gradient_of_tap(const Window& win, const float* x, const float* dy, float* dw) {
  Vector sum[C][V];
  for (int c = 0; c < C; c++)
    for (int v = 0; v < V; v++) sum[c][v] = load(dw + c * win.y_channels + 8 * v);
  for (int64_t i = 0; i < win.height; i++) {
    const float* xp = x + i * win.x_row;
    const float* d = dy + i * win.y_row;
    for (int64_t j = 0; j < win.width; j++, xp += win.x_step, d += win.y_step) {
      Vector out[V];
      for (int v = 0; v < V; v++) out[v] = load(d + 8 * v);
      for (int c = 0; c < C; c++) {
        const Vector pixel = fill(xp[c]);
        for (int v = 0; v < V; v++) sum[c][v] += pixel * out[v];
      }
    }
  }
  for (int c = 0; c < C; c++)
    for (int v = 0; v < V; v++) store(dw + c * win.y_channels + 8 * v, sum[c][v]);
}

// Gradient of one tap's weights.
INLINE void gradient_of_channels(const Window& win, const float* x, const float* dy, float* dw) {
  int64_t channel = 0;
  for (; channel + 16 <= win.y_channels; channel += 16) {
    int64_t c = 0;
    for (; c + 4 <= win.x_channels; c += 4)
      gradient_of_tap<4, 2>(win, x + c, dy + channel, dw + c * win.y_channels + channel);
    for (; c < win.x_channels; c++) gradient_of_tap<1, 2>(win, x + c, dy + channel, dw + c * win.y_channels + channel);
  }
  if (channel == win.y_channels) return;
  int64_t c = 0;
  for (; c + 8 <= win.x_channels; c += 8)
    gradient_of_tap<8, 1>(win, x + c, dy + channel, dw + c * win.y_channels + channel);
  for (; c < win.x_channels; c++) gradient_of_tap<1, 1>(win, x + c, dy + channel, dw + c * win.y_channels + channel);
}

// dw [taps][x_channels][y_channels] += the gradient from one image. `x` is at the pixel under output (0, 0) and tap
// (0, 0); dy at output (0, 0), with its zero border around it.
static void convolve_gradient(const Window& win, int kernel, int64_t x_line, int64_t x_pixel, const float* x,
                              const float* dy, float* dw) {
  const int64_t tap = win.x_channels * win.y_channels;
  for (int ky = 0; ky < kernel; ky++) {
    if (kernel == 3 && win.x_step == win.x_channels) {
      const float* inner = x + ky * x_line + x_pixel;
      for (int64_t v = 0; v < win.y_channels; v += 8) {
        int64_t c = 0;
        float* to = dw + 3 * ky * tap + v;
        for (; c + 4 <= win.x_channels; c += 4) gradient_of_three<4>(win, inner + c, dy + v, to + c * win.y_channels);
        for (; c + 3 <= win.x_channels; c += 3) gradient_of_three<3>(win, inner + c, dy + v, to + c * win.y_channels);
        for (; c < win.x_channels; c++) gradient_of_three<1>(win, inner + c, dy + v, to + c * win.y_channels);
      }
      continue;
    }
    for (int kx = 0; kx < kernel; kx++)
      gradient_of_channels(win, x + ky * x_line + kx * x_pixel, dy, dw + (kernel * ky + kx) * tap);
  }
}
