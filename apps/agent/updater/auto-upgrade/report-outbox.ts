/**
 * Reports about upgrades, kept on disk until the control plane has them (`<home>/agent/upgrade/reports/`, one file
 * each). Each has an id, so that sending one twice counts once. No upgrade waits for a report. Imports nothing from npm.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { HusReport } from '@springline/api/shapes/auto-upgrade';
import { eventIds } from '@springline/auto-upgrade/upgrader/event-id';
import type { JournalRecord } from '@springline/auto-upgrade/upgrader/journal-record';
import { isTerminal } from '@springline/auto-upgrade/upgrader/upgrade-step';
import { writeFileAtomic } from '@springline/ports/files';
import type { Log } from '@springline/ports/log';
import { agentHome } from '../../home.ts';
import { RefusedError, type Sender, sendSigned } from '../../identity/signed-request.ts';

const batchSize = 20;
/** The oldest are dropped first: what an agent does now matters more than what it did a year ago. */
const keptLimit = 1_000;

/**
 * What others are told of a step; `undefined` for most. `activating` is told before the old build lets go: in the gap
 * nothing is done that can wait.
 */
export function reportOf(record: JournalRecord): HusReport | undefined {
  const { component, from, to, step, result, reason, gapMs } = record;
  if (step !== 'draining' && !isTerminal(step)) return undefined;
  return {
    reportId: randomUUID(),
    at: record.at,
    component: component as HusReport['component'],
    from: from.version,
    to: to.version,
    targetSha256: to.sha256,
    step: step === 'draining' ? 'activating' : (step as HusReport['step']),
    ...(result === undefined ? {} : { result }),
    ...(reason === undefined ? {} : { reason }),
    ...(gapMs === undefined ? {} : { gapMs }),
  };
}

export class ReportOutbox {
  readonly #folder: string;
  readonly #sender: Sender;
  readonly #log: Log;
  #sending: Promise<void> | undefined;
  #isToldKept = false;

  constructor(home: string, sender: Sender, log: Log) {
    this.#folder = join(agentHome(home).upgrade, 'reports');
    this.#sender = sender;
    this.#log = log;
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
  }

  /** Durable when it returns. Names sort by time. */
  add(report: HusReport): void {
    writeFileAtomic(join(this.#folder, `${report.at}.${report.reportId}.json`), JSON.stringify(report), 0o600);
    const names = this.#names();
    for (const name of names.slice(0, Math.max(0, names.length - keptLimit))) this.#drop(name);
  }

  get kept(): number {
    return this.#names().length;
  }

  /** Sends what is kept, if it can. Never throws. */
  send(signal: AbortSignal): Promise<void> {
    this.#sending ??= this.#sendAll(signal)
      .catch((error: unknown) => {
        this.#log.warn('upgrade.report-kept', {
          eventId: eventIds['upgrade.report-kept'].id,
          reason: (error as Error).message,
        });
      })
      .finally(() => {
        this.#sending = undefined;
      });
    return this.#sending;
  }

  async #sendAll(signal: AbortSignal): Promise<void> {
    // Reports of a refused batch go one by one, so that a bad one takes no good ones with it.
    let singly = 0;
    for (;;) {
      const names = this.#names().slice(0, singly > 0 ? 1 : batchSize);
      if (names.length === 0) return;
      const reports = names.map((name) => this.#read(name)).filter((report) => report !== undefined);
      try {
        if (reports.length > 0) {
          await sendSigned(this.#sender, { method: 'POST', path: '/hus/v1/reports', body: { reports } }, signal);
        }
        this.#isToldKept = false;
      } catch (error) {
        // 400: what is in them will not become better by waiting.
        if (!(error instanceof RefusedError && error.status === 400)) {
          if (!this.#isToldKept && !signal.aborted) {
            const fields = { eventId: eventIds['upgrade.report-kept'].id, count: this.kept };
            this.#log.warn('upgrade.report-kept', { ...fields, reason: (error as Error).message });
          }
          this.#isToldKept = true;
          return;
        }
        if (names.length > 1) {
          singly = names.length;
          continue;
        }
      }
      for (const name of names) this.#drop(name);
      singly -= 1;
    }
  }

  #names(): readonly string[] {
    return existsSync(this.#folder)
      ? readdirSync(this.#folder)
          .filter((name) => name.endsWith('.json'))
          .sort()
      : [];
  }

  #read(name: string): HusReport | undefined {
    try {
      return JSON.parse(readFileSync(join(this.#folder, name), 'utf8')) as HusReport;
    } catch {
      return undefined; // Torn by a full disk: the upgrade itself is in the journal.
    }
  }

  #drop(name: string): void {
    rmSync(join(this.#folder, name), { force: true });
  }
}
