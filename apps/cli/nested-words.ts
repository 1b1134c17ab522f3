/** Options of a command whose parent takes some of the same: what a person wrote counts, wherever it stands. */
import type { Command } from 'commander';

/** Options by name: written after the command, else after a parent, else defaults. */
export function nestedWords<T extends object>(command: Command): T {
  const defaults: Record<string, unknown> = {};
  const written: Record<string, unknown> = {};
  for (let each: Command | null = command; each !== null; each = each.parent) {
    for (const [name, value] of Object.entries(each.opts())) {
      const place = each.getOptionValueSource(name) === 'default' ? defaults : written;
      if (!Object.hasOwn(place, name)) place[name] = value;
    }
  }
  return { ...defaults, ...written } as T;
}
