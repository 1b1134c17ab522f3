/** The tree of the repositories put back from a backup, with a real desk of the signer and an agent that saw the newest. */
import assert from 'node:assert/strict';
import { cpSync, rmSync } from 'node:fs';
import { test } from 'node:test';
import { withHalt } from '@springline/auto-upgrade/hus/policy-change';
import { formatPolicy, parsePolicy } from '@springline/auto-upgrade/rollout/policy';
import { signerClient } from '@springline/control-plane/hus/signer-client';
import { systemClock } from '@springline/ports/clock';
import { silentLog } from '@springline/ports/log';
import { initKeys } from '../init.ts';
import { KeyRing } from '../key-ring.ts';
import { publishedPolicy } from '../policy.ts';
import { treeFolder } from '../roles.ts';
import { readRepositories } from '../sign.ts';
import { releaseHome, TreeClient } from '../testing/release-home.ts';
import { SignerDesk } from './desk.ts';

test('S8: over an old copy of the tree the last policy is published again, under versions that no agent saw', async (t) => {
  const { home } = releaseHome(t);
  await initKeys(home, 'development');
  const ring = new KeyRing(home);
  const before = process.cwd();
  const desks: SignerDesk[] = [];
  const open = async (): Promise<void> => {
    desks.push(await SignerDesk.open(home, ring, silentLog));
    process.chdir(before);
  };
  t.after(() => {
    for (const desk of desks) desk.close();
  });
  await open();
  const signer = signerClient(home);
  const propose = async (isHalted: boolean): Promise<void> => {
    const { policy } = await signer.state();
    const known = policy === undefined ? undefined : parsePolicy(Buffer.from(policy));
    const text = formatPolicy(withHalt(known, isHalted, systemClock.now()));
    assert.equal((await signer.ask({ type: 'propose-policy', policy: text })).kind, 'done');
  };
  await propose(false);
  const copy = `${home}.copy`;
  cpSync(treeFolder(home), copy, { recursive: true });
  await propose(true);
  const agent = new TreeClient(home);
  const newest = await agent.refresh('director');
  desks[0]!.close();
  rmSync(`${home}/signer.sock`, { force: true });

  rmSync(treeFolder(home), { recursive: true });
  cpSync(copy, treeFolder(home), { recursive: true });
  await open();
  // An agent that saw the newest refuses whatever fell.
  const after = await agent.refresh('director');
  assert.ok(after.timestamp.version > newest.timestamp.version);
  assert.ok(after.timestamp.version >= Math.floor(systemClock.now() / 60_000));
  assert.equal(publishedPolicy(home, readRepositories(home))?.policy.isHalted, true);
});
