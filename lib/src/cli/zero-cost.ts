/** `npm run zero-cost`: scores of networks before any training, for every cell of a benchmark. */
import { Argument, Command } from 'commander';
import { nasBench201 } from '../benchmarks/nas-bench-201/nas-bench-201';
import { chooseCells } from '../priors/choose-cells';
import { SCORE_KINDS } from '../priors/score-kinds';
import { measureScores } from '../priors/score-table';
import { chosenBenchmark, withBenchmark, type BenchmarkOptions } from './benchmark-option';
import { DEFAULT_WORKERS, integer, runCommand, UsageError } from './command';
import { measureInto } from './measure-into';
import { ownTable } from './measuring-options';
import { networkScoresCommand } from './network-scores';
import { shortPath } from './short-path';

interface ScoreOptions extends BenchmarkOptions {
  workers: number;
  file?: string;
}

async function measure(kind: string, options: ScoreOptions): Promise<void> {
  const { workers } = options;
  const { benchmark } = await chosenBenchmark(options, nasBench201.name);
  const { networks } = benchmark;
  if (!networks) throw new UsageError(`${benchmark.title} says no networks of its cells that could be scored`);
  const file = options.file ?? ownTable(benchmark, 'zero-cost', kind);
  const positions = chooseCells('unique', benchmark);
  const space = benchmark.space();
  const complete = await measureInto(
    file,
    (watched) =>
      measureScores({
        ...watched,
        space,
        kind,
        networksOf: (position) =>
          SCORE_KINDS[kind]!.networks.map((name) => (networks[name] ?? networks.full)(position)),
        positions,
        file,
        workers,
      }),
    (position) => space.ids[position]!,
  );
  if (complete) console.log(`${shortPath(file)} has the scores of all ${positions.length} networks.`);
}

void runCommand(
  withBenchmark(
    new Command('zero-cost')
      .enablePositionalOptions() // else options of the same name after `networks` would be this command's
      .description(
        'Scores every cell of a benchmark before any training. Equal networks have equal scores, so one of each is ' +
          'scored; started again, it goes on where it stopped.',
      ),
    nasBench201.name,
  )
    .addArgument(new Argument('<scores>', 'which').choices(Object.keys(SCORE_KINDS)))
    .option('--workers <count>', 'processes, one a core', integer(1), DEFAULT_WORKERS)
    .option('--file <path>', 'the CSV file that the scores go into; by default data/<benchmark>/zero-cost/<scores>.csv')
    .action(measure)
    .addCommand(networkScoresCommand()),
);
