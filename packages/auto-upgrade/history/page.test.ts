import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toAtom } from './atom.ts';
import type { VersionHistory } from './history.ts';
import { toJson } from './json.ts';
import { historyPage, pageOfItsDay } from './page.ts';
import { publicHistory } from './public-history.ts';

const places = {
  feedUrl: 'https://springline.example/feeds/connect-sync',
  pageUrl: 'https://springline.example/history?a=1&b=2',
};

test('the page shows each release with its anchor, its support on the day and where the published date differs', () => {
  const page = historyPage(publicHistory, 'connect-sync', '2026-10-24');
  const row = (version: string) => page.rows.find((each) => each.version === version)!;
  assert.equal(page.rows[0]!.version, '2.6.92.0');
  assert.deepEqual([row('2.6.92.0').supportStatus, row('2.6.79.0').supportStatus], ['supported', 'recalled']);
  assert.deepEqual([row('2.5.79.0').supportStatus, row('2.5.190.0').supportStatus], ['ended', 'supported']);
  assert.deepEqual(row('2.5.79.0').support, {
    ...{ computed: '2026-11-19', rule: 'twelve-months', endedBy: '2.5.190.0', published: '2026-10-23', differs: true },
    reason: 'the published date is 12 months after 23 October 2025, while 2.5.190.0 is dated 19 November 2025',
  });
  const dayBefore = historyPage(publicHistory, 'connect-sync', '2026-10-23');
  assert.equal(dayBefore.rows.find(({ version }) => version === '2.5.79.0')!.supportStatus, 'supported');
  assert.equal(historyPage(publicHistory, 'cloud-sync', '2026-10-24').rows[0]!.supportStatus, 'unknown');
});

test('a page of its day has nothing that came later: no release, no minimum, no contradiction about one', () => {
  const on = (day: string) => pageOfItsDay(historyPage(publicHistory, 'connect-sync', day));
  assert.equal(on('2024-09-02').rows[0]!.version, '2.3.20.0');
  assert.deepEqual(
    on('2024-09-02').forcedMinimums.map(({ version }) => version),
    ['2.3.2.0', '2.3.8.0'],
  );
  assert.deepEqual(on('2024-09-02').contradictions, []);
  assert.deepEqual(on('1999-01-01').rows, []);
  assert.deepEqual(on('2026-10-24'), historyPage(publicHistory, 'connect-sync', '2026-10-24'));
  // 1.1.749.0 has no date: it lies below what came out on 2018-03-22.
  const has = (day: string): boolean => on(day).rows.some(({ version }) => version === '1.1.749.0');
  assert.deepEqual([has('2018-03-21'), has('2018-03-22')], [false, true]);
});

test('the same page is the same JSON, with its format named', () => {
  const text = toJson(historyPage(publicHistory, 'health', '2026-10-24'));
  assert.equal(text, toJson(historyPage(publicHistory, 'health', '2026-10-24')));
  assert.equal((JSON.parse(text) as { format: string }).format, 'springline-version-history-1');
});

test('a feed has the newest 50 releases with links to their anchors, and its date is that of the newest', () => {
  const feed = toAtom(historyPage(publicHistory, 'connect-sync', '2026-10-24'), places);
  assert.equal(feed.split('<entry>').length - 1, 50);
  assert.match(feed, /^<\?xml version="1\.0" encoding="utf-8"\?>\n<feed xmlns="http:\/\/www\.w3\.org\/2005\/Atom">\n/);
  assert.match(feed, /\n {2}<updated>2026-09-23T00:00:00Z<\/updated>\n/);
  assert.match(feed, /href="https:\/\/springline\.example\/history\?a=1&amp;b=2#2320"/);
  assert.match(feed, /<title>2\.6\.79\.0 \(recalled\)<\/title>\n {4}<updated>2026-06-01T00:00:00Z</);
});

test('nothing in a note becomes markup, and what XML cannot hold is replaced', () => {
  const record = { product: 'health', version: '9.0', releasedOn: '2027', channels: [], status: 'released' } as const;
  const history: VersionHistory = {
    ...{ milestones: [], forcedMinimums: [], contradictions: [] },
    records: [{ ...record, notes: ['</summary><script>"\'&\u0000\uffff\ud800'] }],
  };
  const feed = toAtom(historyPage(history, 'health', '2027-01-01'), places);
  assert.match(feed, /&lt;\/summary&gt;&lt;script&gt;&quot;&#39;&amp;���\./);
});

test('a product without releases has a feed all the same', () => {
  const none: VersionHistory = { records: [], milestones: [], forcedMinimums: [], contradictions: [] };
  assert.match(toAtom(historyPage(none, 'health', '2027-01-01'), places), /<updated>1970-01-01T00:00:00Z<\/updated>/);
});
