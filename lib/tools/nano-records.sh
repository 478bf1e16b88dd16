#!/usr/bin/env bash
# All runs on the two small spaces that notebook 14 reads, then notebooks 12 to 14 themselves and the tables made of them:
# 26 minutes of two cores (Fig. 7 18, ablation 6, Table 1 and the notebooks 2). The measured tables come first and have to be
# complete (truth-tables.sh). It can be stopped at any moment and started again: runs that are in data/runs are not made
# twice. npm run setup comes first.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
workers=${WORKERS:-$(nproc)}
fig7() { node lib/dist/cli/reproduce.js fig7 --workers "$workers" "$@"; }

# Fig. 7: both spaces, N = 10, 15 … 95, 100 repeats of the naive predictor and of siams +NSAM +BTS. K is a way to look at a run.
for space in tiny-nano-bench tiny-nas-bench-201; do fig7 --space "$space"; done

# Ablation: the same methods with real codes, none that say anything, cost alone, and those of the wrong cells, in four
# shuffles of 25 repeats each.
methods=siams,siams+nsam,siams+nsam+bts
ablation() { fig7 --space tiny-nano-bench --methods "$methods" --budgets 30,60 "$@"; }
for codes in official-codes constant standardised:flops; do ablation --codes "$codes"; done
for shuffle in 1 2 3 4; do
  ablation --codes "shuffled@$shuffle:official-codes" --seed $((25 * shuffle - 24)) --repeats 25
done

# Table 1 is timed in turns, one process at a time, by the notebook; its progress is not to stay among the outputs.
.venv/bin/python -Es lib/tools/run.py --check 14
.venv/bin/python -Es lib/tools/run.py 12 13 14
node lib/tools/results.js
