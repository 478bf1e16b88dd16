/** Slurm's own tools, for arrays of independent jobs. A task of an array knows its number as `$SLURM_ARRAY_TASK_ID`. */
import { spawnSync } from 'node:child_process';

/** Jobs that differ in one number. */
export interface SlurmArray {
  name: string;
  /** The tasks' numbers. */
  tasks: readonly number[];
  /** Longest time that a task may take, as sbatch's `--time` has it, such as `4:00:00`. */
  time: string;
  /** More options of sbatch, a line each, such as `--partition=gpu`. */
  options: readonly string[];
  /** Where the tasks run, and the folder of their logs. */
  workingFolder: string;
  logFolder: string;
  /** The words of the command that a task runs; `$SLURM_…` in them stands for the task's own value. */
  command: readonly string[];
  /** Comment lines for the one who reads the script, without `# `. */
  about: readonly string[];
}

/** The job script of an array, for `sbatch`. */
export function slurmScript(array: SlurmArray): string {
  const { name, tasks, time, options, workingFolder, logFolder, command, about } = array;
  return [
    '#!/bin/bash',
    ...about.map((line) => `# ${line}`),
    `#SBATCH --job-name=${name}`,
    `#SBATCH --array=${ranges(tasks)}`,
    `#SBATCH --time=${time}`,
    `#SBATCH --output=${directiveWord(`${logFolder}/task-%a.log`)}`,
    '#SBATCH --open-mode=append',
    ...options.map((option) => `#SBATCH ${option}`),
    '',
    `cd ${shellWord(workingFolder)}`,
    '# In place of the shell, so that the signal before the time limit reaches it.',
    `exec ${command.map(shellWord).join(' ')}`,
    '',
  ].join('\n');
}

/** '1-4,7' for 1, 2, 3, 4 and 7. */
function ranges(tasks: readonly number[]): string {
  const sorted = [...tasks].sort((a, b) => a - b);
  const starts = sorted.filter((task, i) => task !== sorted[i - 1]! + 1);
  return starts
    .map((start, i) => {
      const end = sorted[sorted.indexOf(starts[i + 1] ?? Infinity) - 1] ?? sorted.at(-1)!;
      return start === end ? `${start}` : `${start}-${end}`;
    })
    .join(',');
}

/** A word for the shell. In words with one of Slurm's variables these are replaced, and nothing else is. */
function shellWord(word: string): string {
  if (/\$SLURM_\w+/.test(word)) return `"${word.replace(/["\\`]|\$(?!SLURM_)/g, '\\$&')}"`;
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** sbatch splits its lines at white space and knows quotes. */
function directiveWord(word: string): string {
  return /\s/.test(word) ? `"${word}"` : word;
}

/** Whether jobs can be submitted here. */
export function hasSlurm(): boolean {
  return spawnSync('sbatch', ['--version']).error === undefined;
}

/**
 * Submits a job script.
 *
 * @returns the job's number
 * @throws Error with sbatch's own message
 */
export function submitJob(script: string): number {
  const { status, stdout, stderr } = spawnSync('sbatch', ['--parsable', script], { encoding: 'utf8' });
  // 'job' or 'job;cluster'
  if (status !== 0 || !/^\d+/.test(stdout))
    throw new Error(`sbatch does not take ${script}: ${(stderr || stdout).trim()}`);
  return parseInt(stdout, 10);
}

/**
 * Numbers of the tasks of some arrays of this user that are waiting or running.
 *
 * @throws Error when squeue cannot be asked
 */
export function unfinishedTasks(jobs: readonly number[]): Set<number> {
  const args = ['--me', '--noheader', '--array', '--format=%F %K'];
  const { status, stdout, stderr, error } = spawnSync('squeue', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`squeue gives no list of jobs: ${error?.message ?? stderr.trim()}`);
  const pairs = stdout.trim().split('\n').map((line) => line.trim().split(/\s+/).map(Number)); // prettier-ignore
  return new Set(pairs.filter(([job]) => jobs.includes(job!)).map(([, task]) => task!));
}
