import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toAtom } from './atom.ts';
import { type OwnReleaseRecord, ownReleasesPage } from './own-releases.ts';

const release = (version: string, releaseNumber: number, more: Partial<OwnReleaseRecord> = {}): OwnReleaseRecord => ({
  ...{ component: 'connect-sync', version, releaseNumber, publishedAt: `2026-11-${10 + releaseNumber}T08:00:00Z` },
  ...{ isForAutoUpgrade: true, isRecalled: false, ...more },
});

test('releases of an installation are a page like the public ones, the newest first', () => {
  const { rows, product } = ownReleasesPage(
    [
      release('1.0.0.0', 1),
      release('1.0.1.0', 2, { isRecalled: true }),
      release('1.0.2.0', 3, { isForAutoUpgrade: false, notes: 'One.\n\nTwo.', deliberatelyBroken: 'crash' }),
    ],
    '2026-11-22',
  );
  assert.equal(product, 'springline');
  assert.deepEqual(
    rows.map(({ version, releasedOn, channels, supportStatus, notes }) => [
      version,
      releasedOn,
      channels,
      supportStatus,
      notes,
    ]),
    [
      ['1.0.2.0', '2026-11-13', ['download'], 'unknown', ['made to fail, for a rehearsal: crash', 'One.', 'Two.']],
      ['1.0.1.0', '2026-11-12', ['recalled'], 'recalled', []],
      ['1.0.0.0', '2026-11-11', ['download', 'auto-upgrade'], 'unknown', []],
    ],
  );
});

test('an anchor stays with its release when later ones come, also with the same digits', () => {
  const before = [release('2.1.16.0', 1), release('2.1.16.0', 2, { component: 'health-sync' })];
  const after = [release('2.11.6.0', 3), ...before];
  const anchors = (page: ReturnType<typeof ownReleasesPage>) =>
    new Map(page.rows.map(({ component, version, anchor }) => [`${component} ${version}`, anchor]));
  const old = anchors(ownReleasesPage(before, '2026-11-22'));
  const now = anchors(ownReleasesPage(after, '2026-11-22'));
  for (const [name, anchor] of old) assert.equal(now.get(name), anchor);
  assert.equal(now.get('connect-sync 2.1.16.0'), 'connect-sync-21160');
  assert.equal(now.get('connect-sync 2.11.6.0'), 'connect-sync-2-11-6-0');
});

test('a feed of an installation says which component came out', () => {
  const page = ownReleasesPage([release('1.0.0.0', 1, { isRecalled: true })], '2026-11-22');
  const feed = toAtom(page, { feedUrl: 'https://a.example/feed', pageUrl: 'https://a.example/page' });
  assert.match(feed, /<title>connect-sync 1\.0\.0\.0 \(recalled\)<\/title>/);
  assert.match(feed, /href="https:\/\/a\.example\/page#connect-sync-1000"/);
});
