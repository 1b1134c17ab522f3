/** A command that works on a home and speaks to people or, with `--json`, to programs. */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { CommandError } from './output.ts';

/** Adds `name` to `parent`, with `--home`, `--json` and examples; an example leaves the word `springline` out. */
export function homeCommand(parent: Command, name: string, summary: string, examples: readonly string[]): Command {
  return parent
    .command(name)
    .description(summary)
    .option('--home <folder>', 'where everything is kept', '.springline')
    .option('--json', 'for programs')
    .addHelpText('after', `\nExamples:\n${examples.map((example) => `  springline ${example}`).join('\n')}`);
}

/** @throws {CommandError} when there is no such folder: a wrong `--home`, or nothing was started yet. */
export function requireHome(home: string): void {
  if (existsSync(home)) return;
  throw new CommandError(`${home} does not exist. Make it with: npx springline up --home ${home}`);
}
