/**
 * The workspaces of the repository as npm sees them: name, folder, what each declares, and which file an import by
 * package name means.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Workspace {
  /** As others import it. */
  readonly name: string;
  /** Relative to the repository, with slashes: `packages/ports`. */
  readonly folder: string;
  readonly dependencies: ReadonlySet<string>;
  readonly devDependencies: ReadonlySet<string>;
  /** From subpath pattern (`./*`) to target pattern (`./*.ts`). */
  readonly exports: ReadonlyMap<string, string>;
}

export interface Workspaces {
  readonly byName: ReadonlyMap<string, Workspace>;
  /** devDependencies of the root, which every test may use. */
  readonly rootDevDependencies: ReadonlySet<string>;
}

/** Reads the root's `package.json` and those of its workspaces. */
export function readWorkspaces(root: string): Workspaces {
  const rootPackage = readPackage(root);
  const patterns = Array.isArray(rootPackage['workspaces']) ? rootPackage['workspaces'].map(String) : [];
  const found = globSync(
    patterns.map((pattern) => `${pattern}/package.json`),
    { cwd: root },
  );
  const workspaces = found.map((file) => file.replaceAll('\\', '/').replace(/\/package\.json$/, '')).sort();
  return {
    byName: new Map(workspaces.map((folder) => readWorkspace(root, folder)).map((each) => [each.name, each])),
    rootDevDependencies: new Set(entriesOf(rootPackage['devDependencies']).keys()),
  };
}

/** The file that `subpath` (`.` or `./dn`) of a workspace means, by Node's rules for patterns; undefined if not exported. */
export function exportedFile(workspace: Workspace, subpath: string): string | undefined {
  // The most specific pattern wins: the longest text before the star, then the longest pattern.
  const patterns = [...workspace.exports].sort(
    ([a], [b]) => b.split('*', 1)[0]!.length - a.split('*', 1)[0]!.length || b.length - a.length,
  );
  for (const [pattern, target] of patterns) {
    const [before = '', after] = pattern.split('*');
    const matches =
      after === undefined
        ? subpath === pattern
        : subpath.startsWith(before) && subpath.endsWith(after) && subpath.length >= before.length + after.length;
    if (!matches) continue;
    const middle = after === undefined ? '' : subpath.slice(before.length, subpath.length - after.length);
    return `${workspace.folder}/${target.replace(/^\.\//, '').replace('*', () => middle)}`;
  }
  return undefined;
}

function readWorkspace(root: string, folder: string): Workspace {
  const content = readPackage(join(root, folder));
  const names = (...fields: string[]) => new Set(fields.flatMap((field) => [...entriesOf(content[field]).keys()]));
  return {
    name: String(content['name']),
    folder,
    dependencies: names('dependencies', 'optionalDependencies', 'peerDependencies'),
    devDependencies: names('devDependencies'),
    exports: entriesOf(content['exports']),
  };
}

function readPackage(folder: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>;
}

function entriesOf(field: unknown): Map<string, string> {
  return new Map(
    Object.entries(typeof field === 'object' && field !== null ? field : {}).map(([key, value]) => [
      key,
      String(value),
    ]),
  );
}
