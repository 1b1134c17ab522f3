import assert from 'node:assert/strict';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type HusReport, reportUpgradesBody } from '@springline/api/shapes/auto-upgrade';
import { keyId } from '@springline/api/signature/key';
import { signAnswer } from '@springline/api/signature/message';
import { type Log, silentLog } from '@springline/ports/log';
import { agentHome } from '../../home.ts';
import type { Sender } from '../../identity/signed-request.ts';
import { ReportOutbox } from './report-outbox.ts';

const plane = generateKeyPairSync('ed25519');
const agent = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const planeKeyId = keyId(plane.publicKey);

function report(minute: number): HusReport {
  return {
    reportId: randomUUID(),
    at: new Date(Date.UTC(2026, 10, 22) + minute * 60_000).toISOString(),
    component: 'connect-sync',
    from: '2.5.0.0',
    to: '2.6.0.0',
    targetSha256: 'b'.repeat(64),
    step: 'committed',
    result: 'Success',
    gapMs: 40,
  };
}

/** What the control plane does with a batch: the status of its answer, or no answer. */
type Receive = (reports: readonly HusReport[]) => number | 'hang up' | 'unsigned';

interface World {
  readonly home: string;
  receive: Receive;
  /** Batches, as they came. */
  readonly batches: (readonly HusReport[])[];
  readonly events: string[];
  outbox(): ReportOutbox;
}

async function serving(t: TestContext): Promise<World> {
  const home = mkdtempSync(join(tmpdir(), 'springline-reports-'));
  const server = createServer(async (request: IncomingMessage, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    assert.deepEqual([request.method, request.url], ['POST', '/hus/v1/reports']);
    // What the control plane would refuse by its shape never leaves the agent.
    const { reports } = reportUpgradesBody.parse(JSON.parse(Buffer.concat(parts).toString()));
    world.batches.push(reports as readonly HusReport[]);
    const status = world.receive(reports as readonly HusReport[]);
    if (status === 'hang up') {
      response.destroy();
      return;
    }
    const isUnsigned = status === 'unsigned';
    const body = Buffer.from(JSON.stringify({ accepted: reports.map(({ reportId }) => reportId) }));
    const headers = signAnswer(
      { status: isUnsigned ? 200 : status, body, requestSignature: String(request.headers['signature']) },
      { privateKey: plane.privateKey, keyId: planeKeyId },
      Math.floor(Date.now() / 1000),
    );
    response.writeHead(isUnsigned ? 200 : status, isUnsigned ? {} : { ...headers }).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
    rmSync(home, { recursive: true });
  });
  const sender: Sender = {
    key: { privateKey: agent.privateKey, keyId: keyId(agent.publicKey) },
    controlPlane: { publicKey: plane.publicKey, keyId: planeKeyId },
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  };
  const log: Log = { ...silentLog, warn: (event) => world.events.push(event) };
  const world: World = {
    home,
    receive: () => 200,
    batches: [],
    events: [],
    outbox: () => new ReportOutbox(home, sender, log),
  };
  return world;
}

const { signal } = new AbortController();
const ids = (reports: readonly HusReport[]): readonly string[] => reports.map(({ reportId }) => reportId);

test('reports are sent in batches of 20, oldest first, and kept no longer', async (t) => {
  const world = await serving(t);
  const outbox = world.outbox();
  const reports = Array.from({ length: 45 }, (_, minute) => report(minute));
  for (const one of reports.toReversed()) outbox.add(one);
  await outbox.send(signal);
  assert.deepEqual(
    world.batches.map((batch) => batch.length),
    [20, 20, 5],
  );
  assert.deepEqual(world.batches.flat(), reports);
  assert.equal(outbox.kept, 0);
  await outbox.send(signal);
  assert.equal(world.batches.length, 3);
});

for (const [name, receive] of [
  ['does not answer', () => 'hang up'],
  ['answers without its signature', () => 'unsigned'],
  ['fails', () => 500],
  ['does not know the agent', () => 401],
  ['is too busy', () => 429],
] as const satisfies readonly (readonly [string, Receive])[]) {
  test(`while the control plane ${name}, reports are kept, and told once`, async (t) => {
    const world = await serving(t);
    const outbox = world.outbox();
    const reports = [report(1), report(2)];
    for (const one of reports) outbox.add(one);
    world.receive = receive;
    await outbox.send(signal);
    await outbox.send(signal);
    assert.equal(outbox.kept, 2);
    assert.deepEqual(world.events, ['upgrade.report-kept']);
    world.receive = () => 200;
    await outbox.send(signal);
    assert.equal(outbox.kept, 0);
    assert.deepEqual(world.batches.at(-1), reports);
  });
}

test('a report whose answer was lost is sent again under the same id', async (t) => {
  const world = await serving(t);
  const outbox = world.outbox();
  outbox.add(report(1));
  world.receive = () => 'hang up';
  await outbox.send(signal);
  world.receive = () => 200;
  await outbox.send(signal);
  const [first, second] = world.batches.map(ids);
  assert.deepEqual(first, second);
});

test('reports outlive the process that made them', async (t) => {
  const world = await serving(t);
  const one = report(1);
  world.outbox().add(one);
  const next = world.outbox();
  assert.equal(next.kept, 1);
  await next.send(signal);
  assert.deepEqual(world.batches, [[one]]);
});

test('a report that the control plane refuses is dropped, and takes no other one with it', async (t) => {
  const world = await serving(t);
  const outbox = world.outbox();
  const reports = Array.from({ length: 25 }, (_, minute) => report(minute));
  for (const one of reports) outbox.add(one);
  const bad = reports[7]!.reportId;
  const taken = new Set<string>();
  world.receive = (batch) => {
    if (ids(batch).includes(bad)) return 400;
    for (const id of ids(batch)) taken.add(id);
    return 200;
  };
  await outbox.send(signal);
  assert.equal(outbox.kept, 0);
  assert.equal(taken.size, 24);
  assert.ok(!taken.has(bad));
  assert.deepEqual(
    world.batches.map((batch) => batch.length),
    [20, ...Array.from({ length: 20 }, () => 1), 5],
  );
});

test('when all are refused, all are dropped, and the end is reached', async (t) => {
  const world = await serving(t);
  const outbox = world.outbox();
  for (let minute = 0; minute < 3; minute++) outbox.add(report(minute));
  world.receive = () => 400;
  await outbox.send(signal);
  assert.equal(outbox.kept, 0);
  assert.equal(world.batches.length, 4);
});

test('a file that a full disk tore is dropped, and the others go', async (t) => {
  const world = await serving(t);
  const outbox = world.outbox();
  const one = report(1);
  outbox.add(one);
  writeFileSync(join(agentHome(world.home).upgrade, 'reports', '2026-11-22T00:00:00.000Z.x.json'), '{"reportId":');
  await outbox.send(signal);
  assert.deepEqual(world.batches, [[one]]);
  assert.equal(outbox.kept, 0);
});

test('a thousand reports are kept at most, the newest', async (t) => {
  const world = await serving(t);
  const outbox = world.outbox();
  const folder = join(agentHome(world.home).upgrade, 'reports');
  for (let minute = 0; minute < 1_000; minute++) {
    const old = report(minute);
    writeFileSync(join(folder, `${old.at}.${old.reportId}.json`), JSON.stringify(old));
  }
  const [oldest] = readdirSync(folder).sort();
  outbox.add(report(2_000));
  assert.equal(outbox.kept, 1_000);
  assert.ok(!readdirSync(folder).includes(oldest ?? ''));
});

test('two sendings at once are one', async (t) => {
  const world = await serving(t);
  const outbox = world.outbox();
  outbox.add(report(1));
  await Promise.all([outbox.send(signal), outbox.send(signal)]);
  assert.equal(world.batches.length, 1);
});

test('a sending that is stopped keeps what it has, in silence', async (t) => {
  const world = await serving(t);
  const outbox = world.outbox();
  outbox.add(report(1));
  const stop = new AbortController();
  world.receive = () => {
    stop.abort();
    return 'hang up';
  };
  await outbox.send(stop.signal);
  assert.equal(outbox.kept, 1);
  assert.deepEqual(world.events, []);
});
