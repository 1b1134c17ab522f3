import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { EpochMs } from '@springline/ports/clock';
import { parseCampaign } from './campaign.ts';
import type { Installation } from './judge.ts';
import { noticeOf, noticesDue, type SentNotice } from './notices.ts';
import { tally } from './tally.ts';

const notice = new URL('../../../scenarios/september-2024/notice.json', import.meta.url);
const campaign = parseCampaign(JSON.parse(readFileSync(notice, 'utf8')));
const revision = campaign.revisions[0]!;
const at = (text: string): EpochMs => Date.parse(text) as EpochMs;
const sent = (...stages: readonly SentNotice['stage'][]): readonly SentNotice[] =>
  stages.map((stage) => ({ revision: 1, stage }));

for (const [name, when, done, due] of [
  ['91 days before nothing is due', '2024-06-17T23:59:59Z', [], []],
  ['90 days before the first is due', '2024-06-18T00:00:00Z', [], [90]],
  ['it is sent once', '2024-06-19T00:00:00Z', sent(90), []],
  ['then at 30 days', '2024-08-17T00:00:00Z', sent(90), [30]],
  ['at 7', '2024-09-09T00:00:00Z', sent(90, 30), [7]],
  ['at 1', '2024-09-15T00:00:00Z', sent(90, 30, 7), [1]],
  ['and on the day', '2024-09-16T12:00:00Z', sent(90, 30, 7, 1), [0]],
  ['a sender who was away owes all, the nearest last', '2024-09-10T00:00:00Z', sent(90), [30, 7]],
  ['what is nearer makes what is farther needless', '2024-09-10T00:00:00Z', sent(7), []],
  [
    'what was sent of another revision does not count',
    '2024-09-15T00:00:00Z',
    [{ revision: 2, stage: 0 }],
    [90, 30, 7, 1],
  ],
  ['before it is published nothing is due', '2023-11-05T00:00:00Z', [], []],
] as const) {
  test(`notices: ${name}`, () => assert.deepEqual(noticesDue(revision, done, at(when)), due));
}

test('a notice names the servers by group, and what agents call themselves cannot break its lines', () => {
  const server: Installation = {
    ...{ tenant: 'contoso', hostName: 'sync1\r\nBcc: all\u202e', component: 'connect-sync', version: '2.2.8.0' },
    ...{ state: 'Disabled', channel: 'HUS', lastSeenAt: at('2024-09-02T00:00:00Z'), source: 'agent' },
  };
  const counts = tally(revision, [server], at('2024-09-02T00:00:00Z'));
  const { subject, text, affected } = noticeOf(campaign, revision, 30, counts);
  assert.equal(subject, 'Upgrade by 16 September 2024 (14 days left): 1 server is below the minimum');
  assert.match(text, /\nopted out \(1\):\n- sync1��Bcc: all� \(contoso\): auto-upgrade was switched off by a person\n/);
  assert.match(text, /\n- health-ad-ds: not yet announced\n/);
  assert.deepEqual(
    affected.map(({ group, count }) => [group, count]),
    [['opted-out', 1]],
  );
});

test('a notice about ten thousand servers stays short and gives their number', () => {
  const servers = Array.from(
    { length: 10_000 },
    (_, at): Installation => ({
      ...{
        tenant: 't'.repeat(500),
        hostName: `${at}${'h'.repeat(500)}`,
        component: 'connect-sync',
        version: '2.2.8.0',
      },
      ...{ state: 'Enabled', channel: 'PKS', source: 'recorded' },
    }),
  );
  const now = at('2024-09-16T00:00:00Z');
  const { text, affected } = noticeOf(campaign, revision, 0, tally(revision, servers, now));
  assert.ok(text.length < 10_000);
  assert.match(text, /\non PKS \(10000\):\n/);
  assert.match(text, /\n- and 9980 more\n/);
  assert.equal(affected[0]!.servers.length, 200);
});

test('with nothing below, the notice says so', () => {
  const counts = tally(revision, [], at('2024-09-17T00:00:00Z'));
  const { subject, text } = noticeOf(campaign, revision, 0, counts);
  assert.equal(subject, 'Upgrade by 16 September 2024 (the date has passed): 0 servers are below the minimum');
  assert.match(text, /No server is below the minimum\./);
});
