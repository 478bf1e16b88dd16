// TensorFlow operations for stacks of small graph predictors (predictor_ops.h says which and why), for predictors that the
// engine of predictor_engine.h does not know. Each has a plain counterpart in TypeScript (lib/src/predictors/graph-norm.ts
// and attention.ts, lib/src/tensors/adam.ts) that says the same in TensorFlow's own operations; the tests hold one
// against the other.

#include "predictor_ops.h"

#include <vector>

#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"
#include "tensorflow/c/tf_status.h"
#include "tensorflow/c/tf_tensor.h"

namespace {

// Reads inputs and makes outputs; the first failure is reported to TensorFlow and everything after it is skipped.
class Call {
 public:
  explicit Call(TF_OpKernelContext* context) : context_(context), status_(TF_NewStatus()) {}
  ~Call() {
    for (TF_Tensor* tensor : tensors_) TF_DeleteTensor(tensor);
    TF_DeleteStatus(status_);
  }
  bool ok() {
    if (TF_GetCode(status_) == TF_OK) return true;
    TF_OpKernelContext_Failure(context_, status_);
    return false;
  }
  TF_Tensor* input(int index) {
    TF_Tensor* tensor = nullptr;
    TF_GetInput(context_, index, &tensor, status_);
    if (tensor) tensors_.push_back(tensor);
    return tensor;
  }
  float* output(int index, const std::vector<int64_t>& shape) {
    int64_t size = 1;
    for (int64_t d : shape) size *= d;
    TF_Tensor* tensor = TF_AllocateOutput(context_, index, TF_FLOAT, shape.data(), static_cast<int>(shape.size()),
                                          size * sizeof(float), status_);
    if (!tensor) return nullptr;
    tensors_.push_back(tensor);
    return static_cast<float*>(TF_TensorData(tensor));
  }
  void reject(const char* message) { TF_SetStatus(status_, TF_INVALID_ARGUMENT, message); }

 private:
  TF_OpKernelContext* context_;
  TF_Status* status_;
  std::vector<TF_Tensor*> tensors_;
};

const float* data(TF_Tensor* tensor) { return static_cast<const float*>(TF_TensorData(tensor)); }

std::vector<int64_t> shape_of(TF_Tensor* tensor) {
  std::vector<int64_t> shape(TF_NumDims(tensor));
  for (size_t i = 0; i < shape.size(); i++) shape[i] = TF_Dim(tensor, static_cast<int>(i));
  return shape;
}

// Shapes from u or z `wide`, the adjacency, and the number of directions; false where they do not fit together.
bool shape_from(Call& call, TF_Tensor* wide, TF_Tensor* adjacency, int64_t directions, Shape* s) {
  if (TF_NumDims(wide) != 3 || TF_NumDims(adjacency) != 3) {
    call.reject("graph convolution: expected features [R, rows, D*c] and adjacency [G, n, n]");
    return call.ok();
  }
  s->repeats = TF_Dim(wide, 0), s->rows = TF_Dim(wide, 1), s->directions = directions;
  s->c = TF_Dim(wide, 2) / directions;
  s->graphs = TF_Dim(adjacency, 0), s->nodes = TF_Dim(adjacency, 1);
  const bool square = TF_Dim(adjacency, 2) == s->nodes && s->nodes > 0;
  if (!square || s->rows % s->nodes != 0 || s->c * directions != TF_Dim(wide, 2) ||
      (s->graphs != 1 && s->graphs != s->repeats * s->cells())) {
    call.reject("graph convolution: adjacency [G, n, n] does not fit the features (G = 1 or R * rows / n)");
  }
  return call.ok();
}

// The same for attention, whose q, k, v and `other` have the width c whatever the directions.
bool attention_shape_from(Call& call, const std::vector<TF_Tensor*>& features, TF_Tensor* adjacency,
                          int64_t directions, Shape* s) {
  if (!shape_from(call, features[0], adjacency, 1, s)) return false;
  s->directions = directions;
  for (TF_Tensor* other : features)
    if (TF_TensorElementCount(other) != s->repeats * s->rows * s->c) call.reject("attention: q, k, v differ in shape");
  if (s->nodes > kMostAttended) call.reject("attention: a graph has more than 64 nodes");
  return call.ok();
}

struct Attributes {
  int64_t directions = 2;
  float epsilon = 0, beta1 = 0, beta2 = 0;
  int32_t count = 0;
};

void* create_convolution(TF_OpKernelConstruction* construction) {
  auto* attributes = new Attributes;
  TF_Status* status = TF_NewStatus();
  TF_OpKernelConstruction_GetAttrInt64(construction, "directions", &attributes->directions, status);
  TF_OpKernelConstruction_GetAttrFloat(construction, "epsilon", &attributes->epsilon, status);
  TF_DeleteStatus(status);
  return attributes;
}

void* create_attention(TF_OpKernelConstruction* construction) {
  auto* attributes = new Attributes;
  TF_Status* status = TF_NewStatus();
  TF_OpKernelConstruction_GetAttrInt64(construction, "directions", &attributes->directions, status);
  TF_DeleteStatus(status);
  return attributes;
}

void* create_adam(TF_OpKernelConstruction* construction) {
  auto* attributes = new Attributes;
  TF_Status* status = TF_NewStatus();
  TF_OpKernelConstruction_GetAttrInt32(construction, "N", &attributes->count, status);
  TF_OpKernelConstruction_GetAttrFloat(construction, "beta1", &attributes->beta1, status);
  TF_OpKernelConstruction_GetAttrFloat(construction, "beta2", &attributes->beta2, status);
  TF_OpKernelConstruction_GetAttrFloat(construction, "epsilon", &attributes->epsilon, status);
  TF_DeleteStatus(status);
  return attributes;
}

void destroy(void* kernel) { delete static_cast<Attributes*>(kernel); }

void compute_convolution(void* kernel, TF_OpKernelContext* context) {
  const auto& attributes = *static_cast<Attributes*>(kernel);
  Call call(context);
  TF_Tensor *u = call.input(0), *adjacency = call.input(1), *gamma = call.input(2), *beta = call.input(3);
  Shape s;
  if (!call.ok() || !shape_from(call, u, adjacency, attributes.directions, &s)) return;
  float* h = call.output(0, {s.repeats, s.rows, s.c});
  float* z = call.output(1, shape_of(u));
  float* mean = call.output(2, {s.repeats, s.width()});
  float* variance = call.output(3, {s.repeats, s.width()});
  if (!call.ok()) return;
  convolve(s, data(u), data(adjacency), data(gamma), data(beta), attributes.epsilon, h, z, mean, variance);
}

void compute_convolution_fixed(void* kernel, TF_OpKernelContext* context) {
  const auto& attributes = *static_cast<Attributes*>(kernel);
  Call call(context);
  TF_Tensor *u = call.input(0), *adjacency = call.input(1), *scale = call.input(2), *shift = call.input(3);
  Shape s;
  if (!call.ok() || !shape_from(call, u, adjacency, attributes.directions, &s)) return;
  float* h = call.output(0, {s.repeats, s.rows, s.c});
  if (!call.ok()) return;
  convolve_fixed(s, data(u), data(adjacency), data(scale), data(shift), h);
}

void compute_convolution_gradient(void* kernel, TF_OpKernelContext* context) {
  const auto& attributes = *static_cast<Attributes*>(kernel);
  Call call(context);
  TF_Tensor *dh = call.input(0), *z = call.input(1), *adjacency = call.input(2), *gamma = call.input(3);
  TF_Tensor *beta = call.input(4), *mean = call.input(5), *variance = call.input(6);
  Shape s;
  if (!call.ok() || !shape_from(call, z, adjacency, attributes.directions, &s)) return;
  float* du = call.output(0, shape_of(z));
  float* dgamma = call.output(1, {s.repeats, s.width()});
  float* dbeta = call.output(2, {s.repeats, s.width()});
  if (!call.ok()) return;
  convolve_gradient(s, data(dh), data(z), data(adjacency), data(gamma), data(beta), data(mean), data(variance),
                    attributes.epsilon, du, dgamma, dbeta);
}

void compute_attention(void* kernel, TF_OpKernelContext* context) {
  const auto& attributes = *static_cast<Attributes*>(kernel);
  Call call(context);
  TF_Tensor *q = call.input(0), *k = call.input(1), *v = call.input(2), *adjacency = call.input(3);
  Shape s;
  if (!call.ok() || !attention_shape_from(call, {q, k, v}, adjacency, attributes.directions, &s)) return;
  float* out = call.output(0, shape_of(q));
  float* p = call.output(1, {s.repeats, s.cells(), s.directions, s.nodes, s.nodes});
  if (!call.ok()) return;
  attention(s, data(q), data(k), data(v), data(adjacency), out, p);
}

void compute_attention_gradient(void* kernel, TF_OpKernelContext* context) {
  const auto& attributes = *static_cast<Attributes*>(kernel);
  Call call(context);
  TF_Tensor *dout = call.input(0), *q = call.input(1), *k = call.input(2), *v = call.input(3);
  TF_Tensor *adjacency = call.input(4), *p = call.input(5);
  Shape s;
  if (!call.ok() || !attention_shape_from(call, {q, k, v, dout}, adjacency, attributes.directions, &s)) return;
  float *dq = call.output(0, shape_of(q)), *dk = call.output(1, shape_of(q)), *dv = call.output(2, shape_of(q));
  if (!call.ok()) return;
  attention_gradient(s, data(dout), data(q), data(k), data(v), data(adjacency), data(p), dq, dk, dv);
}

void compute_adam(void* kernel, TF_OpKernelContext* context) {
  const auto& attributes = *static_cast<Attributes*>(kernel);
  const int n = attributes.count;
  Call call(context);
  TF_Tensor* rate = call.input(4 * n);
  for (int i = 0; i < n; i++) {
    TF_Tensor *theta = call.input(i), *m = call.input(n + i), *v = call.input(2 * n + i);
    TF_Tensor* gradient = call.input(3 * n + i);
    if (!call.ok()) return;
    const std::vector<int64_t> shape = shape_of(theta);
    float *theta_out = call.output(i, shape), *m_out = call.output(n + i, shape);
    float* v_out = call.output(2 * n + i, shape);
    if (!call.ok()) return;
    adam(TF_TensorElementCount(theta), data(rate)[0], attributes.beta1, attributes.beta2, attributes.epsilon,
         data(theta), data(m), data(v), data(gradient), theta_out, m_out, v_out);
  }
}

using Strings = std::vector<const char*>;

// Registers one operation and its CPU kernel; returns false on failure.
bool add(const char* name, const Strings& attributes, const Strings& inputs, const Strings& outputs,
         void* (*create)(TF_OpKernelConstruction*), void (*compute)(void*, TF_OpKernelContext*)) {
  TF_Status* status = TF_NewStatus();
  TF_OpDefinitionBuilder* op = TF_NewOpDefinitionBuilder(name);
  for (const char* spec : attributes) TF_OpDefinitionBuilderAddAttr(op, spec);
  for (const char* spec : inputs) TF_OpDefinitionBuilderAddInput(op, spec);
  for (const char* spec : outputs) TF_OpDefinitionBuilderAddOutput(op, spec);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(op, TF_ShapeInferenceContextSetUnknownShape);
  TF_RegisterOpDefinition(op, status);
  if (TF_GetCode(status) == TF_OK) {
    TF_RegisterKernelBuilder(name, TF_NewKernelBuilder(name, "CPU", create, compute, destroy), status);
  }
  const bool good = TF_GetCode(status) == TF_OK;
  TF_DeleteStatus(status);
  return good;
}

}  // namespace

bool register_operations() {
  const Strings convolution = {"directions: int = 2", "epsilon: float = 1e-4"};
  return add("SiameseConvolution", convolution, {"u: float", "adjacency: float", "gamma: float", "beta: float"},
             {"h: float", "z: float", "mean: float", "variance: float"}, create_convolution, compute_convolution) &&
         add("SiameseConvolutionFixed", convolution,
             {"u: float", "adjacency: float", "scale: float", "shift: float"}, {"h: float"}, create_convolution,
             compute_convolution_fixed) &&
         add("SiameseConvolutionGradient", convolution,
             {"dh: float", "z: float", "adjacency: float", "gamma: float", "beta: float", "mean: float",
              "variance: float"},
             {"du: float", "dgamma: float", "dbeta: float"}, create_convolution, compute_convolution_gradient) &&
         add("SiameseAttention", {"directions: int = 2"},
             {"q: float", "k: float", "v: float", "adjacency: float"}, {"out: float", "p: float"}, create_attention,
             compute_attention) &&
         add("SiameseAttentionGradient", {"directions: int = 2"},
             {"dout: float", "q: float", "k: float", "v: float", "adjacency: float", "p: float"},
             {"dq: float", "dk: float", "dv: float"}, create_attention, compute_attention_gradient) &&
         add("SiameseAdam", {"N: int >= 1", "beta1: float", "beta2: float", "epsilon: float"},
             {"theta: N * float", "m: N * float", "v: N * float", "gradient: N * float", "rate: float"},
             {"theta_out: N * float", "m_out: N * float", "v_out: N * float"}, create_adam, compute_adam);
}
