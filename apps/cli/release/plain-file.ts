/**
 * Reads a small file from a folder that others may write to: only plain files, never more than was asked for, and without
 * waiting, whatever lies there by its name (a folder, a pipe, a device, a file that grows).
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

export type PlainFile =
  | { readonly kind: 'read'; readonly bytes: Buffer }
  | { readonly kind: 'absent' }
  /** `why` follows on the path. */
  | { readonly kind: 'unusable'; readonly why: string };

/** @throws what the file system says of a file that is there and cannot be opened or read. */
export function readPlainFile(path: string, limitBytes: number): PlainFile {
  let file: number;
  try {
    // A pipe without a writer is opened at once, and then seen to be none of ours. Systems without pipes have no flag.
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { kind: 'absent' };
    // A socket, which cannot be opened; a loop of links; a folder, on some systems.
    if (code === 'ENXIO' || code === 'ELOOP' || code === 'EISDIR') return { kind: 'unusable', why: 'is no plain file' };
    throw error;
  }
  try {
    const found = fstatSync(file);
    if (!found.isFile()) return { kind: 'unusable', why: 'is no plain file' };
    if (found.size > limitBytes) return { kind: 'unusable', why: `is longer than ${limitBytes} bytes` };
    const bytes = Buffer.alloc(found.size);
    let length = 0;
    while (length < bytes.length) {
      const more = readSync(file, bytes, length, bytes.length - length, null);
      if (more === 0) break;
      length += more;
    }
    return { kind: 'read', bytes: bytes.subarray(0, length) };
  } finally {
    closeSync(file);
  }
}
