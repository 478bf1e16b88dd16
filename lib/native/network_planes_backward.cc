// The way back through a network whose maps keep a channel's pixels together.

#include <cmath>
#include <cstring>
#include <utility>

#include "network_planes.h"

void PlaneNetwork::backward(bool training) {
  for (Map& map : maps_) map.written.assign(map.channels, false);
  const Map& head = maps_[head_input_];
  const int64_t pixels = head.size * head.size;
  for (float& value : pooled_) value /= pixels;
  for (int64_t c = 0; c < head.channels; c++) {
    bool accumulate;
    float* to = gradients_of(head_input_, c, accumulate);
    k_.scale_images(batch_, pixels, nullptr, nullptr, pooled_.data() + c, head.channels, to, accumulate);
  }
  for (size_t i = layers_.size(); i-- > 0;) {
    Layer& layer = layers_[i];
    if (layer.kind == Layer::kSum) backward_sum(layer, training);
    if (layer.kind == Layer::kGate) backward_gate(layer);
    if (layer.kind == Layer::kHalve) backward_halve(layer);
    Map& root = maps_[maps_[layer.output].root];
    if (root.born != static_cast<int>(i) || root.gradients.empty()) continue;
    spare_.push_back(std::move(root.gradients));
    root.gradients = Floats();
  }
}

void PlaneNetwork::lend_gradients(Map& root) {
  if (!root.gradients.empty()) return;
  for (Floats& spare : spare_) {
    if (spare.size() != root.values.size()) continue;
    root.gradients = std::move(spare);
    std::swap(spare, spare_.back());
    spare_.pop_back();
    return;
  }
  root.gradients.assign(root.values.size(), 0);
}

float* PlaneNetwork::gradients_of(int map, int64_t channel, bool& accumulate) {
  const Map& view = maps_[map];
  Map& root = maps_[view.root];
  lend_gradients(root);
  accumulate = root.written[view.first + channel];
  root.written[view.first + channel] = true;
  return root.gradients.data() + kPlaneGuard + (view.first + channel) * plane_of(root);
}

float* PlaneNetwork::gradients_of(int map, bool& accumulate) {
  const Map& view = maps_[map];
  Map& root = maps_[view.root];
  const auto from = root.written.begin() + view.first;
  accumulate = false;
  for (auto channel = from; channel != from + view.channels; ++channel) accumulate = accumulate || *channel;
  if (accumulate) return finished_gradients(map);
  for (auto channel = from; channel != from + view.channels; ++channel) *channel = true;
  lend_gradients(root);
  return root.gradients.data() + kPlaneGuard + view.first * plane_of(root);
}

float* PlaneNetwork::finished_gradients(int map) {
  const Map& view = maps_[map];
  Map& root = maps_[view.root];
  if (root.gradients.empty()) return nullptr;
  float* gradients = root.gradients.data() + kPlaneGuard + view.first * plane_of(root);
  for (int64_t c = 0; c < view.channels; c++) {
    if (!root.written[view.first + c]) std::memset(gradients + c * plane_of(root), 0, pixels_of(root) * sizeof(float));
    root.written[view.first + c] = true;
  }
  return gradients;
}

void PlaneNetwork::backward_halve(Layer& layer) {
  const Map& z = maps_[layer.output];
  const float* dz = finished_gradients(layer.output);
  if (!dz) return;
  for (int64_t c = 0; c < z.channels; c++) {
    bool accumulate;
    float* dx = gradients_of(layer.input, c, accumulate);
    k_.halve_gradient(batch_ * z.size, z.size, dz + c * plane_of(z), dx, accumulate);
  }
}

void PlaneNetwork::backward_sum(Layer& layer, bool training) {
  const Map& z = maps_[layer.output];
  const int64_t pixels = pixels_of(z), plane = plane_of(z);
  const float* all = finished_gradients(layer.output);
  if (!all) return;
  float *scratch = convolved_.data() + kPlaneGuard, *turned = turned_.data() + kPlaneGuard;
  for (int64_t c = 0; c < z.channels; c++) {
    const float* dz = all + c * plane;
    for (Term& term : layer.terms) {
      if (term.full()) {
        float* y = term.convolved.data() + c * plane;
        term_gradient(term, c, pixels, dz, y, y, training);
        continue;
      }
      bool accumulate;
      float* dx = gradients_of(term.input, c, accumulate);
      if (term.kernel == 0) {
        k_.add(pixels, dz, dx, accumulate);
        continue;
      }
      // Nine taps take less time than to read what they gave from memory.
      const Edges& edges = edges_of(z.size);
      const float *x = values_of(term.input, c), *w = parameters_ + term.weights + c;
      k_.depthwise(edges, x, w, z.channels, false, scratch, false);
      term_gradient(term, c, pixels, dz, scratch, turned, training);
      k_.depthwise_gradient(edges, x, turned, gradient_.data() + term.weights + c, z.channels);
      k_.depthwise(edges, turned, w, z.channels, true, dx, accumulate);
    }
  }
  for (Term& term : layer.terms) {
    if (!term.full()) continue;
    Product product = product_of(term, z);
    float* dw = gradient_.data() + term.weights;
    for (int64_t b = 0; term.kernel == 3 && b < batch_; b++)
      k_.multiply_gradient(product, columns_of(b), term.convolved.data() + b * product.pixels, dw);
    if (term.kernel == 3) continue;
    k_.multiply_gradient(product, values_of(term.input, 0), term.convolved.data(), dw);
    std::swap(product.inputs, product.outputs), std::swap(product.weight_input, product.weight_output);
    bool accumulate;
    float* dx = gradients_of(term.input, accumulate);
    k_.multiply(product, parameters_ + term.weights, term.convolved.data(), dx, accumulate, work_);
  }
}

void PlaneNetwork::term_gradient(const Term& term, int64_t c, int64_t pixels, const float* dz, const float* y,
                                 float* to, bool training) {
  const Finish& finish = term.finish[c];
  double total = 0, product = 0;
  k_.finish_gradient(pixels, dz, y, finish, turned_.data() + kPlaneGuard, &total, &product);
  double slope = 0, rest = 0;
  if (term.normed()) {
    const double dgamma = term.deviation[c] * (product - term.mean[c] * total);
    gradient_[term.gamma + c] += static_cast<float>(dgamma);
    gradient_[term.beta + c] += static_cast<float>(total);
    // dy = scale (dt - mean(dt) - normed y * mean(dt * normed y)), as scale * dt + slope * y + rest
    if (training) {
      slope = -finish.scale * term.deviation[c] * dgamma / pixels;
      rest = -finish.scale * total / pixels - slope * term.mean[c];
    }
  }
  k_.combine(pixels, turned_.data() + kPlaneGuard, y, finish.scale, static_cast<float>(slope),
             static_cast<float>(rest), to);
}

void PlaneNetwork::backward_gate(Layer& layer) {
  const Map& z = maps_[layer.output];
  const int64_t pixels = z.size * z.size;
  const float* dz = finished_gradients(layer.output);
  if (!dz) return;
  Floats d_factors(batch_ * z.channels), d_means(batch_ * z.channels);
  for (int64_t c = 0; c < z.channels; c++)
    k_.image_products(batch_, pixels, values_of(layer.input, c), dz + c * plane_of(z), d_factors.data() + c,
                      z.channels);
  float* gradient = gradient_.data();
  k_.gate_gradient({batch_, z.channels, layer.hidden},
                   {parameters_ + layer.query, parameters_ + layer.key, parameters_ + layer.value,
                    parameters_ + layer.projection},
                   layer.means.data(), d_factors.data(),
                   {gradient + layer.query, gradient + layer.key, gradient + layer.value, gradient + layer.projection},
                   d_means.data(), work_);
  for (float& value : d_means) value /= pixels;
  for (int64_t c = 0; c < z.channels; c++) {
    bool accumulate;
    float* dx = gradients_of(layer.input, c, accumulate);
    k_.scale_images(batch_, pixels, dz + c * plane_of(z), layer.factors.data() + c, d_means.data() + c, z.channels, dx,
                    accumulate);
  }
}
