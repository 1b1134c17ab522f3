/** Opens a plain file below a folder, and nothing that a link leads to. */
import type { BigIntStats } from 'node:fs';
import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { join } from 'node:path';

export interface PlainFile {
  /** To be closed by who asked for it. */
  readonly handle: FileHandle;
  readonly sizeBytes: number;
  /** Another one, as soon as the name stands for another file. */
  readonly mark: string;
}

const nothingThere = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG']);
// Without waiting for the writer of a pipe that somebody put there.
const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Undefined when there is no plain file of that name. `segments` are names of files, not paths. */
export async function openPlainFile(folder: string, segments: readonly string[]): Promise<PlainFile | undefined> {
  const path = join(folder, ...segments);
  let handle: FileHandle;
  try {
    // The folder itself may be a link that the operator made; below it there are none.
    if ((await realpath(path)) !== join(await realpath(folder), ...segments)) return undefined;
    handle = await open(path, flags);
  } catch (error) {
    if (nothingThere.has((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
  try {
    const stats = await handle.stat({ bigint: true });
    if (stats.isFile()) return { handle, sizeBytes: Number(stats.size), mark: markOf(stats) };
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  return undefined;
}

export function markOf({ dev, ino, size, mtimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs].map((part) => part.toString(36)).join('-');
}
