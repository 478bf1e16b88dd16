import type { Changes } from './method';

/**
 * Settings with some of their plain values changed. Options that hold lists or objects cannot be changed this way.
 *
 * @param choices the values of the options that take few
 * @throws Error for a change that names no option, or gives it a value that it does not take
 */
export function withChanges<Settings extends object>(
  settings: Settings,
  changes: Changes,
  choices: Readonly<Record<string, readonly unknown[]>> = {},
): Settings {
  const changed = { ...settings } as Record<string, unknown>;
  const names = Object.keys(changed).filter((name) => typeof changed[name] !== 'object');
  for (const [name, value] of Object.entries(changes)) {
    if (!names.includes(name)) throw new Error(`there is no option ${name}; the options are ${names.join(', ')}`);
    const some = choices[name];
    if (some ? some.includes(value) : typeof value === typeof changed[name]) changed[name] = value;
    else {
      const wanted = some?.map((choice) => JSON.stringify(choice)).join(' or ') ?? `a ${typeof changed[name]}`;
      throw new Error(`option ${name} takes ${wanted}, not ${JSON.stringify(value)}`);
    }
  }
  return changed as Settings;
}
