/**
 * The journal on disk (`<home>/agent/journal`): appended and made durable line by line, and shortened now and then to
 * what history shows. Only the Agent Updater writes it. Imports nothing from npm.
 */
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { formatRecord, type JournalRecord, parseJournal } from '@springline/auto-upgrade/upgrader/journal-record';
import { isTerminal } from '@springline/auto-upgrade/upgrader/upgrade-step';
import { appendDurably, syncFolder, writeFileAtomic } from '@springline/ports/files';

/** Beyond this many lines the journal is shortened. */
const lineLimit = 1_000;
/** Attempts whose end is kept. */
const historyLimit = 200;

export class JournalFile {
  readonly #path: string;
  #records: JournalRecord[];

  /** Reads what is there; a damaged journal is put aside as `journal.damaged`, and `damaged` is told. */
  constructor(path: string, damaged: (reason: string) => void) {
    this.#path = path;
    this.#records = [];
    if (!existsSync(path)) return;
    const text = readFileSync(path, 'utf8');
    try {
      this.#records = [...parseJournal(text)];
    } catch (error) {
      renameSync(path, `${path}.damaged`);
      syncFolder(dirname(path));
      damaged((error as Error).message);
      return;
    }
    // A torn end would become the beginning of the next line, and a spoiled last line would stand in the middle.
    const isWhole = text.endsWith('\n') && text.split('\n').length - 1 === this.#records.length;
    if (!isWhole && text !== '') this.#rewrite();
  }

  /** The last step of all; `undefined` before the first upgrade. */
  get last(): JournalRecord | undefined {
    return this.#records.at(-1);
  }

  /** Ends of attempts, newest first, each with when its attempt began. */
  history(): readonly (JournalRecord & { readonly startedAt: string })[] {
    const begun = new Map<string, string>();
    for (const { attempt, at } of this.#records) if (!begun.has(attempt)) begun.set(attempt, at);
    return this.#records
      .filter(({ step }) => isTerminal(step))
      .map((record) => ({ ...record, startedAt: begun.get(record.attempt) ?? record.at }))
      .reverse();
  }

  /** Durable when it returns. */
  append(record: JournalRecord): void {
    appendDurably(this.#path, formatRecord(record));
    this.#records.push(record);
    if (this.#records.length > lineLimit && record.step === 'idle') this.#shorten();
  }

  #shorten(): void {
    const ends = this.#records.filter(({ step }) => isTerminal(step)).slice(-historyLimit);
    const kept = new Set(ends.map(({ attempt }) => attempt));
    const firstOf = new Set<string>();
    this.#records = this.#records.filter((record) => {
      if (!kept.has(record.attempt)) return record === this.last;
      const isFirst = !firstOf.has(record.attempt);
      firstOf.add(record.attempt);
      return isFirst || isTerminal(record.step) || record === this.last;
    });
    this.#rewrite();
  }

  #rewrite(): void {
    writeFileAtomic(this.#path, this.#records.map(formatRecord).join(''), 0o600);
  }
}
