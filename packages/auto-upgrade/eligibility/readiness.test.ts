import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EpochMs } from '@springline/ports/clock';
import type { Decision, ReleaseFacts } from '../rollout/decide.ts';
import { type GateId, gates } from './gate.ts';
import { readiness } from './readiness.ts';
import type { ReadinessFacts } from './readiness-facts.ts';

const now = Date.parse('2026-11-22T12:00:00Z') as EpochMs;
const hourMs = 3_600_000;
const at = (hours: number): EpochMs => (now + hours * hourMs) as EpochMs;
const utc = [{ from: 0 as EpochMs, offsetMinutes: 0 }];

const folder = { path: '/h/agent/trust', isPresent: true, isWritable: true, isOpen: false };
const component = { component: 'connect-sync', version: '2.5.0.0', state: 'running', isRuntimePresent: true };
const way = { url: 'https://hus.example', isLoopback: false, tlsVersion: 'TLSv1.3', leastTlsVersion: 'TLSv1.2' };

const good: ReadinessFacts = {
  now,
  home: '/h',
  settings: { state: 'Enabled', wish: {} },
  consent: { consentsToFloors: false },
  folders: [folder],
  controlFolder: { mode: 0o40700, isOwn: true },
  journal: {},
  disk: { freeBytes: 2e9, neededBytes: 3e8 },
  components: [component],
  drain: { lastMs: 120, limitMs: 20_000 },
  cycle: 'scheduled',
  host: { platform: 'linux-x64', isPlatformKnown: true, glibc: '2.36', kernel: '6.1.0' },
  needs: [{ by: 'Node 24', glibc: '2.28', kernel: '4.18' }],
  way,
  look: { refusals: [] },
  expires: [{ name: 'director/timestamp', at: at(0.5) }],
  isFreezeSuspected: false,
  clock: { skewMs: 200, behindSignedMs: -1 },
  blocked: [{ component: 'connect-sync', version: '2.6.0.0', until: at(-1), reason: 'it crashed' }],
  schemas: [{ component: 'connect-sync', onDisk: 1, running: 1, offered: 2, offeredVersion: '2.6.0.0' }],
  reportsKept: 3,
};

function failing(facts: ReadinessFacts): readonly string[] {
  return readiness(facts, new Map())
    .gates.filter(({ ok }) => !ok)
    .map(({ id }) => id);
}

test('a host on which all is well is ready, and every gate says what it found', () => {
  const { ready, gates: found } = readiness(good, new Map());
  assert.ok(ready, JSON.stringify(found.filter(({ ok }) => !ok)));
  assert.deepEqual(
    found.map(({ id }) => id),
    Object.keys(gates),
  );
  for (const { id, detail, remedy } of found) {
    assert.ok(detail.length > 2, id);
    assert.doesNotMatch(remedy, /\{home\}/);
  }
});

const rows: readonly { readonly gate: GateId; readonly facts: Partial<ReadinessFacts>; readonly says: RegExp }[] = [
  { gate: 'settings', facts: { settings: { problem: 'no JSON', state: 'Enabled', wish: {} } }, says: /no JSON/ },
  { gate: 'opted-in', facts: { settings: { state: 'Disabled', wish: {} } }, says: /Disabled/ },
  { gate: 'pin', facts: { settings: { state: 'Enabled', wish: { pin: '2.4.9.9' } } }, says: /2\.4\.9\.9 is below/ },
  {
    gate: 'window',
    facts: { settings: { state: 'Enabled', wish: { freezes: [{ name: 'year', from: at(-1), until: at(24 * 36) }] } } },
    says: /35 days/,
  },
  { gate: 'window', facts: { settings: { state: 'Enabled', wish: { notBefore: at(24 * 36) } } }, says: /35 days/ },
  {
    gate: 'window',
    facts: {
      settings: {
        state: 'Enabled',
        wish: {
          // Sundays from 13 to 14 o'clock, each of them frozen.
          window: [{ days: [0], fromMinute: 780, untilMinute: 840, transitions: utc }],
          freezes: [0, 1, 2, 3, 4, 5].map((week) => ({
            name: `w${week}`,
            from: at(168 * week),
            until: at(168 * week + 3),
          })),
        },
      },
    },
    says: /35 days/,
  },
  { gate: 'enrolment', facts: { enrolmentProblem: 'key.pem is gone' }, says: /gone/ },
  { gate: 'consent', facts: { consent: { problem: 'missing', consentsToFloors: false } }, says: /missing/ },
  { gate: 'folders-writable', facts: { folders: [{ ...folder, isWritable: false }] }, says: /trust cannot be written/ },
  { gate: 'folders-writable', facts: { folders: [{ ...folder, isPresent: false }] }, says: /not there/ },
  { gate: 'folders-private', facts: { folders: [{ ...folder, isOpen: true }] }, says: /others/ },
  { gate: 'control-socket', facts: { controlFolder: { mode: 0o40755, isOwn: true } }, says: /755/ },
  { gate: 'control-socket', facts: { controlFolder: { mode: 0o40700, isOwn: false } }, says: /another user/ },
  { gate: 'journal-writable', facts: { journal: { unwritable: 'EROFS' } }, says: /EROFS/ },
  { gate: 'persisted-state', facts: { journal: { damaged: 'line 3' } }, says: /line 3/ },
  { gate: 'persisted-state', facts: { trustProblem: 'pins.json cannot be read' }, says: /pins/ },
  { gate: 'disk-space', facts: { disk: { freeBytes: 299_999_999, neededBytes: 3e8 } }, says: /1 MB are missing/ },
  {
    gate: 'components-running',
    facts: { components: [{ ...component, state: 'failing', detail: 'crashed' }] },
    says: /failing: crashed/,
  },
  { gate: 'components-running', facts: { components: [] }, says: /nothing is installed/ },
  { gate: 'component-stops', facts: { drain: { lastMs: 20_000, limitMs: 20_000 } }, says: /20000 ms/ },
  { gate: 'sync-in-progress', facts: { cycle: 'by-person' }, says: /person/ },
  { gate: 'slots', facts: { components: [{ ...component, altered: 'slot a was altered' }] }, says: /slot a/ },
  { gate: 'runtime', facts: { components: [{ ...component, isRuntimePresent: false }] }, says: /connect-sync/ },
  { gate: 'operating-system', facts: { host: { ...good.host, glibc: '2.27' } }, says: /glibc 2\.28, here is 2\.27/ },
  { gate: 'operating-system', facts: { host: { ...good.host, kernel: '4.9' } }, says: /kernel/ },
  { gate: 'operating-system', facts: { host: { platform: 'sunos-x64', isPlatformKnown: false } }, says: /sunos/ },
  { gate: 'tls', facts: { way: { ...way, tlsVersion: 'TLSv1.1' } }, says: /TLSv1\.1/ },
  { gate: 'tls', facts: { way: { ...way, leastTlsVersion: 'TLSv1' } }, says: /offer TLSv1/ },
  { gate: 'tls', facts: { way: { ...way, tlsProblem: 'unsupported protocol' } }, says: /unsupported/ },
  {
    gate: 'tls',
    facts: { way: { url: 'http://hus.example', isLoopback: false, leastTlsVersion: 'TLSv1.2' } },
    says: /no TLS and leaves/,
  },
  { gate: 'repositories', facts: { way: { ...way, problem: 'ECONNREFUSED' } }, says: /ECONNREFUSED/ },
  { gate: 'trust', facts: { lookFailure: 'hash-mismatch: x' }, says: /hash-mismatch/ },
  {
    gate: 'trust',
    facts: { look: { refusals: [{ path: 'p', code: 'version-fell', message: 'm' }] } },
    says: /version-fell/,
  },
  { gate: 'trust', facts: { expires: [{ name: 'image/root', at: now }] }, says: /image\/root expired/ },
  { gate: 'freeze-suspected', facts: { isFreezeSuspected: true }, says: /expired/ },
  { gate: 'clock', facts: { clock: { skewMs: 300_001 } }, says: /ahead/ },
  { gate: 'clock', facts: { clock: { skewMs: -300_001 } }, says: /behind/ },
  { gate: 'clock', facts: { clock: { behindSignedMs: 300_001 } }, says: /future/ },
  {
    gate: 'blocked-builds',
    facts: { blocked: [{ component: 'c', version: '2.6', until: at(1), reason: 'crash' }] },
    says: /crash/,
  },
  { gate: 'state-schema', facts: { schemas: [{ component: 'c', onDisk: 2, running: 1 }] }, says: /schema 2/ },
  {
    gate: 'state-schema',
    facts: { schemas: [{ component: 'c', onDisk: 2, running: 2, offered: 1 }] },
    says: /knows schema 1/,
  },
  { gate: 'reports', facts: { reportsKept: 500 }, says: /500/ },
];

for (const [index, { gate, facts, says }] of rows.entries()) {
  test(`the gate ${gate} can shut alone, and says why (${index + 1})`, () => {
    const found = readiness({ ...good, ...facts }, new Map());
    assert.equal(found.ready, false);
    const shut = found.gates.filter(({ ok }) => !ok);
    assert.deepEqual(
      shut.map(({ id }) => id),
      [gate],
    );
    assert.match(shut[0]!.detail, says);
    assert.equal(shut[0]!.code, gates[gate].code);
  });
}

test('every gate can shut', () => {
  assert.deepEqual([...new Set(rows.map(({ gate }) => gate))].sort(), Object.keys(gates).sort());
});

test('everything that is in the way is said at once', () => {
  const all = failing({
    ...good,
    settings: { state: 'Disabled', wish: { pin: '1.0' } },
    disk: { neededBytes: 1 },
    reportsKept: 900,
    isFreezeSuspected: true,
  });
  assert.deepEqual(all, ['opted-in', 'pin', 'disk-space', 'freeze-suspected', 'reports']);
});

test('without contact the way is shut, and what only contact shows is not held against the host', () => {
  const { tlsVersion: _, ...silent } = way;
  assert.deepEqual(failing({ ...good, way: { ...silent, problem: 'ETIMEDOUT' }, clock: {} }), ['repositories']);
});

test('a window that opens next week is no obstacle', () => {
  const wish = { window: [{ days: [6], fromMinute: 0, untilMinute: 60, transitions: utc }] };
  const { gates: found } = readiness({ ...good, settings: { state: 'Enabled', wish } }, new Map());
  assert.match(found.find(({ id }) => id === 'window')!.detail, /opens at 2026-11-28T00:00:00\.000Z/);
});

test('long texts from elsewhere are cut and counted', () => {
  const refusals = Array.from({ length: 100 }, (_, index) => ({
    path: `p${index}`,
    code: 'c',
    message: 'm'.repeat(9_999),
  }));
  const { gates: found } = readiness({ ...good, look: { refusals } }, new Map());
  const { detail } = found.find(({ id }) => id === 'trust')!;
  assert.match(detail, /and 95 more$/);
  assert.ok(detail.length < 2_000);
});

const release: ReleaseFacts = {
  component: 'connect-sync',
  version: '2.6.0.0',
  releaseNumber: 2,
  platform: 'linux-x64',
  sha256: 'a'.repeat(64),
  publishedAt: at(-100),
  maxRampPpmPerHour: 1_000_000,
  channel: { download: true, autoUpgrade: true },
};

for (const { decision, planned } of [
  {
    decision: { action: 'install', release, rule: 'open' },
    planned: { to: '2.6.0.0', when: now, why: /nothing holds/ },
  },
  { decision: { action: 'install', release, rule: 'floor' }, planned: { to: '2.6.0.0', when: now, why: /floor/ } },
  {
    decision: { action: 'wait', release, notBefore: at(5), rule: 'freeze' },
    planned: { to: '2.6.0.0', when: at(5), why: /^freeze/ },
  },
  {
    decision: { action: 'hold', release, rule: 'pinned', reason: 'by you' },
    planned: { to: '2.6.0.0', when: undefined, why: /pinned: by you/ },
  },
  {
    decision: { action: 'hold', rule: 'nothing-newer', reason: '' },
    planned: { to: undefined, when: undefined, why: /nothing newer/ },
  },
] as const satisfies readonly { readonly decision: Decision; readonly planned: object }[]) {
  test(`the decision ${decision.action} by ${decision.rule} says what would come, when, and why not sooner`, () => {
    const [upgrade] = readiness(good, new Map([['connect-sync', decision]])).upgrades;
    assert.equal(upgrade?.to, planned.to);
    assert.equal(upgrade?.when, planned.when);
    assert.match(upgrade?.why ?? '', planned.why);
  });
}
