import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { EpochMs } from '@springline/ports/clock';
import { publicHistory } from '../history/public-history.ts';
import { choosePath } from '../history/upgrade-path.ts';
import { type Campaign, formatCampaign, parseCampaign, revisionAt } from './campaign.ts';
import { type DescribedServer, installationsAt } from './estate-at.ts';
import { type Tally, tally } from './tally.ts';

const folder = new URL('../../../scenarios/september-2024/', import.meta.url);

interface Scenario {
  readonly expected: readonly { readonly at: string; readonly revision: number; readonly file: string }[];
  readonly bridge: { readonly from: string; readonly to: string };
}

const scenario = read('scenario.json') as Scenario;
const estate = (read('estate.json') as { servers: readonly DescribedServer[] }).servers;
const campaign = parseCampaign(read('notice.json'));

function read(file: string): unknown {
  return JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
}

function tallyAt(at: string, revision = 1, effects: Campaign = campaign): Tally {
  return tally(
    effects.revisions[revision - 1]!,
    installationsAt(estate, Date.parse(at) as EpochMs),
    Date.parse(at) as EpochMs,
  );
}

/** Rows of ok, below and not judged, in the order of the notice. */
function rows({ components }: Tally): readonly (readonly [string, string, number, number, number])[] {
  return components.map(({ component, minimum, ok, below, notJudged }) => {
    return [component, minimum ?? 'not yet announced', ok, below, notJudged];
  });
}

for (const { at, revision, file } of scenario.expected) {
  test(`the counts of revision ${revision} at ${at} are those of ${file}`, () => {
    assert.deepEqual(JSON.parse(JSON.stringify({ at, ...tallyAt(at, revision) })), read(file));
  });
}

test('on 2 September 2024 three servers are on the minimum and nine are below, each for one reason', () => {
  const counted = tallyAt('2024-09-02T00:00:00Z');
  assert.equal(counted.daysLeft, 14);
  assert.deepEqual(rows(counted), [
    ['connect-sync', '2.3.2.0', 3, 9, 0],
    ['health-sync', '2.3.2.0', 3, 9, 0],
    ['health-ad-ds', 'not yet announced', 0, 0, 2],
    ['health-ad-fs', 'not yet announced', 0, 0, 1],
  ]);
  const expected = { 'opted-out': 3, failed: 3, 'on-pks': 2, 'not-seen': 1, 'by-hand': 0, upgrading: 0 };
  assert.deepEqual(counted.groups, expected);
  assert.equal(counted.servers.length, 9);
});

test('on the day of the notice no server can be on the minimum: its release came out five weeks later', () => {
  const counted = tallyAt('2023-11-06T00:00:00Z');
  assert.deepEqual(rows(counted)[0], ['connect-sync', '2.3.2.0', 0, 10, 0]);
  assert.equal(counted.groups.upgrading, 5);
});

test('the last minute of 16 September is in time, and effects begin with the 17th', () => {
  const [before, after] = [tallyAt('2024-09-16T23:59:00Z'), tallyAt('2024-09-17T00:00:00Z')];
  for (const counted of [before, after]) {
    assert.deepEqual(rows(counted).slice(0, 2), [
      ['connect-sync', '2.3.2.0', 9, 2, 0],
      ['health-sync', '2.3.2.0', 9, 2, 0],
    ]);
    assert.equal(counted.components[0]!.moved, 1);
    assert.deepEqual(
      counted.servers.map(({ hostName, group }) => [hostName, group]),
      [
        ['fourthcoffee-sync1', 'opted-out'],
        ['proseware-dr1', 'not-seen'],
      ],
    );
  }
  assert.deepEqual([before.daysLeft, after.daysLeft], [0, -1]);
  assert.deepEqual(new Set(before.servers.map(({ effect }) => effect)), new Set(['none']));
  assert.deepEqual(new Set(after.servers.map(({ effect }) => effect)), new Set(['notify']));
});

test('under the page as published contoso and woodgrove turn below for Health, and 4.5.2462 is older than 4.5.2466.0', () => {
  const counted = tallyAt('2024-09-02T00:00:00Z', 2);
  assert.deepEqual(rows(counted), [
    ['connect-sync', '2.3.2.0', 3, 9, 0],
    ['health-sync', '4.5.2466.0', 1, 11, 0],
    ['health-ad-ds', '4.5.2466.0', 1, 1, 0],
    ['health-ad-fs', '4.5.2466.0', 0, 1, 0],
  ]);
  const byHand = counted.servers.filter(({ group }) => group === 'by-hand').map(({ hostName }) => hostName);
  assert.deepEqual(byHand, ['contoso-sync1', 'woodgrove-sync1']);
});

test('the notice comes out of its own format as it went in, and the later revision holds from its day on', () => {
  assert.deepEqual(parseCampaign(JSON.parse(formatCampaign(campaign))), campaign);
  const at = (text: string): number | undefined => revisionAt(campaign, Date.parse(text) as EpochMs)?.revision;
  assert.deepEqual(['2023-11-05T23:59:59Z', '2024-08-25T23:59:59Z', '2024-08-26T00:00:00Z'].map(at), [undefined, 1, 2]);
});

test('the estate is 13 tenants with 15 servers, and each begins with a build that was out by then', () => {
  assert.equal(new Set(estate.map(({ tenant }) => tenant)).size, 13);
  assert.equal(estate.length, 15);
  for (const { hostName, component, start, bornAt } of estate) {
    const product = component === 'connect-sync' ? component : 'health';
    const record = publicHistory.records.find((each) => each.product === product && each.version === start.version);
    assert.ok(record?.releasedOn !== undefined && record.releasedOn <= bornAt.slice(0, 10), hostName);
  }
});

test('the bridge takes adatum over and refuses litware, whose second server takes over', () => {
  const pathOf = (version: string): string => {
    const facts = { product: 'connect-sync', minimum: '2.3.2.0', on: '2024-09-02', channel: 'PKS' } as const;
    return choosePath(publicHistory, { ...facts, version, bridge: scenario.bridge }).path;
  };
  assert.deepEqual(['2.1.20.0', '1.6.16.0'].map(pathOf), ['bridge', 'swing']);
});
