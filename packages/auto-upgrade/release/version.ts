/**
 * Versions of components and runtimes: four numbers, compared as numbers from the left. There are no pre-releases and no
 * suffixes, so two versions always have an order that everyone can see.
 */
import { ReleaseError } from './error.ts';

/** Major, minor, build, revision. Only `parseVersion` makes one. */
export interface Version {
  readonly fields: readonly [number, number, number, number];
}

const form = /^(0|[1-9]\d{0,9})\.(0|[1-9]\d{0,9})(?:\.(0|[1-9]\d{0,9}))?(?:\.(0|[1-9]\d{0,9}))?$/;
const fieldLimit = 2 ** 31 - 1;

/**
 * Two to four numbers of 0 to 2^31 - 1 without leading zeros; missing ones are 0, so `2.5` and `2.5.0.0` are equal.
 *
 * @throws {ReleaseError} `malformed-version`
 */
export function parseVersion(text: string): Version {
  const found = form.exec(text);
  const [major, minor, build, revision] = (found ?? []).slice(1).map((field) => Number(field ?? 0));
  if (major === undefined || minor === undefined || build === undefined || revision === undefined) throw refusal();
  if (Math.max(major, minor, build, revision) > fieldLimit) throw refusal();
  return { fields: [major, minor, build, revision] };
}

/** Negative when `a` is older than `b`, 0 when they are the same, positive when it is newer. */
export function compareVersions(a: Version, b: Version): number {
  for (const [at, field] of a.fields.entries()) {
    if (field !== b.fields[at]) return field - b.fields[at]!;
  }
  return 0;
}

/** All four numbers, as `2.5.0.0`. */
export function formatVersion(version: Version): string {
  return version.fields.join('.');
}

function refusal(): ReleaseError {
  return new ReleaseError(
    'malformed-version',
    `a version is two to four numbers of at most ${fieldLimit}, without leading zeros, as 2.5.0.0`,
  );
}
