import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { EpochMs } from '@springline/ports/clock';
import { loadStaging, saveStaging } from '../staging.ts';
import { aroundStaging } from './staging-calls.ts';

function homeThat(t: TestContext, staging: boolean): string {
  const home = mkdtempSync(join(tmpdir(), 'springline-staging-'));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  saveStaging(home, staging, 1_000 as EpochMs);
  return home;
}

test('Connect Sync is called with the decision already in force', async (t) => {
  const home = homeThat(t, true);
  const seen = () => Promise.resolve(loadStaging(home).staging);
  assert.equal(await aroundStaging(home, 'staging.promote', seen), false);
  assert.equal(await aroundStaging(home, 'staging.demote', seen), true);
  assert.equal(loadStaging(home).staging, true);
});

test('a server whose promotion is refused stages as before', async (t) => {
  const home = homeThat(t, true);
  const refused = aroundStaging(home, 'staging.promote', () => Promise.reject(new Error('held by another')));
  await assert.rejects(refused, /held by another/);
  assert.equal(loadStaging(home).staging, true);
});

test('a refused promotion of a server that exports does not make it stage', async (t) => {
  const home = homeThat(t, false);
  await assert.rejects(aroundStaging(home, 'staging.promote', () => Promise.reject(new Error('held'))));
  assert.equal(loadStaging(home).staging, false);
});

test('a server is demoted also when Connect Sync does not answer', async (t) => {
  const home = homeThat(t, false);
  await assert.rejects(
    aroundStaging(home, 'staging.demote', () => Promise.reject(new Error('ended'))),
    /ended/,
  );
  assert.equal(loadStaging(home).staging, true);
});

test('other calls pass by', async (t) => {
  const home = homeThat(t, true);
  assert.equal(await aroundStaging(home, 'staging', () => Promise.resolve('answer')), 'answer');
  assert.equal(loadStaging(home).since, '1970-01-01T00:00:01.000Z');
});
