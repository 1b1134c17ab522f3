import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Log, silentLog } from '@springline/ports/log';
import { agentHome } from '../../home.ts';
import type { Look } from '../../upgrader/job.ts';
import { CheapCheck } from './cheap-check.ts';

const minuteMs = 60_000;
const now = Date.parse('2026-11-22T14:00:00Z');
const look = (expires: number): Look => ({
  offers: [],
  refusals: [],
  exposed: [],
  decisions: [],
  now,
  directorExpires: expires,
  directorVersion: 1,
  imageVersion: 1,
});

interface World {
  readonly home: string;
  /** The mark of what the server has; '': it gives none; `undefined`: it answers 500. */
  timestamp: string | undefined;
  readonly requests: { readonly path: string | undefined; readonly headers: readonly string[] }[];
  readonly events: string[];
  check(): CheapCheck;
}

async function serving(t: TestContext): Promise<World> {
  const home = mkdtempSync(join(tmpdir(), 'springline-check-'));
  mkdirSync(agentHome(home).upgrade, { recursive: true });
  const server = createServer((request, response) => {
    world.requests.push({ path: request.url, headers: Object.keys(request.headers) });
    if (world.timestamp === undefined) response.writeHead(500).end();
    else if (world.timestamp === '') response.writeHead(200).end('{}');
    else if (request.headers['if-none-match'] === world.timestamp) response.writeHead(304).end();
    else response.writeHead(200, { etag: world.timestamp }).end('{}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
    rmSync(home, { recursive: true });
  });
  const log: Log = { ...silentLog, warn: (event) => world.events.push(event) };
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const world: World = {
    home,
    timestamp: '"1"',
    requests: [],
    events: [],
    check: () => new CheapCheck(home, url, log),
  };
  return world;
}

/** A check that has looked at what the server has, good for 30 minutes. */
async function looked(world: World): Promise<CheapCheck> {
  const check = world.check();
  assert.equal(await check.isLookDue(now), true);
  check.looked(look(now + 30 * minuteMs), now);
  return check;
}

test('the first check of a process is followed by a look, also when nothing changed', async (t) => {
  const world = await serving(t);
  await looked(world);
  assert.equal(await world.check().isLookDue(now + minuteMs), true);
});

test('while the Director’s timestamp does not change, no look is due', async (t) => {
  const world = await serving(t);
  const check = await looked(world);
  for (let minute = 1; minute < 30; minute += 5) assert.equal(await check.isLookDue(now + minute * minuteMs), false);
  assert.equal(check.isFreezeSuspected, false);
});

test('a new timestamp makes a look due until there was one', async (t) => {
  const world = await serving(t);
  const check = await looked(world);
  world.timestamp = '"2"';
  assert.equal(await check.isLookDue(now + minuteMs), true);
  assert.equal(await check.isLookDue(now + minuteMs), true, 'the look failed');
  check.looked(look(now + 40 * minuteMs), now + minuteMs);
  assert.equal(await check.isLookDue(now + 2 * minuteMs), false);
});

test('S2: when nothing changes, a look is due after 24 hours all the same', async (t) => {
  const world = await serving(t);
  const check = world.check();
  await check.isLookDue(now);
  check.looked(look(now + 48 * 60 * minuteMs), now);
  assert.equal(await check.isLookDue(now + 24 * 60 * minuteMs), false);
  assert.equal(await check.isLookDue(now + 24 * 60 * minuteMs + 1), true);
});

test('S2: a server that says 304 for what has expired is suspected of a freeze, once in the log, until it has news', async (t) => {
  const world = await serving(t);
  const check = await looked(world);
  assert.equal(await check.isLookDue(now + 30 * minuteMs), false);
  for (const minute of [31, 36]) {
    assert.equal(await check.isLookDue(now + minute * minuteMs), true, 'both repositories are asked');
    assert.equal(check.isFreezeSuspected, true);
  }
  assert.deepEqual(world.events, ['upgrade.freeze-suspected']);
  world.timestamp = '"2"';
  assert.equal(await check.isLookDue(now + 41 * minuteMs), true);
  assert.equal(check.isFreezeSuspected, false);
});

test('S2: a suspicion outlives the process that had it', async (t) => {
  const world = await serving(t);
  await looked(world);
  const next = world.check();
  await next.isLookDue(now + 31 * minuteMs);
  assert.equal(next.isFreezeSuspected, true);
});

test('a server without marks is looked at each time', async (t) => {
  const world = await serving(t);
  const check = world.check();
  world.timestamp = '';
  for (let time = 0; time < 3; time++) {
    assert.equal(await check.isLookDue(now), true);
    check.looked(look(now + 30 * minuteMs), now);
  }
});

test('a server that does not answer is told, and changes no suspicion', async (t) => {
  const world = await serving(t);
  const check = await looked(world);
  world.timestamp = undefined;
  await assert.rejects(check.isLookDue(now + 31 * minuteMs), { code: 'repository-unreachable' });
  assert.equal(check.isFreezeSuspected, false);
});

for (const text of ['', 'null', '{"directorExpires":"x","lookedAt":1}', '{"etag":7,"directorExpires":1,"look']) {
  test(`what is remembered as ${JSON.stringify(text)} costs a look and nothing else`, async (t) => {
    const world = await serving(t);
    await looked(world);
    writeFileSync(join(agentHome(world.home).upgrade, 'check.json'), text);
    const check = world.check();
    assert.equal(await check.isLookDue(now + minuteMs), true);
    assert.equal(check.isFreezeSuspected, false);
  });
}

test('S7: after the clock jumped back, both repositories are read although nothing changed', async (t) => {
  const world = await serving(t);
  const check = await looked(world);
  assert.equal(await check.isLookDue(now - 10 * 365 * 24 * 60 * minuteMs), true);
});

test('S21: a check is one small request that carries no identity', async (t) => {
  const world = await serving(t);
  const check = await looked(world);
  await check.isLookDue(now + minuteMs);
  const [first, second, ...more] = world.requests;
  assert.deepEqual(more, []);
  assert.equal(first?.path, '/repository/director/metadata/timestamp.json');
  assert.deepEqual(first?.headers.toSorted(), ['connection', 'host']);
  assert.deepEqual(second?.headers.toSorted(), ['connection', 'host', 'if-none-match']);
});
