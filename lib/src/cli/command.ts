import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { existsSync, fstatSync, realpathSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, dirname } from 'node:path';
import { SMALLEST_BUDGET } from '../search/sampling-schedule';

/** Exit code of a command that was given wrong arguments. */
const WRONG_USE = 2;

/** Wrong use of a command, found after its arguments were parsed. */
export class UsageError extends Error {}

/**
 * Runs a command line program to its end and sets its exit code: 2 with one line on stderr for wrong use, 1 with the
 * message on stderr for what goes wrong on the way, also when what it prints cannot be written.
 *
 * @param command its action does the work
 * @param args the arguments, without node and script
 */
export async function runCommand(command: Command, args = process.argv.slice(2)): Promise<void> {
  goWhereTyped();
  noticeLostOutput();
  speakWithOneVoice(command);
  try {
    await command.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return;
    const wrongUse = error instanceof CommanderError || error instanceof UsageError;
    const isHelp = error instanceof CommanderError && error.code === 'commander.help';
    const message = isHelp
      ? `name one of its commands: ${command.commands.map((each) => each.name()).join(', ')}`
      : (error as Error).message.replace(/^error: /, '');
    console.error(wrongUse ? `${command.name()}: ${message} (see --help)` : message);
    process.exitCode = wrongUse ? WRONG_USE : 1;
  }
}

/** Lets `runCommand` say what is wrong with the arguments, of a command and of those under it. */
function speakWithOneVoice(command: Command): void {
  command
    .exitOverride()
    .showSuggestionAfterError(false)
    .configureOutput({ writeErr: () => undefined });
  command.commands.forEach(speakWithOneVoice);
}

/** npm runs a command in the project's folder; relative paths mean the folder in which the user typed the command. */
function goWhereTyped(): void {
  const { INIT_CWD, npm_lifecycle_script = '', npm_package_json } = process.env;
  const startedByNpm = npm_lifecycle_script.includes(basename(process.argv[1] ?? ''));
  if (!INIT_CWD || !npm_package_json || !startedByNpm) return; // a command may also be started by one that npm started
  if (realpathSync(dirname(npm_package_json)) === process.cwd()) process.chdir(INIT_CWD);
}

let noticing = false;
let readerLeft = false;

/** Whether nobody reads the output any more, as behind `| head`: then there is nothing left to compute for it. */
export function isReaderGone(): boolean {
  return readerLeft;
}

/** console.log keeps quiet about a full disk, and node drops the rest of a text of which only the start found room. */
function noticeLostOutput(): void {
  if (noticing) return; // a process may run several commands
  noticing = true;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') {
      readerLeft = true;
      return;
    }
    console.error(`The output is incomplete: it could not be written (${error.message}).`);
    process.exitCode = 1;
  });
  if (!fstatSync(process.stdout.fd).isFile()) return;
  process.stdout._write = (chunk: Uint8Array | string, _encoding, done): void => {
    try {
      writeFileSync(process.stdout.fd, chunk); // goes on until all is written
      done();
    } catch (error) {
      done(error as Error);
    }
  };
}

/** Seeds in a row from here on are still different numbers. */
const LARGEST_INTEGER = 2 ** 48;

/** An argument parser for integers from `least` to `most`. */
export function integer(least: number, most = LARGEST_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least)
      throw new InvalidArgumentError(`Expected an integer of at least ${least}.`);
    if (value > most) throw new InvalidArgumentError(`Expected an integer of at most ${most}.`);
    return value;
  };
}

/**
 * What a function gives; the errors that it throws are wrong use.
 *
 * @param kind the errors that are; others stay as they are
 * @param where what stands before their messages
 */
export function asUsage<T>(make: () => T, kind: abstract new (...args: never[]) => Error = Error, where = ''): T {
  try {
    return make();
  } catch (error) {
    throw error instanceof kind ? new UsageError(`${where}${error.message}`) : error;
  }
}

/** An argument parser for a file or a folder that has to be there. */
export function existing(text: string): string {
  if (!existsSync(text)) throw new InvalidArgumentError('It is not there.');
  return text;
}

/** The same for several. */
export function eachExisting(text: string, before: readonly string[] = []): string[] {
  return [...before, existing(text)];
}

/** Parses budgets, '30,40,100'. */
export function budgets(text: string): number[] {
  return list(text).map(integer(SMALLEST_BUDGET));
}

/** Parses a comma-separated list of different words. */
export function list(text: string): string[] {
  const items = text.split(',').map((item) => item.trim());
  if (new Set(items).size !== items.length) throw new InvalidArgumentError('One of them comes twice.');
  return items;
}

/** The value of an option that takes one of some words. Throws a UsageError for another. */
export function oneOf(option: string, value: string, known: readonly string[]): string {
  if (!known.includes(value)) throw new UsageError(`${option}: "${value}" is none of ${known.join(', ')}`);
  return value;
}

/** The values of an option that takes a list of some words. Throws a UsageError for another. */
export function someOf(option: string, values: readonly string[], known: readonly string[]): string[] {
  return values.map((value) => oneOf(option, value, known));
}

/** One process a core. */
export const DEFAULT_WORKERS = availableParallelism();

/** Tells the user that what is to be left out is not there: it may be misspelt, or not made yet, as in a Slurm task. */
export function noteMissing(except: string): void {
  if (!existsSync(except)) say(`--except ${except}: it is not there, so nothing is left out`);
}

/** Tells the user a sentence that is no result: on stderr. */
export function say(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}
