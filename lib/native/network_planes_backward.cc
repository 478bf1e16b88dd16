// The way back through a network whose maps keep a channel's pixels together.

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "network_planes.h"

void PlaneNetwork::backward(bool training) {
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
    take_planes_back(layer.output);
  }
}

float* PlaneNetwork::lend_plane(const Map& map) {
  const int64_t plane = plane_of(map);
  std::vector<float*>& spare = spare_[plane];
  if (spare.empty()) {
    slabs_.emplace_back(map.channels * plane);
    for (int64_t c = map.channels; c-- > 0;) spare.push_back(slabs_.back().data() + c * plane);
  }
  float* lent = spare.back();  // the one used last: it may still be in the cache
  spare.pop_back();
  return lent;
}

void PlaneNetwork::take_planes_back(int map) {
  std::vector<float*>& spare = spare_[plane_of(maps_[map])];
  for (int64_t c = maps_[map].channels; c-- > 0;) {
    float*& gradient = gradient_slot(map, c);
    if (gradient) spare.push_back(gradient);
    gradient = nullptr;
  }
}

float*& PlaneNetwork::gradient_slot(int map, int64_t channel) {
  const Map& view = maps_[map];
  return maps_[view.root].gradients[view.first + channel];
}

float* PlaneNetwork::gradients_of(int map, int64_t channel, bool& accumulate) {
  float*& gradient = gradient_slot(map, channel);
  accumulate = gradient != nullptr;
  if (!gradient) gradient = lend_plane(maps_[map]);
  return gradient;
}

float* const* PlaneNetwork::gradients_of(int map, bool& accumulate) {
  float* const* gradients = finished_gradients(map);
  accumulate = gradients != nullptr;
  if (gradients) return gradients;
  for (int64_t c = 0; c < maps_[map].channels; c++) gradient_slot(map, c) = lend_plane(maps_[map]);
  return &gradient_slot(map, 0);
}

float* const* PlaneNetwork::finished_gradients(int map) {
  const int64_t channels = maps_[map].channels;
  bool any = false;
  for (int64_t c = 0; c < channels; c++) any = any || gradient_slot(map, c);
  if (!any) return nullptr;
  for (int64_t c = 0; c < channels; c++) {
    bool known;
    float* gradient = gradients_of(map, c, known);
    if (!known) std::memset(gradient, 0, pixels_of(maps_[map]) * sizeof(float));
  }
  return &gradient_slot(map, 0);
}

void PlaneNetwork::backward_halve(Layer& layer) {
  const Map& z = maps_[layer.output];
  float* const* dz = finished_gradients(layer.output);
  if (!dz) return;
  for (int64_t c = 0; c < z.channels; c++) {
    bool accumulate;
    float* dx = gradients_of(layer.input, c, accumulate);
    k_.halve_gradient(batch_ * z.size, z.size, dz[c], dx, accumulate);
  }
}

void PlaneNetwork::backward_sum(Layer& layer, bool training) {
  const Map& z = maps_[layer.output];
  const int64_t pixels = pixels_of(z), plane = plane_of(z);
  float* const* all = finished_gradients(layer.output);
  if (!all) return;
  const auto deep = std::count_if(layer.terms.begin(), layer.terms.end(), [](const Term& term) { return term.depthwise; });
  float *scratch = convolved_.data() + kPlaneGuard, *turned = turned_.data() + kPlaneGuard;
  for (int64_t c = 0; c < z.channels; c++) {
    const float* dz = all[c];
    for (Term& term : layer.terms) {
      if (!term.full()) continue;
      float* y = term.convolved.data() + c * plane;
      term_gradient(term, c, pixels, dz, y, y, training);
    }
    auto left = deep;
    if (left == 0) pass_on(layer, c, pixels);
    for (Term& term : layer.terms) {
      if (!term.depthwise) continue;
      // Nine taps take less time than to read what they gave from memory.
      const Edges& edges = edges_of(z.size);
      const float *x = values_of(term.input, c), *w = parameters_ + term.weights + c;
      k_.depthwise(edges, x, w, z.channels, false, scratch, false);
      term_gradient(term, c, pixels, dz, scratch, turned, training);
      k_.depthwise_gradient(edges, x, turned, gradient_.data() + term.weights + c, z.channels);
      // Nothing reads dz after the last term's gradient is made from it.
      if (--left == 0) pass_on(layer, c, pixels);
      bool accumulate;
      float* dx = gradients_of(term.input, c, accumulate);
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
    float* const* dx = gradients_of(term.input, accumulate);
    k_.multiply(product, parameters_ + term.weights, term.convolved.data(), dx, accumulate, work_);
  }
}

void PlaneNetwork::pass_on(const Layer& layer, int64_t c, int64_t pixels) {
  float*& dz = gradient_slot(layer.output, c);
  const Term* heir = nullptr;
  const auto add_to = [&](const Term& term) {
    bool accumulate;
    float* dx = gradients_of(term.input, c, accumulate);
    k_.add(pixels, dz, nullptr, dx, accumulate);
  };
  for (const Term& term : layer.terms) {
    if (term.kernel > 0) continue;
    if (!heir && !gradient_slot(term.input, c)) heir = &term;
    else add_to(term);
  }
  if (!heir) return;
  // Two terms may be the same map.
  if (gradient_slot(heir->input, c)) add_to(*heir);
  else std::swap(gradient_slot(heir->input, c), dz);
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
  float* const* dz = finished_gradients(layer.output);
  if (!dz) return;
  Floats d_factors(batch_ * z.channels), d_means(batch_ * z.channels);
  for (int64_t c = 0; c < z.channels; c++)
    k_.image_products(batch_, pixels, values_of(layer.input, c), dz[c], d_factors.data() + c, z.channels);
  float* gradient = gradient_.data();
  k_.gate_gradient({batch_, z.channels, layer.hidden},
                   {parameters_ + layer.query, parameters_ + layer.key, parameters_ + layer.value,
                    parameters_ + layer.projection},
                   layer.means.data(), d_factors.data(),
                   {gradient + layer.query, gradient + layer.key, gradient + layer.value, gradient + layer.projection},
                   d_means.data(), work_);
  for (float& value : d_means) value /= pixels;
  for (int64_t c = 0; c < z.channels; c++) {
    float *&from = gradient_slot(layer.output, c), *&to = gradient_slot(layer.input, c);
    const bool accumulate = to != nullptr;
    if (!accumulate) std::swap(from, to);  // and is scaled where it is
    k_.scale_images(batch_, pixels, accumulate ? from : to, layer.factors.data() + c, d_means.data() + c, z.channels,
                    to, accumulate);
  }
}
