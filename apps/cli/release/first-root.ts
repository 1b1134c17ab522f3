/**
 * The first root of a repository, beside the keys, and the served tree read under it. The tree belongs to the control plane,
 * which may be in wrong hands; `keys/` does not. So the release side trusts no tree for what its own first root says: whose
 * tree begins with another one is a stranger's, however well it is signed by itself (security rules S2, S12).
 */
import { existsSync, readFileSync } from 'node:fs';
import { KeyError, PublishError } from './error.ts';
import { type KeysHome, keysHome, type RepositoryName, treeFolder } from './roles.ts';
import { readMetadata } from './tree.ts';

/** The bytes of `1.root.json`. @throws {KeyError} `keys-missing`. */
export function firstRoot(keys: KeysHome, repository: RepositoryName): Uint8Array {
  if (!existsSync(keys.root(repository))) {
    throw new KeyError('keys-missing', `${keys.root(repository)} is not there. Restore it from your copy of the keys.`);
  }
  return readFileSync(keys.root(repository));
}

/**
 * Reads metadata of the served tree for whoever holds the keys. `1.root.json` is always the one beside the keys: where the
 * tree lost its copy it comes from there.
 *
 * @throws {PublishError} `release-tree-damaged` when the tree begins with another root. @throws {KeyError} `keys-missing`.
 */
export function readOwnMetadata(home: string, repository: RepositoryName, name: string): Uint8Array | undefined {
  const bytes = readMetadata(treeFolder(home), repository, name);
  if (name !== '1.root.json') return bytes;
  const own = firstRoot(keysHome(home), repository);
  if (bytes === undefined || Buffer.compare(bytes, own) === 0) return own;
  throw new PublishError(
    'release-tree-damaged',
    `${treeFolder(home)} is damaged: the first root of ${repository} is not that of ${keysHome(home).folder}. Move the tree away: it is made again under your own roots, and agents go on. If nobody put another tree there, see who can write to it.`,
  );
}
