/**
 * What `npm test` prints: each failure in full as it happens, then what its file printed; why tests were skipped; the ten
 * slowest files; and Node's own closing counts, word for word. Passing tests are silent.
 */
import { relative, resolve } from 'node:path';
import type { TestEvent } from 'node:test/reporters';
import { inspect } from 'node:util';

type Failure = Extract<TestEvent, { type: 'test:fail' }>['data'];

const slowestShown = 10;
const outputLimitBytes = 64 * 1024;

/** A reporter for `node --test --test-reporter`, which asks for a default export. */
export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  // What each file printed, its end only, until it is shown or the file has passed.
  const outputByFile = new Map<string, string>();
  const durationMsByFile = new Map<string, number>();
  const skipsByReason = new Map<string, number>();
  const keep = (file: string | undefined, text: string) => {
    const key = resolve(file ?? '');
    outputByFile.set(key, ((outputByFile.get(key) ?? '') + text).slice(-outputLimitBytes));
  };
  for await (const event of events) {
    switch (event.type) {
      case 'test:stdout':
      case 'test:stderr':
        keep(event.data.file, event.data.message);
        break;
      case 'test:complete':
        if (isWholeFile(event.data)) durationMsByFile.set(event.data.name, event.data.details.duration_ms);
        break;
      case 'test:pass': {
        const { skip } = event.data;
        if (skip !== undefined && skip !== false) count(skipsByReason, skip === true ? 'no reason given' : skip);
        break;
      }
      case 'test:fail':
        yield failureText(event.data);
        if (isWholeFile(event.data)) yield printedText(event.data.file, outputByFile);
        break;
      case 'test:diagnostic':
        if (event.data.file === undefined) yield* beforeCounts(event.data.message, skipsByReason, durationMsByFile);
        else keep(event.data.file, `${event.data.message}\n`);
        break;
      case 'test:summary':
        if (event.data.file === undefined) break;
        if (!event.data.success) yield printedText(event.data.file, outputByFile);
        outputByFile.delete(resolve(event.data.file));
        break;
      default:
    }
  }
}

/** Node reports a file that could not be loaded, or ended badly, as a test with the name of the file. */
function isWholeFile({ name, file, nesting }: { name: string; file?: string | undefined; nesting: number }): boolean {
  return nesting === 0 && file !== undefined && resolve(name) === file;
}

function failureText(failure: Failure): string {
  const { error } = failure.details;
  // The parent of a failed test fails too, and says no more than that.
  if ('failureType' in error && error.failureType === 'subtestsFailed') return '';
  const todo = failure.todo === undefined || failure.todo === false ? '' : ' (to do)';
  const place = failure.file === undefined ? '' : ` (${relative('', failure.file)}:${failure.line})`;
  return `✖ ${failure.name}${todo}${place}\n${indented(causeText(error))}\n`;
}

function causeText(error: Error): string {
  const ending = ['exitCode', 'signal'].flatMap((key) => {
    const value: unknown = Reflect.get(error, key);
    return value === undefined || value === null ? [] : [`${key} ${String(value)}`];
  });
  const cause = error.cause ?? error;
  return [typeof cause === 'string' ? cause : inspect(cause, { depth: 10, maxArrayLength: 200 }), ...ending].join('\n');
}

function printedText(file: string | undefined, outputByFile: Map<string, string>): string {
  const key = resolve(file ?? '');
  const output = outputByFile.get(key)?.trimEnd() ?? '';
  outputByFile.delete(key);
  return output === '' ? '' : `printed by ${relative('', key)}:\n${indented(output)}\n`;
}

/** Node's counts come as diagnostics of no file, `tests N` first. */
function* beforeCounts(
  message: string,
  skipsByReason: ReadonlyMap<string, number>,
  durationMsByFile: ReadonlyMap<string, number>,
): Generator<string> {
  if (message.startsWith('tests ')) {
    for (const [reason, times] of skipsByReason) yield `skipped ${times}: ${reason}\n`;
    const slowest = [...durationMsByFile].sort(([, a], [, b]) => b - a).slice(0, slowestShown);
    if (slowest.length > 0) yield 'slowest files\n';
    for (const [file, durationMs] of slowest) yield `${(durationMs / 1_000).toFixed(1).padStart(7)} s  ${file}\n`;
  }
  yield `ℹ ${message}\n`;
}

function indented(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ');
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
