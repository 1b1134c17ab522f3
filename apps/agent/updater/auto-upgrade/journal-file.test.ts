import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { formatRecord, type JournalRecord, parseJournal } from '@springline/auto-upgrade/upgrader/journal-record';
import type { UpgradeStep } from '@springline/auto-upgrade/upgrader/upgrade-step';
import { JournalFile } from './journal-file.ts';

const steps: readonly UpgradeStep[] = [
  'downloading',
  'verified',
  'staged',
  'preflight',
  'last-look',
  'warming',
  'draining',
  'activating',
  'probation',
  'committed',
  'idle',
];

/** The records of the n-th attempt. */
function attempt(number: number): readonly JournalRecord[] {
  const id = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
  return steps.map((step, at) => ({
    at: new Date(Date.UTC(2026, 10, 22) + number * 60_000 + at).toISOString(),
    attempt: id,
    component: 'connect-sync',
    step,
    from: { version: `2.${number}.0.0`, releaseNumber: number, sha256: 'a'.repeat(64), slot: 'a' },
    to: { version: `2.${number + 1}.0.0`, releaseNumber: number + 1, sha256: 'b'.repeat(64), slot: 'b' },
    ...(step === 'committed' || step === 'idle' ? { result: 'Success' as const } : {}),
  }));
}

const [first, second, third] = attempt(1) as [JournalRecord, JournalRecord, JournalRecord];
const undamaged = (reason: string): never => assert.fail(reason);

function pathOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'springline-journal-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'journal');
}

test('before the first upgrade there is no file, and no last step', (t) => {
  const path = pathOf(t);
  const journal = new JournalFile(path, undamaged);
  assert.equal(journal.last, undefined);
  assert.deepEqual(journal.history(), []);
  assert.ok(!existsSync(path));
});

test('each step is in the file when append returns, and the next process goes on from it', (t) => {
  const path = pathOf(t);
  const journal = new JournalFile(path, undamaged);
  for (const [at, record] of attempt(1).entries()) {
    journal.append(record);
    assert.equal(parseJournal(readFileSync(path, 'utf8')).length, at + 1);
    assert.deepEqual(new JournalFile(path, undamaged).last, record);
  }
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('history has the ends of attempts, newest first, each with its beginning', (t) => {
  const journal = new JournalFile(pathOf(t), undamaged);
  for (const number of [1, 2]) for (const record of attempt(number)) journal.append(record);
  const history = journal.history().map(({ attempt: id, startedAt, step }) => ({ id, startedAt, step }));
  assert.deepEqual(
    history,
    [2, 1].map((number) => {
      const [begin] = attempt(number);
      return { id: begin?.attempt, startedAt: begin?.at, step: 'committed' };
    }),
  );
});

test('a line that a power cut tore anywhere is dropped, and the next step follows on a whole line', (t) => {
  const path = pathOf(t);
  const torn = formatRecord(second);
  for (let length = 1; length < torn.length; length += 13) {
    writeFileSync(path, formatRecord(first) + torn.slice(0, length));
    const journal = new JournalFile(path, undamaged);
    assert.deepEqual(journal.last, first);
    journal.append(third);
    assert.deepEqual(parseJournal(readFileSync(path, 'utf8')), [first, third]);
  }
});

test('a last line with a hole is dropped, and does not damage the journal for the next step', (t) => {
  const path = pathOf(t);
  const line = formatRecord(second);
  writeFileSync(path, `${formatRecord(first)}${line.slice(0, 30)}${'\0'.repeat(40)}${line.slice(70)}`);
  new JournalFile(path, undamaged).append(third);
  assert.deepEqual(new JournalFile(path, undamaged).last, third);
  assert.deepEqual(parseJournal(readFileSync(path, 'utf8')), [first, third]);
});

test('a journal that is damaged in the middle is put aside and told, and a new one begins', (t) => {
  const path = pathOf(t);
  const damaged = `${formatRecord(first)}{}\n${formatRecord(third)}`;
  writeFileSync(path, damaged);
  const told: string[] = [];
  const journal = new JournalFile(path, (reason) => told.push(reason));
  assert.deepEqual(told, ['line 2 of the journal is damaged']);
  assert.equal(journal.last, undefined);
  assert.equal(readFileSync(`${path}.damaged`, 'utf8'), damaged);
  journal.append(first);
  assert.deepEqual(new JournalFile(path, undamaged).last, first);
});

test('an empty file is an empty journal', (t) => {
  const path = pathOf(t);
  writeFileSync(path, '');
  assert.equal(new JournalFile(path, undamaged).last, undefined);
});

test('a full disk refuses the step, and takes no part of its line', (t) => {
  const path = pathOf(t);
  const whole = formatRecord(first) + formatRecord(second);
  writeFileSync(path, whole);
  // The limit of a file's size fails as a full disk does: a part of the line is written, and then nothing more.
  const program = `
    const { JournalFile } = await import(${JSON.stringify(join(import.meta.dirname, 'journal-file.ts'))});
    const journal = new JournalFile(${JSON.stringify(path)}, (reason) => { throw new Error(reason); });
    try { journal.append(${JSON.stringify(third)}); console.log('written'); } catch (error) { console.log(error.code); }`;
  assert.ok(whole.length < 1_024 && whole.length + formatRecord(third).length > 1_024, `${whole.length}`);
  const limited = ['-c', 'ulimit -f 1; exec "$0" --input-type=module -e "$1"', process.execPath, program];
  const { stdout, stderr } = spawnSync('bash', limited, { encoding: 'utf8' });
  assert.equal(stdout.trim(), 'EFBIG', stderr);
  assert.equal(readFileSync(path, 'utf8'), whole);
  new JournalFile(path, undamaged).append(third);
  assert.deepEqual(parseJournal(readFileSync(path, 'utf8')), [first, second, third]);
});

test('a long journal is shortened to what history shows; a kill before that loses nothing', (t) => {
  const path = pathOf(t);
  const attempts = 300;
  const lines = Array.from({ length: attempts }, (_, number) => attempt(number).map(formatRecord).join('')).join('');
  writeFileSync(path, lines.slice(0, lines.lastIndexOf('\n', lines.length - 2) + 1));
  const journal = new JournalFile(path, undamaged);
  const before = journal.history();
  assert.equal(before.length, attempts);
  const last = attempt(attempts - 1).at(-1)!;
  journal.append(last);
  assert.deepEqual(journal.history(), before.slice(0, 200));
  assert.deepEqual(journal.last, last);
  const again = new JournalFile(path, undamaged);
  assert.deepEqual(again.history(), before.slice(0, 200));
  assert.deepEqual(again.last, last);
  const kept = readFileSync(path, 'utf8').split('\n').length - 1;
  assert.ok(kept <= 401, `${kept} lines`);
});

test('a journal is never shortened in the middle of an upgrade', (t) => {
  const path = pathOf(t);
  writeFileSync(path, Array.from({ length: 120 }, (_, number) => attempt(number).map(formatRecord).join('')).join(''));
  const journal = new JournalFile(path, undamaged);
  const running = attempt(500).slice(0, -1);
  for (const record of running) {
    journal.append(record);
    assert.deepEqual(new JournalFile(path, undamaged).last, record);
  }
  const { size } = statSync(path);
  journal.append(attempt(500).at(-1)!);
  assert.ok(statSync(path).size < size);
  assert.deepEqual(readdirSync(join(path, '..')), ['journal']);
});
