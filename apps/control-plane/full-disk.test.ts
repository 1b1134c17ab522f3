import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseConfig } from './config.ts';
import { sentenceForStartFailure } from './start-failure.ts';
import { type Cleanup, runControlPlane } from './testing/running-control-plane.ts';
import { enrol, send, sign } from './testing/signed-agent.ts';

/** A file system of its own of this size; undefined where that is not allowed. */
function smallDisk(t: Cleanup, sizeKib: number): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'springline-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeKib}k`, 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    // Needs root and the right to mount, which not every machine gives.
    rmdirSync(folder);
    return undefined;
  }
  t.after(() => {
    execFileSync('umount', ['-l', folder], { stdio: 'ignore' });
    rmdirSync(folder);
  });
  return folder;
}

function fill(folder: string): string {
  const path = join(folder, 'ballast');
  const { bavail, bsize } = statfsSync(folder);
  writeFileSync(path, Buffer.alloc(Math.max(0, bavail * bsize)));
  return path;
}

test('on a full disk writes are refused as storage-full, reads go on, and with room again so do writes', async (t) => {
  const home = smallDisk(t, 4_096);
  if (home === undefined) return t.skip('no right to mount');
  const plane = await runControlPlane(t, { home });
  const agent = await enrol(plane);
  const heartbeat = { method: 'POST', path: '/platform/v1/heartbeat', body: { hostName: 'h', components: [] } };
  const { json: link } = await plane.ask('POST', '/platform/v1/sign-in-links');
  const signIn = { body: { linkToken: link.url.split('#')[1] }, headers: {} };
  const signedIn = await plane.ask('POST', '/platform/v1/session', signIn);
  const cookie = signedIn.headers.get('set-cookie')!.split(';')[0]!;
  plane.clock.advance(2 * 60_000);
  const ballast = fill(home);
  const body = { connector: { name: 'x'.repeat(256), kind: 'ldif' } };
  const codes = new Set<string>();
  for (let i = 0; i < 50 && !codes.has('storage-full'); i++) {
    const { json } = await plane.ask('POST', '/platform/v1/enrolments', { body });
    codes.add(json.code ?? 'created');
  }
  assert.ok(codes.has('storage-full'), [...codes].join());
  const refused = await send(sign(plane, agent, heartbeat));
  assert.equal(refused.status, 507);
  for (const headers of [{ authorization: `Bearer ${plane.adminToken}` }, { cookie }] as Record<string, string>[]) {
    assert.equal((await plane.ask('GET', '/platform/v1/home', { headers })).status, 200);
  }
  rmSync(ballast);
  assert.equal((await send(sign(plane, agent, heartbeat))).status, 200);
  await plane.close();
});

test('a start on a full disk is refused in a sentence that says so', async (t) => {
  const home = smallDisk(t, 64);
  if (home === undefined) return t.skip('no right to mount');
  const config = parseConfig(['--home', home]);
  for (const keep of [0, 16, 48]) {
    const ballast = join(home, 'ballast');
    writeFileSync(ballast, Buffer.alloc(keep * 1024));
    const failure = await runControlPlane(t, { home }).then(
      () => assert.fail('started'),
      (error: unknown) => error,
    );
    assert.match(sentenceForStartFailure(failure, config) ?? String(failure), /no space left for/, `${keep} KiB taken`);
    rmSync(ballast);
  }
});
