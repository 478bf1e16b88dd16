// The way forward through a network whose maps keep a channel's pixels together.

#include "network_planes.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace {

constexpr int64_t kColumns = 27;  // nine shifts of three colours

}  // namespace

std::unique_ptr<Network> make_plane_network(const int32_t* plan, float epsilon, float momentum, float* parameters,
                                            float* statistics) {
  return std::make_unique<PlaneNetwork>(plan, epsilon, momentum, parameters, statistics);
}

PlaneNetwork::PlaneNetwork(const int32_t* plan, float epsilon, float momentum, float* parameters, float* statistics)
    : Network(epsilon, momentum, parameters, statistics), k_(best_plane_kernels()) {
  batch_ = *plan++, classes_ = *plan++;
  maps_.resize(*plan++), layers_.resize(*plan++);
  head_input_ = *plan++, head_weights_ = *plan++, head_bias_ = *plan++, parameter_count_ = *plan++;
  int64_t largest = 0;
  for (size_t i = 0; i < maps_.size(); i++) {
    Map& map = maps_[i];
    map.size = *plan++, map.channels = *plan++, map.root = *plan++, map.first = *plan++;
    largest = std::max(largest, plane_of(map));
    if (i == 0 || map.root != static_cast<int>(i) || map.size == 0) continue;
    map.values.assign(map.channels * plane_of(map) + 2 * kPlaneGuard, 0);
    map.gradients.assign(map.channels, nullptr);
  }
  for (Layer& layer : layers_) read_layer(layer, plan);
  const int64_t size = maps_[0].size;
  colours_.assign(3 * batch_ * (size + 2) * (size + 2) + kPlaneGuard, 0), columns_.resize(kColumns * (size * size + 16));
  convolved_.assign(largest + 2 * kPlaneGuard, 0), turned_.assign(largest + 2 * kPlaneGuard, 0);
  prepare(maps_[head_input_].channels);
}

void PlaneNetwork::read_layer(Layer& layer, const int32_t*& plan) {
  layer.kind = static_cast<Layer::Kind>(*plan++);
  if (layer.kind != Layer::kSum) layer.input = *plan++;
  layer.output = *plan++;
  const Map& output = maps_[layer.output];
  if (layer.kind == Layer::kGate) {
    for (int* field : {&layer.hidden, &layer.query, &layer.key, &layer.value, &layer.projection}) *field = *plan++;
    layer.means.resize(batch_ * output.channels), layer.factors.resize(batch_ * output.channels);
  }
  if (layer.kind != Layer::kSum) return;
  layer.terms.resize(*plan++);
  for (Term& term : layer.terms) {
    for (int* field : {&term.input, &term.kernel, &term.depthwise, &term.weights, &term.mish, &term.gamma, &term.beta,
                       &term.statistics})
      *field = *plan++;
    if (term.full()) term.convolved.resize(output.channels * plane_of(output));
    term.finish.assign(output.channels, {1, 0, term.mish != 0});
    term.mean.assign(output.channels, 0), term.deviation.assign(output.channels, 1);
  }
}

const float* PlaneNetwork::values_of(int map, int64_t channel) const {
  const Map &view = maps_[map], &root = maps_[view.root];
  return root.values.data() + kPlaneGuard + (view.first + channel) * plane_of(root);
}

float* PlaneNetwork::values_of(int map, int64_t channel) {
  return const_cast<float*>(static_cast<const PlaneNetwork*>(this)->values_of(map, channel));
}

float* const* PlaneNetwork::rows_of(float* first, int64_t rows, int64_t step) {
  rows_.clear();
  for (int64_t row = 0; row < rows; row++) rows_.push_back(first + row * step);
  return rows_.data();
}

const Edges& PlaneNetwork::edges_of(int64_t size) {
  for (const auto& masks : masks_)
    if (masks->edges.size == size) return masks->edges;
  constexpr int64_t kWidest = 16;  // lanes of a vector
  auto masks = std::make_unique<Masks>();
  const int64_t period = std::max(size, kWidest);
  for (int64_t i = 0; i < period; i++) {
    masks->left.push_back(i % size == 0 ? 0 : -1);
    masks->right.push_back(i % size == size - 1 ? 0 : -1);
    masks->top.push_back(i < size ? 0 : -1);
    masks->bottom.push_back(i >= period - size ? 0 : -1);
  }
  masks->edges = {size, batch_, masks->left.data(), masks->right.data(), masks->top.data(), masks->bottom.data()};
  masks_.push_back(std::move(masks));
  return masks_.back()->edges;
}

void PlaneNetwork::read_images(const float* images) {
  const int64_t size = maps_[0].size, line = size + 2, colour = batch_ * line * line;
  for (int64_t row = 0; row < batch_ * size; row++) {
    float* to = colours_.data() + (row / size * line + row % size + 1) * line + 1;
    for (int64_t j = 0; j < size; j++, images += 3)
      for (int64_t c = 0; c < 3; c++) to[c * colour + j] = images[c];
  }
}

const float* PlaneNetwork::columns_of(int64_t image) {
  const int64_t size = maps_[0].size, padded = (size + 2) * (size + 2);
  k_.columns(size, colours_.data() + image * padded, batch_ * padded, columns_.data(), size * size + 16);
  return columns_.data();
}

void PlaneNetwork::forward(const float* images, bool training, bool moving) {
  read_images(images);
  for (Layer& layer : layers_) {
    if (layer.kind == Layer::kSum) forward_sum(layer, training, moving);
    if (layer.kind == Layer::kGate) forward_gate(layer);
    if (layer.kind != Layer::kHalve) continue;
    const Map& z = maps_[layer.output];
    for (int64_t c = 0; c < z.channels; c++)
      k_.halve(batch_ * z.size, z.size, values_of(layer.input, c), values_of(layer.output, c));
  }
  const Map& head = maps_[head_input_];
  const int64_t pixels = head.size * head.size;
  for (int64_t c = 0; c < head.channels; c++)
    k_.image_sums(batch_, pixels, values_of(head_input_, c), pooled_.data() + c, head.channels);
  for (float& value : pooled_) value /= pixels;
}

Product PlaneNetwork::product_of(const Term& term, const Map& output) const {
  const Map& x = maps_[term.input];
  const int64_t outputs = output.channels, pixels = output.size * output.size;
  if (term.kernel == 3) return {kColumns, outputs, pixels, outputs, 1, pixels + 16, plane_of(output)};
  return {x.channels, outputs, pixels_of(output), outputs, 1, plane_of(output), plane_of(output)};
}

void PlaneNetwork::forward_sum(Layer& layer, bool training, bool moving) {
  const Map& z = maps_[layer.output];
  const int64_t pixels = pixels_of(z), plane = plane_of(z);
  for (Term& term : layer.terms) {
    if (!term.full()) continue;
    const Product product = product_of(term, z);
    const float* weights = parameters_ + term.weights;
    float* y = term.convolved.data();
    if (term.kernel == 1)
      k_.multiply(product, weights, values_of(term.input, 0), rows_of(y, z.channels, plane), false, work_);
    for (int64_t b = 0; term.kernel == 3 && b < batch_; b++, y += product.pixels)
      k_.multiply(product, weights, columns_of(b), rows_of(y, z.channels, plane), false, work_);
  }
  for (int64_t c = 0; c < z.channels; c++) {
    float* to = values_of(layer.output, c);
    if (layer.terms.empty()) std::memset(to, 0, pixels * sizeof(float));
    // Plain terms are added two at a time; one that is left over, on the way with the first that is not plain.
    const float* plain = nullptr;
    bool accumulate = false;
    const auto add_plain = [&](const float* plus) {
      k_.add(pixels, plain, plus, to, accumulate);
      plain = nullptr, accumulate = true;
    };
    for (const Term& term : layer.terms) {
      if (term.kernel > 0) continue;
      const float* x = values_of(term.input, c);
      if (plain) add_plain(x);
      else plain = x;
    }
    for (Term& term : layer.terms) {
      if (term.kernel == 0) continue;
      const float* y = term.convolved.data() + c * plane;
      if (term.depthwise) {
        y = convolved_.data() + kPlaneGuard;
        k_.depthwise(edges_of(z.size), values_of(term.input, c), parameters_ + term.weights + c, z.channels, false,
                     convolved_.data() + kPlaneGuard, false);
      }
      norm_channel(term, z.channels, c, pixels, y, training, moving);
      k_.finish(pixels, y, term.finish[c], plain, to, accumulate);
      plain = nullptr, accumulate = true;
    }
    if (plain) add_plain(nullptr);
  }
}

void PlaneNetwork::norm_channel(Term& term, int64_t channels, int64_t c, int64_t pixels, const float* y, bool training,
                                bool moving) {
  if (!term.normed()) return;
  float *mean = statistics_ + term.statistics + c, *variance = mean + channels;
  double own_mean = *mean, own_variance = *variance;
  if (training) {
    double total = 0, square = 0;
    k_.moments(pixels, y, &total, &square);
    own_mean = total / pixels;
    own_variance = std::fmax(square / pixels - own_mean * own_mean, 0);
  }
  if (moving) {
    const double unbiased = own_variance * pixels / (pixels - 1);
    *mean += (1 - momentum_) * (static_cast<float>(own_mean) - *mean);
    *variance += (1 - momentum_) * (static_cast<float>(unbiased) - *variance);
  }
  term.mean[c] = own_mean, term.deviation[c] = 1 / std::sqrt(own_variance + epsilon_);
  const double scale = parameters_[term.gamma + c] * term.deviation[c];
  term.finish[c].scale = static_cast<float>(scale);
  term.finish[c].shift = static_cast<float>(parameters_[term.beta + c] - own_mean * scale);
}

void PlaneNetwork::forward_gate(Layer& layer) {
  const Map& z = maps_[layer.output];
  const int64_t pixels = z.size * z.size;
  for (int64_t c = 0; c < z.channels; c++)
    k_.image_sums(batch_, pixels, values_of(layer.input, c), layer.means.data() + c, z.channels);
  for (float& mean : layer.means) mean /= pixels;
  k_.gate({batch_, z.channels, layer.hidden},
          {parameters_ + layer.query, parameters_ + layer.key, parameters_ + layer.value,
           parameters_ + layer.projection},
          layer.means.data(), layer.factors.data(), work_);
  for (int64_t c = 0; c < z.channels; c++)
    k_.scale_images(batch_, pixels, values_of(layer.input, c), layer.factors.data() + c, nullptr, z.channels,
                    values_of(layer.output, c), false);
}
