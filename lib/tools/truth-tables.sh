#!/usr/bin/env bash
# All tables of ground truth, from the pilot on (data/README.md): tens of hours of two cores. It can be stopped at any
# moment and started again, and every state is a fair sample: both spaces grow in turn, in shuffled order.
# npm run setup comes first.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
workers=${WORKERS:-$(nproc)}
truth() { node lib/dist/cli/truth.js "$@" --workers "$workers"; }
table() { truth --space "$1" --recipe "$first" --cells "$2" --file "data/$1/truth-reduced${3:+.seed-$3}.csv" --seed "${3:-0}"; }
spaces=(tiny-nas-bench-201 tiny-nano-bench)

# The two best recipes of the pilot, then what they are worth on the space whose accuracies nobody has.
mkdir -p "${spaces[@]/#/data/}"
truth pilot --space "${spaces[0]}" | tee "data/${spaces[0]}/truth-pilot.md"
{ read -r first; read -r second; } < <(sed -n '3,4s/^| `\([^`]*\)`.*/\1/p' "data/${spaces[0]}/truth-pilot.md")
truth pilot --space "${spaces[1]}" --cells sample:40 --recipes "$first,$second" --against "$first-long" |
  tee "data/${spaces[1]}/truth-pilot.md"

for count in 50 100 200 300 400 500 600 700 800 900; do
  for space in "${spaces[@]}"; do table "$space" "sample:$count"; done
done
for space in "${spaces[@]}"; do table "$space" unique; done
for space in "${spaces[@]}"; do table "$space" sample:100 1; done
table tiny-nano-bench-official sample:40
for scores in synflow networks; do node lib/dist/cli/zero-cost.js $scores --space tiny-nano-bench --workers "$workers"; done
node lib/dist/cli/codes.js --space tiny-nano-bench --recipe official --workers "$workers"
