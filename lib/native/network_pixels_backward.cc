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
    for (int64_t c = 0; c < head.channels; c++) row[c] = pooled_[b * head.channels + c] / (head.size * head.size);
    for (int64_t n = head.channels; n < head.size * head.channels; n++) row[n] = row[n - head.channels];
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
  const int64_t most = together(z);
  const auto gradients = [&](int64_t image) { return z.gradients.data() + image * z.image() + z.inner(); };
  for (Term& term : layer.terms) {
    FeatureMap& x = maps_[term.input];
    lend_gradients(x);
    term.accumulates = x.has_gradient;
    x.has_gradient = true;
    term.total.assign(z.channels, 0), term.product.assign(z.channels, 0);
  }
  // All terms image by image: an image's gradients are in the cache for all of them.
  for (int64_t image = 0; image < batch_; image++)
    for (Term& term : layer.terms)
      if (term.normed())
        k_.products(z.rows(), gradients(image), z.line(), normed_values(term, z, image), normed_line(term, z), z.channels,
                    term.total.data(), term.product.data());
  for (Term& term : layer.terms) {
    if (term.normed()) norm_gradient_from(term, z, training);
    if (term.kernel > 0 && products_) watch_convolution(term, z);
    if (term.kernel > 0) prepare_convolution_gradient(term, z);
  }
  for (int64_t first = 0; first < batch_; first += most) {
    const int64_t images = std::min(most, batch_ - first);
    for (const Term& term : layer.terms) {
      if (term.kernel > 0) {
        convolve_gradient(term, z, first, images);
        continue;
      }
      FeatureMap& x = maps_[term.input];
      for (int64_t image = first; image < first + images; image++) {
        float* dx = x.gradients.data() + image * x.image() + x.inner();
        if (term.normed())
          k_.norm_gradient(z.rows(), gradients(image), z.line(), normed_values(term, z, image), normed_line(term, z),
                           z.channels, term.of_gradient.data(), term.of_value.data(), term.rest.data(), dx, x.line(),
                           term.accumulates);
        else if (term.pool)
          k_.pool_three(z.rows(), z.channels, gradients(image), shares(z.size), true, dx, x.line(), term.accumulates);
        else
          k_.add(z.rows(), gradients(image), z.line(), dx, x.line(), term.accumulates);
      }
    }
  }
  for (const Term& term : layer.terms)
    if (term.kernel > 0) finish_convolution_gradient(term, z);
}

void PixelNetwork::norm_gradient_from(Term& term, const FeatureMap& map, bool training) {
  const double count = static_cast<double>(batch_ * map.size * map.size);
  for (int64_t c = 0; c < map.channels; c++) {
    const double deviation = 1 / std::sqrt(term.variance[c] + epsilon_);
    const double dgamma = deviation * (term.product[c] - term.mean[c] * term.total[c]);
    gradient_[term.gamma + c] += static_cast<float>(dgamma);
    gradient_[term.beta + c] += static_cast<float>(term.total[c]);
    // dy = scale (dz - mean(dz) - normed y * mean(dz * normed y))
    const double slope = training ? -term.scale[c] * deviation * dgamma / count : 0;
    term.of_gradient[c] = term.scale[c], term.of_value[c] = static_cast<float>(slope);
    term.rest[c] = training ? static_cast<float>(-term.scale[c] * term.total[c] / count - slope * term.mean[c]) : 0;
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
