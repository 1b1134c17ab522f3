/**
 * The agreement of two repositories, as in Uptane: the Image repository says which files are genuine, the Director
 * repository which of them should run. Only what both list, alike to the last byte, may be installed.
 */
import { quoted, TrustError } from './error.ts';
import { requireUsableHash } from './metadata/meta-file.ts';
import type { TargetFile } from './metadata/targets.ts';

/**
 * Same path, same length, same set of hashes with the same values. Gives the Image entry: the facts in its `custom` count,
 * those of the Director do not.
 *
 * @param genuine what the Image repository lists for `path`; @param wanted what the Director does.
 *
 * @throws {TrustError} `not-in-image`, `not-in-director`, `targets-disagree`, `missing-hash`.
 */
export function agreedTarget(
  genuine: TargetFile | undefined,
  wanted: TargetFile | undefined,
  path: string,
): TargetFile {
  if (genuine === undefined) throw new TrustError('not-in-image', `${quoted(path)} is not in the Image repository`);
  if (wanted === undefined)
    throw new TrustError('not-in-director', `${quoted(path)} is not in the Director repository`);
  requireUsableHash(genuine.hashes, path);
  if (genuine.length !== wanted.length || !sameHashes(genuine.hashes, wanted.hashes)) {
    throw new TrustError('targets-disagree', `Image and Director repository list ${quoted(path)} differently`);
  }
  return genuine;
}

/** The whole set: if one side may add an algorithm, it can vouch for other bytes to a client that checks only that one. */
function sameHashes(image: ReadonlyMap<string, string>, director: ReadonlyMap<string, string>): boolean {
  if (image.size !== director.size) return false;
  for (const [algorithm, hex] of image) if (director.get(algorithm) !== hex) return false;
  return true;
}
