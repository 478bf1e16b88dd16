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
      int* const fields[] = {&term.input, &term.activated, &term.pool,  &term.kernel, &term.stride,
                             &term.start, &term.weights,   &term.gamma, &term.beta,   &term.statistics};
      for (int* field : fields) *field = *plan++;
      term.products = convolution_products_;
      if (term.kernel > 0) convolution_products_ += batch_ * output.channels;
      if (!term.normed()) continue;
      if (term.kernel > 0) term.convolved.resize(batch_ * output.size * output.size * output.channels);
      term.scale.resize(output.channels), term.shift.resize(output.channels);
      term.mean.resize(output.channels), term.variance.resize(output.channels);
    }
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
      const float* row = head.values.data() + b * head.image() + head.inner() + i * head.line();
      for (int64_t n = 0; n < head.size * head.channels; n++) mean[n % head.channels] += row[n];
    }
    for (int64_t c = 0; c < head.channels; c++) mean[c] /= head.size * head.size;
  }
}

void PixelNetwork::forward_sum(Layer& layer, bool training, bool moving) {
  FeatureMap& z = maps_[layer.output];
  const int64_t convolved_line = z.size * z.channels, convolved_image = z.size * convolved_line;
  std::vector<double> total(z.channels), square(z.channels);
  bool accumulate = false;
  for (Term& term : layer.terms) {
    const FeatureMap& x = maps_[term.input];
    const bool convolution = term.kernel > 0;
    const int64_t together = term.together(x, z);
    if (convolution) prepare_convolution(term, z);
    if (term.normed() && training) {
      total.assign(z.channels, 0), square.assign(z.channels, 0);
    }
    for (int64_t b = 0; b < batch_; b++) {
      const float* from = x.values.data() + b * x.image();
      float* to = z.values.data() + b * z.image() + z.inner();
      const int64_t images = b % together > 0 ? 0 : std::min(together, batch_ - b);  // convolved now
      if (term.pool) {
        k_.pool_three(z.rows(), z.channels, from + x.inner(), shares(z.size), false, to, z.line(), accumulate);
      } else if (convolution && !term.normed()) {
        convolve(term, z, b, images, to, z.line(), z.image(), accumulate);
      } else if (convolution) {
        float* y = term.convolved.data() + b * convolved_image;
        convolve(term, z, b, images, y, convolved_line, convolved_image, false);
        if (training) k_.moments(z.rows(), y, convolved_line, z.channels, total.data(), square.data());
      } else if (term.normed()) {
        if (training) k_.moments(z.rows(), from + x.inner(), x.line(), z.channels, total.data(), square.data());
      } else {
        k_.add(z.rows(), from + x.inner(), x.line(), to, z.line(), accumulate);
      }
    }
    if (term.normed()) {
      norm_from(term, z, total.data(), square.data(), training, moving);
      for (int64_t b = 0; b < batch_; b++) {
        const float* y = convolution ? term.convolved.data() + b * convolved_image
                                         : x.values.data() + b * x.image() + x.inner();
        k_.affine(z.rows(), y, convolution ? convolved_line : x.line(), z.channels, term.scale.data(),
                  term.shift.data(), z.values.data() + b * z.image() + z.inner(), z.line(), accumulate);
      }
    }
    accumulate = true;
  }
}

void PixelNetwork::norm_from(Term& term, const FeatureMap& map, const double* total, const double* square, bool training,
                        bool moving) {
  const double count = static_cast<double>(batch_ * map.size * map.size);
  float *mean = statistics_ + term.statistics, *variance = mean + map.channels;
  for (int64_t c = 0; c < map.channels; c++) {
    if (training) {
      term.mean[c] = total[c] / count;
      term.variance[c] = std::fmax(square[c] / count - term.mean[c] * term.mean[c], 0);
    } else {
      term.mean[c] = mean[c], term.variance[c] = variance[c];
    }
    if (moving) {
      mean[c] += (1 - momentum_) * (static_cast<float>(term.mean[c]) - mean[c]);
      variance[c] += (1 - momentum_) * (static_cast<float>(term.variance[c] * count / (count - 1)) - variance[c]);
    }
    term.scale[c] = static_cast<float>(parameters_[term.gamma + c] / std::sqrt(term.variance[c] + epsilon_));
    term.shift[c] = static_cast<float>(parameters_[term.beta + c] - term.mean[c] * term.scale[c]);
  }
}
