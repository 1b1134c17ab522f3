import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { brokenLinks, reachableFrom } from './broken-links.ts';
import { readDocuments } from './documents.ts';

function repositoryWith(t: TestContext, files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'springline-links-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

test('a link that names no file, no heading, or a place outside is told with its line', (t) => {
  const root = repositoryWith(t, {
    'docs/a.md':
      '# A\n[b](b.md)\n[c](../src/c.ts)\n[here](#a)\n[gone](gone.md)\n[h](b.md#h)\n[out](../../x.md)\n[abs](/b.md)',
    'docs/b.md': '# B\n[web](https://example.org/x.md) [mail](mailto:a@b.example) [folder](../src/)',
    'src/c.ts': '',
    'node_modules/x/README.md': '[lost](lost.md)',
  });
  assert.deepEqual(brokenLinks(readDocuments(root), root), [
    'docs/a.md:5: gone.md names no file',
    'docs/a.md:6: b.md#h names no heading of docs/b.md',
    'docs/a.md:7: ../../x.md leads out of the repository',
    'docs/a.md:8: /b.md begins at the root of a server; write a relative path',
  ]);
});

test('pages are reached through other pages', (t) => {
  const root = repositoryWith(t, {
    'docs/README.md': '[a](guides/a.md)',
    'docs/guides/a.md': '[b](b.md#x)',
    'docs/guides/b.md': '# X',
    'docs/guides/lonely.md': '[home](../README.md)',
  });
  assert.deepEqual(
    [...reachableFrom('docs/README.md', readDocuments(root))],
    ['docs/README.md', 'docs/guides/a.md', 'docs/guides/b.md'],
  );
});
