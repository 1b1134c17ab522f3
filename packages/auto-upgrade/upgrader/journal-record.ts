/**
 * The journal of upgrades: one JSON line per step, appended and made durable before what the step names is done. What a
 * power cut spoiled is the last line, and is dropped: a part without its end, or a line with a hole where blocks reached
 * the disk in another order. The step that it named was not begun. Anything else that does not parse is damage, and told.
 */
import { recoveryOf, type UpgradeStep } from './upgrade-step.ts';

/** A build as the journal names it. */
export interface BuildName {
  readonly version: string;
  readonly releaseNumber: number;
  /** SHA-256 of the signed tar, hex. */
  readonly sha256: string;
  readonly slot: 'a' | 'b';
}

export interface JournalRecord {
  /** RFC 3339, UTC. */
  readonly at: string;
  /** Names one attempt (UUID); every step of it carries it. */
  readonly attempt: string;
  readonly component: string;
  readonly step: UpgradeStep;
  readonly from: BuildName;
  readonly to: BuildName;
  /** How it ended; with the steps that end an attempt or begin its way back. */
  /** One of `resultCodes`, or of those that a newer version knows. */
  readonly result?: string;
  readonly reason?: string;
  /** Time in which no process held the component's state, in milliseconds. */
  readonly gapMs?: number;
  /** Of steps that a restart repeats: how often this one has begun. */
  readonly tries?: number;
  /** The build itself is to blame, so that it is not tried again before a pause. */
  readonly blocks?: boolean;
  /** An administrator of this host asked for this build. */
  readonly byHand?: true;
}

/** The journal cannot be believed. */
export class JournalError extends Error {
  override readonly name = 'JournalError';
  readonly code = 'journal-damaged';
}

const lineLimit = 8_192;

export function formatRecord(record: JournalRecord): string {
  return `${JSON.stringify(record)}\n`;
}

/** Parses a whole journal, oldest first. @throws {JournalError} when a line but the last is damaged. */
export function parseJournal(text: string): readonly JournalRecord[] {
  const lines = text.split('\n');
  const isTorn = lines.pop() !== '';
  return lines.flatMap((line, index) => {
    try {
      return [parseRecord(line)];
    } catch (cause) {
      if (!isTorn && index === lines.length - 1) return [];
      throw new JournalError(`line ${index + 1} of the journal is damaged`, { cause });
    }
  });
}

function parseRecord(line: string): JournalRecord {
  if (line.length > lineLimit) throw new TypeError('too long');
  const fields = JSON.parse(line) as Record<string, unknown>;
  const { at, attempt, component, step, from, to, result, reason, gapMs, tries, blocks, byHand } = fields;
  if (typeof step !== 'string' || !Object.hasOwn(recoveryOf, step)) throw new TypeError('unknown step');
  return {
    at: text(at),
    attempt: text(attempt),
    component: text(component),
    step: step as UpgradeStep,
    from: buildName(from),
    to: buildName(to),
    ...(result === undefined ? {} : { result: text(result) }),
    ...(reason === undefined ? {} : { reason: text(reason) }),
    ...(gapMs === undefined ? {} : { gapMs: count(gapMs) }),
    ...(tries === undefined ? {} : { tries: count(tries) }),
    ...(blocks === true ? { blocks } : {}),
    ...(byHand === true ? { byHand } : {}),
  };
}

function buildName(value: unknown): BuildName {
  const { version, releaseNumber, sha256, slot } = Object(value) as Record<string, unknown>;
  if (slot !== 'a' && slot !== 'b') throw new TypeError('slot');
  return { version: text(version), releaseNumber: count(releaseNumber), sha256: text(sha256), slot };
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('no text');
  return value;
}

function count(value: unknown): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw new TypeError('no count');
  return value as number;
}
