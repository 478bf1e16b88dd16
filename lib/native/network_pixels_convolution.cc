// The convolutions of a network, forward and backward: in tiles where they fit (network_winograd.h), else directly.

#include <limits>

#include "network_pixels.h"

namespace {

constexpr float kNoLeast = -std::numeric_limits<float>::infinity();

float least_of(const Term& term) { return term.activated ? 0 : kNoLeast; }

}  // namespace

// One image of the term's input, with its border.
const float* PixelNetwork::input_of(const Term& term, int64_t image) {
  const FeatureMap& x = maps_[term.input];
  const float* values = x.values.data() + image * x.image();
  if (!term.activated) return values;
  k_.relu(x.rows(), values + x.inner(), activated_.data() + x.inner(), x.line());
  return activated_.data();
}

void PixelNetwork::prepare_convolution(const Term& term, const FeatureMap& output) {
  const FeatureMap& x = maps_[term.input];
  if (!term.tiled(x, output)) {
    if (term.activated) activated_.assign(x.image(), 0);
    return;
  }
  points_.resize(kPoints * x.channels * x.channels);
  tiles_.resize(2 * kPoints * point_stride(x.channels));
  k_.winograd_weights(x.channels, parameters_ + term.weights, points_.data());
}

void PixelNetwork::convolve(const Term& term, const FeatureMap& output, int64_t image, int64_t images, float* y,
                       int64_t y_line, int64_t y_image, bool accumulate) {
  const FeatureMap& x = maps_[term.input];
  if (term.tiled(x, output)) {
    const float* from = x.values.data() + image * x.image();
    const Tiling tiling = {images, output.size, output.channels, x.image(), x.line(), y_image, y_line};
    k_.winograd_convolve(tiling, from, least_of(term), points_.data(), y, nullptr, accumulate, tiles_.data());
    return;
  }
  Tap taps[9];
  const int count = term.kernel * term.kernel;
  for (int t = 0; t < count; t++)
    taps[t] = {(t / term.kernel + term.start) * x.line() + (t % term.kernel + term.start) * x.channels,
               parameters_ + term.weights + t * x.channels * output.channels};
  const Window window = {output.size, output.size, term.stride * x.line(), term.stride * x.channels, x.channels,
                         y_line,      output.channels, output.channels};
  for (int64_t i = 0; i < images; i++)
    k_.convolve(window, taps, count, input_of(term, image + i), y + i * y_image, accumulate);
}

void PixelNetwork::prepare_convolution_gradient(const Term& term, const FeatureMap& output) {
  // turned_ [taps][outputs][inputs]: the weights, transposed and turned by 180 degrees.
  const int64_t inputs = maps_[term.input].channels, outputs = output.channels, taps = term.kernel * term.kernel;
  turned_.resize(taps * inputs * outputs);
  const float* from = parameters_ + term.weights;
  for (int64_t t = taps - 1; t >= 0; t--)
    for (int64_t i = 0; i < inputs; i++)
      for (int64_t o = 0; o < outputs; o++) turned_[(t * outputs + o) * inputs + i] = *from++;
  if (!term.tiled(maps_[term.input], output)) {
    if (!term.activated) return;
    activated_.assign(maps_[term.input].image(), 0);
    from_output_.resize(maps_[term.input].image());
    return;
  }
  points_.resize(kPoints * inputs * outputs);
  points_gradient_.assign(kPoints * inputs * outputs, 0);
  tiles_.resize(2 * kPoints * point_stride(inputs));
  k_.winograd_weights(inputs, turned_.data(), points_.data());
}

void PixelNetwork::convolve_gradient(const Term& term, const FeatureMap& output, int64_t image, int64_t images,
                                const float* dy) {
  FeatureMap& x = maps_[term.input];
  if (term.tiled(x, output)) {
    const float* values = x.values.data() + image * x.image();
    float* dx = x.gradients.data() + image * x.image() + x.inner();
    const Tiling there = {images, x.size, x.channels, x.image(), x.line(), output.image(), output.line()};
    const Tiling back = {images, x.size, x.channels, output.image(), output.line(), x.image(), x.line()};
    if (!image_gradient_)
      k_.winograd_gradient(there, values, least_of(term), dy + output.inner(), points_gradient_.data(), tiles_.data());
    k_.winograd_convolve(back, dy, kNoLeast, points_.data(), dx,
                         term.activated ? values + x.inner() : nullptr, x.has_gradient, tiles_.data());
    return;
  }
  const int64_t stride = term.stride;
  const Window window = {output.size,   output.size,     stride * x.line(), stride * x.channels, x.channels,
                         output.line(), output.channels, output.channels};
  const Window back = {x.size / stride,   x.size / stride,      output.line(), output.channels, output.channels,
                       stride * x.line(), stride * x.channels, x.channels};
  for (int64_t i = 0; i < images; i++) {
    const float* d = dy + i * output.image();
    if (!image_gradient_)
      k_.convolve_gradient(window, term.kernel, x.line(), x.channels,
                           input_of(term, image + i) + term.start * x.inner(), d + output.inner(),
                           gradient_.data() + term.weights);
    if (term.input == 0) {
      if (image_gradient_) add_image_gradient(term, output, image + i, d);
      continue;
    }
    const int64_t at = (image + i) * x.image();
    float* dx = term.activated ? from_output_.data() : x.gradients.data() + at;
    // dx is a convolution of dy; with a stride, pixels of equal remainder (a phase) meet the same taps.
    for (int64_t phase = 0; phase < stride * stride; phase++) {
      const int64_t py = phase / stride, px = phase % stride;
      Tap taps[9];
      int count = 0;
      for (int64_t t = 0; t < term.kernel * term.kernel; t++) {
        const int64_t down = py + 1 - term.start - t / term.kernel, across = px + 1 - term.start - t % term.kernel;
        if (down % stride != 0 || across % stride != 0) continue;
        const int64_t turned = term.kernel * term.kernel - 1 - t;
        taps[count++] = {(down / stride + 1) * output.line() + (across / stride + 1) * output.channels,
                         turned_.data() + turned * x.channels * output.channels};
      }
      k_.convolve(back, taps, count, d, dx + (1 + py) * x.line() + (1 + px) * x.channels,
                  !term.activated && x.has_gradient);
    }
    if (term.activated)
      k_.relu_gradient(x.rows(), dx + x.inner(), x.values.data() + at + x.inner(), x.gradients.data() + at + x.inner(),
                       x.line(), x.has_gradient);
  }
}

void PixelNetwork::finish_convolution_gradient(const Term& term, const FeatureMap& output) {
  const FeatureMap& x = maps_[term.input];
  if (term.tiled(x, output))
    k_.winograd_weights_gradient(x.channels, points_gradient_.data(), gradient_.data() + term.weights);
}
