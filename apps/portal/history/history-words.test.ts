import assert from 'node:assert/strict';
import { test } from 'node:test';
import { historyAnswer } from '@springline/api/shapes/version-history';
import { historyOf } from '../testing/history-fixtures.ts';
import { anchorIn, channelWords, dayWords, lossesOf, supportWords, tabOf } from './history-words.ts';

const history = historyAnswer.parse(historyOf('connect-sync', []));
const row = (version: string) => history.rows.find((each) => each.version === version)!;

test('an address without a product is that of Connect Sync, and one that there is not has no page', () => {
  assert.equal(tabOf(undefined)?.product, 'connect-sync');
  assert.equal(tabOf('health')?.title, 'Connect Health');
  assert.equal(tabOf('exchange'), undefined);
});

test('an anchor is the digits of a version; the version itself is understood too', () => {
  assert.equal(anchorIn('2320', history.rows), '2320');
  assert.equal(anchorIn('#2.3.2.0', history.rows), '2320');
  assert.equal(anchorIn('9999', history.rows), undefined);
});

test('days are shown as exactly as they are known', () => {
  assert.deepEqual(['2024-09-16', '2025-03', '2015'].map(dayWords), ['16 Sept 2024', 'March 2025', '2015']);
});

test('support says its day, how that is known, and what differs', () => {
  const ended = supportWords(row('2.3.2.0'));
  assert.deepEqual([ended.state, ended.tone], ['Deprecated', 'bad']);
  assert.match(ended.detail.join(' '), /^Support ended 30 Apr 2025/);
  assert.deepEqual(supportWords(row('2.6.92.0')), {
    tone: 'good',
    state: 'Supported',
    detail: ['The newest version.'],
  });
  assert.match(supportWords(row('2.6.91.0')).detail.join(' '), /^Supported until 23 Sept 2027, as published\.$/);
  assert.match(
    supportWords(row('2.5.79.0')).detail.join(' '),
    /as published\. By the published rules it is .+ The published date is 12 months after 23 October 2025/,
  );
});

test('what forced minimums took from a build is named, and nothing that is only reported', () => {
  const losses = lossesOf(row('2.3.2.0'), history);
  assert.match(losses.join('\n'), /Without synchronisation since the end of 30 Sept 2026: below 2\.5\.79\.0\./);
  assert.ok(losses.every((loss) => !loss.includes('2.6.84.0')));
  assert.deepEqual(lossesOf(row('2.6.92.0'), history), []);
});

test('channels are named, with the dates of auto-upgrade', () => {
  const cloudSync = historyAnswer.parse(historyOf('cloud-sync', []));
  const pushed = cloudSync.rows.find(({ version }) => version === '1.1.2334.0')!;
  assert.equal(channelWords(pushed), 'For download, auto-upgrade from 5 May 2026');
});
