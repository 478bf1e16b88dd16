#!/usr/bin/env bash
# From a fresh clone to a working project:  bash setup.sh [--cpu | --gpu | --wasm]
#
#   --cpu   TensorFlow's native library for the processor (the default)
#   --gpu   the same for an NVIDIA GPU: about 3 GB more to download
#   --wasm  no native library: WebAssembly computes everything, slower
#
# A choice is kept for later runs. Every part skips itself when its result is there, so each npm command starts with
# this script; with nothing to do it ends within a fraction of a second. Needs Node 20.19 to 24, Python 3.10 or newer
# with venv and pip, g++ with C++17, and about 2.5 GB of disk. Several may run at once: the later ones wait.
set -euo pipefail
unset CDPATH
cd "$(dirname "${BASH_SOURCE[0]}")"

# --- what of the user's surroundings would change what is installed, or where ---------------------------------------------
# shellcheck disable=SC2086
unset NODE_ENV NODE_PATH ${!PYTHON*}
shopt -s nocasematch
for name in ${!npm_config_*} ${!NPM_CONFIG_*}; do
  case ${name#???_??????_} in
    omit | only | production | global | location | prefix | workspace | workspaces | dry_run | package_lock | \
      package_lock_only | bin_links | install_strategy | install_links | ignore_scripts | os | cpu | libc) unset "$name" ;;
  esac
done
shopt -u nocasematch
unset PIP_TARGET PIP_PREFIX PIP_ROOT PIP_PYTHON PIP_DRY_RUN PIP_NO_DEPS PIP_ONLY_BINARY PIP_NO_BINARY PIP_PLATFORM \
  PIP_PYTHON_VERSION PIP_IMPLEMENTATION PIP_ABI PIP_REQUIRE_HASHES PIP_REQUIRE_VIRTUALENV
export PIP_USER=0

# --- what is installed ------------------------------------------------------------------------------------------------
tensorflow=2.18.1
cpu_wheel=tensorflow_cpu-$tensorflow-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl
cpu_sha256=810c75d7149d2da0cb2092187817b0dcabb80728ca9f9cf3a61f3f42fadd1298
gpu_wheel=tensorflow-$tensorflow-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl
gpu_sha256=c9f87e5d2a680a4595f5dc30daf6bbaec9d4129b46d7ef1b2af63c46ac7d2828
# CUDA 12.5, what that wheel's extra "and-cuda" pins; the library looks for them in ../nvidia/<part>/lib.
gpu_parts=(nvidia-cublas-cu12==12.5.3.2 nvidia-cuda-cupti-cu12==12.5.82 nvidia-cuda-nvcc-cu12==12.5.82
  nvidia-cuda-nvrtc-cu12==12.5.82 nvidia-cuda-runtime-cu12==12.5.82 nvidia-cudnn-cu12==9.3.0.75
  nvidia-cufft-cu12==11.2.3.61 nvidia-curand-cu12==10.3.6.82 nvidia-cusolver-cu12==11.6.3.83
  nvidia-cusparse-cu12==12.5.1.3 nvidia-nccl-cu12==2.21.5 nvidia-nvjitlink-cu12==12.5.82)
# What the addon of tfjs-node and our own operations (kernels.h, ops.h) include.
headers="tensorflow/c/c_api.h tensorflow/c/c_api_macros.h tensorflow/c/kernels.h tensorflow/c/ops.h
  tensorflow/c/tf_attrtype.h tensorflow/c/tf_buffer.h tensorflow/c/tf_datatype.h tensorflow/c/tf_status.h
  tensorflow/c/tf_tensor.h tensorflow/c/tf_tstring.h tensorflow/c/eager/c_api.h
  tensorflow/c/experimental/stream_executor/stream_executor.h
  tensorflow/core/common_runtime/next_pluggable_device/c/tf_rendezvous_c_api.h
  tensorflow/core/platform/ctstring.h tensorflow/core/platform/ctstring_internal.h
  tsl/platform/ctstring.h tsl/platform/ctstring_internal.h tsl/platform/platform.h xla/tsl/c/tsl_status.h"

tfjs=node_modules/@tensorflow/tfjs-node-gpu
addon=$tfjs/lib/napi-v8/tfjs_binding.node
# One binary serves Node 20 to 24: all speak version 8 of the Node-API.
cxx="-std=c++17 -shared -fPIC -DNAPI_VERSION=8 -DBUILDING_NODE_EXTENSION"
native=lib/native/build
python=.venv/bin/python
requirements=lib/tools/requirements.txt
python_packages="jupyterlab nbclient nbformat nbconvert ipykernel bs4"

# --- telling ----------------------------------------------------------------------------------------------------------
say() { printf 'setup: %s\n' "$*"; }

# Ends the set-up with what failed, its last lines, and what to do; what the part was to replace comes back.
fail() { # part, command, output, remedy
  printf 'setup: %s failed.\n  command: %s\n' "$1" "$2" >&2
  [ -z "$3" ] || printf '%s\n' "$3" | sed 's/^/  | /' >&2
  printf '  remedy: %s\n' "$4" >&2
  [ -z "${replaced-}" ] || bring_back "$replaced"
  exit 1
}

# Announces a part; `try` runs its commands, `finish` says how long they took.
begin() { # part, what it does, remedy
  part=$1 remedy=$3 started=$SECONDS
  log=$PWD/.cache/setup/$1.log # absolute: some commands run in another folder
  : >"$log"
  say "$1: $2 ..."
}
try() { "$@" >>"$log" 2>&1 || fail "$part" "$*" "$(tail -n 15 "$log")" "$remedy"; }
finish() { say "$part: done in $((SECONDS - started)) s"; }

# A folder that is made anew waits here until its successor is whole: a failure, with no network say, takes nothing away.
aside=.cache/setup/aside
put_aside() { # folder
  replaced=$1
  mkdir -p $aside
  [ ! -e "$1" ] || try mv "$1" $aside/
}
bring_back() { # folder
  [ -e "$aside/$1" ] || return 0
  rm -rf "$1"
  mv "$aside/$1" "$1"
}
let_go() { # folder
  replaced=
  [ ! -e "$aside/$1" ] || mv "$aside/$1" "$aside/$1.old" # at once, so that half of it never comes back
  rm -rf "${aside:?}/$1.old"
}

content() { [ ! -f "$1" ] || cat "$1"; }
sha256() { if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d' ' -f1; }

# --- the parts: for each, is its result there, and how to make it -----------------------------------------------------
packages_ready() { [ "$(node lib/tools/packages.js)" = "$node_version complete" ]; }
packages_make() {
  begin "packages" "npm ci" "see the lines above; with no network or no disk left (2.5 GB), mend that and run: npm run setup"
  put_aside node_modules
  try npm ci --no-progress --prefer-offline --ignore-scripts --include=dev --include=optional --include=peer
  packages_ready || fail packages "npm ci" "it ended well, but packages of package-lock.json are missing in node_modules" \
    "look for settings that leave some out (npm config ls), then run: npm run setup"
  let_go node_modules
  finish
}

# The folder may be moved: nothing uses the scripts in .venv/bin, which know their place.
venv_ready() {
  local here='import sys; from importlib.util import find_spec; sys.exit(None in map(find_spec, sys.argv[1:]))'
  # shellcheck disable=SC2086
  [ "$(content .venv/.setup)" = "$(content $requirements)" ] && $python -Ic "$here" $python_packages 2>/dev/null
}
venv_make() {
  begin "python" "JupyterLab in .venv" "look at the network and the disk, then run: npm run setup"
  put_aside .venv
  try python3 -m venv .venv
  try $python -m pip install --disable-pip-version-check --no-input --no-compile -r $requirements
  cp $requirements .venv/.setup
  venv_ready || fail python "pip install" "it ended well, but its packages cannot be imported" \
    "look for settings that send them elsewhere (python3 -m pip config list), then run: npm run setup"
  let_go .venv
  finish
}

# The TypeScript kernel, and how JupyterLab behaves: no news, and no limit to what a cell prints.
kernel_ready() { [ "$(content .venv/share/jupyter/kernels/tslab/.setup)" = "$(kernel_stamp)" ]; }
kernel_stamp() { printf '%s\n' "$PWD"; content lib/tools/jupyter/overrides.json; content lib/tools/jupyter/jupyter_server_config.json; }
kernel_make() {
  begin "kernel" "TypeScript for Jupyter (tslab)" "rm -rf .venv, then run: npm run setup"
  try node node_modules/tslab/bin/tslab install --python="$PWD/$python" --sys-prefix --binary="$PWD/lib/tools/kernel.js"
  try mkdir -p .venv/share/jupyter/lab/settings .venv/etc/jupyter
  try cp lib/tools/jupyter/overrides.json .venv/share/jupyter/lab/settings/
  try cp lib/tools/jupyter/jupyter_server_config.json .venv/etc/jupyter/
  kernel_stamp >.venv/share/jupyter/kernels/tslab/.setup
  finish
}

# Why there can be no native library on this machine; empty when there can.
native_missing() {
  if [ "$variant" = wasm ]; then echo "chosen by --wasm"
  elif [ "$(uname -sm)" != "Linux x86_64" ]; then echo "none for $(uname -sm)"
  elif ! command -v g++ >/dev/null && ! { library_ready && addon_ready; }; then echo "no g++ here; install it and run: npm run setup"
  fi
}

library_ready() {
  [ "$(content "$store/.setup")" = "$(library_stamp "$store")" ] && { [ "$variant" != gpu ] || [ -d "$store/nvidia/cudnn/lib" ]; }
}
# What it is and the size of each file, which tells a whole one from what a crash, a full disk or a cleaner left of it.
library_stamp() { # store
  # shellcheck disable=SC2046,SC2086
  echo "$sha256" $(cd "$1" 2>/dev/null && wc -c lib/*.so.2 $(printf 'include/%s ' $headers) 2>/dev/null)
}
library_make() {
  local wheel=.cache/tensorflow/$wheel_name
  if [ -f "$wheel" ] && [ "$(sha256 "$wheel")" != "$sha256" ]; then
    say "$wheel is damaged: fetching it again"
    rm -f "$wheel"
  fi
  if [ ! -f "$wheel" ]; then
    begin "download" "TensorFlow $tensorflow ($variant)" "look at the network and the disk (1 GB), then run: npm run setup; or do without it: bash setup.sh --wasm"
    # Into a folder of its own, moved when whole: an interrupted download leaves nothing that looks like a wheel.
    try rm -rf .cache/tensorflow/download
    try $python -m pip download --no-deps --no-cache-dir --only-binary=:all: --python-version 311 \
      --platform manylinux2014_x86_64 -d .cache/tensorflow/download "$requirement"
    try test "$(sha256 ".cache/tensorflow/download/$wheel_name")" = "$sha256"
    try mv ".cache/tensorflow/download/$wheel_name" "$wheel"
    finish
  fi
  begin "library" "unpacking TensorFlow's C library" "look at the disk (1 GB), then run: npm run setup"
  try rm -rf "$store" "$store.part"
  try $python -c '
import os, shutil, sys, zipfile
wheel, store, *headers = sys.argv[1:]
files = {f"tensorflow/{name}": f"lib/{name}" for name in ("libtensorflow_cc.so.2", "libtensorflow_framework.so.2")}
files |= {f"tensorflow/include/{name}": f"include/{name}" for name in headers}
with zipfile.ZipFile(wheel) as archive:
    for source, target in files.items():
        target = os.path.join(store, target)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with archive.open(source) as read, open(target, "wb") as write:
            shutil.copyfileobj(read, write, 1 << 22)
' "$wheel" "$store.part" $headers
  # The plain names are used for linking only.
  try ln -s libtensorflow_cc.so.2 "$store.part/lib/libtensorflow.so"
  try ln -s libtensorflow_framework.so.2 "$store.part/lib/libtensorflow_framework.so"
  finish
  if [ "$variant" = gpu ]; then
    begin "cuda" "CUDA 12.5 and cuDNN 9.3" "look at the network and the disk (8 GB), then run: npm run setup"
    try $python -m pip install --no-deps --no-cache-dir --only-binary=:all: --platform manylinux2014_x86_64 \
      --target "$store.part" "${gpu_parts[@]}"
    finish
  fi
  library_stamp "$store.part" >"$store.part/.setup"
  mv "$store.part" "$store"
}

addon_ready() {
  [ -f $addon ] && [ "$(content $tfjs/.setup)" = "$variant" ] && [ $tfjs/deps -ef "$store" ] && [ "$(readlink node_modules/@tensorflow/tfjs-node)" = tfjs-node-gpu ]
}
addon_make() {
  begin "addon" "building TensorFlow.js' native addon" "see the lines above; or do without it: bash setup.sh --wasm"
  try rm -rf $tfjs/deps
  try ln -s "../../../$store" $tfjs/deps
  try mkdir -p $tfjs/lib/napi-v8
  (cd $tfjs && try g++ -w -O2 $cxx -I.. -I../../node-api-headers/include -Ideps/include binding/tfjs_backend.cc \
    binding/tfjs_binding.cc -Ldeps/lib -ltensorflow -ltensorflow_framework '-Wl,-rpath,$ORIGIN/../../deps/lib' \
    -o lib/napi-v8/tfjs_binding.part)
  try mv $tfjs/lib/napi-v8/tfjs_binding.part $addon
  # danfojs-node asks for tfjs-node, of which npm made a second copy: one module, one addon, one tf.
  try rm -rf node_modules/@tensorflow/tfjs-node
  try ln -s tfjs-node-gpu node_modules/@tensorflow/tfjs-node
  # shellcheck disable=SC2016
  try node -r ./lib/dist/tensors/tensorflow-environment.js -e '
    const tf = require("@tensorflow/tfjs-node-gpu");
    const found = `${tf.backend().binding.TF_Version} ${tf.getBackend()} ${tf.add(1, 2).dataSync()[0]}`;
    if (found !== `${process.argv[1]} tensorflow 3`) throw new Error(`smoke test: found ${found}`);
  ' "$tensorflow"
  echo "$variant" >$tfjs/.setup
  finish
}

# Without a native library danfojs-node still finds a TensorFlow.js: the plain one.
wasm_ready() { [ ! -e $addon ] && [ "$(readlink node_modules/@tensorflow/tfjs-node)" = tfjs ]; }
wasm_make() {
  rm -rf $addon $native/predictor_ops.* node_modules/@tensorflow/tfjs-node
  ln -s tfjs node_modules/@tensorflow/tfjs-node
}

# Our own addons only make things faster: where one does not compile, one line says so and all goes on.
# lib/native/predictor_*.cc become build/predictor_ops.node, which is part of native TensorFlow; lib/native/network_*.cc
# become build/network_engine.node, which needs no library.
addons() {
  [ -n "$missing" ] || echo predictor_ops
  case $(uname -s) in Linux*) ! command -v g++ >/dev/null || echo network_engine ;; esac
}
operations_ready() {
  local addon built
  for addon in $(addons); do
    built=$native/$addon.node
    [ -f "$built" ] || built=$native/$addon.failed
    [ -f "$built" ] && [ -z "$(find lib/native -maxdepth 1 \( -name "${addon%_*}_*" -o -name instruction_sets.h \) \
      -newer "$built" -print -quit)" ] || return 1
  done
}
operations_make() {
  local addon source library
  begin "operations" "compiling our own operations" ""
  mkdir -p $native
  touch $native/started # a result is as old as the sources that the compiler read
  for addon in $(addons); do
    rm -f $native/$addon.node $native/$addon.failed
    source=lib/native/${addon%_*}_
    library="-I$tfjs/deps/include -L$tfjs/deps/lib -ltensorflow_framework -Wl,-rpath,\$ORIGIN/../../../$tfjs/deps/lib"
    [ $addon = predictor_ops ] || library=
    # shellcheck disable=SC2086
    if g++ -O3 $cxx -Inode_modules/node-api-headers/include $source*.cc $library \
      -o $native/part 2>$native/$addon.errors; then
      mv $native/part $native/$addon.node
      touch -r $native/started $native/$addon.node
    elif grep -q "No space left" $native/$addon.errors; then
      fail operations "g++ $source*.cc" "$(tail -n 3 $native/$addon.errors)" "make room on the disk, then run: npm run setup"
    else
      touch -r $native/started $native/$addon.failed
      say "warning: $source*.cc do not compile here ($native/$addon.errors says why); plain code does the same, slower"
    fi
  done
  finish
}

build_ready() {
  [ -f lib/dist/.setup ] && [ -f lib/dist/index.js ] && [ -z "$(find lib/src lib/tsconfig.json tsconfig.json -newer lib/dist/.setup -print -quit)" ]
}
build_make() {
  begin "lib" "tsc -b lib" "mend the errors above (in lib/src), then run: npm run setup"
  [ -f lib/dist/index.js ] || rm -rf lib/dist # else tsc believes its notes, and makes again only what is newer
  touch .cache/build-started
  try node node_modules/typescript/bin/tsc -b lib
  mv .cache/build-started lib/dist/.setup
  finish
}

# --- all of them ------------------------------------------------------------------------------------------------------
# The names of the parts that are not there.
unready() {
  local part parts="packages venv kernel build operations"
  if [ -n "$missing" ]; then parts="$parts wasm"; else parts="$parts library addon"; fi
  for part in $parts; do "${part}_ready" || echo "$part"; done
}

choose() { # cpu, gpu or wasm
  variant=$1 store=.cache/tensorflow/$1
  case $variant in
    cpu) wheel_name=$cpu_wheel sha256=$cpu_sha256 requirement=tensorflow-cpu==$tensorflow ;;
    gpu) wheel_name=$gpu_wheel sha256=$gpu_sha256 requirement=tensorflow==$tensorflow ;;
  esac
  missing=$(native_missing)
  [ -z "$missing" ] || say "no native TensorFlow ($missing): WebAssembly computes everything, slower"
}

node_version=$(node -p process.versions.node 2>/dev/null) || node_version=none
case $node_version in
  20.19.* | 20.[2-9]?.* | 2[1-4].*) ;;
  *) fail node "node --version" "found: $node_version" "install Node 24 or 22, or 20 from 20.19 on, and run: npm run setup" ;;
esac
if ! venv_ready && ! found=$(python3 -c 'import sys, venv, ensurepip; assert sys.version_info >= (3, 10), sys.version' 2>&1); then
  fail python "python3 -m venv" "$found" \
    "install Python 3.10 or newer with venv and pip (Debian: apt-get install python3-venv python3-pip), then run: npm run setup"
fi
kept=$(content .cache/tensorflow/variant)
case ${1-} in
  --cpu | --gpu | --wasm) choose "${1#--}" ;;
  '') choose "${kept:-cpu}" ;;
  *) echo "setup: unknown option $1; there are --cpu, --gpu and --wasm" >&2; exit 2 ;;
esac
if [ "$variant" = "${kept:-cpu}" ] && [ -z "$(unready)" ]; then exit 0; fi

if ! { mkdir -p .cache/tensorflow .cache/setup && : >>.cache/setup.lock; } 2>/dev/null; then
  fail checkout "write to $PWD/.cache" "missing here: $(unready | tr '\n' ' ')" \
    "run npm run setup as the owner of this folder; or make a clone of your own"
fi
exec 9>>.cache/setup.lock
if command -v flock >/dev/null && ! flock -n 9; then
  say "another set-up is at work here; waiting for it"
  flock 9
fi
for folder in node_modules .venv; do bring_back $folder; done # an earlier set-up was killed before it could
began=$SECONDS
echo "$variant" >.cache/tensorflow/variant

# Python and the library are fetched beside npm's packages. A process group of its own, to end it when npm fails.
set -m
{
  venv_ready || venv_make
  [ -n "$missing" ] || library_ready || library_make
} &
beside=$!
set +m
trap 'kill -- -$beside 2>/dev/null || :' EXIT
packages_ready || packages_make
build_ready || build_make
wait $beside || { say "stopped, for the reason above" >&2; exit 1; }
trap - EXIT

kernel_ready || kernel_make
if [ -n "$missing" ]; then
  wasm_ready || wasm_make
else
  addon_ready || addon_make
fi
operations_ready || operations_make
say "ready after $((SECONDS - began)) s"
