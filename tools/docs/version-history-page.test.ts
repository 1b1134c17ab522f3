import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { recordsOf } from '@springline/auto-upgrade/history/history';
import { publicHistory } from '@springline/auto-upgrade/history/public-history';
import { deprecatedPage } from './deprecated-page.ts';
import { repository } from './documents.ts';
import { anchorsIn } from './markdown.ts';
import { versionHistoryPage } from './version-history-page.ts';

for (const [path, make] of [
  ['docs/version-history.md', versionHistoryPage],
  ['docs/deprecated-versions.md', deprecatedPage],
] as const) {
  test(`${path} says what the data set says`, () => {
    const text = readFileSync(join(repository, path), 'utf8');
    assert.ok(text.startsWith('<!-- Made from code'));
    assert.equal(text.slice(text.indexOf('# ')), make());
  });
}

test('the anchor of the notice leads to 2.3.2.0, and every build has one of its own', () => {
  const page = versionHistoryPage();
  assert.match(page, /\| <a id="2320"><\/a>2\.3\.2\.0 \| 2023-12-12 \|/);
  const ids = [...page.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id!);
  assert.equal(new Set(ids).size, ids.length);
  const builds = (['connect-sync', 'health', 'cloud-sync'] as const).flatMap((each) => recordsOf(publicHistory, each));
  assert.equal(ids.length, builds.length);
  const anchors = anchorsIn(page);
  for (const [, target] of page.matchAll(/\]\(#([^)]+)\)/g)) assert.ok(anchors.has(target!), target);
});
