/**
 * Unix sockets in folders of any depth: a socket's path holds 107 bytes, so a longer one is reached through the folder's
 * handle (`/proc/self/fd/N/name`), without changing where the process stands. For those who connect: a server removes the
 * path it was bound to when it closes, and the handle is another one by then.
 */
import { closeSync, openSync } from 'node:fs';
import { basename, dirname } from 'node:path';

const pathLimitBytes = 107;

/** Runs `use` with a path that fits. The folder must exist. */
export async function withSocketPath<T>(path: string, use: (path: string) => Promise<T>): Promise<T> {
  if (Buffer.byteLength(path) <= pathLimitBytes) return use(path);
  const folder = openSync(dirname(path), 'r');
  try {
    return await use(`/proc/self/fd/${folder}/${basename(path)}`);
  } finally {
    closeSync(folder);
  }
}
