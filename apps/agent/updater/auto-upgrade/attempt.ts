/**
 * One attempt to upgrade one component, as the journal has it: which builds, which step, and each step put into the
 * journal before it is begun. Imports nothing from npm.
 */
import { randomUUID } from 'node:crypto';
import type { ResultCode } from '@springline/auto-upgrade/eligibility/result-code';
import { eventIds } from '@springline/auto-upgrade/upgrader/event-id';
import type { BuildName, JournalRecord } from '@springline/auto-upgrade/upgrader/journal-record';
import {
  isTerminal,
  stepAfter,
  type UpgradeEvent,
  type UpgradeStep,
} from '@springline/auto-upgrade/upgrader/upgrade-step';
import { systemInstant } from '@springline/ports/clock';
import type { Log } from '@springline/ports/log';
import type { JournalFile } from './journal-file.ts';

export interface AttemptDetail {
  readonly result?: ResultCode;
  readonly reason?: string;
  readonly gapMs?: number;
  readonly tries?: number;
  readonly blocks?: boolean;
}

const reasonLimit = 500;

export class Attempt {
  readonly #journal: JournalFile;
  readonly #log: Log;
  readonly #told: (record: JournalRecord) => void;
  #record: JournalRecord;

  private constructor(journal: JournalFile, log: Log, told: (record: JournalRecord) => void, record: JournalRecord) {
    this.#journal = journal;
    this.#log = log;
    this.#told = told;
    this.#record = record;
  }

  /** An attempt that begins; nothing is journaled before its first step. */
  static begin(
    journal: JournalFile,
    log: Log,
    told: (record: JournalRecord) => void,
    begun: Pick<JournalRecord, 'component' | 'byHand'> & { readonly from: BuildName; readonly to: BuildName },
  ): Attempt {
    const at = systemInstant();
    return new Attempt(journal, log, told, { at, attempt: randomUUID(), step: 'checking', ...begun });
  }

  /** The attempt that the journal ends with. */
  static resume(journal: JournalFile, log: Log, told: (record: JournalRecord) => void, record: JournalRecord): Attempt {
    return new Attempt(journal, log, told, record);
  }

  get record(): JournalRecord {
    return this.#record;
  }

  get step(): UpgradeStep {
    return this.#record.step;
  }

  /** Goes to the step that `event` leads to; durable when it returns. */
  go(event: UpgradeEvent, detail: AttemptDetail = {}): void {
    this.#write(stepAfter(this.#record.step, event), detail);
  }

  /** As `go` on the way back, which a full disk must not stop: the link says enough after a restart. */
  goBack(event: 'failed' | 'restored', detail: AttemptDetail = {}): void {
    const step = stepAfter(this.#record.step, event);
    try {
      this.#write(step, detail);
    } catch (error) {
      this.#record = { ...this.#record, ...detail, step };
      this.#log.error('upgrade.journal-unwritable', { reason: (error as Error).message });
      this.#told(this.#record);
    }
  }

  /** Notes that the present step begins once more, after a restart. */
  again(tries: number): void {
    this.#write(this.#record.step, { tries });
  }

  #write(step: UpgradeStep, detail: AttemptDetail): void {
    const { attempt, component, from, to, result, reason, gapMs, blocks, byHand } = this.#record;
    const known = {
      ...(byHand === true ? { byHand } : {}),
      ...(blocks === true ? { blocks } : {}),
      ...(result === undefined ? {} : { result }),
      ...(reason === undefined ? {} : { reason }),
    };
    const shortened = detail.reason === undefined ? {} : { reason: detail.reason.slice(0, reasonLimit) };
    const next: JournalRecord = {
      at: systemInstant(),
      attempt,
      component,
      step,
      from,
      to,
      ...known,
      ...(gapMs === undefined ? {} : { gapMs }),
      ...detail,
      ...shortened,
    };
    // First: a step that could not be put into the journal was not gone to.
    this.#journal.append(next);
    this.#record = next;
    this.#tell();
    this.#told(this.#record);
  }

  #tell(): void {
    const { component, step, from, to, result, reason, gapMs } = this.#record;
    const fields = { component, from: from.version, to: to.version };
    if (!isTerminal(step)) {
      this.#log.info('upgrade.step', { eventId: eventIds['upgrade.step'].id, ...fields, step });
      return;
    }
    const ended = { eventId: eventIds['upgrade.ended'].id, ...fields, step, gapMs, reason };
    const message = `AutoUpgrade result = ${result}`;
    if (step === 'committed') this.#log.info('upgrade.ended', { ...ended, message });
    else this.#log.warn('upgrade.ended', { ...ended, message });
  }
}
