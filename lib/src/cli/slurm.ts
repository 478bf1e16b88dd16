/** `--slurm` for commands that share their work out in shards: an array of jobs, one task a shard. */
import { type Command } from 'commander';
import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { replaceFile } from '../files/replace-file';
import { hasSlurm, slurmScript, submitJob, unfinishedTasks } from '../processes/slurm';
import { integer, say, UsageError } from './command';
import { measuringProgress } from './measuring-progress';
import { optionWords } from './option-words';
import { shardOf } from './shard';
import { shortPath } from './short-path';

/** What `withSlurm` adds to a command's options. */
export interface SlurmOptions {
  slurm?: true;
  tasks?: number;
  time?: string;
  sbatch?: string;
  dryRun?: true;
  wait?: true;
}

/** What a task of the array is told of its shard, as words of its command line. */
export interface ShardTask {
  /** For `--shard`. */
  shard: string;
  /** The file, or the folder, that its results go into. */
  file: string;
  /** For `--workers`: as many as the task has cores. */
  workers: string;
}

/** Work that can be shared out. */
export interface ShardedWork<Item> {
  /** The command, such as `codes`. */
  name: string;
  /** The file, or the folder, that holds all results in the end; its name also names the folder of script and shards. */
  output: string;
  /** How the names of files like it end: `.csv`, or nothing for folders. */
  ending: '.csv' | '';
  /** What there is to do, in the order in which shards are dealt out, and what one is called: `cells`. */
  items: readonly Item[];
  itemsName: string;
  /** What is done in a file; nothing where it is missing. */
  done: (file: string) => { has(item: Item): boolean };
  /** The words of the program, before its arguments; this program by default. */
  program?: readonly string[];
  /** The arguments that ask for this work, on whatever machine. */
  words: readonly string[];
  /** Those that a task gets besides, to do a shard and leave out what `output` has; by default --shard, --file and so on. */
  args?: (task: ShardTask) => string[];
  /** Makes ready what the tasks would otherwise fetch, each for itself, on machines that may have no network. */
  prepare?: () => Promise<unknown>;
  /** Joins files into the output. */
  merge: (files: string[]) => Promise<unknown>;
  /** How the files of a few shards are joined by hand, for messages. */
  mergeByHand: string;
}

/** Shards where nobody says how many. */
export const DEFAULT_TASKS = 16;
const DEFAULT_TIME = '4:00:00';

/** Seconds between two looks at the queue: short at first, and then what a cluster's scheduler can bear. */
const FIRST_LOOK = 1;
const LAST_LOOK = 15;

/** Adds the options. */
export function withSlurm(command: Command): Command {
  return command
    .option(
      '--slurm',
      'share the work out as an array of Slurm jobs; again: submit what is missing, or join what is there',
    )
    .option('--tasks <count>', `with --slurm: shards (default: ${DEFAULT_TASKS})`, integer(1))
    .option('--time <limit>', `with --slurm: longest time of a task (default: ${DEFAULT_TIME})`)
    .option('--sbatch <options>', 'with --slurm: more options of sbatch, such as "--partition=gpu --mem=4G"')
    .option('--dry-run', 'with --slurm: print the job script and do nothing')
    .option('--wait', 'with --slurm: follow the jobs to their end and join the results');
}

/** The process's own program: node, its options, and the script. */
const thisProgram = (): string[] => [process.execPath, ...process.execArgv, path.resolve(process.argv[1]!)];

/**
 * Whether the work is Slurm's.
 *
 * @throws UsageError when the other options are there without `--slurm`, or some that contradict it
 */
export function isForSlurm(options: SlurmOptions & { shard?: unknown }): boolean {
  const { slurm = false, tasks, time, sbatch, dryRun, wait, shard } = options;
  const given = Object.entries({
    '--tasks': tasks,
    '--time': time,
    '--sbatch': sbatch,
    '--dry-run': dryRun,
    '--wait': wait,
  });
  const first = given.find(([, value]) => value !== undefined);
  if (!slurm && first) throw new UsageError(`${first[0]} has a meaning with --slurm only`);
  if (slurm && shard !== undefined) throw new UsageError('--slurm makes the shards itself: leave --shard out');
  return slurm;
}

/**
 * Submits the shards in which something is missing and that are not at work already; with `wait` follows them and joins
 * the results. When nothing is missing it joins what there is.
 *
 * @throws Error when there is no Slurm, it refuses the job, or, with `wait`, the tasks end with work left
 */
export async function runOnSlurm<Item>(work: ShardedWork<Item>, options: SlurmOptions): Promise<void> {
  const plan = new ShardPlan(work, options);
  if (options.dryRun) {
    const tasks = plan.incomplete();
    if (tasks.length > 0) console.log(plan.script(tasks));
    else say(`Nothing is missing of ${work.items.length} ${work.itemsName}: no job is needed.`);
    return;
  }
  if (!hasSlurm()) throw new Error(withoutSlurm(work));
  plan.checkFolder();
  const before = plan.missing();
  if (before > 0) {
    const atWork = unfinishedTasks(plan.jobs());
    const tasks = plan.incomplete().filter((task) => !atWork.has(task));
    if (tasks.length > 0) {
      await work.prepare?.();
      const job = plan.submit(tasks);
      const { folder } = plan;
      console.log(`job ${job}: ${tasks.length} of ${plan.parts} shards; script and logs are in ${shortPath(folder)}`);
    } else console.log(`the shards with something missing are all at work: ${[...atWork].join(', ')}`);
    if (!options.wait) {
      console.log(`${before} of ${work.items.length} are missing; the same command with --wait follows them`);
      return;
    }
    await plan.follow();
  }
  await work.merge(plan.files().filter((file) => existsSync(file)));
}

/** The shards of some work, and their folder. */
class ShardPlan<Item> {
  readonly parts: number;
  readonly folder: string;
  private readonly shards: readonly Item[][];

  constructor(
    private readonly work: ShardedWork<Item>,
    private readonly options: SlurmOptions,
  ) {
    const { items, output, ending } = work;
    const parts = Math.min(options.tasks ?? DEFAULT_TASKS, items.length);
    this.parts = parts;
    const name = path.basename(output, ending === '' ? undefined : path.extname(output));
    this.folder = path.join(path.resolve(path.dirname(output)), `${name}.slurm`);
    this.shards = Array.from({ length: parts }, (_, i) => shardOf(items, { part: i + 1, parts }));
  }

  private file(part: string | number): string {
    return path.join(this.folder, `shard-${part}-of-${this.parts}${this.work.ending}`);
  }

  files(): string[] {
    return this.shards.map((_, i) => this.file(i + 1));
  }

  /** Shards of another number would have the same items again. */
  checkFolder(): void {
    const names = existsSync(this.folder) ? readdirSync(this.folder) : [];
    const other = names
      .map((name) => /^shard-\d+-of-(\d+)(\.csv)?$/.exec(name)?.[1])
      .find((n) => n && +n !== this.parts);
    if (other !== undefined) {
      throw new UsageError(
        `${shortPath(this.folder)} has shards of ${other}, and these would be of ${this.parts}: give --tasks ${other}, ` +
          `or join them (${this.work.mergeByHand}) and delete the folder`,
      );
    }
  }

  /** What is missing of each shard. */
  private missingByShard(): number[] {
    const { done, output } = this.work;
    const joined = done(output);
    return this.shards.map((items, i) => {
      const own = done(this.file(i + 1));
      return items.filter((item) => !joined.has(item) && !own.has(item)).length;
    });
  }

  missing(): number {
    return this.missingByShard().reduce((sum, count) => sum + count, 0);
  }

  /** Numbers of the shards in which something is missing. */
  incomplete(): number[] {
    return this.missingByShard().flatMap((count, i) => (count > 0 ? [i + 1] : []));
  }

  script(tasks: readonly number[]): string {
    const { name, output, words, program = thisProgram() } = this.work;
    const { args = (task) => optionWords({ ...task, except: path.resolve(output) }) } = this.work;
    const { time = DEFAULT_TIME, sbatch = '' } = this.options;
    const number = '$SLURM_ARRAY_TASK_ID';
    const task = { shard: `${number}/${this.parts}`, file: this.file(number), workers: '$SLURM_CPUS_ON_NODE' };
    return slurmScript({
      name: `${name}-${path.basename(this.folder, '.slurm')}`,
      tasks,
      time,
      options: sbatch.split(/\s+(?=-)/).map((option) => option.trim()).filter((option) => option !== ''), // prettier-ignore
      workingFolder: process.cwd(),
      logFolder: this.folder,
      command: [...program, ...words, ...args(task)],
      about: [
        `Shards of ${this.work.items.length} ${this.work.itemsName} for ${output}, one a task.`,
        'A stopped task loses what is in work; submitted again (sbatch THIS-FILE), it goes on.',
      ],
    });
  }

  /** Numbers of the jobs submitted so far. */
  jobs(): number[] {
    const file = path.join(this.folder, 'jobs.txt');
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map(Number) : [];
  }

  submit(tasks: readonly number[]): number {
    const file = path.join(this.folder, 'job.sh');
    replaceFile(file, this.script(tasks));
    const job = submitJob(file);
    appendFileSync(path.join(this.folder, 'jobs.txt'), `${job}\n`);
    return job;
  }

  /** Waits for the end of all tasks. */
  async follow(): Promise<void> {
    const began = Date.now();
    const total = this.missing();
    const before = this.work.items.length - total;
    const progress = measuringProgress(this.work.output, this.work.itemsName);
    const report = (missing: number): void =>
      progress.report({ done: total - missing, total, before, seconds: (Date.now() - began) / 1000 });
    try {
      report(total);
      for (let pause = FIRST_LOOK; ; pause = Math.min(1.5 * pause, LAST_LOOK)) {
        // The queue first: what a task wrote before it left the queue is then seen.
        const atWork = unfinishedTasks(this.jobs());
        const missing = this.missing();
        report(missing);
        if (atWork.size === 0 && missing > 0) throw new Error(this.ended(missing));
        if (atWork.size === 0) return;
        await sleep(1000 * pause);
      }
    } finally {
      progress.end();
    }
  }

  private ended(missing: number): string {
    const logs = this.incomplete().map((task) => `task-${task}.log`);
    return (
      `the tasks have ended and ${missing} of ${this.work.items.length} are missing: see ${logs.join(', ')} in ` +
      `${shortPath(this.folder)}. The same command submits what is missing; to join what there is: ${this.work.mergeByHand}`
    );
  }
}

function withoutSlurm({
  name,
  words,
  mergeByHand,
}: Pick<ShardedWork<unknown>, 'name' | 'words' | 'mergeByHand'>): string {
  return (
    `found no sbatch here: run this on a machine from which jobs of a Slurm cluster are submitted. Without Slurm give ` +
    `each of n machines a shard, npm run ${name} -- ${words.join(' ')} --shard i/n with i from 1 to n, and join their results: ` +
    `${mergeByHand}. ` +
    'An indexed job of Kubernetes counts from 0: --shard $((JOB_COMPLETION_INDEX + 1))/n'
  );
}
