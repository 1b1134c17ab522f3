/**
 * Upgrades of Connect Sync while it works: 10,000 objects in an LDIF file that changes all the time, and one release
 * after the other, some of them broken on purpose. Every figure is the agent's own: its journal, and its log.
 *
 * - Gap: the time in which no process held the component's state, as the journal has it (`gapMs`).
 * - Roll back after a crash: from the line `component.ended` in the log, which is when the Agent Updater was told that
 *   the process is gone, to `rolled-back` in the journal, when the old build works again.
 * - Roll back after a hang: from `probation` in the journal to `rolled-back`. A build of `--break hang` stops answering
 *   50 ms after it was activated, which is before or at most some milliseconds after that line: the figure includes
 *   the five seconds of unanswered questions by which a hang is told from work.
 * - A whole upgrade: from its first step to its end, with download, trial on a copy of the state, and the first cycle.
 *
 * Beside the gap and the roll backs: what Datadog says of its Agent’s remote upgrade, 5 to 30 s without telemetry; a
 * published figure, of which the lower end is taken here, and not measured in this run.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type JournalRecord, parseJournal } from '@springline/auto-upgrade/upgrader/journal-record';
import { ChangingDirectory } from '@springline/cli/testing/changing-directory';
import { RunningUp } from '@springline/cli/testing/running-up';
import { publish, upgradeNow } from '@springline/cli/upgrade/testing/releases';
import { type Measure, measure } from './measure.ts';

const people = 9_900;
const groups = 100;
const changeEveryMs = 3_000;
/** A file that changes while it is read stops the trial of a build, which is begun anew. */
const lookLimit = 5;
const goodCount = 40;
const crashCount = 8;
const hangCount = 2;

const peerMs = 5_000;
const peerName = 'Datadog Agent, published (5 to 30 s)';
const gapGoalMs = 150;
const crashGoalMs = 1_000;
const hangGoalMs = 10_000;

type Breakage = 'crash' | 'hang' | undefined;

export async function* measures(): AsyncIterable<Measure> {
  const folder = mkdtempSync(join(tmpdir(), 'springline-bench-upgrade-'));
  const cleanups: (() => unknown)[] = [];
  try {
    const home = join(folder, 'home');
    const directory = new ChangingDirectory(join(folder, 'directory.ldif'), { people, groups, seed: 1 });
    const up = await RunningUp.start({ after: (work: () => unknown) => cleanups.push(work) }, home, [
      ...['--ldif', directory.file, '--interval', '5'],
    ]);
    cleanups.push(() => directory.standStill());
    directory.keepChanging(changeEveryMs);
    for (const breakage of order()) await upgradeOnce(home, breakage);
    directory.standStill();
    await directory.reached(up, 120_000);
    yield* figures(journalOf(home), deathsOf(home));
  } finally {
    for (const cleanup of cleanups.reverse()) await cleanup();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function upgradeOnce(home: string, breakage: Breakage): Promise<void> {
  const to = await publish(home, 'connect-sync', breakage);
  const wanted = breakage === undefined ? 'Success' : 'UpgradeFailedRollbackSuccess-Probation';
  for (let looks = 1; ; looks++) {
    const ended = (await upgradeNow(home)).at(-1);
    if (ended?.to === to && ended.result === wanted) return;
    if (looks === lookLimit) throw new Error(`${to}, ${breakage ?? 'good'}: ${JSON.stringify(ended)}`);
  }
}

/** Broken ones spread among the good ones. */
function order(): readonly Breakage[] {
  const broken: Breakage[] = [
    ...Array.from({ length: crashCount }, () => 'crash' as const),
    ...Array.from({ length: hangCount }, () => 'hang' as const),
  ];
  const apart = Math.floor(goodCount / broken.length);
  return Array.from({ length: goodCount }, (_, at): Breakage[] =>
    (at + 1) % apart === 0 && broken.length > 0 ? [undefined, broken.shift()] : [undefined],
  ).flat();
}

function* figures(journal: readonly JournalRecord[], deaths: readonly number[]): Iterable<Measure> {
  const attempts = [...Map.groupBy(journal, ({ attempt }) => attempt).values()];
  const at = (records: readonly JournalRecord[], step: JournalRecord['step']): number =>
    Date.parse(records.find((record) => record.step === step)?.at ?? '');
  const good = attempts.filter((records) => records.some(({ step }) => step === 'committed'));
  const bad = attempts.filter((records) => records.some(({ step }) => step === 'rolled-back'));
  const isHang = (records: readonly JournalRecord[]): boolean =>
    records.some(({ reason }) => reason?.includes('did not answer') === true);
  const gaps = good.map((records) => records.find(({ gapMs }) => gapMs !== undefined)?.gapMs ?? Number.NaN);
  const crashes = bad
    .filter((records) => !isHang(records))
    .map((records) => {
      const [from, to] = [at(records, 'activating'), at(records, 'rolled-back')];
      return to - (deaths.find((death) => death >= from && death <= to) ?? Number.NaN);
    });
  const hangs = bad.filter(isHang).map((records) => at(records, 'rolled-back') - at(records, 'probation'));
  const totals = good.map((records) => at(records, 'committed') - Date.parse(records[0]?.at ?? ''));
  yield milliseconds(`gap of an upgrade, p50 of ${gaps.length}`, quantile(gaps, 0.5));
  yield milliseconds(`gap of an upgrade, p99 of ${gaps.length}`, quantile(gaps, 0.99), gapGoalMs);
  yield milliseconds(`roll back after a crash, p99 of ${crashes.length}`, quantile(crashes, 0.99), crashGoalMs);
  yield milliseconds(`roll back after a hang, p99 of ${hangs.length}`, quantile(hangs, 0.99), hangGoalMs);
  yield milliseconds('a whole upgrade, p50', quantile(totals, 0.5));
  yield milliseconds('a whole upgrade, p99', quantile(totals, 0.99));
}

function milliseconds(name: string, ours: number, goalMs?: number): Measure {
  return measure({
    ...{ bench: 'upgrade', measure: name, unit: 'ms', ours, peer: peerMs, peerName },
    ...(goalMs === undefined ? { goal: '-', met: true } : { goal: `<= ${goalMs} ms`, met: ours <= goalMs }),
  });
}

function journalOf(home: string): readonly JournalRecord[] {
  return parseJournal(readFileSync(join(home, 'agent', 'journal'), 'utf8'));
}

/** When Connect Sync was found to have ended, epoch milliseconds. */
function deathsOf(home: string): readonly number[] {
  const lines = readFileSync(join(home, 'logs', 'agent.log'), 'utf8').split('\n');
  return lines
    .filter((line) => line.includes('"component.ended"'))
    .map((line) => Date.parse((JSON.parse(line) as { time: string }).time));
}

function quantile(values: readonly number[], share: number): number {
  return (
    [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN
  );
}
