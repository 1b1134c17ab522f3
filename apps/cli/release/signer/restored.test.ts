/**
 * A database put back from a backup: real control planes one after the other on one home, a real signer at its socket,
 * and files copied as a backup copies them.
 */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parsePolicy } from '@springline/auto-upgrade/rollout/policy';
import { user } from '@springline/control-plane/directory/testing/directory-world';
import { directoryPart } from '@springline/control-plane/directory-part';
import { signerClient } from '@springline/control-plane/hus/signer-client';
import { imageEntries, publishImage, releaseFacts } from '@springline/control-plane/testing/image-repository';
import {
  type RunningControlPlane,
  runControlPlane,
  startMs,
  temporaryFolder,
} from '@springline/control-plane/testing/running-control-plane';
import {
  createEnrolment,
  enrol,
  enrolmentRequest,
  newAgentKey,
  send,
  sign,
  type TestAgent,
} from '@springline/control-plane/testing/signed-agent';
import { FakeClock } from '@springline/ports/clock';
import { silentLog } from '@springline/ports/log';
import { uuidV7 } from '@springline/ports/uuid';
import { writeApprovers } from './approvers.ts';
import { SignerRecord } from './record.ts';
import { serveSigner } from './serve.ts';
import { Signer } from './signer.ts';

interface Site {
  readonly home: string;
  readonly clock: FakeClock;
  readonly published: string[];
  /** A control plane on the home as it is now. */
  start(): Promise<RunningControlPlane>;
  startSigner(): Promise<void>;
  stopSigner(): Promise<void>;
  /** Copies the database of a control plane that is stopped. */
  backUp(): void;
  /** Copies the database while it is served. */
  backUpLive(): void;
  putBack(): void;
}

async function site(t: TestContext): Promise<Site> {
  const home = temporaryFolder(t);
  const clock = new FakeClock(startMs);
  const published: string[] = [];
  const keys = join(home, 'keys');
  mkdirSync(keys, { recursive: true });
  publishImage(join(home, 'control-plane', 'repository'), imageEntries(releaseFacts({ version: '1.2.4.0' })));
  const database = join(home, 'control-plane', 'springline.db');
  const backup = `${home}/backup.db`;
  let stopSigner = async (): Promise<void> => undefined;
  const startSigner = async (): Promise<void> => {
    const signer = new Signer({
      record: SignerRecord.open(join(keys, 'signer-record.jsonl')),
      approversFile: join(keys, 'approvers.json'),
      markFile: join(keys, 'database-mark.json'),
      isDevelopment: true,
      clock,
      isPublished: () => true,
      publish: async (text) => published.push(text()) > 0,
    });
    const before = process.cwd();
    const server = await serveSigner(home, signer, silentLog);
    process.chdir(before);
    stopSigner = () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        // It was bound by a relative path.
        rmSync(join(home, 'signer.sock'), { force: true });
      });
  };
  t.after(() => stopSigner());
  return {
    ...{ home, clock, published, startSigner },
    stopSigner: () => stopSigner(),
    start: () => runControlPlane(t, { home, clock, directory: directoryPart }),
    backUp: () => copyFileSync(database, backup),
    backUpLive() {
      const source = new DatabaseSync(database, { readOnly: true });
      source.exec(`VACUUM INTO '${backup}'`);
      source.close();
    },
    putBack() {
      for (const end of ['-wal', '-shm']) rmSync(database + end, { force: true });
      copyFileSync(backup, database);
    },
  };
}

const beat = (plane: RunningControlPlane, agent: TestAgent) =>
  send(
    sign(plane, agent, {
      method: 'POST',
      path: '/platform/v1/heartbeat',
      body: { hostName: 'sync-1', components: [] },
    }),
  );

const outcome = async (answer: ReturnType<typeof send>) => {
  const { status, json } = await answer;
  return status < 300 ? status : json.code;
};

const as = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

/** Resolves when the signer holds what `isThere` looks for: it is told in the background. */
async function told(at: Site, isThere: (state: { mark: number; kinds: readonly string[] }) => boolean): Promise<void> {
  const signer = signerClient(at.home);
  for (const deadline = performance.now() + 10_000; ; ) {
    const { databaseMark: mark } = await signer.state();
    if (isThere({ mark, kinds: (await signer.facts(0)).facts.map(({ kind }) => kind) })) return;
    assert.ok(performance.now() < deadline, 'the signer was not told');
    await new Promise(setImmediate);
  }
}

async function secretsOf(plane: RunningControlPlane) {
  const post = (path: string, body?: unknown) => plane.ask('POST', path, body === undefined ? {} : { body });
  const token = (await post('/platform/v1/tokens', { name: 'monitor', scopes: ['read'], lifetimeDays: 30 })).json;
  const link = async (): Promise<string> => (await post('/platform/v1/sign-in-links')).json.url.split('#')[1];
  const signedIn = await plane.ask('POST', '/platform/v1/session', { body: { linkToken: await link() }, headers: {} });
  const cookie = signedIn.headers.get('set-cookie')!.split(';')[0]!;
  const enrolment = await createEnrolment(plane, { name: 'spare.example', kind: 'ldif' });
  return { token, linkToken: await link(), cookie, enrolment };
}

const leaseOf = (at: Site): number => {
  const database = new DatabaseSync(join(at.home, 'control-plane', 'springline.db'));
  const row = database.prepare('select fencing_token from platform_leases where name = ?').get('a lease');
  database.close();
  return Number(row!['fencing_token']);
};

const takeLease = (at: Site): void => {
  const database = new DatabaseSync(join(at.home, 'control-plane', 'springline.db'));
  database.exec(`insert into platform_leases values ('00000000-0000-0000-0000-000000000000', 'a lease', 'x', 1, 9e15)
    on conflict do update set fencing_token = fencing_token + 1`);
  database.close();
};

test('S8: what was taken back after the backup stays so, what was enrolled goes on, and a person ends the halt', async (t) => {
  const at = await site(t);
  await at.startSigner();
  let plane = await at.start();
  const kept = await enrol(plane);
  const stolen = await enrol(plane, { name: 'stolen.example', kind: 'ldif' });
  const person = async (name: string): Promise<string> =>
    (await plane.ask('POST', '/platform/v1/people', { body: { name, role: 'administrator' } })).json.id;
  const [leaver, mover] = [await person('leaver'), await person('mover')];
  const old = await secretsOf(plane);
  const exported = (name: string) =>
    send(
      sign(plane, kept, {
        method: 'POST',
        path: '/directory/v1/exports',
        body: { connectorId: kept.connectorId, idempotencyKey: uuidV7(), operations: [user(name)] },
      }),
    );
  const changes = (cursor = '') =>
    send(
      sign(plane, kept, {
        method: 'GET',
        path: `/directory/v1/changes?connectorId=${kept.connectorId}${cursor === '' ? '' : `&cursor=${cursor}`}`,
      }),
    );
  assert.equal((await exported('ada')).status, 200);
  const { cursor: cursorBefore } = (await changes()).json;
  await plane.close();
  takeLease(at);
  at.backUp();

  plane = await at.start();
  assert.equal((await plane.ask('GET', '/platform/v1/home')).json.restored, undefined);
  assert.equal((await plane.ask('POST', `/platform/v1/agents/${stolen.agentId}/revoke`)).status, 204);
  const since = await enrol(plane, { name: 'since.example', kind: 'openldap' });
  assert.equal((await plane.ask('DELETE', `/platform/v1/tokens/${old.token.id}`)).status, 204);
  assert.equal((await plane.ask('DELETE', `/platform/v1/people/${leaver}`)).status, 204);
  await plane.ask('PATCH', `/platform/v1/people/${mover}`, { body: { role: 'reader' } });
  const later = await secretsOf(plane);
  const create = (version: string, more = {}) =>
    plane.ask('POST', '/hus/v1/rollouts', { body: { component: 'connect-sync', version, ...more } });
  const begun = (await create('1.2.4.0')).json.rollout.rolloutId;
  // From here on what widens waits for a day.
  const approvers = join(at.home, 'keys', 'approvers.json');
  writeApprovers(approvers, { rule: 'delay', approvers: [] });
  const waiting = (await create('1.2.4.0', { replace: { reason: 'another plan' } })).json;
  assert.equal(waiting.pending.length, 1);
  assert.equal((await exported('bob')).status, 200);
  const { cursor: cursorSince } = (await changes()).json;
  await plane.close();
  takeLease(at);
  takeLease(at);
  const lease = leaseOf(at);

  at.putBack();
  at.clock.advance(60_000);
  plane = await at.start();
  assert.equal(await outcome(beat(plane, stolen)), 'agent-revoked');
  assert.equal(await outcome(beat(plane, since)), 200, 'goes on without doing anything');
  assert.equal(await outcome(beat(plane, kept)), 200);
  for (const { token, cookie, linkToken, enrolment } of [old, later]) {
    assert.equal((await plane.ask('GET', '/platform/v1/home', as(token.secret))).status, 401);
    assert.equal((await plane.ask('GET', '/platform/v1/session', { headers: { cookie } })).status, 401);
    const body = { linkToken };
    assert.notEqual((await plane.ask('POST', '/platform/v1/session', { body, headers: {} })).status, 201);
    const refused = await outcome(send(enrolmentRequest(plane, newAgentKey(), enrolment.token)));
    assert.equal(refused, 'enrolment-token-invalid');
  }
  const { people } = (await plane.ask('GET', '/platform/v1/people')).json;
  assert.deepEqual(
    people.map(({ name, role }: { name: string; role: string }) => `${name} ${role}`),
    ['admin administrator', 'mover reader'],
  );
  assert.ok(leaseOf(at) > lease, `${leaseOf(at)} is above ${lease}`);
  for (const cursor of [cursorBefore, cursorSince]) assert.equal(await outcome(changes(cursor)), 'cursor-expired');
  const again = (await changes()).json;
  assert.deepEqual(
    again.objects.map(({ sourceAnchor }: { sourceAnchor: string }) => sourceAnchor),
    ['anchor-ada'],
    'a full import finds what is missing',
  );

  const { json: rollouts } = await plane.ask('GET', '/hus/v1/rollouts');
  assert.deepEqual([rollouts.isHalted, rollouts.pending], [true, []]);
  assert.deepEqual(
    rollouts.rollouts.map(({ rolloutId }: { rolloutId: string }) => rolloutId),
    [begun],
    'the rollout that began since is watched over again',
  );
  const policy = parsePolicy(new TextEncoder().encode(at.published.at(-1)));
  assert.equal(policy.isHalted, true);
  assert.equal(policy.version, at.published.length);
  const approve = await plane.ask('DELETE', `/hus/v1/approvals/${waiting.pending[0].digest}`);
  assert.equal(approve.status, 404, 'what waited is gone');

  const { json: home } = await plane.ask('GET', '/platform/v1/home');
  assert.match(home.restored.reason, /An older database was put back/);
  const { json: notices } = await plane.ask('GET', '/platform/v1/notices');
  assert.deepEqual(
    notices.notices.map(({ kind }: { kind: string }) => kind),
    ['database-restored'],
  );
  const { json: audit } = await plane.ask('GET', '/platform/v1/audit?limit=500');
  const detail = audit.entries.find(
    ({ action }: { action: string }) => action === 'database.register-carried-out',
  ).detail;
  assert.deepEqual([detail.agentsAdded, detail.agentsRevoked, detail.peopleRemoved, detail.rolesChanged], [1, 1, 1, 1]);

  const goOn = () => plane.ask('POST', '/hus/v1/policy/change', { body: { halt: false } });
  assert.equal((await goOn()).json.isHalted, true, 'it widens, so it waits');
  assert.notEqual((await plane.ask('GET', '/platform/v1/home')).json.restored, undefined);
  rmSync(approvers);
  assert.equal((await goOn()).json.isHalted, false);
  assert.equal((await plane.ask('GET', '/platform/v1/home')).json.restored, undefined);
  await plane.close();
  plane = await at.start();
  assert.equal((await plane.ask('GET', '/platform/v1/home')).json.restored, undefined, 'found once');
});

test('S8: with the signer away the service starts, nothing widens, and the check is made up for', async (t) => {
  const at = await site(t);
  await at.startSigner();
  let plane = await at.start();
  const agent = await enrol(plane);
  await plane.close();
  at.backUp();
  plane = await at.start();
  await plane.ask('POST', `/platform/v1/agents/${agent.agentId}/revoke`);
  await told(at, ({ kinds }) => kinds.includes('agent-revoked'));
  await plane.close();
  await at.stopSigner();

  at.putBack();
  plane = await at.start();
  assert.equal((await plane.ask('GET', '/platform/v1/home')).status, 200);
  // As much as was lost, and more: the older database must not look newer for it.
  for (let more = 0; more < 8; more++) await plane.ask('POST', '/platform/v1/sign-in-links');
  const body = { component: 'connect-sync', version: '1.2.4.0' };
  const refused = await plane.ask('POST', '/hus/v1/rollouts', { body });
  assert.deepEqual([refused.status, refused.json.code], [503, 'signer-unreachable']);
  await plane.close();
  plane = await at.start();
  assert.equal((await plane.ask('GET', '/platform/v1/home')).json.restored, undefined, 'nobody was there to ask');

  await at.startSigner();
  const asked = await plane.ask('POST', '/hus/v1/policy/change', { body: { halt: true } });
  assert.equal(asked.status, 200, asked.text);
  assert.match((await plane.ask('GET', '/platform/v1/home')).json.restored.reason, /older database/);
  assert.equal(await outcome(beat(plane, agent)), 'agent-revoked');
});

test('S8: the same backup put back twice is found twice, each time in a new epoch', async (t) => {
  const at = await site(t);
  await at.startSigner();
  let plane = await at.start();
  await plane.close();
  takeLease(at);
  plane = await at.start();
  at.backUpLive();
  const agent = await enrol(plane);
  await plane.close();
  const leases: number[] = [];
  for (let time = 0; time < 2; time++) {
    at.putBack();
    at.clock.advance(1_000);
    plane = await at.start();
    assert.notEqual((await plane.ask('GET', '/platform/v1/home')).json.restored, undefined);
    assert.equal(await outcome(beat(plane, agent)), 200);
    await plane.close();
    leases.push(leaseOf(at));
  }
  assert.ok(leases[1]! > leases[0]!, leases.join(' '));
  plane = await at.start();
  const { json } = await plane.ask('POST', '/hus/v1/policy/change', { body: { halt: false } });
  assert.deepEqual(json, { isHalted: false, pending: [] });
  assert.equal((await plane.ask('GET', '/platform/v1/home')).json.restored, undefined);
  assert.deepEqual(at.published, [], 'without a policy nothing is halted, and none is made');
});

test('S8: a database that is lost as a whole counts as restored, and the service starts', async (t) => {
  const at = await site(t);
  await at.startSigner();
  let plane = await at.start();
  const agent = await enrol(plane);
  await plane.close();
  for (const end of ['', '-wal', '-shm']) {
    rmSync(join(at.home, 'control-plane', `springline.db${end}`), { force: true });
  }
  plane = await at.start();
  const { restored } = (await plane.ask('GET', '/platform/v1/home')).json;
  assert.match(restored.reason, /it told 0 changes/);
  assert.equal(await outcome(beat(plane, agent)), 'agent-unknown', 'its tenant is not there');
});

test('S8: a register with an altered line is not believed: the service serves, nothing widens, tokens are void', async (t) => {
  const at = await site(t);
  await at.startSigner();
  let plane = await at.start();
  const rollouts = { body: { component: 'connect-sync', version: '1.2.4.0' } };
  assert.equal((await plane.ask('POST', '/hus/v1/rollouts', rollouts)).status, 201);
  await plane.close();
  at.backUp();
  plane = await at.start();
  const since = await enrol(plane);
  const { token } = await secretsOf(plane);
  await plane.close();
  await at.stopSigner();
  const register = join(at.home, 'keys', 'signer-register.jsonl');
  const good = readFileSync(register, 'utf8');
  writeFileSync(register, good.replace('sync-1.contoso', 'sync-2.contoso'));
  await at.startSigner();

  at.putBack();
  plane = await at.start();
  const { restored } = (await plane.ask('GET', '/platform/v1/home')).json;
  assert.match(restored.reason, /register of the signer is not believed/);
  assert.equal((await plane.ask('GET', '/platform/v1/home', as(token.secret))).status, 401);
  assert.equal(await outcome(beat(plane, since)), 'agent-unknown');
  const widened = await plane.ask('POST', '/hus/v1/policy/change', { body: { halt: false } });
  assert.equal(widened.json.code, 'rollout-refused');
  assert.match(widened.json.detail, /signer-register\.jsonl entry 1 does not follow .* \(register-damaged\)/);
  const created = await plane.ask('POST', '/hus/v1/rollouts', rollouts);
  assert.equal(created.json.code, 'rollout-refused');
  assert.equal((await plane.ask('GET', '/hus/v1/rollouts')).json.isHalted, true, 'what narrows is signed');

  writeFileSync(register, good);
  await plane.close();
  plane = await at.start();
  assert.doesNotMatch((await plane.ask('GET', '/platform/v1/home')).json.restored.reason, /not believed/);
  assert.equal(await outcome(beat(plane, since)), 200, 'carried out as soon as it is believed');
  assert.equal((await plane.ask('POST', '/hus/v1/policy/change', { body: { halt: false } })).json.isHalted, false);
});

test('S8: killed between a change and its note, the control plane tells the signer after the next start', async (t) => {
  const at = await site(t);
  await at.startSigner();
  let plane = await at.start();
  const agent = await enrol(plane);
  await plane.close();
  at.backUp();
  await at.stopSigner();

  const main = fileURLToPath(import.meta.resolve('@springline/control-plane/main'));
  const child = fork(main, ['--home', at.home, '--port', '0'], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  t.after(() => void child.kill('SIGKILL'));
  const [{ url }] = await once(child, 'message');
  const authorization = `Bearer ${plane.adminToken}`;
  const revoke = `${url}/platform/v1/agents/${agent.agentId}/revoke`;
  assert.equal((await fetch(revoke, { method: 'POST', headers: { authorization } })).status, 204);
  child.kill('SIGKILL');
  await once(child, 'exit');

  await at.startSigner();
  plane = await at.start();
  await told(at, ({ mark, kinds }) => mark > 0 && kinds.includes('agent-revoked'));
  await plane.close();
  at.putBack();
  plane = await at.start();
  assert.equal(await outcome(beat(plane, agent)), 'agent-revoked');
});
