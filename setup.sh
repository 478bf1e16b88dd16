#!/usr/bin/env bash
# One command from a fresh clone to a working project. Each part skips itself when its result is there.
set -euo pipefail
cd "$(dirname "$0")"

package=node_modules/@tensorflow/tfjs-node-gpu
wheel=.cache/tensorflow/tensorflow_cpu-2.18.1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl
[ -d node_modules ] || npm ci
if [ ! -f "$wheel" ]; then
  mkdir -p .cache/tensorflow
  pip download --no-deps --only-binary=:all: --python-version 311 --platform manylinux2014_x86_64 -d .cache/tensorflow tensorflow-cpu==2.18.1
fi
if [ ! -f "$package/lib/napi-v8/tfjs_binding.node" ]; then
  python3 - "$wheel" "$package/deps" <<'PY'
import os, sys, zipfile
wheel, deps = sys.argv[1:]
libraries = ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"]
c = "tensorflow/c/"
headers = [c + h + ".h" for h in "c_api c_api_macros tf_attrtype tf_buffer tf_datatype tf_status tf_tensor tf_tstring eager/c_api".split()]
headers += ["tensorflow/core/platform/ctstring.h", "tensorflow/core/platform/ctstring_internal.h",
            "tsl/platform/ctstring.h", "tsl/platform/ctstring_internal.h", "xla/tsl/c/tsl_status.h"]
with zipfile.ZipFile(wheel) as z:
    names = set(z.namelist())
    jobs = [("tensorflow/" + l, f"{deps}/lib/{l}") for l in libraries]
    for h in headers:
        jobs.append(("tensorflow/include/" + h, f"{deps}/include/{h}"))
    for source, target in jobs:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with z.open(source) as r, open(target, "wb") as w:
            while chunk := r.read(1 << 22): w.write(chunk)
PY
  ln -sf libtensorflow_cc.so.2 "$package/deps/lib/libtensorflow.so"
  ln -sf libtensorflow_framework.so.2 "$package/deps/lib/libtensorflow_framework.so"
  mkdir -p "$package/lib/napi-v8"
  headers="$PWD/node_modules/node-api-headers/include"
  (cd "$package" && g++ -w -O2 -std=c++17 -shared -fPIC -DNAPI_VERSION=8 -DBUILDING_NODE_EXTENSION -I"$headers" -Ideps/include -I.. \
    binding/tfjs_backend.cc binding/tfjs_binding.cc -Ldeps/lib -ltensorflow -ltensorflow_framework \
    -Wl,-rpath,'$ORIGIN/../../deps/lib' -o lib/napi-v8/tfjs_binding.node)
  rm -rf node_modules/@tensorflow/tfjs-node
  ln -s tfjs-node-gpu node_modules/@tensorflow/tfjs-node
fi
