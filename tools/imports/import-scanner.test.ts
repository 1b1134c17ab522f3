import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findImports } from './import-scanner.ts';

for (const row of [
  {
    name: 'every form of import is found',
    source: `import a from 'a'; import * as b from "b"; import 'c';`,
    found: ['a', 'b', 'c'],
  },
  { name: 'type-only imports count', source: `import type { A } from './a.ts';`, found: ['./a.ts'] },
  { name: 'names over several lines', source: `import x, {\n  type A,\n  b as from,\n} from 'm';`, found: ['m'] },
  {
    name: 'exports from another file',
    source: `export * from 'a'; export type { B } from 'b'; export { c };`,
    found: ['a', 'b'],
  },
  {
    name: 'imports at run time',
    source: `await import('a'); import(\`b\`); f(...require('c'));`,
    found: ['a', 'b', 'c'],
  },
  { name: 'types by import', source: `type T = import('a').T;`, found: ['a'] },
  { name: 'resolved names', source: `import.meta.resolve('a'); require.resolve('b');`, found: ['a', 'b'] },
  { name: 'a file for a worker', source: `new Worker(new URL('./w.ts', import.meta.url));`, found: ['./w.ts'] },
  { name: 'a computed name is found as such', source: `import(name); import('a' + b);`, found: [undefined, undefined] },
  { name: 'comments are no code', source: `// import 'a';\n/* import 'b'; */ import 'c';`, found: ['c'] },
  {
    name: 'strings and templates are no code',
    source: `f("import 'a'", \`\nimport 'b';\n\`); import 'c';`,
    found: ['c'],
  },
  {
    name: 'substitutions in templates are code',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the source under test has a template
    source: '`${`${{ a: import("a") }}`} import "b"`; import "c";',
    found: ['a', 'c'],
  },
  { name: 'a regular expression is no string', source: `x.replace(/['"\`]/g, ''); import('a');`, found: ['a'] },
  { name: 'a division is no regular expression', source: `a / b; import('c'); d / e;`, found: ['c'] },
  { name: 'an apostrophe in JSX text', source: `const p = <p>don't</p>;\nimport('a');`, found: ['a'] },
  { name: 'members and keys of that name', source: `a.import('b'); a.require('c'); ({ import: 'd' });`, found: [] },
  { name: 'import.meta', source: `import.meta.url; export const from = 'a';`, found: [] },
]) {
  test(`what is imported: ${row.name}`, () => {
    assert.deepEqual(
      findImports(row.source).map(({ specifier }) => specifier),
      row.found,
    );
  });
}

test('lines are counted from 1, through comments and templates', () => {
  const source = '/*\n*/ `\n` + "\\\n";\nimport "a";';
  assert.deepEqual(findImports(source), [{ specifier: 'a', isTypeOnly: false, line: 5 }]);
});

// biome-ignore lint/suspicious/noTemplateCurlyInString: the sources under test have templates
for (const source of ['/* open', '`open', '`${open', "`${'}'}"]) {
  test(`a source that ends inside ${JSON.stringify(source)} is refused, not half read`, () => {
    assert.throws(() => findImports(source), /does not end/);
  });
}

for (const [source, isTypeOnly] of [
  [`import type { A } from 'a';`, true],
  [`import type A from 'a';`, true],
  [`import type * as a from 'a';`, true],
  [`export type { A } from 'a';`, true],
  [`export type * from 'a';`, true],
  [`import { type A } from 'a';`, false],
  [`import type from 'a';`, false],
  [`import type, { A } from 'a';`, false],
  [`import 'a';`, false],
] as const) {
  test(`${source} ${isTypeOnly ? 'leaves nothing to run' : 'runs'}`, () => {
    assert.deepEqual(findImports(source), [{ specifier: 'a', isTypeOnly, line: 1 }]);
  });
}
