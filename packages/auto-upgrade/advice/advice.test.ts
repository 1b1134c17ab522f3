import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { EpochMs } from '@springline/ports/clock';
import { parseCampaign, revisionAt } from '../campaign/campaign.ts';
import { publicHistory } from '../history/public-history.ts';
import { advise, factsOf } from './advice.ts';
import { listFacts, publicFacts } from './list-facts.ts';

const onDay = (date: string) => Date.parse(`${date}T12:00:00Z`) as EpochMs;
const options = (date: string) => ({ now: onDay(date), history: publicHistory });
const notice = join(import.meta.dirname, '../../../scenarios/september-2024/notice.json');

const list = [
  'server,component,version,state,channel,last seen,os,objects',
  'ok,Connect Sync,2.3.6.0,Enabled,HUS,2024-09-01,Windows Server 2019,4000',
  'opted-out,Connect Sync,2.2.8.0,Disabled,HUS,2024-09-01,Windows Server 2019,4000',
  'failed,Connect Sync,2.2.1.0,Suspended,HUS,2024-09-01,Windows Server 2019,220000',
  'on-pks,Connect Sync,2.1.20.0,Enabled,PKS,2024-09-01,Windows Server 2016,900',
  'first,Connect Sync,1.6.16.0,Enabled,PKS,2024-09-01,Windows Server 2012 R2,',
  'dr1,Connect Sync,2.2.8.0,Enabled,HUS,2023-12-20,,',
  'dc1,Health AD DS agent,4.5.2462,Enabled,HUS,2024-09-01,,',
].join('\n');

const adviceOn = (date: string) => advise(listFacts(list, options(date)), publicHistory);

test('advice for a list says the date, the builds to be on, who is below and why', () => {
  const { whatChanges, builds, below, late } = adviceOn('2024-09-02');
  assert.deepEqual(whatChanges.deadline, { date: '2024-09-23', zone: 'UTC', daysLeft: 21 });
  assert.deepEqual(
    builds.map(({ component, minimum, ok, below: count }) => [component, minimum, ok, count]),
    [
      ['connect-sync', '2.3.2.0', 1, 5],
      ['health-sync', '4.5.2466.0', 0, 0],
      ['health-ad-ds', '4.5.2466.0', 0, 1],
      ['health-ad-fs', '4.5.2466.0', 0, 0],
      ['cloud-sync', undefined, 0, 0],
    ],
  );
  assert.equal(builds[0]!.anchor, '2320');
  assert.deepEqual(below.groups, {
    ...{ 'opted-out': 1, failed: 1, 'on-pks': 2, 'not-seen': 1, 'by-hand': 0, upgrading: 1 },
  });
  assert.equal(below.total, 6);
  assert.equal(late, 0, 'nobody is late before the date');
});

test('each kind of server has its way up once, with the steps and commands of that way', () => {
  const ways = adviceOn('2024-09-02').upgrading.map(({ path, group, servers }) => [path, group, servers.join(' ')]);
  assert.deepEqual(ways, [
    ['auto', 'not-seen', 'dr1'],
    ['auto', 'upgrading', 'dc1'],
    ['in-place', 'opted-out', 'opted-out'],
    ['swing', 'failed', 'failed'],
    ['swing', 'on-pks', 'on-pks first'],
  ]);
  const [, , inPlace] = adviceOn('2024-09-02').upgrading;
  assert.equal(inPlace!.steps[0]!.command, 'Set-ADSyncAutoUpgrade -AutoUpgradeState Enabled');
  assert.equal(adviceOn('2024-09-02').upgrading[0]!.steps[0]!.what.startsWith('Find the server'), true);
});

test('from the day after a date whoever is below its minimum is late, also while the next minimum is still to come', () => {
  assert.equal(adviceOn('2024-09-23').late, 0);
  const after = adviceOn('2024-09-24');
  assert.deepEqual([after.builds[0]!.minimum, after.builds[0]!.inForce?.minimum], ['2.4.18.0', '2.3.2.0']);
  assert.equal(after.late, 6, 'all but the one on 2.3.6.0');
  const [, optedOut] = after.below.servers;
  assert.equal(optedOut!.server, 'opted-out');
});

test('objects decide nothing alone: they are counted against the published limit, and the wizard is said to be missing', () => {
  const { cloudSync } = adviceOn('2024-09-02');
  assert.deepEqual(
    [cloudSync.withinLimit, cloudSync.aboveLimit, cloudSync.objectsUnknown, cloudSync.isWizardBuilt],
    [3, 1, 2, false],
  );
});

test('an old build is told what it has lost and what it loses next', () => {
  const { deprecated } = adviceOn('2024-09-24');
  const old = deprecated.builds.find(({ version }) => version === '2.2.8.0')!;
  const status = Object.fromEntries(old.functions.map((each) => [each.function, each.status]));
  assert.deepEqual(status, {
    ...{
      'auto-upgrade': 'stopped',
      alerts: 'partly',
      'wizard-sign-in': 'works',
      'federation-tasks': 'works',
      sync: 'works',
    },
  });
  assert.equal(old.servers, 2);
});

test('the notice of a campaign takes the place of the published minimums; what is not announced is nobody below', () => {
  const revision = revisionAt(parseCampaign(JSON.parse(readFileSync(notice, 'utf8'))), onDay('2024-08-01'))!;
  const { whatChanges, builds, below } = advise(listFacts(list, { ...options('2024-08-01'), revision }), publicHistory);
  assert.deepEqual(whatChanges.deadline, { date: '2024-09-16', zone: 'UTC', daysLeft: 46 });
  const adDs = builds.find(({ component }) => component === 'health-ad-ds')!;
  assert.deepEqual([adDs.minimum, adDs.without, adDs.notJudged], [undefined, 'not-yet-announced', 1]);
  assert.ok(!below.servers.some(({ server }) => server === 'dc1'));
});

test('one server alone is advised alone, by its name in any case', () => {
  const facts = listFacts(list, options('2024-09-02'));
  const advice = advise(factsOf(facts, 'ON-PKS')!, publicHistory);
  assert.deepEqual([advice.below.total, advice.upgrading.length], [1, 1]);
  assert.equal(factsOf(facts, 'nobody'), undefined);
});

test('without any server the public situation is told: dates, builds, what old builds lose', () => {
  const advice = advise(publicFacts(options('2024-09-02')), publicHistory);
  assert.deepEqual([advice.below.total, advice.late, advice.upgrading.length], [0, 0, 0]);
  assert.ok(advice.deprecated.losses.some(({ below, since }) => below === '2.3.2.0' && since === '2024-09-24'));
  assert.deepEqual(advice, advise(publicFacts(options('2024-09-02')), publicHistory));
});

test('every day from 2016 to 2030 has its advice, and no day without a minimum has a late server', () => {
  for (let year = 2016; year <= 2030; year += 1) {
    for (const day of ['01-01', '04-30', '09-23', '09-24']) {
      const advice = adviceOn(`${year}-${day}`);
      const hasPassed = advice.builds.some(
        ({ deadline, inForce }) => inForce !== undefined || (deadline ?? '9') < advice.on,
      );
      assert.equal(advice.late > 0, hasPassed, advice.on);
    }
  }
});

test('a minimum whose own support is over is said to be, and the build to fetch is named', () => {
  const late = adviceOn('2026-11-23');
  assert.deepEqual(late.builds[0]!.ended, { on: '2026-10-23', newest: '2.6.92.0' });
  assert.equal(adviceOn('2026-10-23').builds[0]!.ended, undefined, 'the last day is supported');
  const fetched = (date: string) => adviceOn(date).upgrading.flatMap(({ steps }) => steps.map(({ what }) => what));
  assert.ok(fetched('2026-11-23').includes('Fetch 2.6.92.0, the newest build that is not recalled, and verify it.'));
  assert.ok(fetched('2024-09-02').includes('Fetch 2.3.20.0, the newest build that is not recalled, and verify it.'));
});

test('since when a build no longer synchronises is a reason, and a Health agent on a Connect Sync server keeps alerts', () => {
  const csv = 'server,component,version\na,,2.3.2.0\nb,health-sync,4.5.2428.0\nc,health-ad-fs,4.5.2428.0\n';
  const { below, deprecated } = advise(listFacts(csv, options('2026-11-23')), publicHistory);
  assert.match(below.servers[0]!.why, /^its build no longer synchronises, since 2026-10-01; /);
  assert.deepEqual(
    deprecated.builds
      .filter(({ product }) => product === 'health')
      .map(({ component, functions }) => [component, functions.find((each) => each.function === 'alerts')?.status])
      .sort(),
    [
      ['health-sync', 'partly'],
      [undefined, 'stopped'],
    ].sort(),
  );
});

test('a server that stands in several rows is advised once', () => {
  const csv = 'server,version\na,2.2.8.0\nA,2.2.8.0\n';
  const { below, builds } = advise(listFacts(csv, options('2026-11-23')), publicHistory);
  assert.deepEqual([below.servers.length, builds[0]!.below], [1, 1]);
});
