// The convolutions of a network, forward and backward: in tiles where they fit (network_winograd.h), else directly.

#include <algorithm>
#include <limits>

#include "network_pixels.h"

namespace {

constexpr float kNoLeast = -std::numeric_limits<float>::infinity();

float least_of(const Term& term) { return term.activated ? 0 : kNoLeast; }

}  // namespace

int64_t PixelNetwork::rows_together(const Term& term, const FeatureMap& output) const {
  constexpr int64_t kFloats = 1024;
  if (!term.pointwise()) return output.size;
  return std::min(output.size, std::max<int64_t>(1, kFloats / output.rows().width));
}

const float* PixelNetwork::input_of(const Term& term, int64_t image, int64_t row, int64_t rows) {
  const FeatureMap& x = maps_[term.input];
  const float* values = x.values.data() + image * x.image() + term.stride * row * x.line();
  if (!term.activated) return values;
  float* activated = work_[term.place].activated.of(x, 1);
  const Rows of_input = {term.pointwise() ? rows : x.size, x.rows().width};
  k_.relu(of_input, values + x.inner(), activated + x.inner(), x.line());
  return activated;
}

void PixelNetwork::prepare_convolution(const Term& term, const FeatureMap& output) {
  const FeatureMap& x = maps_[term.input];
  if (!term.tiled(x, output)) return;
  Floats& points = work_[term.place].points;
  points.resize(kPoints * x.channels * x.channels);
  tiles_.resize(2 * kPoints * point_stride(x.channels));
  k_.winograd_weights(x.channels, parameters_ + term.weights, points.data());
}

void PixelNetwork::convolve(const Term& term, const FeatureMap& output, int64_t image, int64_t images, float* y,
                            int64_t y_line, int64_t y_image, bool accumulate) {
  const FeatureMap& x = maps_[term.input];
  if (term.tiled(x, output)) {
    const float* from = x.values.data() + image * x.image();
    const Tiling tiling = {images, output.size, output.channels, x.image(), x.line(), y_image, y_line};
    k_.winograd_convolve(tiling, from, least_of(term), work_[term.place].points.data(), y, nullptr, accumulate,
                         tiles_.data());
    return;
  }
  Tap taps[9];
  const int count = term.kernel * term.kernel;
  for (int t = 0; t < count; t++)
    taps[t] = {(t / term.kernel + term.start) * x.line() + (t % term.kernel + term.start) * x.channels,
               parameters_ + term.weights + t * x.channels * output.channels};
  Window window = {output.size, output.size, term.stride * x.line(), term.stride * x.channels, x.channels,
                   y_line,      output.channels, output.channels};
  const int64_t most = rows_together(term, output);
  for (int64_t i = 0; i < images; i++)
    for (int64_t row = 0; row < output.size; row += most) {
      window.height = std::min(most, output.size - row);
      k_.convolve(window, taps, count, input_of(term, image + i, row, window.height), y + i * y_image + row * y_line,
                  accumulate);
    }
}

void PixelNetwork::prepare_convolution_gradient(const Term& term, const FeatureMap& output) {
  // The weights, transposed and turned by 180 degrees.
  const FeatureMap& x = maps_[term.input];
  const int64_t inputs = x.channels, outputs = output.channels, taps = term.kernel * term.kernel;
  Workspace& work = work_[term.place];
  work.turned.resize(taps * inputs * outputs);
  const float* from = parameters_ + term.weights;
  for (int64_t t = taps - 1; t >= 0; t--)
    for (int64_t i = 0; i < inputs; i++)
      for (int64_t o = 0; o < outputs; o++) work.turned[(t * outputs + o) * inputs + i] = *from++;
  if (!term.tiled(x, output)) {
    if (term.activated) from_output_.resize(std::max<size_t>(from_output_.size(), x.image()));
    return;
  }
  work.points.resize(kPoints * inputs * outputs);
  work.points_gradient.assign(kPoints * inputs * outputs, 0);
  tiles_.resize(2 * kPoints * point_stride(inputs));
  k_.winograd_weights(inputs, work.turned.data(), work.points.data());
}

const float* PixelNetwork::gradient_of_normed(const Term& term, const FeatureMap& output, int64_t image, int64_t row,
                                              int64_t rows, float* to) {
  const float* dz = output.gradients.data() + image * output.image() + row * output.line();
  if (!term.normed()) return dz;
  const int64_t line = normed_line(term, output);
  k_.norm_gradient({rows, output.rows().width}, dz + output.inner(), output.line(),
                   normed_values(term, output, image) + row * line, line, output.channels, term.of_gradient.data(),
                   term.of_value.data(), term.rest.data(), to + output.inner(), output.line(), false);
  return to;
}

void PixelNetwork::convolve_gradient(const Term& term, const FeatureMap& output, int64_t image, int64_t images) {
  FeatureMap& x = maps_[term.input];
  if (!term.tiled(x, output)) {
    const int64_t most = rows_together(term, output);
    for (int64_t i = image; i < image + images; i++)
      for (int64_t row = 0; row < output.size; row += most)
        convolve_rows_gradient(term, output, i, row, std::min(most, output.size - row));
    return;
  }
  const float* dy = output.gradients.data() + image * output.image();
  if (term.normed()) {
    float* scratch = scratch_.of(output, images);
    for (int64_t i = 0; i < images; i++)
      gradient_of_normed(term, output, image + i, 0, output.size, scratch + i * output.image());
    dy = scratch;
  }
  Workspace& work = work_[term.place];
  const float* values = x.values.data() + image * x.image();
  float* dx = x.gradients.data() + image * x.image() + x.inner();
  const Tiling there = {images, x.size, x.channels, x.image(), x.line(), output.image(), output.line()};
  const Tiling back = {images, x.size, x.channels, output.image(), output.line(), x.image(), x.line()};
  if (!image_gradient_)
    k_.winograd_gradient(there, values, least_of(term), dy + output.inner(), work.points_gradient.data(), tiles_.data());
  k_.winograd_convolve(back, dy, kNoLeast, work.points.data(), dx, term.activated ? values + x.inner() : nullptr,
                       term.accumulates, tiles_.data());
}

void PixelNetwork::convolve_rows_gradient(const Term& term, const FeatureMap& output, int64_t image, int64_t row,
                                          int64_t rows) {
  FeatureMap& x = maps_[term.input];
  const float* d = gradient_of_normed(term, output, image, row, rows, scratch_.of(output, 1));
  const int64_t stride = term.stride;
  const Window window = {rows,          output.size,     stride * x.line(), stride * x.channels, x.channels,
                         output.line(), output.channels, output.channels};
  if (!image_gradient_)
    k_.convolve_gradient(window, term.kernel, x.line(), x.channels,
                         input_of(term, image, row, rows) + term.start * x.inner(), d + output.inner(),
                         gradient_.data() + term.weights);
  if (term.input == 0) {
    if (image_gradient_) add_image_gradient(term, output, image, d);
    return;
  }
  const Rows of_input = {term.pointwise() ? rows : x.size, x.rows().width};
  const Window back = {of_input.height / stride, x.size / stride,      output.line(), output.channels, output.channels,
                       stride * x.line(),        stride * x.channels, x.channels};
  const int64_t at = image * x.image() + row * x.line();
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
                       work_[term.place].turned.data() + turned * x.channels * output.channels};
    }
    k_.convolve(back, taps, count, d, dx + (1 + py) * x.line() + (1 + px) * x.channels,
                !term.activated && term.accumulates);
  }
  if (term.activated)
    k_.relu_gradient(of_input, dx + x.inner(), x.values.data() + at + x.inner(), x.gradients.data() + at + x.inner(),
                     x.line(), term.accumulates);
}

void PixelNetwork::finish_convolution_gradient(const Term& term, const FeatureMap& output) {
  const FeatureMap& x = maps_[term.input];
  if (term.tiled(x, output))
    k_.winograd_weights_gradient(x.channels, work_[term.place].points_gradient.data(), gradient_.data() + term.weights);
}
