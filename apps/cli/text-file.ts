/**
 * Text files as people's tools leave them: UTF-8, UTF-16 (PowerShell's `>`, "Unicode Text" of Excel), or the Windows code
 * page of Western Europe where a file is neither ("CSV" of Excel).
 */
import { CommandError } from './output.ts';
import { readSmallBytes } from './small-file.ts';

/**
 * The text of a file without its byte order mark, or of standard input for `-`.
 *
 * @throws {CommandError} when it cannot be read, is longer than `limitBytes`, or is no text.
 */
export function textOf(file: string, limitBytes: number): string {
  const text = decode(readSmallBytes(file, limitBytes, 1));
  if (text.includes('\0')) throw new CommandError(`${file} is no text: save it as UTF-8`);
  return text;
}

function decode(bytes: Uint8Array): string {
  const utf16 = utf16Of(bytes);
  if (utf16 !== undefined) return new TextDecoder(utf16).decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // Older tools write the code page of their system, and do not say which; names of hosts are ASCII in any.
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

/** By its mark, or by the empty halves of the first letters. */
function utf16Of([first, second, third, fourth]: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  if (first !== 0 && second === 0 && third !== 0 && fourth === 0) return 'utf-16le';
  return first === 0 && second !== 0 && third === 0 && fourth !== 0 ? 'utf-16be' : undefined;
}
