/**
 * What each part of the repository may import, as data with the reason to show, and the check of one import at a time.
 * Rules about paths through several files are in `cycles.ts` and `npm-free.ts`.
 */
import type { Import, ImportGraph, SourceFile, Target, Violation } from './import-graph.ts';
import type { Workspace } from './workspace.ts';

type Layer = 'port' | 'contract' | 'protocol' | 'product' | 'app' | 'tooling';

/** A workspace that is not here is refused until somebody says where it belongs. */
const layersByFolder: ReadonlyMap<string, Layer> = new Map([
  ['packages/ports', 'port'],
  ['packages/api', 'contract'],
  ['packages/tuf', 'protocol'],
  ['packages/directory', 'protocol'],
  ['packages/auto-upgrade', 'product'],
  ['packages/connect-sync', 'product'],
  ['packages/cloud-sync', 'product'],
  ['packages/cloud-directory', 'product'],
  ['packages/connect-health', 'product'],
  ['packages/adviser', 'product'],
  ['apps/control-plane', 'app'],
  ['apps/agent', 'app'],
  ['apps/portal', 'app'],
  ['apps/cli', 'app'],
  ['tools', 'tooling'],
  ['bench', 'tooling'],
]);

const arrows: Readonly<Record<Layer, { readonly to: readonly Layer[]; readonly reason: string }>> = {
  port: {
    to: [],
    reason: 'ports are the bottom: they name what we need of the outside world and import nothing of ours',
  },
  contract: {
    to: [],
    reason: 'the HTTP contract stands alone so that any client can use it; it imports nothing of ours',
  },
  protocol: {
    to: ['port'],
    reason: 'a protocol knows no product and no other protocol; of ours it imports ports only',
  },
  product: {
    to: ['protocol', 'port'],
    reason: 'products import protocols and ports, not each other; only cloud-sync uses connect-sync/rules',
  },
  app: {
    to: ['contract', 'product', 'protocol', 'port'],
    reason: 'a program is wired from packages, not from other programs; only the command line starts the others',
  },
  tooling: { to: ['port', 'contract', 'protocol', 'product', 'app', 'tooling'], reason: '' },
};

const contractReason = 'only programs import the HTTP contract and map its shapes to domain types';
const toolingReason = 'tools and bench are for tests and developers; nothing that ships imports them';

/** Paths that may be imported against the arrows. */
const exceptions: readonly { readonly from: string; readonly to: string }[] = [
  { from: 'packages/cloud-sync/', to: 'packages/connect-sync/rules/' },
  { from: 'apps/cli/', to: 'apps/' },
];

/** The portal runs in a browser: what it imports of ours must be free of servers. */
const portal = {
  folder: 'apps/portal',
  to: ['packages/api/', 'packages/adviser/', 'packages/auto-upgrade/rollout/'],
  reason: 'the portal is a client of the HTTP contract; of ours it imports api, adviser and auto-upgrade/rollout only',
};

/** Checks every import and file name by itself. */
export function checkEachImport(graph: ImportGraph): Violation[] {
  return [...graph.files.values()].flatMap((file) => [
    ...frontDoor(file),
    ...file.imports.flatMap((found) => {
      const broken = brokenRule(graph, file, found);
      if (broken === undefined) return [];
      const { rule, reason } = broken;
      return [{ rule, file: file.path, line: found.line, reason: `imports ${found.specifier}: ${reason}` }];
    }),
  ]);
}

interface Broken {
  readonly rule: string;
  readonly reason: string;
}

function brokenRule(graph: ImportGraph, file: SourceFile, { specifier, target }: Import): Broken | undefined {
  switch (target.kind) {
    case 'node':
    case 'computed':
      return undefined;
    case 'missing':
      return { rule: 'missing', reason: 'there is no such file, or the package does not export it' };
    case 'outside':
      return { rule: 'leaves', reason: 'the path leads out of the workspace' };
    case 'npm':
      return undeclared(graph, file, target.packageName);
    case 'own':
      return brokenOwnImport(graph, file, specifier, target);
  }
}

function brokenOwnImport(
  graph: ImportGraph,
  file: SourceFile,
  specifier: string,
  target: Extract<Target, { kind: 'own' }>,
): Broken | undefined {
  if (target.workspace !== file.workspace) {
    if (target.relative) {
      const reason = `a relative path stays in its workspace; import ${target.workspace.name} by its name`;
      return { rule: 'leaves', reason };
    }
    const wrong = againstTheArrows(file, target.path, target.workspace) ?? undeclaredOwn(graph, file, target.workspace);
    if (wrong !== undefined) return wrong;
  }
  // A bench starts the real thing the way tests do, and ships as little.
  if (!file.isTest && !file.path.startsWith('bench/') && graph.files.get(target.path)?.isTest === true) {
    return { rule: 'arrow', reason: `${specifier} is for tests, and this file ships` };
  }
  return undefined;
}

function againstTheArrows(file: SourceFile, path: string, to: Workspace): Broken | undefined {
  const fromLayer = layersByFolder.get(file.workspace.folder);
  const toLayer = layersByFolder.get(to.folder);
  if (fromLayer === undefined || toLayer === undefined) {
    const unknown = fromLayer === undefined ? file.workspace.folder : to.folder;
    return { rule: 'arrow', reason: `${unknown} has no layer yet; give it one in tools/imports/import-rules.ts` };
  }
  if (fromLayer === 'tooling') return undefined;
  if (toLayer === 'tooling') return file.isTest ? undefined : { rule: 'arrow', reason: toolingReason };
  // The tests of a program may start the others: that is what end to end means.
  if (file.isTest && fromLayer === 'app' && toLayer === 'app') return undefined;
  if (file.workspace.folder === portal.folder && !portal.to.some((start) => path.startsWith(start))) {
    return { rule: 'arrow', reason: portal.reason };
  }
  if (exceptions.some(({ from, to: start }) => file.path.startsWith(from) && path.startsWith(start))) return undefined;
  const { to: allowed, reason } = arrows[fromLayer];
  if (allowed.includes(toLayer)) return undefined;
  const contract = toLayer === 'contract' && allowed.length > 0;
  return { rule: 'arrow', reason: contract ? contractReason : reason };
}

/** Tests may use our tooling without declaring it in every package. */
function undeclaredOwn(graph: ImportGraph, file: SourceFile, to: Workspace): Broken | undefined {
  if (file.isTest && layersByFolder.get(to.folder) === 'tooling') return undefined;
  return undeclared(graph, file, to.name);
}

function undeclared(graph: ImportGraph, file: SourceFile, packageName: string): Broken | undefined {
  const { name, folder, dependencies, devDependencies } = file.workspace;
  if (packageName === name || dependencies.has(packageName)) return undefined;
  const forTests = devDependencies.has(packageName) || graph.workspaces.rootDevDependencies.has(packageName);
  if (forTests && file.isTest) return undefined;
  const where = `${folder}/package.json`;
  const reason = forTests
    ? `${packageName} is declared for tests only, and this file ships; move it to "dependencies" of ${where}`
    : `${packageName} is not declared in ${where}; npm lets it through only because something else installed it`;
  return { rule: 'undeclared', reason };
}

function frontDoor(file: SourceFile): Violation[] {
  const inside = file.path.slice(file.workspace.folder.length + 1);
  if (!/\/index\.[cm]?[jt]sx?$/.test(inside)) return [];
  const reason = 'an index file exists only at a package’s front door; import from the file that defines a thing';
  return [{ rule: 'index', file: file.path, line: 1, reason }];
}
