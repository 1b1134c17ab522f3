/** From PKS over the bridge to the Hybrid Upgrade Service, end to end, every program a process of its own. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { agentHome } from '@springline/agent/home';
import { linkedSlot, verifiedProgram } from '@springline/agent/slot/slot';
import type { Fleet } from '@springline/api/shapes/auto-upgrade';
import type { PksStatus } from '@springline/api/shapes/pks';
import { callControlPlane } from '../control-plane-client.ts';
import { keysHome } from '../release/roles.ts';
import { RunningUp, runCli, temporaryHome } from '../testing/running-up.ts';
import { BridgedHost } from './testing/bridged-host.ts';

const productKey = 'AB1CD-EFGHI-JKLMN-OPQRS-TUVWX';
const legacyVersion = '0.0.1.0';

async function pks(up: RunningUp, ...words: readonly string[]): Promise<unknown> {
  const { code, output, errors } = await runCli(['pks', ...words, '--home', up.home, '--json']);
  assert.equal(code, 0, errors);
  return JSON.parse(output);
}

/** A platform with signed bridges, and a host of it that knows PKS alone. */
async function world(t: TestContext): Promise<{ up: RunningUp; host: BridgedHost; home: string }> {
  const up = await RunningUp.start(t, temporaryHome(t));
  const pin = createHash('sha256')
    .update(readFileSync(keysHome(up.home).root('image')))
    .digest('hex');
  const home = temporaryHome(t);
  const host = new BridgedHost({ home, url: up.url, pin, hostName: hostname(), productKey });
  t.after(() => host.stop());
  return { up, host, home };
}

const status = (up: RunningUp) => pks(up, 'status') as Promise<PksStatus>;
const days = (count: number): string => new Date(Date.now() + count * 86_400_000).toISOString().slice(0, 10);

test('a legacy host goes PKS -> bridged -> HUS, and is then nobody that is left', async (t) => {
  const { up, host, home } = await world(t);
  assert.equal((await host.askPks(legacyVersion)).exitCode, 3, 'nothing is signed yet');
  await pks(up, 'sign', '--dry-run');
  assert.equal((await host.askPks(legacyVersion)).exitCode, 3, 'a dry run signs nothing');
  await pks(up, 'sign');
  await pks(up, 'schedule', '--deprecated', days(0), '--sunset', days(30));

  const asked = await host.askPks(legacyVersion);
  assert.deepEqual([asked.exitCode, asked.channel], [0, 'PKS'], asked.message);
  assert.equal(createHash('sha256').update(readFileSync(asked.file!)).digest('hex'), asked.sha256);
  const before = await status(up);
  assert.equal(before.phase, 'deprecated');
  assert.deepEqual(
    before.left.map(({ claimedHostName, claimedVersion, channel }) => [claimedHostName, claimedVersion, channel]),
    [[hostname().toLowerCase(), legacyVersion, 'PKS']],
  );

  const bridge = asked.bridge!;
  assert.equal((await host.askPks(bridge)).channel, 'bridged');
  assert.deepEqual(
    (await status(up)).left.map(({ claimedVersion, channel }) => [claimedVersion, channel]),
    [[bridge, 'bridged']],
  );
  assert.ok(!existsSync(agentHome(home).identity), 'a product key yields no identity');

  const connector = { name: 'adatum.example', kind: 'ldif' } as const;
  const { enrolmentString } = await callControlPlane(up, 'createEnrolment', { connector });
  assert.equal(await host.install(enrolmentString, 'f'.repeat(64)), false, 'another root than the built-in one');
  assert.equal(await host.install(enrolmentString), true);
  const slot = linkedSlot(home, 'connect-sync')!;
  const installed = verifiedProgram(home, 'connect-sync', slot).facts;
  assert.equal(installed.version, bridge);
  host.configure(connector.name);
  await host.startAgent(enrolmentString);

  const { agentId } = JSON.parse(readFileSync(agentHome(home).identity, 'utf8')) as { agentId: string };
  const agent = await up.until(async () => {
    const { agents } = (await callControlPlane(up, 'listFleet')) as Fleet;
    const own = agents.find((one) => one.agentId === agentId);
    return own?.autoUpgrade?.channel === 'HUS' ? own : undefined;
  }, 'a heartbeat of the bridged host says HUS');
  assert.equal(agent.state, 'online');
  const after = await status(up);
  assert.equal(after.leftCount, 0);
  assert.deepEqual(
    after.bridged.map(({ claimedHostName, component }) => [claimedHostName, component]),
    [[hostname().toLowerCase(), 'connect-sync']],
  );
  const told = await runCli(['pks', 'status', '--home', up.home]);
  assert.match(told.output, /Nobody is left on PKS\.\s+Bridged: 1\./);

  // It still is a legacy host if anything on it asks PKS again.
  await host.askPks(legacyVersion, 'health-sync');
  assert.deepEqual(
    (await status(up)).left.map(({ component }) => component),
    ['health-sync'],
  );
});

test('a client refuses what it cannot trace to its built-in root, and the sunset is kept at a distance', async (t) => {
  const { up, host, home } = await world(t);
  await pks(up, 'sign');
  assert.equal((await host.askPks(legacyVersion, 'connect-sync', 'f'.repeat(64))).code, 'root-not-pinned');
  const folder = join(up.home, 'control-plane', 'pks');
  const file = join(folder, 'connect-sync.json');
  const genuine = readFileSync(file, 'utf8');
  const envelope = JSON.parse(genuine) as { signatures: { sig: string }[] };
  const other = JSON.parse(readFileSync(join(folder, 'agent-updater.json'), 'utf8')) as typeof envelope;
  writeFileSync(file, JSON.stringify({ ...envelope, signatures: other.signatures }));
  assert.equal((await host.askPks(legacyVersion)).code, 'answer-unsigned');
  writeFileSync(file, genuine);
  assert.equal((await host.askPks(legacyVersion)).exitCode, 0);
  assert.ok(!existsSync(agentHome(home).trust));
  const soon = await runCli(['pks', 'schedule', '--deprecated', days(0), '--sunset', days(3), '--home', up.home]);
  assert.equal(soon.code, 1);
  assert.match(soon.errors, /7 days from now: the earliest last day is \d{4}-\d\d-\d\d/);
  const backwards = ['--deprecated', days(60), '--sunset', days(30), '--home', up.home];
  assert.equal((await runCli(['pks', 'schedule', ...backwards])).code, 2);
  const plan = ['schedule', '--deprecated', days(1), '--sunset', days(30), '--dry-run'];
  await pks(up, ...plan);
  assert.equal((await status(up)).lifecycle, undefined, 'a dry run sets nothing');
});
