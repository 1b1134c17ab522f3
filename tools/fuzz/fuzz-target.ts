/** What a `*.fuzz.ts` file exports as `fuzz`, and how such files are found and read. */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Something that takes bytes from outside. Text targets decode `input` themselves, as their product would. */
export interface FuzzTarget {
  /** As in `npm run fuzz NAME`. */
  readonly name: string;
  /** Inputs that are accepted; mutation starts from these. */
  readonly seeds: readonly (Uint8Array | string)[];
  run(input: Uint8Array): void | Promise<void>;
  /** Whether `run` may throw this: a refusal by design. Everything else thrown is a finding, and so is a run that hangs. */
  allowed(error: unknown): boolean;
}

const targetFiles = '{packages,apps,tools,bench}/**/*.fuzz.ts';

/** Absolute paths of all targets below `root`, in a fixed order. */
export function findTargetFiles(root: string): string[] {
  const found = globSync(targetFiles, { cwd: root, exclude: (path) => path.endsWith('node_modules') });
  return found.map((path) => join(root, path)).sort();
}

/** Imports a target. Throws, naming the file, when it exports no complete `fuzz`. */
export async function loadTarget(path: string): Promise<FuzzTarget> {
  const exported: { fuzz?: Partial<FuzzTarget> } = await import(pathToFileURL(path).href);
  const { name, seeds, run, allowed } = exported.fuzz ?? {};
  if (typeof name !== 'string' || !/^[a-z0-9][a-z0-9-]*$/.test(name) || !seeds?.length || !run || !allowed) {
    throw new Error(`${path} must export fuzz = { name: 'kebab-case', seeds: [at least one], run, allowed }`);
  }
  return { name, seeds, run, allowed };
}
