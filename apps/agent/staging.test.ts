import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { EpochMs } from '@springline/ports/clock';
import { componentHome } from './home.ts';
import { loadStaging, saveStaging } from './staging.ts';
import { own } from './updater/auto-upgrade/host-facts.ts';

const now = Date.UTC(2026, 10, 22, 14) as EpochMs;

function newHome(t: TestContext): { home: string; file: string } {
  const home = mkdtempSync(join(tmpdir(), 'springline-staging-'));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  return { home, file: join(componentHome(home, 'connect-sync').folder, 'staging.json') };
}

test('a server exports unless its administrator said that it stages', (t) => {
  const { home, file } = newHome(t);
  assert.deepEqual(loadStaging(home), { staging: false });
  saveStaging(home, true, now);
  assert.deepEqual(loadStaging(home), { staging: true, since: '2026-11-22T14:00:00.000Z' });
  assert.equal((statSync(file).mode & 0o777).toString(8), '600');
  saveStaging(home, false, now);
  assert.equal(loadStaging(home).staging, false);
});

for (const text of ['', '{', '[]', '"no"', '{"staging":"no"}', '{}']) {
  test(`a flag that says ${JSON.stringify(text)} means staging: what exports nothing harms nobody`, (t) => {
    const { home, file } = newHome(t);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    assert.equal(loadStaging(home).staging, true);
  });
}

test('the fleet shows a staging server as one, and a schedule of its own goes before', (t) => {
  const { home } = newHome(t);
  assert.equal(own(home, now).role, 'active');
  saveStaging(home, true, now);
  assert.equal(own(home, now).role, 'staging');
});
