#include "network_pixels.h"

#include <algorithm>
#include <cmath>
#include <cstring>

std::unique_ptr<Network> make_pixel_network(const int32_t* plan, float epsilon, float momentum, float* parameters,
                                            float* statistics) {
  return std::make_unique<PixelNetwork>(plan, epsilon, momentum, parameters, statistics);
}

PixelNetwork::PixelNetwork(const int32_t* plan, float epsilon, float momentum, float* parameters, float* statistics)
    : Network(epsilon, momentum, parameters, statistics), k_(best_kernels()) {
  batch_ = *plan++, classes_ = *plan++;
  maps_.resize(*plan++), layers_.resize(*plan++);
  head_input_ = *plan++, head_weights_ = *plan++, head_bias_ = *plan++, parameter_count_ = *plan++;
  for (FeatureMap& map : maps_) {
    map.size = *plan++, map.channels = *plan++;
    map.values.assign(batch_ * map.image(), 0);
  }
  for (Layer& layer : layers_) {
    layer.kind = static_cast<Layer::Kind>(*plan++);
    layer.input = *plan++, layer.output = *plan++;
    const FeatureMap& output = maps_[layer.output];
    layer.terms.resize(*plan++);
    for (Term& term : layer.terms) {
      term.place = static_cast<int>(&term - layer.terms.data());
      int* const fields[] = {&term.input, &term.activated, &term.pool,  &term.kernel, &term.stride,
                             &term.start, &term.weights,   &term.gamma, &term.beta,   &term.statistics};
      for (int* field : fields) *field = *plan++;
      term.products = convolution_products_;
      if (term.kernel > 0) convolution_products_ += batch_ * output.channels;
      if (!term.normed()) continue;
      if (term.kernel > 0) term.convolved.resize(batch_ * output.size * output.size * output.channels);
      term.scale.resize(output.channels), term.shift.resize(output.channels);
      term.mean.resize(output.channels), term.variance.resize(output.channels);
      for (Floats* part : {&term.of_gradient, &term.of_value, &term.rest}) part->resize(output.channels);
    }
    work_.resize(std::max(work_.size(), layer.terms.size()));
  }
  prepare(maps_[head_input_].channels);
}

void PixelNetwork::forward(const float* images, bool training, bool moving) {
  FeatureMap& input = maps_[0];
  for (int64_t b = 0; b < batch_; b++)
    for (int64_t i = 0; i < input.size; i++, images += input.size * input.channels)
      std::memcpy(input.values.data() + b * input.image() + input.inner() + i * input.line(), images,
                  input.size * input.channels * sizeof(float));
  for (Layer& layer : layers_) {
    if (layer.kind == Layer::kSum) {
      forward_sum(layer, training, moving);
      continue;
    }
    FeatureMap &x = maps_[layer.input], &y = maps_[layer.output];
    for (int64_t b = 0; b < batch_; b++) {
      const float* from = x.values.data() + b * x.image() + x.inner();
      float* to = y.values.data() + b * y.image() + y.inner();
      if (layer.kind == Layer::kRelu && frozen_)
        k_.relu_gradient(x.rows(), from, layer.states.data() + b * y.image() + y.inner(), to, x.line(), false);
      else if (layer.kind == Layer::kRelu)
        k_.relu(x.rows(), from, to, x.line());
      if (layer.kind == Layer::kHalve) k_.halve(y.rows(), y.channels, from, x.line(), to, y.line());
    }
  }
  const FeatureMap& head = maps_[head_input_];
  std::memset(pooled_.data(), 0, pooled_.size() * sizeof(float));
  for (int64_t b = 0; b < batch_; b++) {
    float* mean = pooled_.data() + b * head.channels;
    for (int64_t i = 0; i < head.size; i++) {
      const float* pixel = head.values.data() + b * head.image() + head.inner() + i * head.line();
      for (int64_t j = 0; j < head.size; j++, pixel += head.channels)
        for (int64_t c = 0; c < head.channels; c++) mean[c] += pixel[c];
    }
    for (int64_t c = 0; c < head.channels; c++) mean[c] /= head.size * head.size;
  }
}

const float* PixelNetwork::normed_values(const Term& term, const FeatureMap& output, int64_t image) const {
  if (term.kernel > 0) return term.convolved.data() + image * output.size * output.size * output.channels;
  const FeatureMap& x = maps_[term.input];
  return x.values.data() + image * x.image() + x.inner();
}

int64_t PixelNetwork::normed_line(const Term& term, const FeatureMap& output) const {
  return term.kernel > 0 ? output.size * output.channels : maps_[term.input].line();
}

int64_t PixelNetwork::together(const FeatureMap& output) const {
  const int64_t tiles = (output.size / 4) * (output.size / 4);
  return tiles > 0 && tiles < kTiles ? kTiles / tiles : 1;
}

void PixelNetwork::forward_sum(Layer& layer, bool training, bool moving) {
  FeatureMap& z = maps_[layer.output];
  const int64_t convolved_line = z.size * z.channels, convolved_image = z.size * convolved_line;
  const int64_t most = together(z);
  for (Term& term : layer.terms) {
    if (term.kernel > 0) prepare_convolution(term, z);
    term.total.assign(z.channels, 0), term.product.assign(z.channels, 0);
  }
  // First what norms read; then all terms image by image, so that an image of the sum is in the cache for all of them.
  for (int64_t b = 0; b < batch_; b += most)
    for (Term& term : layer.terms) {
      if (!term.normed()) continue;
      const int64_t images = std::min(most, batch_ - b);
      if (term.kernel > 0)
        convolve(term, z, b, images, term.convolved.data() + b * convolved_image, convolved_line, convolved_image, false);
      for (int64_t i = b; training && i < b + images; i++)
        k_.moments(z.rows(), normed_values(term, z, i), normed_line(term, z), z.channels, term.total.data(),
                   term.product.data());
    }
  for (Term& term : layer.terms)
    if (term.normed()) norm_from(term, z, training, moving);
  for (int64_t b = 0; b < batch_; b += most) {
    const int64_t images = std::min(most, batch_ - b);
    for (const Term& term : layer.terms) {
      const FeatureMap& x = maps_[term.input];
      const bool accumulate = term.place > 0;
      float* to = z.values.data() + b * z.image() + z.inner();
      if (term.kernel > 0 && !term.normed()) {
        convolve(term, z, b, images, to, z.line(), z.image(), accumulate);
        continue;
      }
      for (int64_t i = b; i < b + images; i++, to += z.image()) {
        const float* from = x.values.data() + i * x.image() + x.inner();
        if (term.normed())
          k_.affine(z.rows(), normed_values(term, z, i), normed_line(term, z), z.channels, term.scale.data(),
                    term.shift.data(), to, z.line(), accumulate);
        else if (term.pool)
          k_.pool_three(z.rows(), z.channels, from, shares(z.size), false, to, z.line(), accumulate);
        else
          k_.add(z.rows(), from, x.line(), to, z.line(), accumulate);
      }
    }
  }
}

void PixelNetwork::norm_from(Term& term, const FeatureMap& map, bool training, bool moving) {
  const double count = static_cast<double>(batch_ * map.size * map.size);
  float *mean = statistics_ + term.statistics, *variance = mean + map.channels;
  for (int64_t c = 0; c < map.channels; c++) {
    if (training) {
      term.mean[c] = term.total[c] / count;
      term.variance[c] = std::fmax(term.product[c] / count - term.mean[c] * term.mean[c], 0);
    } else {
      term.mean[c] = mean[c], term.variance[c] = variance[c];
    }
    if (moving) {
      mean[c] += (1 - momentum_) * (static_cast<float>(term.mean[c]) - mean[c]);
      const double unbiased = term.variance[c] * count / std::fmax(count - 1, 1);
      variance[c] += (1 - momentum_) * (static_cast<float>(unbiased) - variance[c]);
    }
    term.scale[c] = static_cast<float>(parameters_[term.gamma + c] / std::sqrt(term.variance[c] + epsilon_));
    term.shift[c] = static_cast<float>(parameters_[term.beta + c] - term.mean[c] * term.scale[c]);
  }
}
