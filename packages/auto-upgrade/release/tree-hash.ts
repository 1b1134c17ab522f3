/**
 * One hash for an unpacked release, so that a slot can be compared with what was signed without its archive. It covers
 * each file's path, executable bit, size and content; not times, owners or folders, which the archive does not carry either.
 */
import { createHash } from 'node:crypto';
import { ArchivePaths } from './archive-path.ts';

export interface TreeFile {
  /** Below the tree, with `/` between its names. */
  readonly path: string;
  readonly executable: boolean;
  readonly size: number;
  /** Lower-case hex of the content's SHA-256. */
  readonly sha256: string;
}

/**
 * Lower-case hex. The order of `files` does not matter.
 *
 * @throws {ReleaseError} `malformed-archive` for a path that no release can have, as a stray file in a slot may.
 */
export function treeHash(files: readonly TreeFile[]): string {
  const paths = new ArchivePaths();
  const hash = createHash('sha256').update('springline tree 1\n');
  for (const { path, executable, size, sha256 } of [...files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    paths.add(path);
    // One line for each file; safe paths have no line ends, so no two trees make the same lines.
    hash.update(`${executable ? 'x' : '-'} ${size} ${sha256} ${path}\n`);
  }
  return hash.digest('hex');
}
