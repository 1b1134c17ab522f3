/** Two hosts with one identity, as a backup or a copied virtual machine makes them: real homes, a real control plane. */
import assert from 'node:assert/strict';
import { copyFileSync, cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ExportLease, leaseOfBatch } from '@springline/agent/components/connect-sync/export-lease';
import { agentHome } from '@springline/agent/home';
import { loadIdentity, loadOrMakeKey, saveIdentity } from '@springline/agent/identity/identity';
import { RefusedError, type Sender, sendSigned } from '@springline/agent/identity/signed-request';
import { Heartbeat } from '@springline/agent/updater/heartbeat';
import type { HeartbeatAnswer } from '@springline/api/shapes/agent';
import { directoryPart } from '@springline/control-plane/directory-part';
import {
  type RunningControlPlane,
  runControlPlane,
  temporaryFolder,
} from '@springline/control-plane/testing/running-control-plane';
import { createEnrolment, enrolmentRequest, send } from '@springline/control-plane/testing/signed-agent';
import { FakeClock } from '@springline/ports/clock';
import { silentLog } from '@springline/ports/log';
import { uuidV7 } from '@springline/ports/uuid';

/** A host with a home of its own; `lease` is that of its running process. */
interface Host {
  readonly home: string;
  readonly sender: Sender;
  readonly connectorId: string;
  readonly agentId: string;
  readonly lease: ExportLease;
}

const { signal } = new AbortController();

async function newPlane(t: TestContext): Promise<RunningControlPlane> {
  // Agents sign by the clock of the machine.
  return runControlPlane(t, { directory: directoryPart, clock: new FakeClock(Date.now()) });
}

async function newHost(t: TestContext, plane: RunningControlPlane): Promise<Host> {
  const home = join(temporaryFolder(t), 'home');
  const paths = agentHome(home);
  const key = loadOrMakeKey(paths);
  const { token, controlPlaneKey } = await createEnrolment(plane);
  const { json } = await send(enrolmentRequest(plane, key, token));
  saveIdentity(paths, { ...json, url: plane.url, controlPlaneKey });
  return started(home);
}

/** The processes of a home, started anew. */
function started(home: string): Host {
  const paths = agentHome(home);
  const { agentId, connectors, controlPlane, url } = loadIdentity(paths)!;
  const sender = { key: loadOrMakeKey(paths), controlPlane, url };
  const connectorId = connectors[0]!.id;
  const lease = new ExportLease({ sender, connectorId, home, source: () => 'openldap:dc=contoso,dc=example' });
  return { home, sender, connectorId, agentId, lease };
}

function copied(t: TestContext, { home }: Host): Host {
  const copy = join(temporaryFolder(t), 'copy');
  cpSync(home, copy, { recursive: true });
  return started(copy);
}

/** One heartbeat, as an Agent Updater sends it that was started just now. */
function beat({ home, sender }: Host): Promise<HeartbeatAnswer> {
  return new Promise((resolve) => {
    const heartbeat: Heartbeat = new Heartbeat(
      home,
      sender,
      () => ({ components: [] }),
      silentLog,
      (answer) => {
        heartbeat.stop();
        resolve(answer);
      },
    );
    heartbeat.start();
  });
}

async function beats(host: Host, count: number): Promise<void> {
  for (let at = 0; at < count; at++) assert.equal((await beat(host)).conflictedSince, undefined);
}

/** Exports one user under the lease of the process; the code of the refusal when there is one. */
async function exportUser({ sender, connectorId, lease }: Host, name: string): Promise<string> {
  const verdict = await lease.acquire(signal);
  if (verdict.kind === 'refused') return verdict.code;
  const attributes = { userPrincipalName: `${name}@contoso.example`, displayName: name };
  const operations = [{ op: 'add', objectType: 'user', sourceAnchor: 'a1', attributes }];
  const body = { connectorId, idempotencyKey: uuidV7(), operations, ...leaseOfBatch(verdict) };
  try {
    const answer = await sendSigned(sender, { method: 'POST', path: '/directory/v1/exports', body }, signal);
    return (answer as { results: { status: string }[] }).results[0]!.status;
  } catch (error) {
    assert.ok(error instanceof RefusedError);
    lease.lost();
    return error.code;
  }
}

const nameInTheCloud = async (plane: RunningControlPlane) =>
  (await plane.ask('GET', '/scim/v2/Users')).json.Resources[0].displayName;

test('S16: of a running home and its copy neither exports, until a person stopped one and said so', async (t) => {
  const plane = await newPlane(t);
  const original = await newHost(t, plane);
  await beats(original, 2);
  assert.equal(await exportUser(original, 'ada'), 'created');
  const copy = copied(t, original);
  await beats(original, 5);
  assert.equal(await exportUser(copy, 'stale'), 'continuation-stale');
  assert.notEqual((await beat(copy)).conflictedSince, undefined);
  assert.equal(await exportUser(original, 'eve'), 'agent-conflicted');
  assert.equal(await exportUser(copy, 'stale'), 'agent-conflicted');
  assert.notEqual((await beat(original)).conflictedSince, undefined);
  assert.equal(await nameInTheCloud(plane), 'ada');
  assert.equal((await plane.ask('POST', `/platform/v1/agents/${original.agentId}/resolve-conflict`)).status, 204);
  await beats(original, 5);
  assert.equal(await exportUser(original, 'eve'), 'updated');
  assert.notEqual((await beat(copy)).conflictedSince, undefined, 'the copy was not stopped');
});

test('S16: a copy of a moment ago takes the lease over, and each batch has one holder until it is found out', async (t) => {
  const plane = await newPlane(t);
  const original = await newHost(t, plane);
  await beats(original, 1);
  assert.equal(await exportUser(original, 'ada'), 'created');
  const copy = copied(t, original);
  assert.equal(await exportUser(copy, 'eve'), 'updated');
  assert.equal(await exportUser(original, 'bob'), 'export-lease-lost');
  let found = false;
  for (let at = 0; at < 5 && !found; at++) {
    await beat(original);
    found = (await beat(copy)).conflictedSince !== undefined;
  }
  assert.equal(found, true);
  assert.equal(await exportUser(copy, 'stale'), 'agent-conflicted');
  assert.equal(await exportUser(original, 'stale'), 'agent-conflicted');
  assert.equal(await nameInTheCloud(plane), 'eve');
});

test('S16: a home that was put back from an old backup writes nothing', async (t) => {
  const plane = await newPlane(t);
  const host = await newHost(t, plane);
  await beats(host, 3);
  const backup = copied(t, host);
  await beats(host, 12);
  assert.equal(await exportUser(host, 'ada'), 'created');
  // The original is gone: only what the backup held is started.
  assert.equal(await exportUser(backup, 'stale'), 'continuation-stale');
  assert.notEqual((await beat(backup)).conflictedSince, undefined);
  assert.equal(await exportUser(backup, 'stale'), 'agent-conflicted');
  assert.equal(await nameInTheCloud(plane), 'ada');
  await plane.ask('POST', `/platform/v1/agents/${host.agentId}/resolve-conflict`);
  await beats(host, 1);
});

test('S16: an Agent Updater that is killed before or after an answer raises no false conflict', async (t) => {
  const plane = await newPlane(t);
  const host = await newHost(t, plane);
  const { continuation } = agentHome(host.home);
  const kept = join(host.home, 'kept');
  for (let at = 0; at < 5; at++) {
    const isFirst = !existsSync(continuation);
    if (!isFirst) copyFileSync(continuation, kept);
    await beats(host, 1);
    // As if the answer had come and was not written down any more.
    if (!isFirst) copyFileSync(kept, continuation);
    await beats(host, 2);
  }
  assert.equal(await exportUser(host, 'ada'), 'created');
});

test('S16: a home whose continuation is damaged is not believed', async (t) => {
  const plane = await newPlane(t);
  const host = await newHost(t, plane);
  await beats(host, 2);
  const { continuation } = agentHome(host.home);
  mkdirSync(dirname(continuation), { recursive: true });
  writeFileSync(continuation, '{');
  assert.equal(await exportUser(host, 'ada'), 'continuation-stale');
  assert.notEqual((await beat(host)).conflictedSince, undefined);
});

test('the holder asks once for a lease that heartbeats renew, and again when it is told that it lost it', async (t) => {
  const plane = await newPlane(t);
  const host = await newHost(t, plane);
  const first = await host.lease.acquire(signal);
  assert.deepEqual(await host.lease.acquire(signal), first);
  const anew = started(host.home);
  const taken = await anew.lease.acquire(signal);
  assert.notDeepEqual(taken, first);
  assert.equal(await exportUser(host, 'ada'), 'export-lease-lost');
  assert.equal(await exportUser(host, 'ada'), 'created');
  assert.equal((await host.lease.look(signal)).isOwn, true);
  assert.equal((await anew.lease.look(signal)).isOwn, false);
  await host.lease.release(signal);
  assert.deepEqual(await host.lease.look(signal), { isOwn: false, holder: undefined });
});
