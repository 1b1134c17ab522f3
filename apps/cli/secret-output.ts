/**
 * Where a secret goes that is shown once: to standard output, or into a new file that only its owner may read. The file
 * is made before the secret is, so that none is lost because it could not be written.
 */
import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { CommandError } from './output.ts';

/**
 * Carries out `make` and writes the secret of what it made to `path`, or nowhere when that is undefined.
 *
 * @throws {CommandError} when the file is there already or cannot be made; then nothing was carried out.
 */
export async function keepSecret<T extends { readonly secret: string }>(
  path: string | undefined,
  make: () => Promise<T>,
): Promise<T> {
  if (path === undefined) return make();
  const file = openNew(path);
  try {
    const made = await make();
    writeSync(file, `${made.secret}\n`);
    fsyncSync(file);
    return made;
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}

function openNew(path: string): number {
  try {
    return openSync(path, 'wx', 0o600);
  } catch (cause) {
    const isThere = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    const why = isThere ? 'is there already; it is not overwritten' : `cannot be made: ${(cause as Error).message}`;
    throw new CommandError(`${path} ${why}`, 1, { cause });
  }
}
