/**
 * Plans of previews, kept in the component's folder: the last five, each with 100,000 changes and 64 MiB at most. A plan
 * is a folder with a head and three lists of JSON lines; it appears whole or not at all.
 */
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { LinkChange } from '@springline/connect-sync/preview/link-watch';
import type { PlanError, PlannedChange, PlanSink, PlanTotals } from '@springline/connect-sync/preview/preview';
import { CallError } from '../../../channel.ts';

export interface PlanHead {
  readonly plan: string;
  /** RFC 3339. */
  readonly madeAt: string;
  readonly mode: 'delta' | 'full';
  readonly object?: string;
  readonly totals: PlanTotals;
  /** Lines that found no room. */
  readonly missed: number;
}

export interface PlanPage {
  readonly head: PlanHead;
  readonly items: readonly PlannedChange[];
  readonly joins: readonly LinkChange[];
  readonly errors: readonly PlanError[];
  readonly next?: string;
}

/** The process may write what begins with the name of its store, and nothing else. */
export const planFolder = 'state.db-plans';
const keptPlans = 5;
const listNames = ['items', 'joins', 'errors'] as const;
type ListName = (typeof listNames)[number];
const lineLimits: Readonly<Record<ListName, number>> = { items: 100_000, joins: 50_000, errors: 10_000 };
const planBytes = 64 * 1024 * 1024;
/** Longest line that is kept; a group with more members to name is told by its counts. */
const lineBytes = 4 * 1024 * 1024;
const readBytes = 256 * 1024;
const planName = /^[0-9]{14}-[0-9a-f]{8}$/;

export class PlanStore {
  readonly #folder: string;

  /** @param folder of the component. */
  constructor(folder: string) {
    this.#folder = join(folder, planFolder);
  }

  /** Begins a plan; it is there once it is finished. */
  begin(plan: string): PlanWriter {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    // What a killed process left behind.
    for (const name of readdirSync(this.#folder)) if (!planName.test(name)) this.#remove(name);
    return new PlanWriter(this.#folder, plan, () => this.#purge());
  }

  /** The names of the plans that are kept, the latest first. */
  list(): readonly string[] {
    if (!existsSync(this.#folder)) return [];
    return readdirSync(this.#folder)
      .filter((name) => planName.test(name))
      .sort()
      .reverse();
  }

  /** @throws {CallError} `plan-unknown`, `malformed-call` */
  page(plan: string, after: string | undefined, limit: number): PlanPage {
    const folder = join(this.#folder, plan);
    if (!planName.test(plan) || !existsSync(folder)) {
      const kept = this.list().join(', ') || 'none';
      throw new CallError(
        'plan-unknown',
        `there is no plan ${plan.slice(0, 64)}; the last ${keptPlans} are kept: ${kept}`,
      );
    }
    const head = JSON.parse(readFileSync(join(folder, 'plan.json'), 'utf8')) as PlanHead;
    const from = cursorFrom(after);
    const lists = listNames.map((name, at) => readLines(join(folder, `${name}.jsonl`), from[at]!, limit));
    const next = lists.some(({ isEnd }) => !isEnd) ? lists.map(({ end }) => end).join('.') : undefined;
    const [items, joins, errors] = lists.map(({ lines }) => lines.map((line) => JSON.parse(line) as unknown));
    return {
      head,
      items: items as PlannedChange[],
      joins: joins as LinkChange[],
      errors: errors as PlanError[],
      ...(next === undefined ? {} : { next }),
    };
  }

  #purge(): void {
    for (const name of this.list().slice(keptPlans)) this.#remove(name);
  }

  #remove(name: string): void {
    rmSync(join(this.#folder, name), { recursive: true, force: true });
  }
}

class PlanWriter implements PlanSink {
  readonly #folder: string;
  readonly #plan: string;
  readonly #purge: () => void;
  readonly #files: Readonly<Record<ListName, number>>;
  readonly #buffers: Record<ListName, string> = { items: '', joins: '', errors: '' };
  readonly #lines: Record<ListName, number> = { items: 0, joins: 0, errors: 0 };
  #bytes = 0;
  #missed = 0;

  constructor(folder: string, plan: string, purge: () => void) {
    this.#folder = folder;
    this.#plan = plan;
    this.#purge = purge;
    const place = this.#unfinished;
    mkdirSync(place, { mode: 0o700 });
    const open = (name: ListName): number => openSync(join(place, `${name}.jsonl`), 'w', 0o600);
    this.#files = { items: open('items'), joins: open('joins'), errors: open('errors') };
  }

  item(change: PlannedChange): void {
    this.#add('items', change);
  }

  join(change: LinkChange): void {
    this.#add('joins', change);
  }

  error(error: PlanError): void {
    this.#add('errors', error);
  }

  finish(head: Omit<PlanHead, 'missed'>): void {
    for (const name of listNames) this.#write(name);
    this.#close();
    writeFileSync(join(this.#unfinished, 'plan.json'), JSON.stringify({ ...head, missed: this.#missed }), {
      mode: 0o600,
    });
    renameSync(this.#unfinished, join(this.#folder, this.#plan));
    this.#purge();
  }

  abandon(): void {
    this.#close();
    rmSync(this.#unfinished, { recursive: true, force: true });
  }

  get #unfinished(): string {
    return join(this.#folder, `${this.#plan}.unfinished`);
  }

  #add(name: ListName, thing: object): void {
    const line = `${JSON.stringify(thing)}\n`;
    const bytes = Buffer.byteLength(line);
    if (this.#lines[name] >= lineLimits[name] || this.#bytes + bytes > planBytes || bytes > lineBytes) {
      this.#missed += 1;
      return;
    }
    this.#lines[name] += 1;
    this.#bytes += bytes;
    this.#buffers[name] += line;
    if (this.#buffers[name].length > readBytes) this.#write(name);
  }

  #write(name: ListName): void {
    writeSync(this.#files[name], this.#buffers[name]);
    this.#buffers[name] = '';
  }

  #close(): void {
    for (const name of listNames) closeSync(this.#files[name]);
  }
}

function cursorFrom(after: string | undefined): readonly number[] {
  if (after === undefined) return [0, 0, 0];
  const offsets = /^(\d{1,9})\.(\d{1,9})\.(\d{1,9})$/.exec(after)?.slice(1).map(Number);
  if (offsets === undefined) throw new CallError('malformed-call', 'after: give `next` of the page before');
  return offsets;
}

/** Whole lines from an offset on, which is always the start of one. */
function readLines(path: string, from: number, limit: number): { lines: string[]; end: number; isEnd: boolean } {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const lines: string[] = [];
    let rest = Buffer.alloc(0);
    let read = from;
    let end = from;
    while (lines.length < limit && read < size) {
      const buffer = Buffer.alloc(Math.min(readBytes, size - read));
      const count = readSync(file, buffer, 0, buffer.length, read);
      if (count === 0) break;
      read += count;
      rest = Buffer.concat([rest, buffer.subarray(0, count)]);
      for (let at = rest.indexOf(10); at >= 0 && lines.length < limit; at = rest.indexOf(10)) {
        lines.push(rest.toString('utf8', 0, at));
        rest = rest.subarray(at + 1);
        end = read - rest.length;
      }
    }
    return { lines, end, isEnd: end >= size };
  } finally {
    closeSync(file);
  }
}
