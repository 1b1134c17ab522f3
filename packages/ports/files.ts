/**
 * Files that survive a kill: a reader sees the old content or the new, never a part of either.
 */
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/**
 * Writes `content` to `path` as a whole: temporary file, fsync, rename, fsync of the folder. Makes missing folders.
 * On failure (full disk, no right) the old file is untouched and the temporary one removed; the cause is thrown.
 */
export function writeFileAtomic(path: string, content: string | Uint8Array, mode = 0o600): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    // Left by a killed process of the same number, perhaps with another mode.
    rmSync(temporary, { force: true });
    const file = openSync(temporary, 'wx', mode);
    try {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content;
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(dirname(path));
}

/**
 * Appends `lines` to the file at `path`, which is made when missing, for its owner alone; durable when it returns. The
 * caller is its only writer. On failure (full disk) the file is as it was, and the cause is thrown; after a kill it may
 * end with a part of `lines`.
 */
export function appendDurably(path: string, lines: string): void {
  const isNew = !existsSync(path);
  const file = openSync(path, 'a', 0o600);
  const { size } = fstatSync(file);
  try {
    const bytes = Buffer.from(lines);
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } catch (error) {
    // A full disk takes a part of a line: the next one must not follow on it.
    ftruncateSync(file, size);
    throw error;
  } finally {
    closeSync(file);
  }
  if (isNew) syncFolder(dirname(path));
}

/** Makes a rename in `folder` durable. */
export function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
