import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { BuildName } from '@springline/auto-upgrade/upgrader/journal-record';
import type { UpgradeEvent } from '@springline/auto-upgrade/upgrader/upgrade-step';
import { type Log, type LogFields, silentLog } from '@springline/ports/log';
import { Attempt } from './attempt.ts';
import { JournalFile } from './journal-file.ts';

const build = (slot: 'a' | 'b'): BuildName => ({
  version: slot === 'a' ? '2.5.0.0' : '2.6.0.0',
  releaseNumber: slot === 'a' ? 1 : 2,
  sha256: slot.repeat(64),
  slot,
});

interface Bench {
  readonly path: string;
  readonly attempt: Attempt;
  readonly told: string[];
  readonly lines: (LogFields & { readonly event: string })[];
  journal(): JournalFile;
}

function bench(t: TestContext, events: readonly UpgradeEvent[] = []): Bench {
  const folder = mkdtempSync(join(tmpdir(), 'springline-attempt-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'journal');
  const told: string[] = [];
  const lines: Bench['lines'][number][] = [];
  const note = (event: string, fields: LogFields = {}): void => void lines.push({ event, ...fields });
  const log: Log = { ...silentLog, info: note, warn: note, error: note };
  const journal = (): JournalFile => new JournalFile(path, assert.fail);
  const builds = { component: 'connect-sync', from: build('a'), to: build('b') };
  const attempt = Attempt.begin(journal(), log, ({ step }) => told.push(step), builds);
  for (const event of events) attempt.go(event);
  return { path, attempt, told, lines, journal };
}

const toProbation = [
  ...['begun', 'verified', 'unpacked', 'tried', 'looked', 'confirmed', 'warmed', 'drained', 'activated'],
] as readonly UpgradeEvent[];

test('an attempt is nowhere before its first step, and in the journal from then on under one id', (t) => {
  const { attempt, journal, told } = bench(t);
  assert.equal(journal().last, undefined);
  attempt.go('begun');
  attempt.go('verified');
  assert.deepEqual(told, ['downloading', 'verified']);
  const { last } = journal();
  assert.deepEqual(last, attempt.record);
  assert.match(last?.attempt ?? '', /^[0-9a-f-]{36}$/);
});

test('an attempt that was asked for by hand says so to its end, also after a restart', (t) => {
  const { attempt: itself, journal, told } = bench(t, ['begun']);
  assert.equal(itself.record.byHand, undefined);
  const begun = { component: 'connect-sync', from: build('a'), to: build('b'), byHand: true } as const;
  const attempt = Attempt.begin(journal(), silentLog, ({ step }) => told.push(step), begun);
  attempt.go('begun', { reason: 'asked for by hand' });
  attempt.go('verified');
  const { last } = journal();
  const resumed = Attempt.resume(journal(), silentLog, ({ step }) => told.push(step), last!);
  resumed.go('failed', { result: 'UpgradeAbortedInterrupted', reason: 'a kill' });
  assert.deepEqual([resumed.record.byHand, resumed.record.reason], [true, 'a kill']);
});

test('a step is in the journal before anybody is told of it', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'springline-attempt-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'journal');
  const builds = { component: 'connect-sync', from: build('a'), to: build('b') };
  const seen: (string | undefined)[] = [];
  const told = (): void => void seen.push(new JournalFile(path, assert.fail).last?.step);
  Attempt.begin(new JournalFile(path, assert.fail), silentLog, told, builds).go('begun');
  assert.deepEqual(seen, ['downloading']);
});

test('an event that cannot happen leaves step and journal as they are', (t) => {
  const { attempt, journal } = bench(t, ['begun']);
  assert.throws(() => attempt.go('activated'), /cannot have the event activated/);
  assert.equal(attempt.step, 'downloading');
  assert.deepEqual(journal().last, attempt.record);
});

test('why it went back is kept to the end; the gap too', (t) => {
  const { attempt, journal } = bench(t, toProbation.slice(0, -1));
  attempt.go('activated', { gapMs: 41, tries: 1 });
  const result = 'UpgradeFailedRollbackSuccess-Probation';
  attempt.go('failed', { result, reason: 'it ended', blocks: true });
  attempt.go('restored');
  const { step, result: ended, reason, blocks, gapMs, tries } = journal().last!;
  assert.deepEqual([step, ended, reason, blocks, gapMs], ['rolled-back', result, 'it ended', true, 41]);
  assert.equal(tries, undefined, 'tries are of one step');
});

test('a reason is cut at 500 characters, as reports have it', (t) => {
  const { attempt, journal } = bench(t, ['begun']);
  attempt.go('failed', { result: 'UpgradeAbortedInterrupted', reason: 'x'.repeat(10_000) });
  assert.equal(journal().last?.reason?.length, 500);
});

test('a step that begins once more is counted', (t) => {
  const { attempt, journal } = bench(t, toProbation);
  attempt.again(2);
  assert.deepEqual([journal().last?.step, journal().last?.tries], ['probation', 2]);
});

test('an end is told in the log as administrators know it', (t) => {
  const { attempt, lines } = bench(t, toProbation);
  attempt.go('proven', { result: 'Success' });
  const { event, eventId, message } = lines.at(-1)!;
  assert.deepEqual([event, eventId, message], ['upgrade.ended', 303, 'AutoUpgrade result = Success']);
});

test('a journal that cannot be written stops the way on, and never the way back', (t) => {
  const { attempt, path, lines, told } = bench(t, toProbation);
  rmSync(path);
  mkdirSync(path);
  assert.throws(() => attempt.go('proven', { result: 'Success' }), { code: 'EISDIR' });
  assert.equal(attempt.step, 'probation', 'nothing was gone on with');
  attempt.goBack('failed', { result: 'UpgradeFailedRollbackSuccess-Probation', reason: 'x', blocks: true });
  attempt.goBack('restored');
  assert.equal(attempt.step, 'rolled-back');
  assert.deepEqual(told.slice(-2), ['rolling-back', 'rolled-back']);
  assert.equal(lines.filter(({ event }) => event === 'upgrade.journal-unwritable').length, 2);
});
