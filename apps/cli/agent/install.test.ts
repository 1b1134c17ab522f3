/** A host becomes an agent by commands alone, apart from the control plane's home; every program a process of its own. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { agentHome } from '@springline/agent/home';
import { formatEnrolmentString } from '@springline/api/enrolment-string';
import type { FleetPage } from '@springline/api/shapes/fleet';
import { agentStatus } from '../agent-client.ts';
import { callControlPlane } from '../control-plane-client.ts';
import { ChangingDirectory } from '../testing/changing-directory.ts';
import { type Finished, RunningUp, runCli, temporaryHome } from '../testing/running-up.ts';
import { RunningAgent } from './testing/running-agent.ts';

const text32 = 'A'.repeat(43);
const someString = formatEnrolmentString({
  token: 'A'.repeat(22),
  url: 'http://localhost:1',
  controlPlaneKey: text32,
  imageRoot: text32,
  directorRoot: text32,
});

function install(home: string, file: string, ...words: readonly string[]): Promise<Finished> {
  return runCli(['agent', 'install', '--home', home, '--enrolment-string-file', file, ...words]);
}

/** A file as an administrator would have copied it. */
function fileWith(home: string, text: string): string {
  const file = join(home, '..', 'enrol.txt');
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

const identityOf = (home: string) =>
  JSON.parse(readFileSync(agentHome(home).identity, 'utf8')) as { agentId: string; connectors: { name: string }[] };

test('a host is installed by a string, runs beside the first agent, is started again after a crash, and stops in order', async (t) => {
  const up = await RunningUp.start(t, temporaryHome(t));
  const home = temporaryHome(t);
  const words = [
    'enrolment-string',
    'create',
    '--connector',
    'lab',
    '--kind',
    'ldif',
    '--beside',
    'default',
    '--home',
    up.home,
  ];
  const made = await runCli(['agent', ...words, '--out', '-', '--json']);
  const { enrolmentString } = JSON.parse(made.output) as { enrolmentString: string };
  const file = fileWith(home, enrolmentString);
  const directory = new ChangingDirectory(join(home, '..', 'directory.ldif'), { people: 12, groups: 2, seed: 3 });

  const dry = await install(home, file, '--ldif', directory.file, '--dry-run', '--json');
  assert.deepEqual(
    [dry.code, (JSON.parse(dry.output) as { url: string }).url, existsSync(home)],
    [0, up.url, false],
    dry.errors,
  );

  const first = await install(home, file, '--staging', '--no-start', '--json');
  assert.equal(first.code, 0, first.errors);
  assert.equal((JSON.parse(first.output) as { staging: boolean }).staging, true);
  assert.match(first.errors, /Connect Sync has nothing to read yet/);
  const { agentId, components } = JSON.parse(first.output) as { agentId: string; components: { component: string }[] };
  assert.deepEqual(components.map(({ component }) => component).sort(), ['agent-updater', 'connect-sync']);

  // Killed between the answer and the note of it: the same key may repeat the string.
  rmSync(agentHome(home).identity);
  const again = await install(home, file, '--no-start', '--ldif', directory.file);
  assert.equal(again.code, 0, again.errors);
  assert.equal(identityOf(home).agentId, agentId);

  const running = await RunningAgent.start(t, ['run', '--home', home]);
  const second = await runCli(['agent', 'run', '--home', home]);
  assert.equal(second.code, 1);
  assert.match(second.errors, /already runs on/);
  await up.until(async () => {
    const { agents } = (await callControlPlane(up, 'listFleet')) as FleetPage;
    return agents.filter(({ state }) => state === 'online').length === 2 ? agents : undefined;
  }, 'two agents are online');

  const { sources } = await callControlPlane(up, 'listExportSources');
  assert.deepEqual(
    sources.map(({ connectors }) => connectors.map(({ name }) => name).sort()),
    [['default', 'lab']],
  );

  const before = await pidOf(home);
  process.kill(before, 'SIGKILL');
  await up.until(async () => ((await pidOf(home)) === before ? undefined : true), 'the agent runs again');
  assert.match(running.output, /agent ended by SIGKILL; it is started again/);
  assert.equal(await running.stop(), 0);
  assert.match(running.output, /stopped\n$/);
  await assert.rejects(agentStatus(home), /no agent runs in .* npx springline agent run --home/);

  const known = await install(home, file, '--no-start', '--json');
  assert.equal((JSON.parse(known.output) as { wasEnrolled: boolean }).wasEnrolled, true);
  const foreign = await install(home, fileWith(home, someString), '--no-start');
  assert.match(foreign.errors, /is enrolled with another control plane/);
});

/** Of the Agent Updater: the program that has the home as its argument. Throws until it answers. */
async function pidOf(home: string): Promise<number> {
  await agentStatus(home);
  const found = readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    const words = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
    return words.includes(home) && words.some((word) => word.endsWith('agent-updater.mjs'));
  });
  assert.equal(found.length, 1);
  return Number(found[0]);
}

for (const row of [
  { name: 'a text that is no enrolment string', text: 'hunter2', says: /begins with springline-enrol\.1\./ },
  { name: 'a string that was cut', text: someString.slice(0, -20), says: /is damaged; copy it whole/ },
  { name: 'a file that never ends', text: 'x'.repeat(10_000), says: /is longer than 4096 bytes/ },
]) {
  test(`${row.name} is misuse, and its text is not repeated`, async (t) => {
    const home = temporaryHome(t);
    const { code, errors } = await install(home, fileWith(home, row.text));
    assert.equal(code, 2, errors);
    assert.match(errors, row.says);
    assert.ok(!errors.includes(row.text));
    assert.ok(!existsSync(home));
  });
}

for (const row of [
  { words: ['--components', 'health-sink'], says: /there is no component health-sink: there are connect-sync/ },
  { words: ['--bridge', './bridge.tar'], says: /--bridge goes with --image-root/ },
  { words: ['--image-root', 'abc'], says: /--image-root is a SHA-256/ },
  { words: ['--interval', '30'], says: /--interval goes with --ldif or --ldap/ },
  { words: ['--ldif', 'a', '--ldap', 'ldaps://b'], says: /not both/ },
]) {
  test(`install ${row.words.join(' ')} is refused before anything is written`, async (t) => {
    const home = temporaryHome(t);
    const { code, errors } = await install(home, fileWith(home, someString), ...row.words);
    assert.equal(code, 2, errors);
    assert.match(errors, row.says);
    assert.ok(!existsSync(home));
  });
}

test('another root than the built-in one is refused before anybody is asked', async (t) => {
  const home = temporaryHome(t);
  const { code, errors } = await install(home, fileWith(home, someString), '--image-root', 'f'.repeat(64));
  assert.equal(code, 1);
  assert.match(errors, /\(pin-mismatch\)/);
});

test('a control plane that does not answer is said, and a string that others can read is warned of', async (t) => {
  const home = temporaryHome(t);
  const file = fileWith(home, someString);
  chmodSync(file, 0o644);
  const { code, errors } = await install(home, file, '--no-start');
  assert.equal(code, 1);
  assert.match(errors, /others on this host can read/);
  assert.match(errors, /http:\/\/localhost:1\/.* does not answer/);
});

test('a home without an enrolled agent is not run, and the way is told', async (t) => {
  const home = temporaryHome(t);
  mkdirSync(home, { recursive: true });
  const { code, errors } = await runCli(['agent', 'run', '--home', home]);
  assert.equal(code, 1);
  assert.match(errors, /springline agent install --home/);
});

test('an enrolment string is printed on explicit wish only', async (t) => {
  const words = ['agent', 'enrolment-string', 'create', '--connector', 'lab', '--kind', 'ldif'];
  const { code, errors, output } = await runCli([...words, '--home', temporaryHome(t)]);
  assert.deepEqual([code, output], [2, '']);
  assert.match(errors, /required option '--out <file>' not specified/);
});
