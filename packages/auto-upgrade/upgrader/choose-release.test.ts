import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EpochMs } from '@springline/ports/clock';
import type { JsonValue } from '@springline/tuf/canonical-json';
import { TrustError } from '@springline/tuf/error';
import type { TargetSources } from '@springline/tuf/find-target';
import type { TargetFile, Targets } from '@springline/tuf/metadata/targets';
import { recallRole } from '../release/recall-statement.ts';
import {
  type ComponentFacts,
  fullTransportPath,
  type RuntimeFacts,
  releaseFactsJson,
} from '../release/release-facts.ts';
import { componentTargetPath, runtimeTargetPath } from '../release/target-path.ts';
import {
  type Choice,
  candidateFacts,
  chooseReleases,
  type Installed,
  newestOffers,
  type Repositories,
} from './choose-release.ts';
import type { RecallStanding } from './recall.ts';

const platform = 'linux-x64';
const hash = (letter: string): string => letter.repeat(64);
const runtimePath = runtimeTargetPath({ version: '24.21.0', platform });

function transports(path: string): ComponentFacts['transports'] {
  return [{ kind: 'full', path: fullTransportPath(path), length: 100, sha256: hash('e') }];
}

const runtimeFacts: RuntimeFacts = {
  kind: 'runtime',
  version: '24.21.0',
  platform,
  treeHash: hash('9'),
  transports: transports(runtimePath),
};

function facts(version: string, releaseNumber: number, change: Partial<ComponentFacts> = {}): ComponentFacts {
  const path = componentTargetPath({ component: 'connect-sync', version, platform: change.platform ?? platform });
  return {
    kind: 'component',
    component: 'connect-sync',
    version,
    releaseNumber,
    platform,
    channel: { download: true, autoUpgrade: true },
    runtime: runtimePath,
    stateSchema: 1,
    maxRampPpmPerHour: 1_000_000,
    treeHash: hash('7'),
    transports: transports(path),
    publishedAt: '2026-11-22T14:00:00Z',
    ...change,
  };
}

function pathOf({ component, version, platform: of }: ComponentFacts): string {
  return componentTargetPath({ component, version, platform: of });
}

function target(path: string, sha256: string, custom?: JsonValue, length = 1_000): TargetFile {
  return { path, length, hashes: new Map([['sha256', sha256]]), ...(custom === undefined ? {} : { custom }) };
}

function targets(...files: readonly TargetFile[]): Targets {
  return {
    version: 1,
    expires: 0 as EpochMs,
    extra: new Map(),
    targets: new Map(files.map((file) => [file.path, file])),
  };
}

/** An Image repository in which each file is listed by the role named for its component. */
function image(...files: readonly TargetFile[]): TargetSources {
  const byRole = Map.groupBy(files, ({ path }) => path.slice(0, path.indexOf('/')));
  return delegating(new Map([...byRole].map(([role, listed]) => [role, targets(...listed)])));
}

/** Roles that are trusted with the paths below their name; `loose` ones with every path of three parts. */
function delegating(delegated: ReadonlyMap<string, Targets>, loose: readonly string[] = []): TargetSources {
  const roles = [...delegated.keys()].map((name) => ({
    ...{ name, keyIds: new Set<string>(), threshold: 1, isTerminating: true },
    paths: [loose.includes(name) ? '*/*/*' : `${name}/*/*`],
  }));
  return {
    targets: { ...targets(), delegations: { keys: new Map(), roles } },
    delegated,
    refused: new Map(),
  };
}

const runtime = target(runtimePath, hash('f'), releaseFactsJson(runtimeFacts));
const newer = facts('2.6.0.0', 2);
const newerPath = pathOf(newer);
const newerTarget = target(newerPath, hash('b'), releaseFactsJson(newer));
const honest: Repositories & { readonly director: Targets } = {
  image: image(newerTarget, runtime),
  director: targets(target(newerPath, hash('b')), target(runtimePath, hash('f'))),
};
const running: Installed = {
  component: 'connect-sync',
  version: '2.5.0.0',
  sha256: hash('a'),
  releaseNumberFloor: 1,
};

const nothingRecalled: RecallStanding = { builds: new Map() };

function choose(
  change: Partial<typeof honest> = {},
  installed: readonly Installed[] = [running],
  purpose: 'install' | 'upgrade' = 'upgrade',
  recalls: RecallStanding = nothingRecalled,
): Choice {
  return chooseReleases({ ...honest, ...change }, installed, platform, purpose, new Map([['connect-sync', recalls]]));
}

/** The same release with other facts, of both repositories. */
function withFacts(change: Partial<ComponentFacts>): Partial<typeof honest> {
  return withCustom(releaseFactsJson({ ...newer, ...change }));
}

function withCustom(custom: JsonValue | undefined): Partial<typeof honest> {
  return { image: image(target(newerPath, hash('b'), custom), runtime) };
}

test('a newer release that both repositories name is offered with its facts and its runtime', () => {
  const { offers, refusals, current, exposed } = choose();
  assert.deepEqual([refusals, current, exposed], [[], [], []]);
  assert.deepEqual(offers, [
    {
      component: 'connect-sync',
      target: { path: newerPath, length: 1_000, sha256: hash('b'), facts: newer },
      runtime: { path: runtimePath, length: 1_000, sha256: hash('f'), facts: runtimeFacts },
    },
  ]);
});

const otherPath = componentTargetPath({ component: 'connect-sync', version: '2.7.0.0', platform });
const directorRuntime = target(runtimePath, hash('f'));

/** S3: lies told with all keys of the Director, then with all keys of both. */
const lies: readonly {
  readonly name: string;
  readonly told: Partial<typeof honest>;
  readonly code: string;
  readonly installed?: Installed;
}[] = [
  { name: 'a release that is not genuine', told: { image: image(runtime) }, code: 'not-in-image' },
  {
    name: 'the bytes of one release under the path of another',
    told: { director: targets(target(otherPath, hash('b')), directorRuntime) },
    code: 'not-in-image',
  },
  {
    name: 'another length',
    told: { director: targets(target(newerPath, hash('b'), undefined, 999), directorRuntime) },
    code: 'targets-disagree',
  },
  {
    name: 'another hash',
    told: { director: targets(target(newerPath, hash('c')), directorRuntime) },
    code: 'targets-disagree',
  },
  {
    name: 'a hash more',
    told: {
      director: targets(
        {
          ...target(newerPath, hash('b')),
          hashes: new Map([
            ['sha256', hash('b')],
            ['sha512', hash('b').repeat(2)],
          ]),
        },
        directorRuntime,
      ),
    },
    code: 'targets-disagree',
  },
  {
    name: 'facts in the Director’s entry, where the Image has none',
    told: {
      image: image(target(newerPath, hash('b')), runtime),
      director: targets(newerTarget, directorRuntime),
    },
    code: 'malformed-release-facts',
  },
  {
    name: 'a runtime that the Director does not name',
    told: { director: targets(target(newerPath, hash('b'))) },
    code: 'not-in-director',
  },
  { name: 'a runtime that is not genuine', told: { image: image(newerTarget) }, code: 'not-in-image' },
  {
    name: 'another runtime under its path',
    told: { director: targets(target(newerPath, hash('b')), target(runtimePath, hash('c'))) },
    code: 'targets-disagree',
  },
  {
    name: 'a path that leads elsewhere',
    told: { director: targets(target('etc/passwd', hash('b'))) },
    code: 'unknown-target-path',
  },
  {
    name: 'a component that does not exist',
    told: { director: targets(target('root-kit/1.0/root-kit-1.0-linux-x64.tar', hash('b'))) },
    code: 'unknown-target-path',
  },
  {
    name: 'an older release, which is genuine',
    told: withFacts({ releaseNumber: 2 }),
    installed: { ...running, version: '2.9.0.0', sha256: hash('d') },
    code: 'version-fell',
  },
  {
    name: 'the version that runs, with other bytes',
    told: {},
    installed: { ...running, version: '2.6', sha256: hash('d') },
    code: 'version-fell',
  },
  {
    name: 'a higher version with a release number from before',
    told: withFacts({ releaseNumber: 1 }),
    code: 'release-number-fell',
  },
  {
    name: 'a release that was rolled back from and is older than what was kept',
    told: {},
    installed: { ...running, releaseNumberFloor: 7 },
    code: 'release-number-fell',
  },
  {
    name: 'facts of another component',
    told: withFacts({ component: 'agent-updater' }),
    code: 'malformed-release-facts',
  },
  { name: 'facts of another version', told: withFacts({ version: '2.7.0.0' }), code: 'malformed-release-facts' },
  { name: 'facts of another platform', told: withFacts({ platform: 'win-x64' }), code: 'malformed-release-facts' },
  {
    name: 'facts of a runtime under the path of a component',
    told: withCustom(releaseFactsJson(runtimeFacts)),
    code: 'malformed-release-facts',
  },
  { name: 'no facts', told: withCustom(undefined), code: 'malformed-release-facts' },
  {
    name: 'a transport that lies elsewhere',
    told: withFacts({ transports: transports('x') }),
    code: 'malformed-release-facts',
  },
  { name: 'a component as its runtime', told: withFacts({ runtime: newerPath }), code: 'malformed-release-facts' },
  {
    name: 'the runtime of another platform',
    told: withFacts({ runtime: runtimeTargetPath({ version: '24.21.0', platform: 'linux-arm64' }) }),
    code: 'malformed-release-facts',
  },
];

for (const { name, told, code, installed } of lies) {
  test(`S3: a lie is refused by its code, and nothing is offered: ${name}`, () => {
    const { offers, refusals } = choose(told, [installed ?? running]);
    assert.deepEqual(offers, []);
    assert.deepEqual(
      refusals.map((refusal) => refusal.code),
      [code],
    );
    assert.notEqual(refusals[0]?.message, '');
  });
}

test('the build that runs is current, and no offer', () => {
  const choice = choose({}, [{ ...running, version: '2.6.0.0', sha256: hash('b') }]);
  const named = new Map([['connect-sync', ['2.6.0.0']]]);
  assert.deepEqual(choice, { offers: [], refusals: [], current: ['connect-sync'], exposed: [], named });
});

test('releases for other platforms and of components that are not here are passed over in silence', () => {
  const foreign = componentTargetPath({ component: 'connect-sync', version: '2.6.0.0', platform: 'win-x64' });
  const absent = componentTargetPath({ component: 'cloud-sync', version: '2.6.0.0', platform });
  const director = targets(target(foreign, hash('1')), target(absent, hash('2')), target(runtimePath, hash('f')));
  const nothing = { offers: [], refusals: [], current: [], exposed: [], named: new Map() };
  assert.deepEqual(choose({ director }), nothing);
});

test('one lie does not hold back what is true', () => {
  const director = targets(target('etc/passwd', hash('b')), target(newerPath, hash('b')), directorRuntime);
  const { offers, refusals } = choose({ director });
  assert.deepEqual([offers.length, refusals.length], [1, 1]);
});

test('of many lies the first 100 are given back, and the truth among them is still found', () => {
  const many = Array.from({ length: 5_000 }, (_, at) => target(`lie/${at}`, hash('1')));
  const director = targets(...many, target(newerPath, hash('b')), directorRuntime);
  const { offers, refusals } = choose({ director });
  assert.deepEqual([offers.length, refusals.length], [1, 100]);
});

test('all newer releases are candidates, the highest release number first, in whatever order they come', () => {
  const newest = facts('2.7.0.0', 3);
  const files = [target(pathOf(newest), hash('c'), releaseFactsJson(newest)), newerTarget];
  for (const order of [files, files.toReversed()]) {
    const { offers } = choose({ image: image(...order, runtime), director: targets(...order, directorRuntime) });
    assert.deepEqual(
      offers.map((offer) => offer.target.sha256),
      [hash('c'), hash('b')],
    );
    assert.deepEqual(
      newestOffers(offers).map((offer) => offer.target.sha256),
      [hash('c')],
    );
  }
});

test('a policy judges a candidate by facts of its Image entry alone', () => {
  const floor = { below: '2.6', from: '2026-12-01T00:00:00Z' };
  const [offer] = choose(withFacts({ floor, maxRampPpmPerHour: 9 })).offers;
  assert.deepEqual(offer && candidateFacts(offer), {
    ...{ component: 'connect-sync', version: '2.6.0.0', releaseNumber: 2, platform, sha256: hash('b') },
    ...{ maxRampPpmPerHour: 9, channel: { download: true, autoUpgrade: true } },
    publishedAt: Date.parse('2026-11-22T14:00:00Z'),
    floor: { below: '2.6', from: Date.parse('2026-12-01T00:00:00Z') },
  });
});

test('S27: a floor within 7 days of the publication is passed over and said, and the release is offered without it', () => {
  for (const [from, code] of [
    ['2026-11-29T13:59:59Z', 'floor-too-soon'],
    ['2026-11-29T14:00:00Z', undefined],
  ] as const) {
    const { offers, refusals } = choose(withFacts({ floor: { below: '2.6', from } }));
    assert.equal(offers[0]?.target.facts.floor?.from, code === undefined ? from : undefined);
    assert.equal(refusals[0]?.code, code);
  }
});

test('the Director\u2019s policy is no release: its length and digest are given, and nothing is refused', () => {
  const policy = target('policy/rollout.json', hash('5'), undefined, 77);
  const director = targets(policy, target(newerPath, hash('b')), directorRuntime);
  const choice = choose({ director });
  assert.deepEqual([choice.policy, choice.refusals, choice.offers.length], [{ length: 77, sha256: hash('5') }, [], 1]);
  const other = choose({ director: targets(target('policy/other.json', hash('5'))) });
  assert.equal(other.refusals[0]?.code, 'unknown-target-path');
});

for (const { name, told, code } of [
  {
    name: 'an entry of the top-level targets',
    told: { ...honest.image, targets: targets(newerTarget, runtime) },
    code: 'wrong-role',
  },
  {
    name: 'an entry by the role of another component, which was trusted with its paths',
    told: delegating(
      new Map([
        ['agent-updater', targets(newerTarget)],
        ['runtime', targets(runtime)],
      ]),
      ['agent-updater'],
    ),
    code: 'wrong-role',
  },
  {
    name: 'an entry by the role of another component, outside its paths',
    told: delegating(
      new Map([
        ['agent-updater', targets(newerTarget)],
        ['connect-sync', targets()],
        ['runtime', targets(runtime)],
      ]),
    ),
    code: 'not-in-image',
  },
  {
    name: 'a runtime by the role of a component',
    told: delegating(new Map([['connect-sync', targets(newerTarget, runtime)]]), ['connect-sync']),
    code: 'wrong-role',
  },
  {
    name: 'an entry of a role that was refused',
    told: {
      ...honest.image,
      refused: new Map([['connect-sync', new TrustError('below-threshold', 'by a strange key')]]),
    },
    code: 'below-threshold',
  },
]) {
  test(`S3: the Image role named for the component alone may vouch: ${name}`, () => {
    const { offers, refusals } = choose({ image: told });
    assert.deepEqual([offers.length, refusals.map((refusal) => refusal.code)], [0, [code]]);
  });
}

const recalled = {
  ...{ sha256: hash('b'), version: '2.6.0.0', reason: 'it loses deletes', recalledAt: '2026-11-23T00:00:00Z' },
  stop: 'new' as const,
};
const recallOf = (sha256: string, stop: 'new' | 'running'): RecallStanding => ({
  builds: new Map([[sha256, { ...recalled, sha256, stop }]]),
});

test('S20: a recalled release is refused, the first time as well as later, and an older one is offered in its place', () => {
  const older = facts('2.5.9.0', 2);
  const files = [target(pathOf(older), hash('c'), releaseFactsJson(older)), newerTarget];
  const told = { image: image(...files, runtime), director: targets(...files, directorRuntime) };
  for (const purpose of ['install', 'upgrade'] as const) {
    const { offers, refusals } = choose(told, [running], purpose, recallOf(hash('b'), 'new'));
    assert.deepEqual(
      refusals.map(({ code }) => code),
      ['recalled'],
    );
    assert.match(refusals[0]?.message ?? '', /it loses deletes/);
    assert.deepEqual(
      offers.map(({ target: { sha256 } }) => sha256),
      [hash('c')],
    );
  }
});

test('S20: without a good statement of what was recalled nothing is installed', () => {
  for (const code of ['recall-missing', 'recall-expired', 'recall-shrunk']) {
    const standing = { builds: new Map(), refusal: { code, message: 'no' } };
    for (const purpose of ['install', 'upgrade'] as const) {
      const { offers, refusals } = choose({}, [running], purpose, standing);
      assert.deepEqual([offers.length, refusals[0]?.code], [0, code]);
    }
  }
  const { offers, refusals } = chooseReleases(honest, [running], platform, 'upgrade', new Map());
  assert.deepEqual([offers.length, refusals[0]?.code], [0, 'recall-missing']);
  assert.equal(recallRole('connect-sync'), 'recall-connect-sync');
});

test('S20: a recalled build that runs is named, and left for any release with a higher number where it should stop', () => {
  for (const { stop, offered } of [
    { stop: 'new', offered: 0 },
    { stop: 'running', offered: 1 },
  ] as const) {
    const ahead = { ...running, version: '2.9.0.0' };
    const { exposed, offers } = choose({}, [ahead], 'upgrade', recallOf(hash('a'), stop));
    assert.deepEqual(exposed, [
      { component: 'connect-sync', version: '2.9.0.0', sha256: hash('a'), reason: 'it loses deletes', stop },
    ]);
    assert.equal(offers.length, offered);
  }
});

test('S20: the release before a recalled one, which the Director names again, is neither offered nor refused to its host', () => {
  const ahead = { ...running, releaseNumberFloor: 2 };
  const { offers, refusals } = choose({}, [ahead], 'upgrade', recallOf(hash('a'), 'running'));
  assert.deepEqual([offers, refusals], [[], []]);
  assert.equal(choose({}, [ahead], 'upgrade').refusals[0]?.code, 'release-number-fell');
});

test('what is for download only is a candidate: the first installation takes it, and what decides afterwards knows', () => {
  const absent: Installed = { ...running, version: '0.0', sha256: '', releaseNumberFloor: 0 };
  const channel = { download: true, autoUpgrade: false };
  assert.equal(choose(withFacts({ channel }), [absent], 'install').offers.length, 1);
  const { offers, refusals } = choose(withFacts({ channel }));
  assert.deepEqual([offers.map(candidateFacts)[0]?.channel, refusals], [channel, []]);
});

test('an older release beside the one that runs, or beside a newer one, is for others and refused to nobody', () => {
  const older = facts('2.4.0.0', 1);
  const olderTarget = target(pathOf(older), hash('c'), releaseFactsJson(older));
  const both = [olderTarget, newerTarget];
  const told = { image: image(...both, runtime), director: targets(...both, directorRuntime) };
  const ahead = { ...running, version: '2.6.0.0', sha256: hash('b'), releaseNumberFloor: 2 };
  for (const installed of [running, ahead]) {
    const { refusals, named } = choose(told, [installed]);
    assert.deepEqual(refusals, []);
    assert.deepEqual(named.get('connect-sync'), ['2.4.0.0', '2.6.0.0']);
  }
  const alone = { ...told, director: targets(olderTarget, directorRuntime) };
  assert.equal(choose(alone, [ahead]).refusals[0]?.code, 'release-number-fell');
});

test('the first installation takes nothing older than what ran here before', () => {
  const absent: Installed = { ...running, version: '0.0', sha256: '', releaseNumberFloor: 2 };
  assert.deepEqual(
    choose({}, [absent], 'install').refusals.map(({ code }) => code),
    ['release-number-fell'],
  );
});

test('a fault of ours in the middle is no refusal', () => {
  const broken = {
    get targets(): never {
      throw new Error('no memory');
    },
  } as unknown as TargetSources;
  assert.throws(() => choose({ image: broken }), { message: 'no memory' });
});
