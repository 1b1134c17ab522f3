/** A server takes over from another one: one control plane, two homes that read the same file, every command a process. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { agentHome } from '@springline/agent/home';
import { loadStaging } from '@springline/agent/staging';
import type { StagingView } from '@springline/api/shapes/sync';
import { callControlPlane } from '../../control-plane-client.ts';
import { ChangingDirectory } from '../../testing/changing-directory.ts';
import { type Finished, RunningUp, runCli, springline, temporaryHome } from '../../testing/running-up.ts';
import { RunningAgent } from '../testing/running-agent.ts';
import { configurationOf } from './install-beside.ts';
import type { MigrationState } from './states.ts';

const migrationOf = (home: string, old: string): readonly string[] => {
  return ['agent', 'migrate', '--home', home, '--old-home', old, '--no-start'];
};

/** Begins a migration and kills it as soon as its journal says that a step has passed. */
async function killedAfter(state: MigrationState, home: string, old: string): Promise<void> {
  const child = spawn(process.execPath, [springline, ...migrationOf(home, old)], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const journal = join(agentHome(home).folder, 'migration.jsonl');
  const noted = (): number => {
    const text = existsSync(journal) ? readFileSync(journal, 'utf8') : '';
    return text.split(`"state":"${state}","event":"passed"`).length;
  };
  const before = noted();
  const timer = setInterval(() => {
    if (noted() > before) child.kill('SIGKILL');
  }, 2);
  await once(child, 'close');
  clearInterval(timer);
  assert.equal(child.signalCode, 'SIGKILL', output);
}

async function stagingIn(home: string): Promise<StagingView> {
  const { code, output, errors } = await runCli(['sync', 'staging', '--home', home, '--json']);
  assert.equal(code, 0, errors);
  return JSON.parse(output) as StagingView;
}

const agentIdOf = (home: string): string =>
  (JSON.parse(readFileSync(agentHome(home).identity, 'utf8')) as { agentId: string }).agentId;

test('rule S16: a migration that is killed, refused and taken up again moves exporting from one server to another, and neither creates nor deletes', async (t) => {
  const old = temporaryHome(t);
  mkdirSync(dirname(old), { recursive: true });
  const directory = new ChangingDirectory(join(dirname(old), 'directory.ldif'), { people: 15, groups: 3, seed: 7 });
  const up = await RunningUp.start(t, old, ['--ldif', directory.file]);
  await directory.reached(up);
  const idsBefore = await idsIn(up);
  const home = temporaryHome(t);

  const dry = await runCli([...migrationOf(home, old), '--dry-run', '--json']);
  assert.deepEqual([dry.code, existsSync(home)], [0, false], dry.errors);
  assert.equal((JSON.parse(dry.output) as { old: { agentId: string } }).old.agentId, agentIdOf(old));
  const agentsBefore = (await callControlPlane(up, 'listAgents')).agents.length;
  assert.equal(agentsBefore, 1);

  await killedAfter('comparing', home, old);
  assert.equal((await stagingIn(old)).staging, false);

  // Between two commands the new server came to read another title: the comparison after the old one gave up finds it.
  const configuration = readFileSync(configurationOf(home), 'utf8');
  const other = join(dirname(home), 'other.ldif');
  writeFileSync(other, readFileSync(directory.file, 'utf8').replace('title: new here', 'title: somebody else'));
  writeFileSync(configurationOf(home), configuration.replace(directory.file, other));
  const refused = await runCli([...migrationOf(home, old), '--json']);
  assert.equal(refused.code, 1, refused.output);
  const report = JSON.parse(refused.output) as MigrationReport;
  assert.deepEqual([report.comparison.totals, report.state], [{ add: 0, update: 1, delete: 0 }, 'synchronising']);
  assert.deepEqual(
    report.comparison.differences[0]?.attributes.map(({ old: from, new: to }) => [from, to]),
    [[['new here'], ['somebody else']]],
  );
  const exporting = await stagingIn(old);
  assert.deepEqual(
    [exporting.staging, exporting.lease?.agent],
    [false, agentIdOf(old)],
    'the old server is active again',
  );
  writeFileSync(configurationOf(home), configuration);

  await killedAfter('demoting', home, old);
  const between = await stagingIn(old);
  assert.deepEqual([between.staging, between.lease], [true, null], 'nobody exports between the two');

  let bothExport = 0;
  const watch = setInterval(() => {
    if (!loadStaging(old).staging && !loadStaging(home).staging) bothExport += 1;
  }, 5);
  const moved = await runCli([...migrationOf(home, old), '--json']);
  clearInterval(watch);
  assert.equal(bothExport, 0);
  assert.equal(moved.code, 0, moved.errors);
  const done = JSON.parse(moved.output) as MigrationReport;
  assert.deepEqual([done.state, done.comparison.totals], ['done', { add: 0, update: 0, delete: 0 }]);
  assert.deepEqual([done.comparison.digests?.connectorSpace, done.comparison.digests?.metaverse], [[], []]);
  assert.equal(done.comparison.digests?.compared, directory.size);
  assert.deepEqual(await idsIn(up), idsBefore, 'nothing was created a second time, and nothing deleted');

  const { agents } = await callControlPlane(up, 'listAgents');
  assert.equal(agents.find(({ id }) => id === agentIdOf(old))?.state, 'revoked');
  const forced = await runCli(['sync', 'staging', 'promote', '--force', '--home', old]);
  assert.equal(forced.code, 1, 'the old server does not export again, not even by force');

  const running = await RunningAgent.start(t, ['run', '--home', home]);
  const own = await stagingIn(home);
  assert.deepEqual([own.staging, own.lease?.agent], [false, agentIdOf(home)]);
  directory.change();
  const next = await runCli(['sync', 'run', '--home', home, '--json']);
  assert.equal(next.code, 0, next.output + next.errors);
  await directory.reached(up);
  const again = await runCli(migrationOf(home, old));
  assert.equal(again.code, 0, `what is done is done: ${again.errors}`);
  assert.equal(await running.stop(), 0);
});

test('rule S16: where the old server is on another host, a person demotes it; until then it exports and nobody else', async (t) => {
  const old = temporaryHome(t);
  mkdirSync(dirname(old), { recursive: true });
  const directory = new ChangingDirectory(join(dirname(old), 'directory.ldif'), { people: 12, groups: 2, seed: 8 });
  const up = await RunningUp.start(t, old, ['--ldif', directory.file]);
  await directory.reached(up);
  const idsBefore = await idsIn(up);
  const home = temporaryHome(t);
  mkdirSync(dirname(home), { recursive: true });
  const string = join(dirname(home), 'enrol.txt');
  const make = [
    'agent',
    'enrolment-string',
    'create',
    '--connector',
    'second',
    '--kind',
    'ldif',
    '--beside',
    'default',
  ];
  const made = await runCli([...make, '--out', string, '--home', old]);
  assert.equal(made.code, 0, made.errors);
  const install = ['install', '--home', home, '--enrolment-string-file', string, '--ldif', directory.file, '--staging'];
  const running = await RunningAgent.start(t, install);

  const words = ['agent', 'migrate', '--home', home, '--keep-old'];
  const tooLate = await runCli([...words, '--wait', '1', '--json']);
  assert.equal(tooLate.code, 1, tooLate.output);
  assert.match(tooLate.errors, /did not give up exporting.*--force/);
  const forced = await runCli([...words, '--force', '--wait', '1']);
  assert.equal(forced.code, 1, forced.output);
  assert.match(forced.errors, /\(export-lease-held\)/, 'one that lives is not dead by a word');
  assert.equal((await stagingIn(home)).staging, true);
  const early = await runCli(['sync', 'staging', 'promote', '--home', home]);
  assert.match(early.errors, /\(export-lease-held\)/, 'the new server is refused as long as the old one exports');
  assert.equal((await stagingIn(old)).lease?.agent, agentIdOf(old));

  const child = spawn(process.execPath, [springline, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill());
  const closed = once(child, 'close');
  for await (const text of child.stdout.setEncoding('utf8')) {
    if (!/sync staging demote/.test(text as string)) continue;
    assert.equal((await stagingIn(home)).staging, true, 'the old server was not demoted yet');
    const demoted = await runCli(['sync', 'staging', 'demote', '--home', old]);
    assert.equal(demoted.code, 0, demoted.errors);
  }
  assert.deepEqual(await closed, [0, null]);
  const own = await stagingIn(home);
  assert.deepEqual([own.staging, own.lease?.agent], [false, agentIdOf(home)]);
  assert.deepEqual(await idsIn(up), idsBefore);
  const back = await runCli(['sync', 'staging', 'promote', '--home', old]);
  assert.match(back.errors, /\(export-lease-held\)/, 'the kept server does not export beside the new one');
  assert.equal((await stagingIn(old)).staging, true);
  assert.equal(await running.stop(), 0);
});

interface MigrationReport {
  readonly state: string;
  readonly comparison: {
    readonly totals: object;
    readonly differences: readonly {
      readonly attributes: readonly { readonly old: string[]; readonly new: string[] }[];
    }[];
    readonly digests?: { readonly compared: number; readonly connectorSpace: string[]; readonly metaverse: string[] };
  };
}

/** Ids in the cloud directory by external id. */
async function idsIn(up: RunningUp): Promise<Readonly<Record<string, string>>> {
  const all = [...(await up.all('Users')), ...(await up.all('Groups'))];
  return Object.fromEntries(all.map(([externalId, { id }]) => [externalId, id]));
}

for (const { words, says } of [
  { words: ['--old-home', '/nowhere'], says: /no enrolled agent is in \/nowhere/ },
  { words: ['--accept', '-1'], says: /whole number/ },
]) {
  test(`agent migrate ${words.join(' ')} is misuse, and writes nothing`, async (t) => {
    const home = temporaryHome(t);
    const { code, errors }: Finished = await runCli(['agent', 'migrate', '--home', home, ...words]);
    assert.deepEqual([code, existsSync(home)], [2, false], errors);
    assert.match(errors, says);
  });
}

test('a home without an agent and without an old one beside it is told the way', async (t) => {
  const home = temporaryHome(t);
  const { code, errors } = await runCli(['agent', 'migrate', '--home', home]);
  assert.deepEqual([code, existsSync(home)], [1, false]);
  assert.match(errors, /agent install --staging/);
});
