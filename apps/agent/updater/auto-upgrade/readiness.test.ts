import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { GateFinding, Readiness } from '@springline/auto-upgrade/eligibility/readiness';
import { formatRecord, type JournalRecord } from '@springline/auto-upgrade/upgrader/journal-record';
import type { EpochMs } from '@springline/ports/clock';
import { agentHome, componentHome } from '../../home.ts';
import { loadOrMakeKey, saveIdentity } from '../../identity/identity.ts';
import { linkedSlot, slotFolder } from '../../slot/slot.ts';
import { UpdateWorld } from '../../testing/update-world.ts';
import type { Look } from '../../upgrader/job.ts';
import type { ComponentProcess } from '../component-process.ts';
import { hostReadiness, type ReadinessWorld } from './readiness.ts';
import { saveBlocked } from './small-files.ts';

const agentId = '019a0000-0000-7000-8000-000000000001';

/** As much of a running component as readiness looks at. */
function process(parts: object = {}): ComponentProcess {
  return { view: () => ({ state: 'running' }), callsInProgress: 0, ...parts } as unknown as ComponentProcess;
}

interface Host extends ReadinessWorld {
  readonly world: UpdateWorld;
  readonly look: Look;
}

/** An enrolled host that runs 2.5.0.0 and has seen that 2.6.0.0 is offered. */
async function host(t: TestContext): Promise<Host> {
  const world = await UpdateWorld.installed(t);
  const { home, url } = world;
  const paths = agentHome(home);
  loadOrMakeKey(paths);
  const { x = '' } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
  saveIdentity(paths, { agentId, tenantId: agentId, url, controlPlaneKey: x, connectors: [] });
  writeFileSync(paths.consent, 'version: 1\n', { mode: 0o600 });
  mkdirSync(join(paths.upgrade, 'reports'), { recursive: true, mode: 0o700 });
  for (const folder of [paths.folder, paths.trust, paths.upgrade, paths.runtime]) chmodSync(folder, 0o700);
  const { look } = await world.upgrade({ kind: 'look' });
  assert.ok(look !== undefined);
  const quiet = { hindrance: undefined, isFreezeSuspected: false, reportsKept: 0, running: () => process() };
  return { world, home, look, ...quiet };
}

function shut({ gates }: Readiness): readonly string[] {
  return gates.filter(({ ok }) => !ok).map(({ id }) => id);
}

function gate({ gates }: Readiness, id: GateFinding['id']): GateFinding {
  return gates.find((found) => found.id === id)!;
}

test('a host on which all is well is ready and says what it would install now', async (t) => {
  const found = await hostReadiness(await host(t));
  assert.deepEqual(shut(found), [], JSON.stringify(found.gates.filter(({ ok }) => !ok)));
  assert.ok(found.ready);
  const [upgrade] = found.upgrades;
  assert.equal(upgrade?.component, 'connect-sync');
  assert.equal(upgrade?.to, '2.6.0.0');
  assert.match(upgrade?.why ?? '', /nothing holds it/);
});

test('a host that has nothing yet is told everything at once, and nothing is thrown', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'springline-nothing-'));
  t.after(() => rmSync(home, { recursive: true }));
  const nothing = { look: undefined, hindrance: undefined, isFreezeSuspected: false, reportsKept: 0 };
  const found = await hostReadiness({ home: join(home, 'absent'), ...nothing, running: () => undefined });
  for (const id of ['enrolment', 'consent', 'folders-writable', 'control-socket', 'journal-writable', 'repositories']) {
    assert.ok(shut(found).includes(id), id);
  }
  assert.deepEqual(found.upgrades, []);
});

for (const { name, spoil, expected, says } of [
  {
    name: 'settings that are damaged',
    spoil: ({ home }: Host) => writeFileSync(agentHome(home).autoUpgrade, '{"state":'),
    expected: ['settings'],
    says: /auto-upgrade\.json is no JSON/,
  },
  {
    name: 'a journal with a damaged line',
    spoil: ({ home }: Host) => writeFileSync(agentHome(home).journal, 'x\ny\n'),
    expected: ['persisted-state'],
    says: /line 1 of the journal is damaged/,
  },
  {
    name: 'a trusted root that was cut',
    spoil: ({ home }: Host) => truncateSync(join(agentHome(home).trust, 'image', 'root.json'), 40),
    expected: ['persisted-state'],
    says: /root\.json is damaged/,
  },
  {
    name: 'pins that were cut',
    spoil: ({ home }: Host) => truncateSync(join(agentHome(home).trust, 'pins.json'), 4),
    expected: ['persisted-state'],
    says: /pins\.json cannot be read/,
  },
  {
    name: 'a key that is gone',
    spoil: ({ home }: Host) => rmSync(agentHome(home).key),
    expected: ['enrolment'],
    says: /key\.pem is gone/,
  },
  {
    name: 'a consent file that others may write',
    spoil: ({ home }: Host) => chmodSync(agentHome(home).consent, 0o666),
    expected: ['consent'],
    says: /can be written by others/,
  },
  {
    name: 'a folder of trust that others may write',
    spoil: ({ home }: Host) => chmodSync(agentHome(home).trust, 0o777),
    expected: ['folders-private'],
    says: /trust can be written by others/,
  },
  {
    name: 'an agent folder that others may enter',
    spoil: ({ home }: Host) => chmodSync(agentHome(home).folder, 0o755),
    expected: ['control-socket'],
    says: /mode 755/,
  },
  {
    name: 'a slot that somebody wrote to',
    spoil: ({ home }: Host) =>
      appendFileSync(join(slotFolder(home, 'connect-sync', linkedSlot(home, 'connect-sync')!), 'release.json'), ' '),
    expected: ['slots'],
    says: /does not hold what was verified/,
  },
  {
    name: 'a slot with more in it than any release',
    spoil: ({ home }: Host) => {
      const planted = join(slotFolder(home, 'connect-sync', linkedSlot(home, 'connect-sync')!), 'planted');
      writeFileSync(planted, '');
      truncateSync(planted, 2 ** 40);
    },
    // The whole of it would be kept as the patch source.
    expected: ['slots'],
    says: /more than any release/,
  },
  {
    name: 'a runtime that is gone',
    spoil: ({ home }: Host) =>
      cpSync(agentHome(home).runtime, `${home}/old`, { recursive: true }) ??
      rmSync(agentHome(home).runtime, { recursive: true }),
    expected: ['folders-writable', 'runtime'],
    says: /runtime is not there/,
  },
  {
    name: 'a state that a newer build wrote',
    spoil: ({ home }: Host) => {
      const header = Buffer.alloc(100);
      header.write('SQLite format 3');
      header.writeUInt32BE(9, 60);
      writeFileSync(componentHome(home, 'connect-sync').state, header, { mode: 0o600 });
    },
    expected: ['state-schema'],
    says: /has schema 9/,
  },
  {
    name: 'an offered build that failed here',
    spoil: ({ home, look }: Host) => {
      const { component, version, sha256 } = look.offers[0]!;
      const until = (Date.now() + 3_600_000) as EpochMs;
      saveBlocked(home, [
        { component, version, sha256, result: 'PreUpgradeFailure', reason: 'it crashed', failures: 1, until },
      ]);
    },
    expected: ['blocked-builds'],
    says: /it crashed/,
  },
  {
    name: 'a server that answers without what was asked for',
    spoil: ({ world }: Host) => {
      world.answer = (_, response) => {
        response.writeHead(503).end();
        return true;
      };
    },
    expected: ['repositories'],
    says: /503/,
  },
  {
    name: 'a server whose clock is an hour ahead',
    spoil: ({ world }: Host) => {
      world.answer = (_, response) => {
        response.setHeader('date', new Date(Date.now() + 3_600_000).toUTCString());
        return false;
      };
    },
    expected: ['clock'],
    says: /ahead/,
  },
  {
    name: 'a component that had to be waited for too long',
    spoil: ({ home }: Host) => {
      const build = { version: '2.5.0.0', releaseNumber: 1, sha256: 'a'.repeat(64), slot: 'a' } as const;
      const record = (step: JournalRecord['step'], at: string): string =>
        formatRecord({
          at,
          attempt: agentId,
          component: 'connect-sync',
          step,
          from: build,
          to: { ...build, slot: 'b' },
        });
      const steps = [record('draining', '2026-11-22T14:00:00.000Z'), record('activating', '2026-11-22T14:00:21.000Z')];
      writeFileSync(agentHome(home).journal, steps.join(''));
    },
    expected: ['component-stops'],
    says: /21000 ms/,
  },
]) {
  test(`${name} shuts a gate, and only that`, async (t) => {
    const ready = await host(t);
    spoil(ready);
    const found = await hostReadiness(ready);
    assert.deepEqual(shut(found), expected);
    assert.match(gate(found, expected[0] as GateFinding['id']).detail, says);
  });
}

test('a cycle that a person asked for shuts a gate; one of the schedule does not', async (t) => {
  const ready = await host(t);
  const sync = { cycleInProgress: true };
  const byPerson = await hostReadiness({ ...ready, running: () => process({ sync, callsInProgress: 1 }) });
  assert.deepEqual(shut(byPerson), ['sync-in-progress']);
  assert.deepEqual(shut(await hostReadiness({ ...ready, running: () => process({ sync }) })), []);
});

test('a component that is stuck on its consent shuts the gate of the consent', async (t) => {
  const ready = await host(t);
  const stuck = 'consent-malformed: unknown key x';
  const found = await hostReadiness({ ...ready, running: () => process({ stuck }) });
  assert.deepEqual(shut(found), ['consent']);
  assert.equal(gate(found, 'consent').detail, stuck);
});

test('the schedule of the host says what would come and when', async (t) => {
  const ready = await host(t);
  const notBefore = new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+Z$/, 'Z');
  writeFileSync(agentHome(ready.home).autoUpgrade, JSON.stringify({ schedule: { notBefore } }));
  const waiting = await hostReadiness(ready);
  assert.ok(waiting.ready);
  assert.equal(waiting.upgrades[0]?.when, Date.parse(notBefore));
  assert.match(waiting.upgrades[0]?.why ?? '', /not-before/);
  writeFileSync(agentHome(ready.home).autoUpgrade, JSON.stringify({ schedule: { pin: '2.4.0.0' } }));
  const pinned = await hostReadiness(ready);
  assert.deepEqual(shut(pinned), ['pin']);
  assert.match(pinned.upgrades[0]?.why ?? '', /pinned/);
});

test('a server that never answers holds readiness up for less than 5 seconds', async (t) => {
  const ready = await host(t);
  ready.world.answer = () => true;
  const before = performance.now();
  const found = await hostReadiness(ready);
  assert.ok(performance.now() - before < 5_000);
  assert.deepEqual(shut(found), ['repositories']);
});

/** The host on a file system of its own; `undefined` where this user may not mount one. */
async function onOwnDisk(t: TestContext, megabytes: number): Promise<Host | undefined> {
  const ready = await host(t);
  const disk = mkdtempSync(join(tmpdir(), 'springline-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', disk], { stdio: 'pipe' });
  } catch {
    rmdirSync(disk);
    t.skip('this user may not mount a file system');
    return undefined;
  }
  t.after(() => {
    execFileSync('umount', ['-l', disk]);
    rmdirSync(disk);
  });
  cpSync(ready.home, disk, { recursive: true, verbatimSymlinks: true });
  chmodSync(agentHome(disk).folder, 0o700);
  return { ...ready, home: disk };
}

test('a disk that is too small shuts the gate of the space and says how much is missing', async (t) => {
  const ready = await onOwnDisk(t, 16);
  if (ready === undefined) return;
  const found = await hostReadiness(ready);
  assert.deepEqual(shut(found), ['disk-space']);
  assert.match(gate(found, 'disk-space').detail, /MB are missing/);
});

test('a disk that was mounted for reading only shuts the gates of all that must be written', async (t) => {
  const ready = await onOwnDisk(t, 200);
  if (ready === undefined) return;
  assert.deepEqual(shut(await hostReadiness(ready)), []);
  execFileSync('mount', ['-o', 'remount,ro', ready.home]);
  const found = await hostReadiness(ready);
  assert.deepEqual(shut(found), ['folders-writable', 'journal-writable']);
  assert.match(gate(found, 'journal-writable').detail, /EROFS/);
});
