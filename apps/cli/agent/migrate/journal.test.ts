import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { agentHome } from '@springline/agent/home';
import { MigrationJournal } from './journal.ts';

function homeFor(t: TestContext): { home: string; file: string } {
  const home = mkdtempSync(join(tmpdir(), 'springline-migrate-'));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  mkdirSync(agentHome(home).folder, { recursive: true });
  return { home, file: join(agentHome(home).folder, 'migration.jsonl') };
}

const old = { agentId: '0192d4e0', hostName: 'sync-1.contoso.example', home: '/var/lib/springline' };
const expected = { lastRun: 4, add: 0, update: 2, delete: 0 };

test('what was noted is known again, and so is who exported before and what is expected', (t) => {
  const { home } = homeFor(t);
  const journal = new MigrationJournal(home);
  assert.equal(journal.isBegun, false);
  journal.begin(old);
  for (let n = 0; n < 4; n++) journal.ended('passed');
  journal.ended('passed', { expected });
  const again = new MigrationJournal(home);
  assert.deepEqual([again.state, again.old, again.expected], ['promoting', old, expected]);
  again.ended('failed', { reason: 'it was refused' });
  assert.equal(new MigrationJournal(home).state, 'going-back');
});

test('another migration that begins forgets what the one before expected', (t) => {
  const { home } = homeFor(t);
  const journal = new MigrationJournal(home);
  journal.begin(old);
  journal.ended('passed', { expected });
  journal.begin(undefined);
  assert.deepEqual([journal.state, journal.old, journal.expected], ['installing', undefined, undefined]);
});

test('a line that a kill cut off anywhere is as if it was never begun, and the next one is whole', (t) => {
  const { home, file } = homeFor(t);
  const journal = new MigrationJournal(home);
  journal.begin(old);
  const before = readFileSync(file, 'utf8');
  journal.ended('passed');
  const line = readFileSync(file, 'utf8').slice(before.length);
  for (const length of [1, 10, line.length - 2]) {
    writeFileSync(file, before + line.slice(0, length));
    const cut = new MigrationJournal(home);
    assert.equal(cut.state, 'installing', String(length));
    cut.ended('passed');
    assert.equal(new MigrationJournal(home).state, 'synchronising', String(length));
  }
});

for (const line of [
  '{"state":"nowhere","event":"passed"}',
  '{"state":"promoting","event":"sideways"}',
  'null',
  '7',
  '[]',
]) {
  test(`a journal with the line ${line} is refused, and what to do is said`, (t) => {
    const { home, file } = homeFor(t);
    appendFileSync(file, `${line}\n`);
    assert.throws(() => new MigrationJournal(home), /migration\.jsonl is damaged \(line 1\).*sync staging/);
  });
}
