/**
 * Who imports what: reads every source file of the workspaces and resolves each import to a Node module, an npm package or
 * a file of ours. It only reads; what is allowed is said in `import-rules.ts`, `cycles.ts` and `npm-free.ts`.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, posix } from 'node:path';
import { findImports } from './import-scanner.ts';
import { exportedFile, readWorkspaces, type Workspace, type Workspaces } from './workspace.ts';

/** What an import leads to. Paths are relative to the repository, with slashes. */
export type Target =
  | { readonly kind: 'node' }
  | { readonly kind: 'npm'; readonly packageName: string }
  | { readonly kind: 'own'; readonly path: string; readonly workspace: Workspace; readonly relative: boolean }
  /** A path or subpath that no file stands for. */
  | { readonly kind: 'missing' }
  /** A relative path to a place outside every workspace. */
  | { readonly kind: 'outside' }
  /** The name is made at run time. */
  | { readonly kind: 'computed' };

export interface Import {
  readonly specifier: string;
  readonly isTypeOnly: boolean;
  readonly line: number;
  readonly target: Target;
}

export interface SourceFile {
  readonly path: string;
  readonly workspace: Workspace;
  /** Tests, contract suites, fuzz targets and what a `testing` folder holds for them: what never ships. */
  readonly isTest: boolean;
  readonly imports: readonly Import[];
}

export interface ImportGraph {
  readonly files: ReadonlyMap<string, SourceFile>;
  readonly workspaces: Workspaces;
}

/** A broken rule, as a sentence that names the place and the reason. */
export interface Violation {
  readonly rule: string;
  readonly file: string;
  readonly line: number;
  readonly reason: string;
}

const sources = '**/*.{ts,tsx,mts,cts,js,jsx,mjs,cjs}';
const notSources = new Set(['node_modules', 'dist', '.cache', '.springline']);
const testFile = /\.(?:test|contract|fuzz)\.[cm]?[jt]sx?$|\/testing\//;

/** Reads all sources below `root`. Throws, naming the file, where one cannot be read to its end. */
export function readImportGraph(root: string): ImportGraph {
  const workspaces = readWorkspaces(root);
  const files = new Map<string, SourceFile>();
  for (const workspace of workspaces.byName.values()) {
    const paths = globSync(sources, {
      cwd: join(root, workspace.folder),
      exclude: (name) => notSources.has(posix.basename(name)),
    });
    for (const path of paths.map((name) => `${workspace.folder}/${name.replaceAll('\\', '/')}`).sort()) {
      files.set(path, { path, workspace, isTest: testFile.test(path), imports: readImports(root, path, workspaces) });
    }
  }
  return { files, workspaces };
}

function readImports(root: string, path: string, workspaces: Workspaces): Import[] {
  try {
    return findImports(readFileSync(join(root, path), 'utf8')).map(({ specifier, isTypeOnly, line }) =>
      specifier === undefined
        ? { specifier: '(computed)', isTypeOnly, line, target: { kind: 'computed' } }
        : { specifier, isTypeOnly, line, target: resolve(root, path, specifier, workspaces) },
    );
  } catch (cause) {
    throw new Error(`cannot read the imports of ${path}`, { cause });
  }
}

function resolve(root: string, from: string, specifier: string, workspaces: Workspaces): Target {
  if (isBuiltin(specifier)) return { kind: 'node' };
  const [bare = ''] = specifier.split('?', 1);
  if (/^\.{0,2}\//.test(bare) || bare === '.' || bare === '..') {
    return ownFile(root, posix.join(posix.dirname(from), bare), workspaces, true);
  }
  const packageName = bare
    .split('/')
    .slice(0, bare.startsWith('@') ? 2 : 1)
    .join('/');
  const workspace = workspaces.byName.get(packageName);
  if (workspace === undefined) return { kind: 'npm', packageName };
  const file = exportedFile(workspace, `.${bare.slice(packageName.length)}`);
  return file === undefined ? { kind: 'missing' } : ownFile(root, file, workspaces, false);
}

function ownFile(root: string, path: string, workspaces: Workspaces, relative: boolean): Target {
  const workspace = [...workspaces.byName.values()].find(({ folder }) => path.startsWith(`${folder}/`));
  if (workspace === undefined) return { kind: 'outside' };
  return existsSync(join(root, path)) ? { kind: 'own', path, workspace, relative } : { kind: 'missing' };
}
