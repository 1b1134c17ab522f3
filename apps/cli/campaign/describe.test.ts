import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Minimums } from '@springline/api/shapes/campaign';
import { parseCampaign } from '@springline/auto-upgrade/campaign/campaign';
import type { Tally } from '@springline/auto-upgrade/campaign/tally';
import { daysWords, describeMinimums, describeServers } from './describe.ts';

const folder = new URL('../../../scenarios/september-2024/', import.meta.url);
const read = (file: string): unknown => JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
const campaign = parseCampaign(read('notice.json'));

/** As the API answers what the scenario expects at an instant. */
function minimumsAt(file: string, changes: Partial<Minimums> = {}): Minimums {
  const counted = read(`expected/${file}.json`) as Tally;
  const revision = campaign.revisions[counted.revision - 1]!;
  const { publishedAt, deadline, title, minimums } = revision;
  return {
    campaign: {
      ...{ campaignId: campaign.campaignId, name: campaign.name, title, daysLeft: counted.daysLeft },
      ...{ revision: revision.revision, revisions: 2, publishedAt: new Date(publishedAt).toISOString() },
      deadline: { ...deadline, endsAt: new Date(deadline.endsAt).toISOString() },
    },
    minimums: minimums.map((minimum, at) => {
      const { ok, below, notJudged, moved } = counted.components[at]!;
      return { ...minimum, ok, below, notJudged, moved };
    }) as Minimums['minimums'],
    groups: counted.groups,
    servers: counted.servers as Minimums['servers'],
    serversTotal: counted.servers.length,
    problems: [],
    ...changes,
  };
}

test('on 2 September 2024 the table is the one of the scenario', () => {
  assert.deepEqual(describeMinimums(minimumsAt('2024-09-02')).split('\n'), [
    'Upgrade by 16 September 2024 (14 days left)                   published 2023-11-06',
    'component                  minimum            ok  below  not judged',
    'Connect Sync               2.3.2.0             3      9      0',
    'Health: Connect Sync agent 2.3.2.0             3      9      0',
    'Health: AD DS agent        not yet announced   -      -      2',
    'Health: AD FS agent        not yet announced   -      -      1',
    'Below: 3 opted out, 3 failed, 2 on PKS, 1 not seen.  springline upgrade advice --server NAME',
  ]);
});

test('under the later revision it says what comes with what, and by hand', () => {
  assert.deepEqual(describeMinimums(minimumsAt('2024-09-02.r2')).split('\n'), [
    'Upgrade by 23 September 2024 (21 days left)                   published 2024-08-26',
    'component                  minimum            ok  below  not judged',
    'Connect Sync               2.3.2.0             3      9      0',
    'Health: Connect Sync agent 4.5.2466.0          1     11      0',
    'Health: AD DS agent        4.5.2466.0          1      1      0',
    'Health: AD FS agent        4.5.2466.0          0      1      0',
    'Below: 3 opted out, 3 failed, 3 on PKS, 1 not seen, 2 by hand, 1 upgrading.  springline upgrade advice --server NAME',
    'Health: Connect Sync agent: comes with Connect Sync 2.3.8.0, installed by hand.',
  ]);
});

test('after the date it says for how long, who moved, and names those below with why', () => {
  const minimums = minimumsAt('2024-09-17');
  assert.deepEqual(describeMinimums(minimums).split('\n'), [
    'Upgrade by 16 September 2024 (1 day ago)                      published 2023-11-06',
    'component                  minimum            ok  below  not judged',
    'Connect Sync               2.3.2.0             9      2      0',
    'Health: Connect Sync agent 2.3.2.0             9      2      0',
    'Health: AD DS agent        not yet announced   -      -      2',
    'Health: AD FS agent        not yet announced   -      -      1',
    'Below: 1 opted out, 1 not seen.  springline upgrade advice --server NAME',
    'Connect Sync: 1 moved to another component, not counted.',
    'Health: Connect Sync agent: 1 moved to another component, not counted.',
  ]);
  const [first] = minimums.servers;
  const servers = [{ ...first!, hostName: 'a\u001b[31m\u202egnp', tenant: first!.tenant }];
  assert.deepEqual(describeServers({ ...minimums, servers, serversTotal: 1_200 }).split('\n'), [
    'SERVER      GROUP      BELOW                                                          COSTS NOW  KNOWN FROM  WHY',
    'a?[31m?gnp  opted out  connect-sync 2.2.8.0, health-sync (with connect-sync 2.2.8.0)  notify     agent       auto-upgrade was switched off by a person',
    'The first 1 of 1200 are shown.',
  ]);
});

test('numbers of a large fleet stay under their headings', () => {
  const minimums = minimumsAt('2024-09-02');
  const [first, ...rest] = minimums.minimums;
  const [, heading, row] = describeMinimums({
    ...minimums,
    minimums: [{ ...first!, ok: 98_765, below: 1_234_567 }, ...rest],
  }).split('\n');
  assert.equal(heading, 'component                  minimum               ok    below  not judged');
  assert.equal(row, 'Connect Sync               2.3.2.0            98765  1234567      0');
});

test('without a campaign, and when nobody is below, that is a sentence', () => {
  const { campaign: _, ...none } = minimumsAt('2024-09-02');
  assert.equal(describeMinimums(none), 'No campaign runs: no minimum version is asked of any server.');
  const nobody = { 'opted-out': 0, failed: 0, 'on-pks': 0, 'not-seen': 0, 'by-hand': 0, upgrading: 0 };
  assert.match(describeMinimums(minimumsAt('2024-09-02', { groups: nobody })), /\nNo server is below\.$/);
  assert.equal(describeServers({ servers: [], serversTotal: 0, minimums: [] }), 'No server is below.');
});

test('a problem of the campaign and a zone of its own are said, and a hostile text cannot draw', () => {
  const minimums = minimumsAt('2024-09-02', { problems: ['no release\u001b[2J\nsatisfies it'] });
  const zoned = { ...minimums.campaign!, deadline: { ...minimums.campaign!.deadline, zone: 'Europe/Amsterdam' } };
  const text = describeMinimums({ ...minimums, campaign: zoned });
  assert.match(text, /^Upgrade by 16 September 2024 \(14 days left, Europe\/Amsterdam\)/);
  assert.match(text, /\n! no release \[2J satisfies it$/);
});

test('why a server is below is what keeps it there, not that another of its components waits', () => {
  const minimums = minimumsAt('2024-09-02');
  const whys = ['waits for its turn', 'install it by hand'];
  const [first] = minimums.servers;
  const components = whys.map((why, at) => ({ ...first!.components[at]!, why }));
  const lines = (group: 'by-hand' | 'upgrading'): string[] =>
    describeServers({ ...minimums, servers: [{ ...first!, components, group }], serversTotal: 1 }).split('\n');
  assert.match(lines('by-hand')[1]!, / {2}install it by hand$/);
  assert.match(lines('upgrading')[1]!, / {2}waits for its turn; install it by hand$/);
});

test('the last day is in time', () => {
  assert.deepEqual([2, 1, 0, -1, -2].map(daysWords), [
    '2 days left',
    '1 day left',
    'today is the last day',
    '1 day ago',
    '2 days ago',
  ]);
});

test('of a server that nobody sees the owner is named, and of no other', () => {
  const owner = 'Robin Ashe, proseware operations';
  const seen = minimumsAt('2024-09-02');
  const { servers } = { servers: seen.servers.map((server) => ({ ...server, owner })) };
  const lines = describeServers({ ...seen, servers, serversTotal: servers.length }).split('\n');
  assert.deepEqual(
    lines.filter((line) => line.includes('ask ')).map((line) => line.split(/ {2,}/).at(-1)),
    [`last seen on 2023-12-20; ask ${owner}`],
  );
});
