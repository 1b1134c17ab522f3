/** The served tree in wrong hands: what a stranger puts there is signed by nobody here. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { withHalt } from '@springline/auto-upgrade/hus/policy-change';
import { formatPolicy } from '@springline/auto-upgrade/rollout/policy';
import { signerClient } from '@springline/control-plane/hus/signer-client';
import { systemClock } from '@springline/ports/clock';
import { silentLog } from '@springline/ports/log';
import { makeRoot } from '@springline/tuf/repository/publish';
import { followBridges, signBridges } from '../pks/sign.ts';
import { initKeys } from './init.ts';
import { KeyRing } from './key-ring.ts';
import { makeKeys, plan, showKeys } from './keys.ts';
import { listReleases } from './list.ts';
import { asOnlyWriter } from './lock.ts';
import { openTurn, publishRelease } from './publish.ts';
import { keysHome, repositories, treeFolder } from './roles.ts';
import { readRepositories, signRepositories } from './sign.ts';
import { SignerDesk } from './signer/desk.ts';
import { publishPolicy } from './signer/publish-policy.ts';
import { SignerRecord } from './signer/record.ts';
import { releaseHome, writeBundle } from './testing/release-home.ts';

const damaged = { code: 'release-tree-damaged', message: /the first root of .* is not that of/ };
const months = 90 * 24 * 60 * 60_000;

/** Made once: our home, and a stranger's whose tree lists our public targets keys beside its own. */
const own = releaseHome({ after: (cleanUp) => after(cleanUp) });
const theirs = releaseHome({ after: (cleanUp) => after(cleanUp) });
before(async () => {
  await initKeys(own.home, 'development');
  await publishRelease(own.home, { ...own, level: 3 });
  await signBridges(own.home, { components: ['connect-sync'] });
  const ring = new KeyRing(theirs.home);
  await asOnlyWriter(theirs.home, async (lock) => {
    await makeKeys(lock, 'development', undefined, ring);
    for (const repository of repositories) {
      const keysOf = (home: string, role: string) => plan(keysHome(home), repository, role).keys;
      const role = (name: string) => ({
        keys: [...keysOf(theirs.home, name), ...keysOf(own.home, name)],
        threshold: 1,
      });
      const now = systemClock.now();
      const roles = {
        root: role('root'),
        targets: role('targets'),
        snapshot: role('snapshot'),
        timestamp: role('timestamp'),
      };
      const expires = (now + months) as typeof now;
      const root = makeRoot({ version: 1, roles, expires, now }, [await ring.signer(repository, 'root')]);
      writeFileSync(keysHome(theirs.home).root(repository), root.bytes);
    }
  });
  writeBundle(theirs.bundles, 'connect-sync', 'theirs');
  await publishRelease(theirs.home, { ...theirs, level: 3, components: ['connect-sync'], version: '9.0.0.0' });
  const policy = { ...withHalt(undefined, false, systemClock.now()), version: 4_000_000_000 };
  await asOnlyWriter(theirs.home, (lock) => publishPolicy(openTurn(lock, ring), formatPolicy(policy)));
});

function stolen(t: TestContext): string {
  const { home } = releaseHome(t);
  cpSync(own.home, home, { recursive: true });
  rmSync(treeFolder(home), { recursive: true });
  cpSync(treeFolder(theirs.home), treeFolder(home), { recursive: true });
  return home;
}

test('S12: a stranger\u2019s tree with a higher policy is not adopted into the record of the signer, nor signed', async (t) => {
  const home = stolen(t);
  const open = async (): Promise<void> => {
    const folder = process.cwd();
    const desk = await SignerDesk.open(home, new KeyRing(home), silentLog).finally(() => process.chdir(folder));
    desk.close();
    // It was bound by a relative path.
    rmSync(join(home, 'signer.sock'), { force: true });
  };
  const noted = () => SignerRecord.open(keysHome(home).signerRecord).standing.policy;
  await open();
  assert.equal(noted(), undefined);
  // Where the record has a policy, which would now be put into that tree.
  const halted = formatPolicy(withHalt(undefined, true, systemClock.now()));
  SignerRecord.open(keysHome(home).signerRecord).append({ kind: 'policy-signed', policy: halted }, 0, 'all');
  await assert.rejects(open(), damaged);
  assert.deepEqual([noted()?.isHalted, (noted()?.version ?? 0) < 4_000_000_000], [true, true]);
});

test('S2: a stranger\u2019s tree gets nothing signed by our keys: no role is renewed and no bridge follows it', async (t) => {
  const home = stolen(t);
  const answer = join(home, 'control-plane', 'pks', 'connect-sync.json');
  const before = readFileSync(answer);
  const stamp = readFileSync(join(treeFolder(home), 'director', 'metadata', 'timestamp.json'));
  const ring = new KeyRing(home);
  await assert.rejects(followBridges(home, ring, systemClock), damaged);
  await assert.rejects(
    asOnlyWriter(home, (lock) => signRepositories(openTurn(lock, ring))),
    damaged,
  );
  assert.deepEqual(readFileSync(answer), before);
  assert.deepEqual(readFileSync(join(treeFolder(home), 'director', 'metadata', 'timestamp.json')), stamp);
  for (const read of [readRepositories, showKeys, listReleases]) assert.throws(() => read(home), damaged);
});

test('a tree that was moved away is made again under our own roots', async (t) => {
  const home = stolen(t);
  rmSync(treeFolder(home), { recursive: true });
  await asOnlyWriter(home, (lock) => signRepositories(openTurn(lock, new KeyRing(home))));
  const { image } = readRepositories(home);
  assert.equal(image.root.version, 1);
  assert.ok(existsSync(join(treeFolder(home), 'image', 'metadata', '1.root.json')));
});

test('S12: the signer adopts what only keys of an older root signed no more than a stranger\u2019s', async (t) => {
  const { home } = releaseHome(t);
  cpSync(own.home, home, { recursive: true });
  const ring = new KeyRing(home);
  const policy = { ...withHalt(undefined, false, systemClock.now()), version: 4_000_000_000 };
  await asOnlyWriter(home, (lock) => publishPolicy(openTurn(lock, ring), formatPolicy(policy)));
  // The Director's targets key was replaced by another one since: a stranger's is as good as any.
  const { root } = readRepositories(home).director;
  const keys = keysHome(home);
  const roles = {
    root: plan(keys, 'director', 'root'),
    targets: plan(keysHome(theirs.home), 'director', 'targets'),
    snapshot: plan(keys, 'director', 'snapshot'),
    timestamp: plan(keys, 'director', 'timestamp'),
  };
  const now = systemClock.now();
  const next = makeRoot({ version: root.version + 1, roles, expires: (now + months) as typeof now, now }, [
    await ring.signer('director', 'root'),
  ]);
  writeFileSync(join(treeFolder(home), 'director', 'metadata', next.name), next.bytes);
  assert.ok(readRepositories(home).director.targets, 'it can still be signed anew');
  assert.throws(() => readRepositories(home, 'newest-root'), { code: 'release-tree-damaged' });
  const folder = process.cwd();
  const desk = await SignerDesk.open(home, ring, silentLog).finally(() => process.chdir(folder));
  t.after(() => desk.close());
  assert.equal((await signerClient(home).state()).policy, undefined);
});
