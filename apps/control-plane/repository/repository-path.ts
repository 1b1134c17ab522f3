/**
 * Which published file a request names. The raw path is read letter by letter: nothing is decoded or normalised, so a
 * name that would have to be is no name here, and what was parsed cannot lead out of the repository's folder.
 */

export const repositoryNames = ['image', 'director'] as const;
export type RepositoryName = (typeof repositoryNames)[number];

export type RepositoryPath =
  | { readonly kind: 'metadata'; readonly segments: readonly string[]; readonly immutable: boolean }
  | { readonly kind: 'target'; readonly segments: readonly string[]; readonly immutable: true };

/** What every path of the published tree begins with. */
export const repositoryPrefix = '/repository/';

const lengthLimit = 600;
const segmentLimit = 12;
/** Begins with a letter or a digit: no dot files, no `..`. */
const segmentPattern = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,199}$/;
/** With consistent snapshots (TUF 3.6.2) every metadata file but the timestamp has its version in its name. */
const versionedPattern = /^[1-9]\d{0,9}\.[a-z][a-z0-9-]{0,99}\.json$/;

/** Undefined when the address, as it was sent, names nothing that could be published. */
export function parseRepositoryPath(url: string): RepositoryPath | undefined {
  if (url.length > lengthLimit || !url.startsWith(repositoryPrefix)) return undefined;
  const segments = url.slice(repositoryPrefix.length).split('/');
  const [repository, kind, ...names] = segments;
  if (!repositoryNames.some((name) => name === repository)) return undefined;
  if (names.length === 0 || segments.length > segmentLimit) return undefined;
  if (kind === 'metadata' && names.length === 1) {
    const immutable = versionedPattern.test(names[0]!);
    return immutable || names[0] === 'timestamp.json' ? { kind: 'metadata', segments, immutable } : undefined;
  }
  if (kind !== 'targets' || !names.every((name) => segmentPattern.test(name))) return undefined;
  return { kind: 'target', segments, immutable: true };
}
