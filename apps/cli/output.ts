/**
 * How commands speak: plain text for people, `--json` for programs, errors as one sentence on standard error, which with
 * `--json` is the member `message` of one line of JSON.
 * Exit codes: 0 done, 1 refused or failed, 2 misused.
 */
import { systemClock } from '@springline/ports/clock';

/** Ends a command with a sentence and an exit code. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: 1 | 2;
  /** Of a refusal that has one, as the control plane's. */
  readonly code?: string;

  constructor(message: string, exitCode: 1 | 2 = 1, options?: ErrorOptions & { readonly code?: string }) {
    super(message, options);
    this.exitCode = exitCode;
    if (options?.code !== undefined) this.code = options.code;
  }
}

const usesColour = process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined;
const paint =
  (code: number) =>
  (text: string): string =>
    usesColour ? `\u001b[${code}m${text}\u001b[0m` : text;
export const green = paint(32);
export const red = paint(31);
export const yellow = paint(33);
export const dim = paint(2);
export const bold = paint(1);

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value));
}

/** `{"error":{"code":…,"message":…}}`; the code is the error's own, or that of what caused it. */
export function errorJson({ message, code, cause }: Error & { readonly code?: unknown }): string {
  const { code: causeCode } = (cause ?? {}) as { readonly code?: unknown };
  const known = [code, causeCode].find((each) => typeof each === 'string');
  return JSON.stringify({ error: { ...(known === undefined ? {} : { code: known }), message } });
}

/** What moves the cursor, changes colours, begins a line, or turns the direction of the text after it. */
const unprintable = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Text of others on a terminal, between words of ours: no second line, and nothing that a terminal obeys. */
export function oneLine(text: string): string {
  return text.replaceAll(unprintable, ' ').replaceAll(/ {2,}/g, ' ').trim();
}

/** Rows as aligned columns; the first row is the heading. Control characters in cells are shown as `?`. */
export function table(rows: readonly (readonly string[])[]): string {
  const clean = rows.map((row) => row.map((cell) => cell.replaceAll(unprintable, '?')));
  const widths = (clean[0] ?? []).map((_, column) => Math.max(...clean.map((row) => row[column]?.length ?? 0)));
  return clean
    .map((row) =>
      row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column]!))).join('  '),
    )
    .join('\n');
}

/** `3 s ago`, `in 4 min`, `2 h ago`. */
export function relativeTime(instant: string | undefined, now: number = systemClock.now()): string {
  if (instant === undefined) return 'never';
  const seconds = Math.round((Date.parse(instant) - now) / 1000);
  const size = Math.abs(seconds);
  const words =
    size < 100
      ? `${size} s`
      : size < 6000
        ? `${Math.round(size / 60)} min`
        : size < 172_800
          ? `${Math.round(size / 3600)} h`
          : `${Math.round(size / 86_400)} d`;
  return seconds > 0 ? `in ${words}` : `${words} ago`;
}
