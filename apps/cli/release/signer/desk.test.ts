/** The signer at its home: one at a time, on a real tree, with what kills and old copies leave. */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { withFreeze, withHalt } from '@springline/auto-upgrade/hus/policy-change';
import { formatPolicy, parsePolicy, type RolloutPolicy } from '@springline/auto-upgrade/rollout/policy';
import { type SignerPort, signerClient } from '@springline/control-plane/hus/signer-client';
import { type EpochMs, FakeClock, systemClock } from '@springline/ports/clock';
import { silentLog } from '@springline/ports/log';
import { initKeys } from '../init.ts';
import { KeyRing } from '../key-ring.ts';
import { asOnlyWriter } from '../lock.ts';
import { publishedPolicy } from '../policy.ts';
import { ensurePublished } from '../publish.ts';
import { keysHome } from '../roles.ts';
import { readRepositories } from '../sign.ts';
import { releaseHome } from '../testing/release-home.ts';
import { SignerDesk } from './desk.ts';
import { SignerRecord } from './record.ts';
import { Signer } from './signer.ts';

interface Site {
  readonly home: string;
  readonly recordFile: string;
  readonly client: SignerPort;
  open(): Promise<SignerDesk>;
  /** Ends the signer; its socket may be bound again. */
  close(): void;
  propose(change: (policy: RolloutPolicy | undefined) => RolloutPolicy): Promise<string>;
  published(): RolloutPolicy | undefined;
}

async function site(t: TestContext): Promise<Site> {
  const made = releaseHome(t);
  const { home } = made;
  await initKeys(home, 'development');
  await ensurePublished(home, made);
  const ring = new KeyRing(home);
  const client = signerClient(home);
  const folder = process.cwd();
  let opened: SignerDesk | undefined;
  t.after(() => opened?.close());
  return {
    ...{ home, client, recordFile: keysHome(home).signerRecord },
    async open() {
      try {
        const desk = await SignerDesk.open(home, ring, silentLog);
        opened = desk;
        return desk;
      } finally {
        process.chdir(folder);
      }
    },
    close() {
      opened?.close();
      // It was bound by a relative path.
      rmSync(join(home, 'signer.sock'), { force: true });
    },
    async propose(change) {
      const { policy } = await client.state();
      const next = change(policy === undefined ? undefined : parsePolicy(Buffer.from(policy)));
      const answer = await client.ask({ type: 'propose-policy', policy: formatPolicy(next) });
      return answer.kind === 'refused' ? answer.code : answer.kind;
    },
    published: () => publishedPolicy(home, readRepositories(home))?.policy,
  };
}

const halt = (isHalted: boolean) => (policy: RolloutPolicy | undefined) =>
  withHalt(policy, isHalted, systemClock.now());

test('a second signer of the same home touches nothing, however long the record is', { timeout: 60_000 }, async (t) => {
  const one = await site(t);
  const record = SignerRecord.open(one.recordFile);
  let policy = withHalt(undefined, false, systemClock.now());
  for (let at = 0; at < 64; at++) {
    const until = (systemClock.now() + 3_600_000) as EpochMs;
    policy = withFreeze(policy, { name: `${at} ${'x'.repeat(90)}`, from: 0 as EpochMs, until }, systemClock.now());
  }
  for (let at = 0; at < 120; at++) {
    record.append({ kind: 'policy-signed', policy: formatPolicy(policy) }, systemClock.now(), 'all');
  }
  const long = readFileSync(one.recordFile);
  await one.open();
  const condensed = readFileSync(one.recordFile);
  assert.ok(long.length > 1024 * 1024 && condensed.length < long.length / 50, `${long.length} ${condensed.length}`);
  assert.equal(one.published()?.freezes.length, 64);

  writeFileSync(one.recordFile, long);
  await assert.rejects(one.open(), { code: 'agent-already-running' });
  assert.deepEqual(readFileSync(one.recordFile), long);
});

test('a policy that waits for the release lock is not followed by an older one', async (t) => {
  const one = await site(t);
  const desk = await one.open();
  assert.equal(await one.propose(halt(false)), 'done');
  const [held, letGo] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const other = asOnlyWriter(one.home, async () => {
    held.resolve();
    await letGo.promise;
  });
  await held.promise;
  // Signed and noted, and the keeper looks whether something is missing before it is published.
  const halted = one.propose(halt(true));
  while (!readFileSync(one.recordFile, 'utf8').includes('\\"halted\\":true')) await new Promise(setImmediate);
  const looked = desk.publishMissing();
  const frozen = halted.then(() =>
    one.propose((policy) =>
      withFreeze(policy, { name: 'x', from: 0 as EpochMs, until: 4e12 as EpochMs }, systemClock.now()),
    ),
  );
  letGo.resolve();
  await Promise.all([other, halted, looked, frozen]);
  const published = one.published();
  assert.deepEqual([published?.version, published?.isHalted, published?.freezes.length], [3, true, 1]);
});

test('one policy at a time is published, by what the record says when it is written', async (t) => {
  const { home } = releaseHome(t);
  const clock = new FakeClock(Date.UTC(2026, 10, 22, 14));
  const published: string[] = [];
  let isBusy = false;
  const signer = new Signer({
    record: SignerRecord.open(`${home}.jsonl`),
    ...{ approversFile: `${home}.approvers`, markFile: `${home}.mark`, isDevelopment: true, clock },
    isPublished: () => true,
    async publish(text) {
      assert.equal(isBusy, false, 'nobody else publishes');
      isBusy = true;
      for (let turns = 0; turns < 5; turns++) await new Promise(setImmediate);
      published.push(text());
      isBusy = false;
      return true;
    },
  });
  const first = withHalt(undefined, false, clock.now());
  const second = withHalt(first, true, clock.now());
  await Promise.all([
    signer.answer({ type: 'propose-policy', policy: formatPolicy(first) }),
    signer.republish(),
    signer.answer({ type: 'propose-policy', policy: formatPolicy(second) }),
    signer.republish(),
  ]);
  assert.deepEqual(
    published.map((text) => JSON.parse(text).version),
    [1, 1, 2, 2],
  );
});

test('S8: over an older copy of its record the signer goes on from the policy that was published, approvals void', async (t) => {
  const one = await site(t);
  await one.open();
  await one.propose(halt(false));
  const copy = `${one.recordFile}.copy`;
  copyFileSync(one.recordFile, copy);
  await one.propose(halt(true));
  await one.propose((policy) => ({ ...policy!, version: policy!.version + 1 }));
  const last = one.published()!;
  one.close();
  copyFileSync(copy, one.recordFile);
  await one.open();
  const { policy } = await one.client.state();
  const renewed = one.published();
  assert.deepEqual([renewed?.isHalted, formatPolicy(renewed!)], [true, policy], 'no halt is lost');
  assert.ok(renewed!.version > last.version);

  one.close();
  rmSync(one.recordFile);
  await one.open();
  assert.equal(await one.propose(halt(false)), 'done', 'also without any record');
  assert.equal(one.published()?.version, renewed!.version + 1);
});

test('a signer that cannot open its record says why, and leaves the socket to the next one', async (t) => {
  const one = await site(t);
  await one.open();
  await one.propose(halt(false));
  one.close();
  const good = readFileSync(one.recordFile, 'utf8');
  writeFileSync(one.recordFile, good.replace('policy-signed', 'policy-sined'));
  await assert.rejects(one.open(), { code: 'signer-record-damaged' });
  await assert.rejects(one.client.state(), { code: 'signer-unreachable' });
  rmSync(join(one.home, 'signer.sock'), { force: true });
  writeFileSync(one.recordFile, good);
  await one.open();
  assert.equal(await one.propose(halt(true)), 'done');
  assert.equal(existsSync(one.recordFile), true);
});
