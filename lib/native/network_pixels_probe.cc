// What is watched of a pass through a network whose maps keep channels together (Network::observe and its neighbours).

#include <algorithm>

#include "network_pixels.h"

namespace {

int64_t ones(uint64_t word) {
#if defined(__GNUC__)
  return __builtin_popcountll(word);
#else
  int64_t count = 0;
  for (; word; word &= word - 1) count++;
  return count;
#endif
}

}  // namespace

void PixelNetwork::count_agreements(double* agreements) const {
  std::fill(agreements, agreements + batch_ * batch_, 0.0);
  for (const Layer& relu : layers_) {
    if (relu.kind != Layer::kRelu) continue;
    int64_t readers = relu.output == head_input_;
    for (const Layer& layer : layers_)
      for (const Term& term : layer.terms) readers += term.input == relu.output && term.kernel > 0;
    const FeatureMap& map = maps_[relu.output];
    const int64_t width = map.size * map.channels, units = map.size * width, words = (units + 63) / 64;
    std::vector<uint64_t> states(batch_ * words, 0);
    for (int64_t b = 0; b < batch_; b++)
      for (int64_t i = 0; i < map.size; i++) {
        const float* row = map.values.data() + b * map.image() + map.inner() + i * map.line();
        for (int64_t n = 0; n < width; n++) {
          const int64_t unit = i * width + n;
          states[b * words + unit / 64] |= static_cast<uint64_t>(row[n] > 0) << unit % 64;
        }
      }
    for (int64_t b = 0; b < batch_; b++)
      for (int64_t other = 0; other <= b; other++) {
        int64_t different = 0;
        for (int64_t w = 0; w < words; w++) different += ones(states[b * words + w] ^ states[other * words + w]);
        agreements[b * batch_ + other] += static_cast<double>(readers * (units - different));
      }
  }
  for (int64_t b = 0; b < batch_; b++)
    for (int64_t other = 0; other < b; other++) agreements[other * batch_ + b] = agreements[b * batch_ + other];
}

void PixelNetwork::freeze() {
  for (Layer& layer : layers_)
    if (layer.kind == Layer::kRelu) layer.states = maps_[layer.output].values;
  frozen_ = true;
}

void PixelNetwork::watch_convolution(const Term& term, const FeatureMap& output) {
  const int64_t channels = output.channels, line = output.size * channels, image = output.size * line;
  Floats made, dy(output.image());
  if (!term.normed()) {  // its output went into the sum at once
    made.resize(batch_ * image);
    prepare_convolution(term, output);
    convolve(term, output, 0, batch_, made.data(), line, image, false);
  }
  std::vector<double> total(channels), product(channels);
  for (int64_t n = 0; n < batch_; n++) {
    const float* y = term.normed() ? normed_values(term, output, n) : made.data() + n * image;
    const float* d = gradient_of_normed(term, output, n, 0, output.size, dy.data()) + output.inner();
    total.assign(channels, 0), product.assign(channels, 0);
    k_.products(output.rows(), d, output.line(), y, line, channels, total.data(), product.data());
    for (int64_t c = 0; c < channels; c++)
      products_[term.products + n * channels + c] = static_cast<float>(product[c]);
  }
}

// The image has no border here, and too few channels for the kernels.
void PixelNetwork::add_image_gradient(const Term& term, const FeatureMap& output, int64_t image, const float* dy) {
  const FeatureMap& x = maps_[0];
  float* dx = image_gradient_ + image * image_floats();
  const auto inside = [&](int64_t at) { return at >= 0 && at < x.size; };
  for (int64_t t = 0; t < term.kernel * term.kernel; t++) {
    const float* weights = parameters_ + term.weights + t * x.channels * output.channels;
    for (int64_t i = 0; i < output.size; i++) {
      const int64_t down = i * term.stride + t / term.kernel + term.start - 1;
      if (!inside(down)) continue;
      for (int64_t j = 0; j < output.size; j++) {
        const int64_t across = j * term.stride + t % term.kernel + term.start - 1;
        if (!inside(across)) continue;
        const float* d = dy + output.inner() + i * output.line() + j * output.channels;
        for (int64_t c = 0; c < x.channels; c++) {
          float sum = 0;
          for (int64_t o = 0; o < output.channels; o++) sum += weights[c * output.channels + o] * d[o];
          dx[(down * x.size + across) * x.channels + c] += sum;
        }
      }
    }
  }
}
