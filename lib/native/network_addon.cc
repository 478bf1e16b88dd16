// Node's door to the network engine: create(plan, epsilon, momentum, parameters, statistics) gives a handle for
// step(handle, images, targets, rate), gradient(handle, images, targets, out), predict(handle, images, out),
// logitGradient(handle, images, weights, out), restart(handle), dispose(handle),
// observe(handle, images, targets, gradient, products, agreements, image gradient), freeze(handle), thaw(handle);
// addImage(pixels, sources across, weights across, sources down, weights down, scale, to); and `instructions`, the name of
// the instruction set in use.

#include <cstdint>
#include <memory>
#include <new>

#include "instruction_sets.h"
#include "network_engine.h"
#include "node_api.h"

namespace {

struct Handle {
  Network* network;
  napi_ref parameters, statistics;  // keep the arrays alive that the network works on
};

constexpr size_t kMost = 7;

// The arguments of a call; a wrong one throws in JavaScript and makes `good` false.
struct Arguments {
  napi_env env;
  napi_value values[kMost];
  bool good = true;

  Arguments(napi_env e, napi_callback_info info, size_t expected) : env(e) {
    size_t count = kMost;
    napi_get_cb_info(env, info, &count, values, nullptr, nullptr);
    if (count < expected) fail("too few arguments");
  }
  void fail(const char* message) {
    if (good) napi_throw_error(env, nullptr, message);
    good = false;
  }
  // Data of a typed array of at least `size` elements of this type.
  void* array(size_t index, napi_typedarray_type wanted, int64_t size) {
    if (!good) return nullptr;
    napi_typedarray_type type;
    size_t length;
    void* data = nullptr;
    if (napi_get_typedarray_info(env, values[index], &type, &length, &data, nullptr, nullptr) != napi_ok ||
        type != wanted || static_cast<int64_t>(length) < size) {
      fail("network engine: an array has the wrong type or is too short");
    }
    return data;
  }
  float* floats(size_t index, int64_t size) { return static_cast<float*>(array(index, napi_float32_array, size)); }
  double number(size_t index) {
    double value = 0;
    if (good && napi_get_value_double(env, values[index], &value) != napi_ok) fail("network engine: expected a number");
    return value;
  }
  Network* network() {
    void* data = nullptr;
    if (good && napi_get_value_external(env, values[0], &data) != napi_ok) fail("network engine: expected a network");
    if (!good) return nullptr;
    Network* network = static_cast<Handle*>(data)->network;
    if (!network) fail("network engine: the network was disposed of");
    return network;
  }
};

napi_value number(napi_env env, double value) {
  napi_value result;
  napi_create_double(env, value, &result);
  return result;
}

void release(napi_env env, void* data, void*) {
  auto* handle = static_cast<Handle*>(data);
  napi_delete_reference(env, handle->parameters);
  napi_delete_reference(env, handle->statistics);
  delete handle->network;
  delete handle;
}

napi_value create(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 5);
  const auto* plan = static_cast<int32_t*>(arguments.array(0, napi_int32_array, 8));
  const double epsilon = arguments.number(1), momentum = arguments.number(2);
  float *parameters = arguments.floats(3, 0), *statistics = arguments.floats(4, 0);
  if (!arguments.good) return nullptr;
  std::unique_ptr<Network> network;
  try {
    network = make_network(plan, static_cast<float>(epsilon), static_cast<float>(momentum), parameters, statistics);
  } catch (const std::bad_alloc&) {
    arguments.fail("network engine: not enough memory for so large a network and batch");
    return nullptr;
  }
  auto* handle = new Handle;
  handle->network = network.release();
  napi_create_reference(env, arguments.values[3], 1, &handle->parameters);
  napi_create_reference(env, arguments.values[4], 1, &handle->statistics);
  napi_value result;
  napi_create_external(env, handle, release, nullptr, &result);
  return result;
}

napi_value step(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 4);
  Network* network = arguments.network();
  if (!network) return nullptr;
  const float* images = arguments.floats(1, network->batch() * network->image_floats());
  const float* targets = arguments.floats(2, network->batch() * network->classes());
  const double rate = arguments.number(3);
  return arguments.good ? number(env, network->step(images, targets, static_cast<float>(rate))) : nullptr;
}

napi_value gradient(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 4);
  Network* network = arguments.network();
  if (!network) return nullptr;
  const float* images = arguments.floats(1, network->batch() * network->image_floats());
  const float* targets = arguments.floats(2, network->batch() * network->classes());
  float* out = arguments.floats(3, network->parameter_count());
  return arguments.good ? number(env, network->gradient(images, targets, out)) : nullptr;
}

napi_value logit_gradient(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 4);
  Network* network = arguments.network();
  if (!network) return nullptr;
  const float* images = arguments.floats(1, network->batch() * network->image_floats());
  const float* weights = arguments.floats(2, network->batch() * network->classes());
  float* out = arguments.floats(3, network->parameter_count());
  return arguments.good ? number(env, network->logit_gradient(images, weights, out)) : nullptr;
}

napi_value predict(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 3);
  Network* network = arguments.network();
  if (!network) return nullptr;
  const float* images = arguments.floats(1, network->batch() * network->image_floats());
  float* out = arguments.floats(2, network->batch() * network->classes());
  if (arguments.good) network->predict(images, out);
  return nullptr;
}

napi_value observe(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 7);
  Network* network = arguments.network();
  if (!network) return nullptr;
  const float* images = arguments.floats(1, network->batch() * network->image_floats());
  const float* targets = arguments.floats(2, network->batch() * network->classes());
  float* out = arguments.floats(3, network->parameter_count());
  float* products = arguments.floats(4, network->product_count());
  auto* agreements =
      static_cast<double*>(arguments.array(5, napi_float64_array, network->batch() * network->batch()));
  float* image_gradient = arguments.floats(6, network->batch() * network->image_floats());
  if (!arguments.good) return nullptr;
  return number(env, network->observe(images, targets, out, products, agreements, image_gradient));
}

napi_value freeze(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 1);
  if (Network* network = arguments.network()) network->freeze();
  return nullptr;
}

napi_value thaw(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 1);
  if (Network* network = arguments.network()) network->thaw();
  return nullptr;
}

napi_value add_image(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 7);
  const auto* pixels = static_cast<uint8_t*>(arguments.array(0, napi_uint8_array, kImageFloats));
  Axis axes[2];
  for (int i = 0; i < 2; i++)
    axes[i] = {static_cast<int32_t*>(arguments.array(1 + 2 * i, napi_int32_array, 3 * kImageSide)),
               arguments.floats(2 + 2 * i, 3 * kImageSide)};
  const double scale = arguments.number(5);
  float* to = arguments.floats(6, kImageFloats);
  if (arguments.good) ::add_image(pixels, axes[0], axes[1], static_cast<float>(scale), to);
  return nullptr;
}

napi_value restart(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 1);
  if (Network* network = arguments.network()) network->restart();
  return nullptr;
}

// Frees the network at once; the garbage collector does not see how much memory a handle stands for.
napi_value dispose(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 1);
  if (!arguments.network()) return nullptr;
  void* data = nullptr;
  napi_get_value_external(env, arguments.values[0], &data);
  auto* handle = static_cast<Handle*>(data);
  delete handle->network;
  handle->network = nullptr;
  return nullptr;
}

}  // namespace

NAPI_MODULE_INIT() {
  const struct {
    const char* name;
    napi_callback function;
  } functions[] = {{"create", create},   {"step", step},       {"gradient", gradient},
                   {"predict", predict}, {"restart", restart}, {"dispose", dispose},
                   {"logitGradient", logit_gradient}, {"addImage", add_image},
                   {"observe", observe}, {"freeze", freeze},   {"thaw", thaw}};
  for (const auto& entry : functions) {
    napi_value function;
    napi_create_function(env, entry.name, NAPI_AUTO_LENGTH, entry.function, nullptr, &function);
    napi_set_named_property(env, exports, entry.name, function);
  }
  napi_value instructions;
  napi_create_string_utf8(env, instructions_name(), NAPI_AUTO_LENGTH, &instructions);
  napi_set_named_property(env, exports, "instructions", instructions);
  return exports;
}
