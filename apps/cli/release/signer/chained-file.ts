/**
 * A file of lines, each JSON, chained to the one before by SHA-256, and durable before anything follows from it. What was
 * altered, removed or slipped in is found when it is read. The chain holds no key: it shows damage and clumsy hands, not
 * the owner of the folder. It grows by lines; now and then one line may take the place of all before it.
 */
import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, ftruncateSync, linkSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { appendDurably, writeFileAtomic } from '@springline/ports/files';

export interface ChainedEntry<Event> {
  readonly sequence: number;
  /** RFC 3339, by the writer's clock. */
  readonly at: string;
  readonly event: Event;
  /** SHA-256, hex, over the hash before and this entry. */
  readonly hash: string;
}

/** Where a chain, or a part of it, ends. */
export interface ChainEnd {
  readonly sequence: number;
  /** SHA-256, hex. */
  readonly hash: string;
}

export interface ChainedFormat<Event> {
  /** Names the format; the first line is chained to it. */
  readonly name: string;
  readonly limitBytes: number;
  /** @throws {Error} with a sentence. */
  parse(event: unknown): Event;
  /** What is thrown for a file that is not as it was written; `why` follows on the path. */
  damaged(path: string, why: string, cause?: unknown): Error;
  /** What is thrown where there is no room for more. */
  full(path: string): Error;
  /** Where the chain ended that an event stands for; only the first entry of a file may stand for others. */
  replaced?(event: Event): ChainEnd | undefined;
}

export class ChainedFile<Event> {
  readonly #path: string;
  readonly #format: ChainedFormat<Event>;
  #entries: ChainedEntry<Event>[];

  /** Reads and checks the whole file; a last line that a kill cut short is dropped. @throws what `damaged` makes. */
  constructor(path: string, format: ChainedFormat<Event>) {
    this.#path = path;
    this.#format = format;
    this.#entries = read(path, format);
  }

  get entries(): readonly ChainedEntry<Event>[] {
    return this.#entries;
  }

  get sizeBytes(): number {
    return statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
  }

  /**
   * Durable when it returns: all of them, or after a failure none.
   *
   * @param keepFreeBytes of the limit that these events may not take.
   * @throws what `full` makes.
   */
  append(events: readonly Event[], at: number, keepFreeBytes = 0): readonly ChainedEntry<Event>[] {
    const added = chain(
      this.#format.name,
      events.map((event) => ({ at: new Date(at).toISOString(), event })),
      this.#entries.at(-1),
    );
    const lines = textOf(added);
    if (this.sizeBytes + Buffer.byteLength(lines) > this.#format.limitBytes - keepFreeBytes) {
      throw this.#format.full(this.#path);
    }
    appendDurably(this.#path, lines);
    for (const entry of added) this.#entries.push(entry);
    return added;
  }

  /** Keeps these entries only, in their order, numbered and chained anew: the file is the old one or the new one. */
  replace(kept: readonly ChainedEntry<Event>[]): void {
    const entries = chain(this.#format.name, kept, undefined);
    writeFileAtomic(this.#path, textOf(entries), 0o600);
    this.#entries = entries;
  }

  /**
   * One entry in the place of all, chained to the last of them: the file is the old one or the new one. The old one stays
   * as `copy`, so that it can be held against what took its place.
   */
  condense(event: (replaced: ChainEnd) => Event, at: number, copy: string): ChainedEntry<Event> {
    const last = this.#entries.at(-1) ?? { sequence: 0, hash: startOf(this.#format.name) };
    const { sequence, hash } = last;
    const [entry] = chain(
      this.#format.name,
      [{ at: new Date(at).toISOString(), event: event({ sequence, hash }) }],
      last,
    );
    keepCopy(this.#path, copy);
    writeFileAtomic(this.#path, textOf([entry!]), 0o600);
    this.#entries = [entry!];
    return entry!;
  }
}

function chain<Event>(
  name: string,
  events: readonly { readonly at: string; readonly event: Event }[],
  before: ChainEnd | undefined,
): ChainedEntry<Event>[] {
  let { sequence, hash } = before ?? { sequence: 0, hash: startOf(name) };
  return events.map(({ at, event }) => {
    sequence += 1;
    hash = hashOf(hash, { sequence, at, event });
    return { sequence, at, event, hash };
  });
}

function read<Event>(path: string, format: ChainedFormat<Event>): ChainedEntry<Event>[] {
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined) return [];
  if (size > format.limitBytes) throw format.damaged(path, `is longer than ${format.limitBytes} bytes`);
  const text = readFileSync(path, 'utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const entries: ChainedEntry<Event>[] = [];
  let end: ChainEnd = { sequence: 0, hash: startOf(format.name) };
  for (const line of whole.split('\n').slice(0, -1)) {
    const { entry, written } = parseLine(path, format, line, end.sequence + 1, entries.length === 0);
    const replaced = format.replaced?.(entry.event);
    const hash = hashOf((replaced ?? end).hash, written);
    if (entry.hash !== hash) throw format.damaged(path, `entry ${entry.sequence} does not follow on the one before`);
    entries.push(entry);
    end = entry;
  }
  if (whole.length < text.length) truncate(path, Buffer.byteLength(whole));
  return entries;
}

function parseLine<Event>(
  path: string,
  format: ChainedFormat<Event>,
  line: string,
  expected: number,
  isFirst: boolean,
) {
  try {
    const { sequence, at, event, hash } = JSON.parse(line);
    const parsed = format.parse(event);
    const replaced = format.replaced?.(parsed);
    if (replaced !== undefined && !isFirst) throw new Error('it stands for others and is not the first');
    const next = replaced === undefined ? expected : replaced.sequence + 1;
    if (sequence !== next || typeof at !== 'string' || typeof hash !== 'string') {
      throw new Error('its members are not those of an entry');
    }
    // The hash is over what was written, also what this version leaves out.
    return { entry: { sequence: next, at, event: parsed, hash }, written: { sequence: next, at, event } };
  } catch (cause) {
    throw format.damaged(path, `entry ${expected} cannot be read: ${(cause as Error).message}`, cause);
  }
}

function startOf(name: string): string {
  return createHash('sha256').update(name).digest('hex');
}

function hashOf(before: string, { sequence, at, event }: Omit<ChainedEntry<unknown>, 'hash'>): string {
  return createHash('sha256')
    .update(`${before}\n${JSON.stringify([sequence, at, event])}`)
    .digest('hex');
}

function textOf(entries: readonly ChainedEntry<unknown>[]): string {
  return entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
}

/** The file will be replaced and not written to, so that a link is as good as a copy. */
function keepCopy(path: string, copy: string): void {
  rmSync(copy, { force: true });
  try {
    linkSync(path, copy);
  } catch {
    // A file system without links.
    writeFileAtomic(copy, readFileSync(path), 0o600);
  }
}

function truncate(path: string, size: number): void {
  const file = openSync(path, 'r+');
  try {
    ftruncateSync(file, size);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
