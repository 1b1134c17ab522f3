import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmdirSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { freePort } from '@springline/tools/services/free-port';
import { RunningUp, runCli, temporaryHome } from '../testing/running-up.ts';

const sample = join(import.meta.dirname, '..', '..', '..', 'examples', 'contoso.ldif');

/** A file system of its own, as small as the test wants; `undefined` where this user may not mount one. */
function smallDisk(t: TestContext, kilobytes: number): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'springline-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', folder], { stdio: 'pipe' });
  } catch {
    rmdirSync(folder);
    t.skip('this user may not mount a file system');
    return undefined;
  }
  t.after(() => {
    execFileSync('umount', ['-l', folder]);
    rmdirSync(folder);
  });
  return folder;
}

/** Fills the disk to its last byte. */
function fill(file: string): void {
  const handle = openSync(file, 'w');
  try {
    for (const size of [1024 * 1024, 4096, 1]) {
      const chunk = Buffer.alloc(size, 1);
      while (writeSync(handle, chunk) === size);
    }
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
  } finally {
    closeSync(handle);
  }
}

test('a start on a disk that is too small says so, and works when there is space', async (t) => {
  const disk = smallDisk(t, 1_200);
  if (disk === undefined) return;
  const home = join(disk, 'home');
  const port = await freePort();
  const { code, errors } = await runCli(['up', '--home', home, '--port', String(port)]);
  assert.equal(code, 1, errors);
  assert.match(errors, /full/);
  execFileSync('mount', ['-o', 'remount,size=500m', disk]);
  const up = await RunningUp.start(t, home, [], port);
  assert.match(up.output, /users=250 groups=29/);
  await up.end();
});

test('a disk that fills up while sync runs loses nothing, and sync goes on when there is space', async (t) => {
  const disk = smallDisk(t, 500_000);
  if (disk === undefined) return;
  const home = join(disk, 'home');
  const ldif = `${temporaryHome(t)}.ldif`;
  t.after(() => rmSync(ldif, { force: true }));
  const whole = readFileSync(sample, 'utf8');
  writeFileSync(ldif, whole);
  const up = await RunningUp.start(t, home, ['--ldif', ldif, '--interval', '5']);
  fill(join(disk, 'filler'));
  writeFileSync(ldif, whole.replaceAll(/^userPrincipalName: .*$/gm, '$&\npager: after'));
  await up.until(async () => {
    const { sync } = await up.status();
    return /disk-full|server|connectivity/.test(sync?.lastCycle?.result ?? '') ? true : undefined;
  }, 'the failure shows');
  rmSync(join(disk, 'filler'));
  await up.until(
    async () =>
      (await up.scim('Users?filter=phoneNumbers.value+eq+%22after%22&count=0'))['totalResults'] === 250
        ? true
        : undefined,
    'sync goes on',
    120_000,
  );
  assert.equal((await up.scim('Users?count=0'))['totalResults'], 250);
  await up.end();
});
