import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { checkCycles } from './cycles.ts';
import { readImportGraph } from './import-graph.ts';
import { checkEachImport } from './import-rules.ts';
import { checkNpmFree } from './npm-free.ts';

/** One line for each broken rule: `rule file:line reason`. */
function brokenRules(root: string): string[] {
  const graph = readImportGraph(root);
  return [...checkEachImport(graph), ...checkCycles(graph), ...checkNpmFree(graph)].map(
    ({ rule, file, line, reason }) => `${rule} ${file}:${line} ${reason}`,
  );
}

test('every import of this repository goes the way the architecture allows', () => {
  const broken = brokenRules(join(import.meta.dirname, '../..'));
  assert.ok(broken.length === 0, `${broken.length} imports against the rules:\n${broken.join('\n')}`);
});

/** Dependencies of each workspace of a planted repository; what they export is `./*`. */
const workspaces: Record<string, { dependencies?: string[]; devDependencies?: string[] }> = {
  'packages/ports': {},
  'packages/api': { dependencies: ['zod'] },
  'packages/directory': { dependencies: ['@springline/ports', 'ldapts'], devDependencies: ['scim2-parse-filter'] },
  'packages/connect-sync': { dependencies: ['@springline/directory', '@springline/ports'] },
  'packages/cloud-sync': { dependencies: ['@springline/connect-sync'] },
  'packages/unheard-of': { dependencies: ['@springline/ports'] },
  'apps/agent': { dependencies: ['@springline/api', '@springline/connect-sync', '@springline/directory'] },
  'apps/control-plane': {},
  'apps/portal': { dependencies: ['@springline/api', '@springline/directory'] },
  'apps/cli': { dependencies: ['@springline/control-plane'] },
  tools: { dependencies: ['@springline/control-plane', '@springline/api'] },
};

const ordinaryFiles: Record<string, string> = {
  'packages/ports/clock.ts': 'export const clock = 1;',
  'packages/api/routes.ts': 'export const routes = 1;',
  'packages/directory/dn.ts': `import { clock } from '@springline/ports/clock';`,
  'packages/connect-sync/rules/rule.ts': 'export const rule = 1;',
  'packages/connect-sync/export.ts': 'export const out = 1;',
  'apps/control-plane/main.ts': 'export const main = 1;',
  'tools/sample.ts': `import { main } from '@springline/control-plane/main';`,
};

function plant(t: TestContext, files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'springline-imports-'));
  t.after(() => rmSync(root, { recursive: true }));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const versions = (names: string[] = []) => Object.fromEntries(names.map((name) => [name, '*']));
  const rootPackage = { workspaces: ['packages/*', 'apps/*', 'tools'], devDependencies: versions(['fast-check']) };
  write('package.json', JSON.stringify(rootPackage));
  for (const [folder, { dependencies, devDependencies }] of Object.entries(workspaces)) {
    const name = `@springline/${folder.split('/').at(-1)}`;
    const declared = { dependencies: versions(dependencies), devDependencies: versions(devDependencies) };
    write(`${folder}/package.json`, JSON.stringify({ name, exports: { './*': './*.ts' }, ...declared }));
  }
  for (const [path, text] of Object.entries({ ...ordinaryFiles, ...files })) write(path, text);
  return root;
}

interface Planted {
  readonly name: string;
  readonly files: Record<string, string>;
  /** Patterns of the broken rules, in order; none when the import is allowed. */
  readonly broken: readonly RegExp[];
}

const arrows: readonly Planted[] = [
  { name: 'a repository that keeps every rule has nothing to report', files: {}, broken: [] },
  {
    name: 'ports import nothing of ours',
    files: { 'packages/ports/log.ts': `import '@springline/directory/dn';` },
    broken: [/^arrow packages\/ports\/log\.ts:1 imports @springline\/directory\/dn: ports are the bottom/],
  },
  {
    name: 'the HTTP contract imports nothing of ours, not even a type',
    files: { 'packages/api/shape.ts': `\nimport type { Clock } from '@springline/ports/clock';` },
    broken: [/^arrow packages\/api\/shape\.ts:2 .*: the HTTP contract stands alone/],
  },
  {
    name: 'a protocol does not import a product',
    files: { 'packages/directory/bad.ts': `export * from '@springline/connect-sync/export';` },
    broken: [/^arrow .*: a protocol knows no product/],
  },
  {
    name: 'products do not import each other',
    files: { 'packages/cloud-sync/job.ts': `import('@springline/connect-sync/export');` },
    broken: [/^arrow .*: products import protocols and ports, not each other/],
  },
  {
    name: 'cloud-sync may use the expression engine of connect-sync',
    files: { 'packages/cloud-sync/job.ts': `import { rule } from '@springline/connect-sync/rules/rule';` },
    broken: [],
  },
  {
    name: 'products do not import the HTTP contract',
    files: { 'packages/connect-sync/bad.ts': `import { routes } from '@springline/api/routes';` },
    broken: [/^arrow .*: only programs import the HTTP contract/],
  },
  {
    name: 'programs import the contract and products',
    files: { 'apps/agent/main.ts': `import '@springline/api/routes'; import '@springline/connect-sync/export';` },
    broken: [],
  },
  {
    name: 'a program does not import another program',
    files: { 'apps/agent/main.ts': `import '@springline/control-plane/main';` },
    broken: [/^arrow .*: a program is wired from packages/],
  },
  {
    name: 'the command line starts the other programs',
    files: { 'apps/cli/up.ts': `await import('@springline/control-plane/main');` },
    broken: [],
  },
  {
    name: 'the portal imports no more of ours than a browser may run',
    files: { 'apps/portal/app.tsx': `import '@springline/api/routes';\nimport '@springline/directory/dn';` },
    broken: [/^arrow apps\/portal\/app\.tsx:2 .*: the portal is a client of the HTTP contract/],
  },
  {
    name: 'nothing that ships imports the tools',
    files: { 'apps/agent/main.ts': `import '@springline/tools/sample';` },
    broken: [/^arrow .*: tools and bench are for tests/],
  },
  {
    name: 'a test imports the tools without declaring them',
    files: { 'packages/directory/dn.test.ts': `import '@springline/tools/sample';` },
    broken: [],
  },
  {
    name: 'a file that ships does not import a test file',
    files: { 'apps/agent/main.ts': `import './main.test.ts';`, 'apps/agent/main.test.ts': '' },
    broken: [/^arrow .*: \.\/main\.test\.ts is for tests/],
  },
  {
    name: 'a workspace without a layer is refused until it has one',
    files: { 'packages/unheard-of/a.ts': `import '@springline/ports/clock';` },
    broken: [/^arrow .*: packages\/unheard-of has no layer yet/],
  },
];

const declarations: readonly Planted[] = [
  {
    name: 'a package that another one installed must be declared all the same',
    files: { 'packages/directory/a.ts': `import { z } from 'zod/v4';` },
    broken: [/^undeclared .* imports zod\/v4: zod is not declared in packages\/directory\/package\.json/],
  },
  {
    name: 'a workspace of ours must be declared too',
    files: { 'apps/control-plane/a.ts': `import '@springline/ports/clock';` },
    broken: [/^undeclared .*: @springline\/ports is not declared in apps\/control-plane/],
  },
  {
    name: 'what is declared for tests does not ship',
    files: {
      'packages/directory/a.ts': `import 'scim2-parse-filter';`,
      'packages/directory/b.ts': `import 'fast-check';`,
    },
    broken: [/^undeclared .*a\.ts:1 .* tests only/, /^undeclared .*b\.ts:1 .* tests only/],
  },
  {
    name: 'tests use the devDependencies of their package and of the root',
    files: { 'packages/directory/a.test.ts': `import 'scim2-parse-filter'; import fc from 'fast-check';` },
    broken: [],
  },
  {
    name: 'tests do not use what nobody declared',
    files: { 'packages/connect-sync/a.test.ts': `require('ldapts');` },
    broken: [/^undeclared .*: ldapts is not declared/],
  },
];

const places: readonly Planted[] = [
  {
    name: 'a relative import stays in its workspace',
    files: {
      'packages/directory/a.ts': `import '../ports/clock.ts';`,
      'packages/directory/b.ts': `import '../../package.json';`,
    },
    broken: [/^leaves .*a\.ts:1 .* import @springline\/ports by its name/, /^leaves .*b\.ts:1 .* out of the workspace/],
  },
  {
    name: 'an import of a file that is not there is named',
    files: { 'packages/directory/a.ts': `import './gone.css'; import '@springline/ports/gone';` },
    broken: [/^missing .* imports \.\/gone\.css/, /^missing .* imports @springline\/ports\/gone/],
  },
  {
    name: 'an index file exists only at the front door of a package',
    files: { 'packages/directory/index.ts': '', 'packages/directory/ldap/index.ts': '' },
    broken: [/^index packages\/directory\/ldap\/index\.ts:1 /],
  },
  {
    name: 'files do not import each other in a circle, and a knot is told once',
    files: {
      'packages/directory/a.ts': `import './b.ts';`,
      'packages/directory/b.ts': `\nimport type { C } from './c.ts';`,
      'packages/directory/c.ts': `import '@springline/directory/a';`,
    },
    broken: [
      /^cycle packages\/directory\/a\.ts:1 .*a\.ts -> packages\/directory\/b\.ts -> packages\/directory\/c\.ts -> /,
    ],
  },
  {
    name: 'the Updater runs no npm code, directly or through a file of ours',
    files: {
      'apps/agent/updater/main.ts': `import '../journal.ts'; import 'node:fs';`,
      'apps/agent/journal.ts': `import '@springline/directory/client';`,
      'packages/directory/client.ts': `import 'ldapts';`,
    },
    broken: [
      /^npm-free packages\/directory\/client\.ts:1 imports ldapts \(reached by apps\/agent\/updater\/main\.ts -> apps\/agent\/journal\.ts -> packages/,
    ],
  },
  {
    name: 'the Updater may name the types of what it does not run',
    files: {
      'apps/agent/updater/main.ts': `import type { Shape } from '@springline/directory/client'; import 'node:fs';`,
      'packages/directory/client.ts': `import 'ldapts';`,
    },
    broken: [],
  },
  {
    name: 'the Updater imports nothing by a name made at run time',
    files: { 'apps/agent/updater/main.ts': `await import(process.argv[2]);` },
    broken: [/^npm-free apps\/agent\/updater\/main\.ts:1 imports a name computed at run time/],
  },
  {
    name: 'ports run no npm code; their tests may',
    files: { 'packages/ports/a.ts': `import 'fast-check';`, 'packages/ports/a.test.ts': `import 'fast-check';` },
    broken: [/^undeclared packages\/ports\/a\.ts/, /^npm-free packages\/ports\/a\.ts:1 imports fast-check/],
  },
];

for (const row of [...arrows, ...declarations, ...places]) {
  test(row.name, (t) => {
    const found = brokenRules(plant(t, row.files));
    assert.equal(found.length, row.broken.length, found.join('\n'));
    for (const [at, pattern] of row.broken.entries()) assert.match(found[at] ?? '', pattern);
  });
}

test('a file whose imports cannot be read to the end fails the test and is named', (t) => {
  const root = plant(t, { 'packages/ports/a.ts': '\n/* never closed' });
  assert.throws(() => brokenRules(root), /cannot read the imports of packages\/ports\/a\.ts/);
});
