/** Files that people hand to a command: read whole, and never more than they may be. */
import { closeSync, openSync, readSync } from 'node:fs';
import { CommandError } from './output.ts';

const standardInput = 0;

/**
 * The text of a file, or of standard input for `-`.
 *
 * @throws {CommandError} exit code 2 when it cannot be read, is longer than `limitBytes`, or is no UTF-8.
 */
export function readSmallFile(path: string, limitBytes: number): string {
  const name = nameOf(path);
  const bytes = readSmallBytes(path, limitBytes, 2);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new CommandError(`${name} is no UTF-8 text`, 2, { cause });
  }
}

/** @throws {CommandError} exit code 2 when it is no JSON. */
export function readSmallJson(path: string, limitBytes: number): unknown {
  const text = readSmallFile(path, limitBytes);
  try {
    return JSON.parse(text);
  } catch (cause) {
    const name = nameOf(path);
    // The message of the engine quotes the text, which may be anything.
    throw new CommandError(`${name} is no JSON`, 2, { cause });
  }
}

/** @throws {CommandError} with `exitCode`. */
export function readSmallBytes(path: string, limitBytes: number, exitCode: 1 | 2): Uint8Array {
  const name = nameOf(path);
  const bytes = readBytes(path, name, limitBytes + 1, exitCode);
  if (bytes.length > limitBytes) throw new CommandError(`${name} is longer than ${limitBytes} bytes`, exitCode);
  return bytes;
}

/** What stands in the way of a file, in words. */
export function fileTrouble(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return troubles.get(code ?? '') ?? message;
}

const troubles: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'it is not there'],
  ['ENOTDIR', 'it is not there'],
  ['EISDIR', 'it is a folder'],
  ['EACCES', 'this user may not'],
]);

function nameOf(path: string): string {
  return path === '-' ? 'standard input' : path;
}

function readBytes(path: string, name: string, most: number, exitCode: 1 | 2): Buffer {
  let file: number | undefined;
  try {
    file = path === '-' ? standardInput : openSync(path, 'r');
    const bytes = Buffer.alloc(most);
    let size = 0;
    while (size < most) {
      const read = readSync(file, bytes, size, most - size, null);
      if (read === 0) break;
      size += read;
    }
    return bytes.subarray(0, size);
  } catch (cause) {
    throw new CommandError(`${name} cannot be read: ${fileTrouble(cause)}`, exitCode, { cause });
  } finally {
    if (file !== undefined && file !== standardInput) closeSync(file);
  }
}
