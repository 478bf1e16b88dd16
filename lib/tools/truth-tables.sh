#!/usr/bin/env bash
# All tables of ground truth, from the pilot on (data/README.md): tens of hours of two cores. It can be stopped at any
# moment and started again, and every state is a fair sample: both spaces grow in turn, in shuffled order.
# npm run setup comes first.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
workers=${WORKERS:-$(nproc)}
truth() { node lib/dist/cli/truth.js "$@" --workers "$workers"; }
table() { truth --space "$1" --recipe reduced --cells "$2" --seed "${3:-0}"; }
spaces=(tiny-nas-bench-201 tiny-nano-bench)

# Trainings five times as long, made on a GPU (data/README.md).
long=data/tiny-nano-bench/truth-pilot/32-full-1-long.pytorch.csv

# The pilot that chose the recipe where true accuracies are known; then what its two best are worth against a longer
# training where nobody knows them.
truth pilot --space "${spaces[0]}"
for space in "${spaces[@]}"; do table "$space" sample:50; done
truth pilot --space "${spaces[1]}" --cells sample:40 --recipes 32-full-1,32-half-1 --against "$long"

for count in 100 200 300 400 500 600 700 800 900; do
  for space in "${spaces[@]}"; do table "$space" "sample:$count"; done
done
for space in "${spaces[@]}"; do table "$space" unique; done
for space in "${spaces[@]}"; do table "$space" sample:100 1; done
table tiny-nano-bench-official sample:40
for scores in synflow networks; do node lib/dist/cli/zero-cost.js $scores --space tiny-nano-bench --workers "$workers"; done
node lib/dist/cli/codes.js --space tiny-nano-bench --recipe official --workers "$workers"
