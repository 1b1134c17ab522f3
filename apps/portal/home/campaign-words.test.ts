import assert from 'node:assert/strict';
import { test } from 'node:test';
import { campaign, noCampaign } from '../testing/upgrade-fixtures.ts';
import { belowWords, campaignTone, daysLeftWords, safeShare } from './campaign-words.ts';

for (const [days, words] of [
  [14, '14 days left'],
  [1, '1 day left'],
  [0, 'Last day'],
  [-3, '3 days past the date'],
] as const) {
  test(`${days} days read “${words}”`, () => assert.equal(daysLeftWords(days), words));
}

test('who is below is said of the component with the most, of those that were judged', () => {
  assert.equal(belowWords(campaign()), '9 of 12 Connect Sync servers are below 2.3.2.0');
  const [first] = campaign().minimums;
  assert.equal(
    belowWords(campaign({ minimums: [{ ...first!, ok: 0, below: 1 }] })),
    '1 of 1 Connect Sync server is below 2.3.2.0',
  );
  assert.equal(belowWords(campaign({ minimums: [{ ...first!, below: 0 }] })), undefined);
});

test('one server below of many is never a hundred percent', () => {
  const [first] = campaign().minimums;
  assert.equal(safeShare(campaign({ minimums: [{ ...first!, ok: 9_999, below: 1 }] }))?.percent, 99);
  assert.equal(safeShare(noCampaign()), undefined);
});

test('the tone grows with the date and ends with the last server', () => {
  const at = (daysLeft: number) => campaignTone(campaign({ campaign: { ...campaign().campaign!, daysLeft } }));
  assert.deepEqual([at(14), at(6), at(-1)], ['warn', 'bad', 'bad']);
  assert.equal(campaignTone(campaign({ serversTotal: 0 })), 'good');
});
