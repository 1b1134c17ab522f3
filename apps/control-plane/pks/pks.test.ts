import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { TestBridge } from '@springline/auto-upgrade/pks-bridge/testing/test-bridge';
import { recallsJson } from '@springline/auto-upgrade/release/recall-statement';
import { fullTransportPath, releaseFactsJson } from '@springline/auto-upgrade/release/release-facts';
import { type Component, componentTargetPath } from '@springline/auto-upgrade/release/target-path';
import { jsonLog } from '@springline/ports/log';
import { type RunningControlPlane, runControlPlane, startMs } from '../testing/running-control-plane.ts';
import { makeToken } from '../testing/second-tenant.ts';
import { enrol, send, sign } from '../testing/signed-agent.ts';

const dayMs = 24 * 60 * 60_000;
const bridge = new TestBridge(startMs);
const path = '/pks/v1/upgrade';

const asked = {
  productKey: 'AB1CD-EFGHI-JKLMN-OPQRS-TUVWX',
  component: 'connect-sync',
  version: '2.1.20.0',
  hostName: 'adatum-sync1.adatum.example',
};
/** A well-formed key that nobody ever had. */
const keyOf = (n: number): string => {
  const text = n.toString(36).toUpperCase().padStart(25, '0');
  return text.match(/.{5}/g)!.join('-');
};

function writeBridge({ home }: { home: string }, component: Component, bytes?: Uint8Array): void {
  const folder = join(home, 'control-plane', 'pks');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${component}.json`), bytes ?? bridge.signed(component));
}

/** A control plane with a signed bridge of Connect Sync. Everybody asks from one address, so that has room. */
async function bridging(t: TestContext, lines: string[] = []): Promise<RunningControlPlane> {
  const limits = { pks: { burst: 5_000, perMinute: 5_000 }, pksOfAll: { burst: 5_000, perMinute: 5_000 } };
  const plane = await runControlPlane(t, { limits, log: jsonLog((line) => lines.push(line), 'debug') });
  writeBridge(plane, 'connect-sync');
  return plane;
}

const ask = (plane: RunningControlPlane, body: unknown = asked, headers: Record<string, string> = {}) =>
  plane.ask('POST', path, { body, headers });
const status = async (plane: RunningControlPlane) => (await plane.ask('GET', '/hus/v1/pks')).json;
const dates = (deprecatedMs: number, sunsetMs: number) => ({
  deprecatedAt: new Date(startMs + deprecatedMs).toISOString(),
  sunsetAt: new Date(startMs + sunsetMs).toISOString(),
});
const scheduled = async (plane: RunningControlPlane, deprecatedMs: number, sunsetMs: number) => {
  const set = await plane.ask('PUT', '/hus/v1/pks/lifecycle', { body: dates(deprecatedMs, sunsetMs) });
  assert.equal(set.status, 200, set.text);
};

test('whoever asks gets the signed answer, which a client can verify by its pinned root', async (t) => {
  const plane = await bridging(t);
  const { status: code, text, headers } = await ask(plane);
  assert.equal(code, 200, text);
  assert.equal(headers.get('cache-control'), 'no-store');
  assert.deepEqual(bridge.verified(Buffer.from(text), 'connect-sync'), bridge.answer('connect-sync'));
});

test('a product key yields no identity: no cookie, no token, and no agent is made', async (t) => {
  const plane = await bridging(t);
  const { headers, text } = await ask(plane);
  assert.equal(headers.get('set-cookie'), null);
  assert.doesNotMatch(text, /token|agentId|tenant/i);
  assert.deepEqual((await plane.ask('GET', '/platform/v1/agents')).json, { agents: [] });
});

test('a key that asked a hundred times and one that nobody ever had get the same bytes and headers', async (t) => {
  const plane = await bridging(t);
  for (let round = 0; round < 100; round++) await ask(plane);
  const known = await ask(plane);
  const unknown = await ask(plane, { ...asked, productKey: keyOf(7), hostName: 'nobody' });
  assert.equal(known.text, unknown.text);
  const told = ({ headers }: typeof known) =>
    [...headers].filter(([name]) => name !== 'x-request-id' && name !== 'date');
  assert.deepEqual(told(known), told(unknown));
});

test('known and unknown keys are answered in the same time', async (t) => {
  const plane = await bridging(t);
  for (let round = 0; round < 50; round++) await ask(plane);
  const times = { known: [] as number[], unknown: [] as number[] };
  const timed = async (kind: keyof typeof times, body: unknown): Promise<void> => {
    const started = performance.now();
    await ask(plane, body);
    times[kind].push(performance.now() - started);
  };
  for (let round = 0; round < 150; round++) {
    await timed('known', asked);
    await timed('unknown', { ...asked, productKey: keyOf(round) });
  }
  const median = (list: number[]): number => list.sort((a, b) => a - b)[list.length >> 1]!;
  const ratio = median(times.unknown) / median(times.known);
  assert.ok(ratio > 1 / 3 && ratio < 3, `unknown / known = ${ratio}`);
});

test('the answer does not wait for what is written about who asked', async (t) => {
  const plane = await bridging(t);
  const database = await plane.openDatabase();
  const answered = await database.write(async () => {
    // Nobody else can write now.
    const { status: code } = await ask(plane);
    return code;
  });
  assert.equal(answered, 200);
  assert.equal((await status(plane)).leftCount, 1);
});

for (const [name, body, code] of [
  ['a body of more than 4 KiB', { ...asked, hostName: 'a'.repeat(5_000) }, 413],
  ['deep nesting', `${'['.repeat(1_000)}${']'.repeat(1_000)}`, 400],
  ['a nested field', { ...asked, hostName: { a: { b: {} } } }, 400],
  ['a list', [asked], 400],
  ['a field more', { ...asked, tenantId: 'contoso' }, 400],
  ['a prototype', '{"__proto__":{},"productKey":"x"}', 400],
  ['a number for a key', { ...asked, productKey: 5 }, 400],
  ['a short key', { ...asked, productKey: 'ABCDE' }, 400],
  ['a key with a line break', { ...asked, productKey: `${asked.productKey}\r\nx: y` }, 400],
  ['an unknown component', { ...asked, component: 'toString' }, 400],
  ['a path for a component', { ...asked, component: '../../../etc/passwd' }, 400],
  ['a version with leading zeros', { ...asked, version: '02.1' }, 400],
  ['a host name with an escape', { ...asked, hostName: 'a\u001b[2J' }, 400],
  ['a host name of 254 characters', { ...asked, hostName: 'a'.repeat(254) }, 400],
  ['no JSON', 'productKey=x', 400],
  ['half a character', Buffer.from([0x7b, 0xc3, 0x7d]), 400],
] as const) {
  test(`${name} is refused, and nobody is noted`, async (t) => {
    const plane = await bridging(t);
    const refused = await ask(plane, body);
    assert.equal(refused.status, code, refused.text);
    assert.match(refused.headers.get('content-type') ?? '', /problem\+json/);
    assert.equal((await status(plane)).leftCount, 0);
  });
}

test('another media type, a foreign page and a second length are refused', async (t) => {
  const plane = await bridging(t);
  assert.equal((await ask(plane, asked, { 'content-type': 'text/plain' })).status, 415);
  const foreign = await ask(plane, asked, { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' });
  assert.equal(foreign.json.code, 'cross-site-request');
  const smuggled = await raw(plane, [
    `POST ${path} HTTP/1.1`,
    `host: ${new URL(plane.url).host}`,
    'content-type: application/json',
    'content-length: 5',
    'transfer-encoding: chunked',
    '',
    '0',
    '',
    '',
  ]);
  assert.match(smuggled, /^HTTP\/1\.1 400 /);
  assert.equal((await status(plane)).leftCount, 0);
});

test('no header of the request changes the answer', async (t) => {
  const plane = await bridging(t);
  const plain = await ask(plane);
  for (const headers of [
    { authorization: `Bearer ${plane.adminToken}` },
    { 'x-forwarded-for': '10.0.0.1', 'x-forwarded-host': 'evil.example', forwarded: 'for=10.0.0.1;host=evil' },
    { 'x-http-method-override': 'DELETE' },
    { 'if-none-match': '*', range: 'bytes=0-1' },
  ] as Record<string, string>[]) {
    const other = await ask(plane, asked, headers);
    assert.equal(other.text, plain.text);
    assert.equal(other.headers.get('link'), plain.headers.get('link'));
  }
});

for (const method of ['GET', 'HEAD', 'PUT', 'DELETE']) {
  test(`${method} is answered 405 with what is allowed`, async (t) => {
    const plane = await bridging(t);
    const { status: code, headers } = await plane.ask(method, path, { headers: {} });
    assert.equal(code, 405);
    assert.equal(headers.get('allow'), 'POST');
  });
}

test('a component without a bridge is answered 404, and its host is noted all the same', async (t) => {
  const plane = await bridging(t);
  const none = await ask(plane, { ...asked, component: 'health-ad-ds' });
  assert.equal(none.status, 404);
  assert.equal(none.json.code, 'pks-no-bridge');
  assert.equal((await status(plane)).left[0].component, 'health-ad-ds');
});

test('a file that is damaged, or of another component, is not passed on, and the log says so once', async (t) => {
  const lines: string[] = [];
  const plane = await bridging(t, lines);
  writeBridge(plane, 'connect-sync', Buffer.from('{"payload":'));
  for (let round = 0; round < 3; round++) assert.equal((await ask(plane)).status, 404);
  assert.equal(lines.filter((line) => line.includes('pks.answer-unusable')).length, 1);
  writeBridge(plane, 'connect-sync', bridge.signed('health-sync'));
  assert.equal((await ask(plane)).json.code, 'pks-no-bridge');
  writeBridge(plane, 'connect-sync');
  assert.equal((await ask(plane)).status, 200);
});

test('the end is announced in headers, and after it everybody is told the way by hand', async (t) => {
  const plane = await bridging(t);
  assert.equal((await ask(plane)).headers.get('sunset'), null);
  await scheduled(plane, 10 * dayMs, 40 * dayMs);
  const early = await ask(plane);
  assert.equal(early.headers.get('deprecation'), `@${(startMs + 10 * dayMs) / 1000}`);
  assert.equal(early.headers.get('sunset'), new Date(startMs + 40 * dayMs).toUTCString());
  assert.match(early.headers.get('link')!, /rel="deprecation".*rel="sunset".*rel="successor-version"/);
  assert.equal((await status(plane)).phase, 'announced');
  plane.clock.advance(10 * dayMs);
  assert.equal((await status(plane)).phase, 'deprecated');
  assert.equal((await ask(plane)).status, 200);
  plane.clock.advance(30 * dayMs);
  assert.equal((await status(plane)).phase, 'sunset');
  const gone = await ask(plane);
  assert.equal(gone.status, 410);
  assert.equal(gone.json.code, 'pks-retired');
  assert.match(gone.json.detail, /by hand/);
  assert.equal(gone.headers.get('sunset'), early.headers.get('sunset'));
  assert.equal((await ask(plane, { ...asked, component: 'health-sync' })).status, 410);
  const noted = (await status(plane)).leftCount;
  plane.clock.advance(91 * dayMs);
  await ask(plane, { ...asked, hostName: 'late' });
  const off = await status(plane);
  assert.equal(off.phase, 'off');
  assert.equal(off.leftCount, noted);
});

test('the sunset comes no nearer than 7 days; each change is in the audit trail', async (t) => {
  const plane = await bridging(t);
  const soon = await plane.ask('PUT', '/hus/v1/pks/lifecycle', { body: dates(0, 6 * dayMs) });
  assert.equal(soon.status, 409);
  assert.equal(soon.json.code, 'pks-sunset-too-soon');
  assert.equal((await plane.ask('PUT', '/hus/v1/pks/lifecycle', { body: dates(9 * dayMs, 8 * dayMs) })).status, 400);
  await scheduled(plane, 0, 30 * dayMs);
  plane.clock.advance(dayMs);
  await scheduled(plane, 0, 60 * dayMs);
  const { entries } = (await plane.ask('GET', '/platform/v1/audit?limit=100')).json;
  const changes = entries.filter((entry: { action: string }) => entry.action === 'pks.scheduled');
  assert.equal(changes.length, 2);
  const [before, after] = [30, 60].map((days) => new Date(startMs + days * dayMs).toISOString());
  assert.equal(changes[1].detail['before.sunsetAt'], before);
  assert.equal(changes[1].detail['after.sunsetAt'], after);
  // Making the end known is not made younger by moving it.
  assert.equal((await status(plane)).lifecycle.announcedAt, new Date(startMs).toISOString());
});

test('who asked is shown as claimed, until an agent of that host is on HUS; asking again brings it back', async (t) => {
  const plane = await bridging(t);
  await ask(plane);
  await ask(plane, { ...asked, hostName: 'LITWARE-sync1', version: '1.6.16.0', productKey: keyOf(1) });
  const { left } = await status(plane);
  const adatum = left.find((client: { claimedHostName: string }) => client.claimedHostName === asked.hostName);
  const { channel, claimedVersion, requests, needsSwingMigration } = adatum;
  assert.deepEqual(
    { channel, claimedVersion, requests, needsSwingMigration },
    {
      channel: 'PKS',
      claimedVersion: '2.1.20.0',
      requests: 1,
      needsSwingMigration: false,
    },
  );
  assert.equal(left.find((client: { claimedHostName: string }) => client !== adatum).needsSwingMigration, true);
  // It runs the bridge build now, and says so the old way.
  await ask(plane, { ...asked, version: '2.3.6.0' });
  assert.equal((await status(plane)).left[0].channel, 'bridged');
  plane.clock.advance(60_000);
  const agent = await enrol(plane);
  const beat = (hus: 'HUS' | 'bridged') => ({
    hostName: asked.hostName.toUpperCase(),
    components: [],
    autoUpgrade: { state: 'Enabled', channel: hus, components: [] },
  });
  await send(sign(plane, agent, { method: 'POST', path: '/platform/v1/heartbeat', body: beat('bridged') }));
  assert.equal((await status(plane)).leftCount, 2);
  await send(sign(plane, agent, { method: 'POST', path: '/platform/v1/heartbeat', body: beat('HUS') }));
  const over = await status(plane);
  assert.deepEqual(
    over.left.map((client: { claimedHostName: string }) => client.claimedHostName),
    ['litware-sync1'],
  );
  assert.deepEqual(over.bridged, [
    {
      claimedHostName: asked.hostName,
      component: 'connect-sync',
      claimedVersion: '2.3.6.0',
      bridgedAt: new Date(startMs + 60_000).toISOString(),
    },
  ]);
  plane.clock.advance(60_000);
  await ask(plane);
  assert.equal((await status(plane)).leftCount, 2);
});

test('host names are for whoever runs the installation, and not for its other tenants', async (t) => {
  const plane = await bridging(t);
  await ask(plane);
  const token = await makeToken(plane, await plane.openDatabase(), { tenant: 'contoso', scopes: ['read'] });
  const { json } = await plane.ask('GET', '/hus/v1/pks', { headers: { authorization: `Bearer ${token}` } });
  assert.equal(json.phase, 'announced');
  assert.deepEqual([json.left, json.leftCount], [[], 0]);
});

test('a bridge whose file is not published any more is shown as such', async (t) => {
  const plane = await bridging(t);
  assert.equal((await status(plane)).bridges[0].isAvailable, false);
  const [archive] = bridge.answer('connect-sync').archives;
  const file = join(plane.home, 'control-plane', 'repository', 'image', 'targets', archive!.transport.path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, 'abc');
  assert.equal((await status(plane)).bridges[0].isAvailable, true);
});

test('a bridge is current until another release is; a recalled one is handed out to nobody', async (t) => {
  const plane = await bridging(t);
  const sha256 = bridge.answer('connect-sync').archives[0]!.sha256;
  const standing = async () => (await status(plane)).bridges[0].standing;
  publishImage(plane, 1, [{ version: '2.3.6.0', releaseNumber: 6, sha256 }]);
  assert.equal(await standing(), 'current');
  const newer = { version: '2.3.7.0', releaseNumber: 7, sha256: '77'.repeat(32) };
  publishImage(plane, 2, [{ version: '2.3.6.0', releaseNumber: 6, sha256 }, newer]);
  assert.equal(await standing(), 'outdated');
  assert.equal((await ask(plane)).status, 200, 'the one before still leads to a good build');
  publishImage(plane, 3, [{ version: '2.3.6.0', releaseNumber: 6, sha256 }, newer], [sha256]);
  assert.equal(await standing(), 'recalled');
  const withheld = await ask(plane);
  assert.deepEqual([withheld.status, withheld.json.code], [404, 'pks-no-bridge']);
});

interface Build {
  readonly version: string;
  readonly releaseNumber: number;
  readonly sha256: string;
}

/** Image metadata as far as the control plane reads it for people; nothing here is signed. */
function publishImage(
  { home }: { home: string },
  version: number,
  builds: readonly Build[],
  recalled: readonly string[] = [],
): void {
  const folder = join(home, 'control-plane', 'repository', 'image', 'metadata');
  mkdirSync(folder, { recursive: true });
  const write = (name: string, signed: unknown): void =>
    writeFileSync(join(folder, name), JSON.stringify({ signatures: [], signed }));
  const releases = builds.map(({ sha256, ...build }) => {
    const named = { component: 'connect-sync', platform: 'linux-x64', ...build } as const;
    const archive = componentTargetPath(named);
    const facts = releaseFactsJson({
      ...{ kind: 'component', ...named, treeHash: sha256, stateSchema: 1, maxRampPpmPerHour: 1_000_000 },
      channel: { download: true, autoUpgrade: true },
      runtime: 'runtime/node-24.16.0/node-24.16.0-linux-x64.tar',
      transports: [{ kind: 'full', path: fullTransportPath(archive), length: 1, sha256 }],
      publishedAt: '2026-11-20T08:00:00Z',
    });
    return [archive, { length: 1, hashes: { sha256 }, custom: facts }] as const;
  });
  const statement = recalled.map((sha256) => {
    const words = { stop: 'new', reason: 'it loses memberships', recalledAt: '2026-11-21T08:00:00Z' } as const;
    return { sha256, version: '2.3.6.0', ...words };
  });
  const custom = recallsJson('connect-sync', statement);
  const recall = ['recall/connect-sync.json', { length: 1, hashes: { sha256: 'ee'.repeat(32) }, custom }] as const;
  write(`${version}.targets.json`, { _type: 'targets', version, targets: Object.fromEntries([...releases, recall]) });
  write(`${version}.snapshot.json`, { _type: 'snapshot', version, meta: { 'targets.json': { version } } });
  write('timestamp.json', { _type: 'timestamp', version, meta: { 'snapshot.json': { version } } });
}

test('an address that asks too often is told to wait, and can still sign in', async (t) => {
  const plane = await runControlPlane(t, { limits: { pks: { burst: 3, perMinute: 3 } } });
  writeBridge(plane, 'connect-sync');
  for (let round = 0; round < 3; round++) assert.equal((await ask(plane)).status, 200);
  const limited = await ask(plane);
  assert.equal(limited.status, 429);
  assert.equal(limited.headers.get('retry-after'), '20');
  const signIn = await plane.ask('POST', '/platform/v1/session', { body: { linkToken: 'A'.repeat(22) }, headers: {} });
  assert.equal(signIn.json.code, 'sign-in-link-invalid');
});

test('all addresses together are bounded as well', async (t) => {
  const plane = await runControlPlane(t, { limits: { pksOfAll: { burst: 2, perMinute: 60 } } });
  writeBridge(plane, 'connect-sync');
  const codes = [];
  for (let round = 0; round < 3; round++) codes.push((await ask(plane)).status);
  assert.deepEqual(codes, [200, 200, 429]);
});

test('no product key reaches the log or the database, even when the request is refused', async (t) => {
  const lines: string[] = [];
  const plane = await bridging(t, lines);
  await ask(plane);
  await ask(plane, { ...asked, component: asked.productKey });
  await ask(plane, { ...asked, hostName: `${asked.productKey} x` });
  await ask(plane, `{"productKey": ${asked.productKey}`);
  await status(plane);
  assert.ok(lines.some((line) => line.includes('pks.asked')));
  assert.ok(!lines.join('').includes('EFGHI'));
  const database = await plane.openDatabase();
  const rows = await database.read.selectFrom('upgrade_pks_clients').selectAll().execute();
  assert.equal(rows.length, 1);
  assert.ok(!JSON.stringify(rows).includes('EFGHI'));
});

/** What the server says to bytes that no HTTP client would send. */
function raw(plane: RunningControlPlane, lines: readonly string[]): Promise<string> {
  const socket = connect(Number(new URL(plane.url).port), '127.0.0.1');
  return new Promise((resolve, reject) => {
    let text = '';
    socket.on('data', (bytes) => {
      text += bytes.toString();
      socket.destroy();
    });
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
    socket.write(lines.join('\r\n'));
  });
}
