// Convolutions as direct sums over taps. No include guard: part of network_pixels_kernels.h, for one instruction set.

// P neighbouring output pixels times N vectors of output channels, kept in registers over all taps and input channels.
// Steps (from pixel to pixel of x) other than 0 are known when this is compiled.
template <typename V, int P, int N, int Step>
INLINE void convolve_block(const Window& win, const Tap* taps, int count, const float* x, int channel, float* y,
                           bool accumulate) {
  constexpr int L = lanes<V>;
  V sum[P][N];
  for (int p = 0; p < P; p++)
    for (int n = 0; n < N; n++) sum[p][n] = accumulate ? load<V>(y + p * win.y_step + L * n) : fill<V>(0);
  const int64_t step = Step > 0 ? Step : win.x_step;
  for (int t = 0; t < count; t++) {
    const float* from = x + taps[t].offset;
    const float* w = taps[t].weights + channel;
    for (int64_t c = 0; c < win.x_channels; c++, w += win.y_channels) {
      V weight[N];
      for (int n = 0; n < N; n++) weight[n] = load<V>(w + L * n);
      for (int p = 0; p < P; p++) {
        const V pixel = fill<V>(from[p * step + c]);
        for (int n = 0; n < N; n++) sum[p][n] += pixel * weight[n];
      }
    }
  }
  for (int p = 0; p < P; p++)
    for (int n = 0; n < N; n++) store(y + p * win.y_step + L * n, sum[p][n]);
}

template <typename V, int P, int N, int Step>
static void convolve_channels(const Window& win, const Tap* taps, int count, const float* x, int channel, float* y,
                              bool accumulate) {
  for (int64_t i = 0; i < win.height; i++) {
    int64_t j = 0;
    for (; j + P <= win.width; j += P)
      convolve_block<V, P, N, Step>(win, taps, count, x + i * win.x_row + j * win.x_step, channel,
                                    y + i * win.y_row + j * win.y_step + channel, accumulate);
    for (; j < win.width; j++)
      convolve_block<V, 1, N, Step>(win, taps, count, x + i * win.x_row + j * win.x_step, channel,
                                    y + i * win.y_row + j * win.y_step + channel, accumulate);
  }
}

template <typename V, int P, int N>
static void convolve_steps(const Window& win, const Tap* taps, int count, const float* x, int channel, float* y,
                           bool accumulate) {
  switch (win.x_step) {
    case 3: return convolve_channels<V, P, N, 3>(win, taps, count, x, channel, y, accumulate);
    case 8: return convolve_channels<V, P, N, 8>(win, taps, count, x, channel, y, accumulate);
    case 16: return convolve_channels<V, P, N, 16>(win, taps, count, x, channel, y, accumulate);
    case 32: return convolve_channels<V, P, N, 32>(win, taps, count, x, channel, y, accumulate);
    default: return convolve_channels<V, P, N, 0>(win, taps, count, x, channel, y, accumulate);
  }
}

// y[i, j] (+)= sum over taps of x[offset + i, j] times the tap's weights [x_channels][y_channels]; one image.
static void convolve(const Window& win, const Tap* taps, int count, const float* x, float* y, bool accumulate) {
  int channel = 0;
  if (lanes<Widest> == 16)
    for (; channel + 32 <= win.y_channels; channel += 32)
      convolve_steps<Widest, 8, 2>(win, taps, count, x, channel, y, accumulate);
  for (; channel + 16 <= win.y_channels; channel += 16)
    convolve_steps<Widest, lanes<Widest> == 16 ? 8 : 4, 16 / lanes<Widest>>(win, taps, count, x, channel, y, accumulate);
  if (channel < win.y_channels) convolve_steps<Eight, 8, 1>(win, taps, count, x, channel, y, accumulate);
}

// Gradient of the weights of three taps side by side (offsets 0, 1, 2 pixels) for C input channels and 8 output
// channels: each pixel of x meets the three pixels of dy that it contributed to. x_step = x_channels (stride 1); both
// pointers are at the first inner pixel of their first row.
template <int C>
INLINE void gradient_of_three(const Window& win, const float* x, const float* dy, float* dw) {
  Eight sum[3][C];
  for (int k = 0; k < 3; k++)
    for (int c = 0; c < C; c++) sum[k][c] = load<Eight>(dw + (k * win.x_channels + c) * win.y_channels);
  for (int64_t i = 0; i < win.height; i++) {
    const float* xp = x + i * win.x_row;
    const float* d = dy + i * win.y_row;
    for (int64_t j = 0; j < win.width; j++, xp += win.x_step, d += win.y_step) {
      const Eight right = load<Eight>(d + win.y_step), here = load<Eight>(d), left = load<Eight>(d - win.y_step);
      for (int c = 0; c < C; c++) {
        const Eight pixel = fill<Eight>(xp[c]);
        sum[0][c] += pixel * right;
        sum[1][c] += pixel * here;
        sum[2][c] += pixel * left;
      }
    }
  }
  for (int k = 0; k < 3; k++)
    for (int c = 0; c < C; c++) store(dw + (k * win.x_channels + c) * win.y_channels, sum[k][c]);
}

// Gradient of one tap's weights for C input channels and N vectors of output channels.
template <typename V, int C, int N>
INLINE void gradient_of_tap(const Window& win, const float* x, const float* dy, float* dw) {
  constexpr int L = lanes<V>;
  V sum[C][N];
  for (int c = 0; c < C; c++)
    for (int n = 0; n < N; n++) sum[c][n] = load<V>(dw + c * win.y_channels + L * n);
  for (int64_t i = 0; i < win.height; i++) {
    const float* xp = x + i * win.x_row;
    const float* d = dy + i * win.y_row;
    for (int64_t j = 0; j < win.width; j++, xp += win.x_step, d += win.y_step) {
      V out[N];
      for (int n = 0; n < N; n++) out[n] = load<V>(d + L * n);
      for (int c = 0; c < C; c++) {
        const V pixel = fill<V>(xp[c]);
        for (int n = 0; n < N; n++) sum[c][n] += pixel * out[n];
      }
    }
  }
  for (int c = 0; c < C; c++)
    for (int n = 0; n < N; n++) store(dw + c * win.y_channels + L * n, sum[c][n]);
}

// The same for all input channels, C at once.
template <typename V, int C, int N>
INLINE void gradient_of_inputs(const Window& win, const float* x, const float* dy, float* dw) {
  int64_t c = 0;
  for (; c + C <= win.x_channels; c += C) gradient_of_tap<V, C, N>(win, x + c, dy, dw + c * win.y_channels);
  for (; c < win.x_channels; c++) gradient_of_tap<V, 1, N>(win, x + c, dy, dw + c * win.y_channels);
}

// Gradient of one tap's weights.
INLINE void gradient_of_channels(const Window& win, const float* x, const float* dy, float* dw) {
  int64_t channel = 0;
  if (lanes<Widest> == 16)
    for (; channel + 32 <= win.y_channels; channel += 32)
      gradient_of_inputs<Widest, 8, 2>(win, x, dy + channel, dw + channel);
  for (; channel + 16 <= win.y_channels; channel += 16)
    gradient_of_inputs<Widest, lanes<Widest> == 16 ? 8 : 4, 16 / lanes<Widest>>(win, x, dy + channel, dw + channel);
  if (channel < win.y_channels) gradient_of_inputs<Eight, 8, 1>(win, x, dy + channel, dw + channel);
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
