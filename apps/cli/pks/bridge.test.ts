/** From PKS over the bridge to the Hybrid Upgrade Service, end to end by the product's commands, every program a process of its own. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { agentHome } from '@springline/agent/home';
import { linkedSlot, verifiedProgram } from '@springline/agent/slot/slot';
import type { FleetPage } from '@springline/api/shapes/fleet';
import type { PksStatus } from '@springline/api/shapes/pks';
import { RunningAgent } from '../agent/testing/running-agent.ts';
import { agentStatus } from '../agent-client.ts';
import { callControlPlane } from '../control-plane-client.ts';
import { keysHome } from '../release/roles.ts';
import { ChangingDirectory } from '../testing/changing-directory.ts';
import { type Finished, RunningUp, runCli, temporaryHome } from '../testing/running-up.ts';
import { BridgedHost } from './testing/bridged-host.ts';

const productKey = 'AB1CD-EFGHI-JKLMN-OPQRS-TUVWX';
const legacyVersion = '0.0.1.0';
const connector = 'adatum.example';

interface World {
  readonly up: RunningUp;
  readonly host: BridgedHost;
  /** Of the agent that the host will be. */
  readonly home: string;
  readonly folder: string;
}

async function pks(up: RunningUp, ...words: readonly string[]): Promise<unknown> {
  const { code, output, errors } = await runCli(['pks', ...words, '--home', up.home, '--json']);
  assert.equal(code, 0, errors);
  return JSON.parse(output);
}

/** A platform with signed bridges, and a host of it that knows PKS alone. */
async function world(t: TestContext): Promise<World> {
  const up = await RunningUp.start(t, temporaryHome(t));
  const pin = createHash('sha256')
    .update(readFileSync(keysHome(up.home).root('image')))
    .digest('hex');
  const home = temporaryHome(t);
  const folder = join(home, '..', 'legacy');
  const host = new BridgedHost({ folder, url: up.url, pin, hostName: hostname(), productKey });
  return { up, host, home, folder };
}

/** The enrolment string for the host, in a new file. */
async function enrolmentFile({ up, folder }: World, name: string): Promise<string> {
  const file = join(folder, name);
  const words = ['--connector', connector, '--kind', 'ldif', '--out', file, '--home', up.home];
  const made = await runCli(['agent', 'enrolment-string', 'create', ...words]);
  assert.equal(made.code, 0, made.errors);
  assert.equal(made.output, '', 'the secret is in the file alone');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  return file;
}

const status = (up: RunningUp) => pks(up, 'status') as Promise<PksStatus>;
const days = (count: number): string => new Date(Date.now() + count * 86_400_000).toISOString().slice(0, 10);
const install = (home: string, ...words: readonly string[]): Promise<Finished> =>
  runCli(['agent', 'install', '--home', home, '--no-start', ...words]);

test('a legacy host goes PKS -> bridged -> HUS by the commands, and is then nobody that is left', async (t) => {
  const all = await world(t);
  const { up, host, home, folder } = all;
  assert.equal((await host.askPks(legacyVersion)).exitCode, 3, 'nothing is signed yet');
  await pks(up, 'sign', '--dry-run');
  assert.equal((await host.askPks(legacyVersion)).exitCode, 3, 'a dry run signs nothing');
  await pks(up, 'sign');
  await pks(up, 'schedule', '--deprecated', days(0), '--sunset', days(30));

  // 1. The old agent asks PKS, and fetches the bridge.
  const asked = await host.askPks(legacyVersion);
  assert.deepEqual([asked.exitCode, asked.channel], [0, 'PKS'], asked.message);
  assert.equal(createHash('sha256').update(readFileSync(asked.file!)).digest('hex'), asked.sha256);
  const before = await status(up);
  assert.equal(before.phase, 'deprecated');
  assert.deepEqual(
    before.left.map(({ claimedHostName, claimedVersion, channel }) => [claimedHostName, claimedVersion, channel]),
    [[hostname().toLowerCase(), legacyVersion, 'PKS']],
  );

  // 2. It runs the bridge build, and says so.
  const bridge = asked.bridge!;
  assert.equal((await host.askPks(bridge)).channel, 'bridged');
  assert.deepEqual(
    (await status(up)).left.map(({ claimedVersion, channel }) => [claimedVersion, channel]),
    [[bridge, 'bridged']],
  );
  assert.ok(!existsSync(agentHome(home).identity), 'a product key yields no identity');

  // 3. An administrator gives it an enrolment string; what the string says must agree with what is built in.
  const file = await enrolmentFile(all, 'enrol.txt');
  const given = ['--enrolment-string-file', file];
  const foreign = await install(home, ...given, '--image-root', 'f'.repeat(64), '--bridge', asked.file!);
  assert.equal(foreign.code, 1);
  assert.match(foreign.errors, /of another Image root than the one built into this host/);
  const tampered = join(folder, 'tampered.tar');
  const bytes = readFileSync(asked.file!);
  bytes[bytes.length - 1]! ^= 1;
  writeFileSync(tampered, bytes);
  const builtIn = ['--image-root', asked.imageRoot!];
  const refused = await install(home, ...given, ...builtIn, '--bridge', tampered);
  assert.equal(refused.code, 1);
  assert.match(refused.errors, /\(bridge-not-genuine\)/);
  assert.ok(!existsSync(agentHome(home).identity));

  // 4. It installs what both repositories agree on, enrols, and runs.
  const directory = new ChangingDirectory(join(folder, 'directory.ldif'), { people: 12, groups: 2, seed: 7 });
  const words = [...given, ...builtIn, '--bridge', asked.file!, '--ldif', directory.file];
  const running = await RunningAgent.start(t, ['install', '--home', home, ...words]);
  const installed = verifiedProgram(home, 'connect-sync', linkedSlot(home, 'connect-sync')!).facts;
  assert.equal(installed.version, bridge);
  const { agentId } = JSON.parse(readFileSync(agentHome(home).identity, 'utf8')) as { agentId: string };
  assert.match(running.output, new RegExp(`^ready agent ${agentId} ${up.url}$`, 'm'));
  const agent = await up.until(async () => {
    const { agents } = (await callControlPlane(up, 'listFleet')) as FleetPage;
    const own = agents.find((one) => one.agentId === agentId);
    return own?.autoUpgrade?.channel === 'HUS' ? own : undefined;
  }, 'a heartbeat of the bridged host says HUS');
  assert.equal(agent.state, 'online');
  await up.until(async () => {
    const { sync } = await agentStatus(home);
    return sync?.lastCycle?.endedAt === undefined ? undefined : sync;
  }, 'a whole cycle of the bridged host');
  const [person] = directory.expected.users.values();
  assert.equal((await up.find('Users', `userName eq "${person!.userName}"`)).length, 1);
  const after = await status(up);
  assert.equal(after.leftCount, 0);
  assert.deepEqual(
    after.bridged.map(({ claimedHostName, component }) => [claimedHostName, component]),
    [[hostname().toLowerCase(), 'connect-sync']],
  );
  const told = await runCli(['pks', 'status', '--home', up.home]);
  assert.match(told.output, /Nobody is left on PKS\.\s+Bridged: 1\./);

  // The string is used up: whoever stole it gets nothing, and is told what that may mean.
  const stolen = await install(join(home, '..', 'thief'), ...given);
  assert.equal(stolen.code, 1);
  assert.match(stolen.errors, /was used already, or its hour is over.*\(enrolment-token-invalid\)/);
  assert.ok(!existsSync(agentHome(join(home, '..', 'thief')).identity));

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
