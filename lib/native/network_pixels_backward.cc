// The way back through a network whose maps keep channels together.

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>
#include <utility>

#include "network_pixels.h"

void PixelNetwork::backward(bool training) {
  for (FeatureMap& map : maps_) map.has_gradient = false;
  FeatureMap& head = maps_[head_input_];
  lend_gradients(head);
  Floats row(head.size * head.channels);
  for (int64_t b = 0; b < batch_; b++) {
    for (int64_t n = 0; n < head.size * head.channels; n++)
      row[n] = pooled_[b * head.channels + n % head.channels] / (head.size * head.size);
    for (int64_t i = 0; i < head.size; i++)
      std::memcpy(head.gradients.data() + b * head.image() + head.inner() + i * head.line(), row.data(),
                  row.size() * sizeof(float));
  }
  head.has_gradient = true;
  for (auto layer = layers_.rbegin(); layer != layers_.rend(); ++layer) {
    FeatureMap& y = maps_[layer->output];
    if (!y.has_gradient) continue;
    if (layer->kind == Layer::kSum) {
      backward_sum(*layer, training);
      return_gradients(y);
      continue;
    }
    FeatureMap& x = maps_[layer->input];
    lend_gradients(x);
    for (int64_t b = 0; b < batch_; b++) {
      const int64_t in = b * x.image() + x.inner(), out = b * y.image() + y.inner();
      const float* d = y.gradients.data() + out;
      float* to = x.gradients.data() + in;
      if (layer->kind == Layer::kRelu)
        k_.relu_gradient(x.rows(), d, states_of(*layer).data() + out, to, x.line(), x.has_gradient);
      if (layer->kind == Layer::kHalve)
        k_.halve_gradient(y.rows(), y.channels, d, y.line(), to, x.line(), x.has_gradient);
    }
    x.has_gradient = true;
    return_gradients(y);
  }
}

void PixelNetwork::lend_gradients(FeatureMap& map) {
  if (map.has_gradient || &map == &maps_[0]) return;
  for (auto spare = spare_.rbegin(); spare != spare_.rend(); ++spare) {
    if (spare->size != map.size || spare->channels != map.channels) continue;
    map.gradients = std::move(spare->values);
    spare_.erase(std::next(spare).base());
    return;
  }
  map.gradients.assign(batch_ * map.image(), 0);
}

void PixelNetwork::return_gradients(FeatureMap& map) {
  spare_.push_back({map.size, map.channels, std::move(map.gradients)});
}

void PixelNetwork::backward_sum(Layer& layer, bool training) {
  FeatureMap& z = maps_[layer.output];
  const int64_t channels = z.channels, convolved_line = z.size * channels, convolved_image = z.size * convolved_line;
  const double count = static_cast<double>(batch_ * z.size * z.size);
  Floats a(channels), b(channels), k(channels);
  std::vector<double> total(channels), product(channels);
  for (Term& term : layer.terms) {
    FeatureMap& x = maps_[term.input];
    lend_gradients(x);
    const bool convolution = term.kernel > 0;
    const auto value = [&](int64_t image) {
      return convolution ? term.convolved.data() + image * convolved_image
                         : x.values.data() + image * x.image() + x.inner();
    };
    const int64_t value_line = convolution ? convolved_line : x.line();
    if (term.normed()) {
      total.assign(channels, 0), product.assign(channels, 0);
      for (int64_t image = 0; image < batch_; image++)
        k_.products(z.rows(), z.gradients.data() + image * z.image() + z.inner(), z.line(), value(image), value_line,
                    channels, total.data(), product.data());
      for (int64_t c = 0; c < channels; c++) {
        const double deviation = 1 / std::sqrt(term.variance[c] + epsilon_);
        const double dgamma = deviation * (product[c] - term.mean[c] * total[c]);
        gradient_[term.gamma + c] += static_cast<float>(dgamma);
        gradient_[term.beta + c] += static_cast<float>(total[c]);
        // dy = scale (dz - mean(dz) - normed y * mean(dz * normed y)), as a * dz + b * y + k
        const double slope = training ? -term.scale[c] * deviation * dgamma / count : 0;
        a[c] = term.scale[c], b[c] = static_cast<float>(slope);
        k[c] = training ? static_cast<float>(-term.scale[c] * total[c] / count - slope * term.mean[c]) : 0;
      }
    }
    if (convolution) {
      if (products_) watch_convolution(term, z, a, b, k);
      prepare_convolution_gradient(term, z);
      const int64_t together = term.together(x, z);
      if (term.normed()) scratch_.assign(together * z.image(), 0);
      for (int64_t image = 0; image < batch_; image += together) {
        const int64_t images = std::min(together, batch_ - image);
        const float* dz = z.gradients.data() + image * z.image();
        for (int64_t i = 0; term.normed() && i < images; i++)
          k_.norm_gradient(z.rows(), dz + i * z.image() + z.inner(), z.line(), value(image + i), value_line, channels,
                           a.data(), b.data(), k.data(), scratch_.data() + i * z.image() + z.inner(), z.line(), false);
        convolve_gradient(term, z, image, images, term.normed() ? scratch_.data() : dz);
      }
      finish_convolution_gradient(term, z);
      x.has_gradient = true;
      continue;
    }
    for (int64_t image = 0; image < batch_; image++) {
      const float* dz = z.gradients.data() + image * z.image() + z.inner();
      float* dx = x.gradients.data() + image * x.image() + x.inner();
      if (term.normed()) {
        k_.norm_gradient(z.rows(), dz, z.line(), value(image), value_line, channels, a.data(), b.data(), k.data(), dx,
                         x.line(), x.has_gradient);
      } else if (term.pool) {
        k_.pool_three(z.rows(), channels, dz, shares(z.size), true, dx, x.line(), x.has_gradient);
      } else {
        k_.add(z.rows(), dz, z.line(), dx, x.line(), x.has_gradient);
      }
    }
    x.has_gradient = true;
  }
}

// What a pixel of a 3x3 mean weighs: 1 / neighbours inside the image, with a border of zeros.
const float* PixelNetwork::shares(int64_t size) {
  for (const auto& table : shares_)
    if (static_cast<int64_t>(table.size()) == (size + 2) * (size + 2)) return table.data();
  Floats table((size + 2) * (size + 2), 0);
  const auto reach = [size](int64_t i) { return 3 - (i == 0) - (i == size - 1); };
  for (int64_t i = 0; i < size; i++)
    for (int64_t j = 0; j < size; j++) table[(i + 1) * (size + 2) + j + 1] = 1.0f / (reach(i) * reach(j));
  shares_.push_back(table);
  return shares_.back().data();
}
