import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EpochMs } from '@springline/ports/clock';
import fc from 'fast-check';
import type { ComponentFacts } from '../release/release-facts.ts';
import { componentTargetPath } from '../release/target-path.ts';
import type { Rollout, RolloutPolicy } from '../rollout/policy.ts';
import { type ByHandDecision, type ByHandFacts, decideByHand } from './by-hand.ts';
import type { Candidate, Installed } from './choose-release.ts';

const now = Date.parse('2026-11-22T12:00:00Z') as EpochMs;
const platform = 'linux-x64';
const hash = (letter: string): string => letter.repeat(64);
const running: Installed = {
  component: 'connect-sync',
  version: '2.5.0.0',
  sha256: hash('a'),
  releaseNumberFloor: 5,
};

function offer(
  version: string,
  releaseNumber: number,
  sha256: string,
  change: Partial<ComponentFacts> = {},
): Candidate {
  const facts: ComponentFacts = {
    ...{ kind: 'component', component: 'connect-sync', version, releaseNumber, platform, stateSchema: 1 },
    ...{ channel: { download: true, autoUpgrade: true }, runtime: '', treeHash: '', transports: [] },
    ...{ maxRampPpmPerHour: 1_000_000, publishedAt: '2026-11-22T11:00:00Z' },
    ...change,
  };
  return { component: facts.component, target: { sha256, facts } };
}

const forDownload = { channel: { download: true, autoUpgrade: false } };
const newest = offer('2.7.0.0', 7, hash('c'), forDownload);
const newer = offer('2.6.0.0', 6, hash('b'));

function facts(change: Partial<ByHandFacts> = {}): ByHandFacts {
  return {
    installed: running,
    offers: [newest, newer],
    refusals: [],
    named: ['2.5.0.0', '2.7.0.0', '2.6.0.0'],
    recalled: new Map(),
    blocked: [],
    ...change,
  };
}

/** Its ring is not open, and it is for none of the releases unless a test says so. */
function policy(state: Rollout['state'], change: Partial<RolloutPolicy> = {}, reason?: string): RolloutPolicy {
  const rollout: Rollout = {
    rolloutId: '01920000-0000-7000-8000-000000000002',
    ...{ component: 'connect-sync', version: '2.7.0.0', releaseNumber: 7, state },
    targets: new Map([[platform, hash('c')]]),
    rings: [{ name: 'broad', startPpm: 0, rampPpmPerHour: 0 }],
    ...(reason === undefined ? {} : { reason }),
  };
  const freezes = [{ name: 'now', from: 0 as EpochMs, until: (now * 2) as EpochMs }];
  return {
    ...{ format: 'springline-rollout-1', version: 1, issuedAt: now, isHalted: false, freezes, rollouts: [rollout] },
    ...change,
  };
}

function decide(
  change: Partial<ByHandFacts> = {},
  version?: string,
  inForce?: Parameters<typeof decideByHand>[0],
): ByHandDecision {
  const wish = { component: 'connect-sync', ...(version === undefined ? {} : { version }) };
  const [decision, ...others] = decideByHand(inForce, wish, [facts(change)], now);
  assert.deepEqual(others, []);
  return decision!;
}

interface Row {
  readonly name: string;
  readonly version?: string;
  readonly change?: Partial<ByHandFacts>;
  readonly policy?: Parameters<typeof decideByHand>[0];
  readonly takes: string;
}

const recalled = (version: string, sha256: string) =>
  new Map([[sha256, { sha256, version, stop: 'new', reason: 'it loses deletes', recalledAt: '' } as const]]);
const until = (at: number) => [{ sha256: hash('c'), until: at as EpochMs }];

const taken: readonly Row[] = [
  { name: 'the newest without a version, though it is for download only', takes: '2.7.0.0' },
  { name: 'the version that is named', version: '2.6.0.0', takes: '2.6.0.0' },
  { name: 'a version in fewer numbers', version: '2.6', takes: '2.6.0.0' },
  {
    name: 'the newest that may be downloaded, where a newer one may not',
    change: { offers: [offer('2.7.0.0', 7, hash('c'), { channel: { download: false, autoUpgrade: true } }), newer] },
    takes: '2.6.0.0',
  },
  { name: 'a release whose ring is not open, in a freeze', policy: policy('running'), takes: '2.7.0.0' },
  { name: 'a release that no rollout names', version: '2.6.0.0', policy: policy('running'), takes: '2.6.0.0' },
  {
    name: 'another release than the one whose rollout is halted',
    version: '2.6',
    policy: policy('halted'),
    takes: '2.6.0.0',
  },
  {
    name: 'a release that the publisher lets out slowly',
    change: { offers: [offer('2.7.0.0', 7, hash('c'), { maxRampPpmPerHour: 1 })] },
    takes: '2.7.0.0',
  },
  { name: 'a build whose pause is over', change: { blocked: until(now) }, takes: '2.7.0.0' },
  {
    name: 'what is true beside a lie',
    change: { offers: [newer], refusals: [lie('2.7.0.0', 'targets-disagree')] },
    takes: '2.6.0.0',
  },
];

function lie(version: string, code: string) {
  return { path: componentTargetPath({ component: 'connect-sync', version, platform }), code, message: 'a lie' };
}

for (const { name, version, change, policy: inForce, takes } of taken) {
  test(`an upgrade by hand takes ${name}`, () => {
    const { action, version: to, from, releaseNumber, rule } = decide(change, version, inForce);
    assert.deepEqual([action, from, to, rule], ['install', '2.5.0.0', takes, undefined]);
    assert.equal(releaseNumber, takes === '2.7.0.0' ? 7 : 6);
  });
}

interface Refused extends Omit<Row, 'takes'> {
  readonly rule: string;
  readonly says: RegExp;
}

const refused: readonly Refused[] = [
  {
    name: 'everything that is newer while all rollouts are halted',
    policy: policy('running', { isHalted: true }),
    ...{ rule: 'policy-halted', says: /halted all rollouts.*No upgrade by hand/ },
  },
  {
    name: 'everything under a policy that it cannot read',
    policy: 'not-understood',
    ...{ rule: 'policy-not-understood', says: /cannot read/ },
  },
  {
    name: 'a release whose rollout is halted, and says why',
    policy: policy('halted', {}, 'it crashes.'),
    ...{ rule: 'rollout-halted', says: /^2\.7\.0\.0: The rollout of this build is halted: it crashes\. No upgrade/ },
  },
  {
    name: 'a release whose rollout was given up',
    policy: policy('aborted'),
    ...{ rule: 'rollout-aborted', says: /given up/ },
  },
  {
    name: 'a release whose rollout was given up and that is named no more',
    version: '2.7.0.0',
    change: { offers: [newer], named: ['2.5.0.0', '2.6.0.0'] },
    policy: policy('aborted'),
    ...{ rule: 'rollout-aborted', says: /given up/ },
  },
  {
    name: 'a recalled release that is named no more',
    version: '2.6.5.0',
    change: { recalled: recalled('2.6.5.0', hash('d')) },
    ...{ rule: 'recalled', says: /recalled this build: it loses deletes/ },
  },
  {
    name: 'a recalled release that is named',
    version: '2.7.0.0',
    change: { offers: [newer], recalled: recalled('2.7.0.0', hash('c')), refusals: [lie('2.7.0.0', 'recalled')] },
    ...{ rule: 'recalled', says: /it loses deletes/ },
  },
  {
    name: 'an older version',
    version: '2.4.9.9',
    ...{ rule: 'release-number-fell', says: /2\.4\.9\.9 is older than 2\.5\.0\.0/ },
  },
  {
    name: 'a newer version with a number from before',
    version: '2.7.0.0',
    change: { offers: [], refusals: [lie('2.7.0.0', 'release-number-fell')] },
    ...{ rule: 'release-number-fell', says: /a lie/ },
  },
  {
    name: 'the version that runs with other bytes',
    version: '2.5.0.0',
    change: { refusals: [lie('2.5.0.0', 'version-fell')] },
    ...{ rule: 'version-fell', says: /a lie/ },
  },
  {
    name: 'a release on which the repositories disagree, where there is no other',
    change: { offers: [], refusals: [lie('2.4.0.0', 'release-number-fell'), lie('2.7.0.0', 'targets-disagree')] },
    ...{ rule: 'targets-disagree', says: /a lie/ },
  },
  {
    name: 'a release that is not for download',
    version: '2.6.0.0',
    change: { offers: [offer('2.6.0.0', 6, hash('b'), { channel: { download: false, autoUpgrade: true } })] },
    ...{ rule: 'not-for-download', says: /not for download/ },
  },
  {
    name: 'a release that the publisher lets nobody have',
    change: { offers: [offer('2.7.0.0', 7, hash('c'), { maxRampPpmPerHour: 0 })] },
    ...{ rule: 'signed-ramp', says: /nobody/ },
  },
  {
    name: 'a build that failed here, and says how to try it all the same',
    change: { blocked: until(now + 1) },
    ...{ rule: 'blocked', says: /until 2026-11-22T12:00:00\.001Z; --retry-blocked/ },
  },
  {
    name: 'a version that nobody names, and lists those that are named',
    version: '3.0.0.0',
    ...{ rule: 'not-named', says: /It names 2\.7\.0\.0, 2\.6\.0\.0, 2\.5\.0\.0\.$/ },
  },
  {
    name: 'a version where nothing is named at all',
    version: '3.0',
    change: { offers: [], named: [] },
    ...{ rule: 'not-named', says: /It names none\./ },
  },
];

for (const { name, version, change, policy: inForce, rule, says } of refused) {
  test(`an upgrade by hand refuses ${name}`, () => {
    const decision = decide(change, version, inForce);
    assert.deepEqual([decision.action, decision.rule], ['refuse', rule]);
    assert.match(decision.reason ?? '', says);
  });
}

test('there is nothing to do for the version that runs, and where nothing newer is named', () => {
  for (const version of ['2.5.0.0', '2.5']) assert.equal(decide({}, version).action, 'none');
  assert.deepEqual(decide({ offers: [], named: ['2.5.0.0'] }), {
    ...{ component: 'connect-sync', from: '2.5.0.0', action: 'none', version: '2.5.0.0', named: ['2.5.0.0'] },
  });
});

test('a version without a component means those components that have it; where none has, each says what is named', () => {
  const updater = facts({ installed: { ...running, component: 'agent-updater' }, offers: [], named: ['2.5.0.0'] });
  const both = [facts(), updater];
  const one = decideByHand(undefined, { version: '2.7.0.0' }, both, now);
  assert.deepEqual(
    one.map(({ component, action }) => [component, action]),
    [['connect-sync', 'install']],
  );
  const none = decideByHand(undefined, { version: '3.0' }, both, now);
  assert.deepEqual(
    none.map(({ component, rule, named }) => [component, rule, named.length]),
    [
      ['connect-sync', 'not-named', 3],
      ['agent-updater', 'not-named', 1],
    ],
  );
  assert.equal(decideByHand(undefined, {}, both, now).length, 2);
});

test('whatever is offered and blocked, what is taken was offered, may be downloaded, and is not blocked', () => {
  const offers = fc.uniqueArray(
    fc.record({
      number: fc.integer({ min: 6, max: 40 }),
      download: fc.boolean(),
      blocked: fc.boolean(),
      ramp: fc.nat(2),
    }),
    { selector: ({ number }) => number },
  );
  const states = fc.constantFrom(...(['running', 'halted', 'aborted', 'complete'] as const));
  fc.assert(
    fc.property(
      offers,
      states,
      fc.boolean(),
      fc.option(fc.integer({ min: 1, max: 45 })),
      (list, state, isHalted, asked) => {
        const sha = (number: number): string => number.toString(16).padStart(64, '0');
        const made = list
          .toSorted((a, b) => b.number - a.number)
          .map(({ number, download, ramp }) =>
            offer(`2.${number}`, number, sha(number), {
              channel: { download, autoUpgrade: true },
              maxRampPpmPerHour: ramp,
            }),
          );
        const blocked = list
          .filter((each) => each.blocked)
          .map(({ number }) => ({ sha256: sha(number), until: (now + 1) as EpochMs }));
        const decision = decide(
          { offers: made, blocked },
          asked === null ? undefined : `2.${asked}`,
          policy(state, { isHalted }),
        );
        if (decision.action !== 'install') return;
        const found = list.find(({ number }) => sha(number) === decision.sha256);
        assert.ok(!isHalted && found?.download === true && !found.blocked && found.ramp > 0);
        assert.ok(asked === null || asked === found.number);
      },
    ),
  );
});
