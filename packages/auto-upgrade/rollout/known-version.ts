/** Versions that were parsed before: a decision compares the same few texts again and again. */
import { parseVersion, type Version } from '../release/version.ts';

const keptLimit = 1_024;
const kept = new Map<string, Version>();

/** @throws {ReleaseError} `malformed-version` */
export function knownVersion(text: string): Version {
  const known = kept.get(text);
  if (known !== undefined) return known;
  const version = parseVersion(text);
  if (kept.size >= keptLimit) kept.clear();
  kept.set(text, version);
  return version;
}
