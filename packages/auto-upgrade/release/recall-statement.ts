/**
 * Recalls of one component, as the `custom` of the one target of its recall role in the Image repository. They are small
 * and travel within the metadata, so that learning of one takes no further download. A recall names builds by digest and
 * is never taken back: the cure is a release with a higher number (rule S20).
 */
import type { JsonValue } from '@springline/tuf/canonical-json';
import { ReleaseError } from './error.ts';
import { parseVersion } from './version.ts';

export interface RecalledBuild {
  /** SHA-256 of the uncompressed tar, lower-case hex. */
  readonly sha256: string;
  readonly version: string;
  /** `new`: it is not installed any more. `running`: hosts that run it should leave it as well. */
  readonly stop: 'new' | 'running';
  readonly reason: string;
  /** RFC 3339 in UTC, as 2026-11-22T14:00:00Z. */
  readonly recalledAt: string;
}

const format = 'springline-recall-1';
/** Of one component, for ever: recalls are not taken back. */
export const recalledBuildsLimit = 1_000;
export const recallReasonLimit = 500;

/** What a recall role has signed counts for this long, whatever expiry it gives itself. */
export const recallLifeMs = 30 * 24 * 60 * 60 * 1000;

/** The role that recalls builds of a component, and nothing else. */
export function recallRole(component: string): string {
  return `recall-${component}`;
}

/** The one target of that role. */
export function recallTargetPath(component: string): string {
  return `recall/${component}.json`;
}

/** @throws {ReleaseError} `malformed-recall`; the message names the field. */
export function parseRecalls(component: string, custom: JsonValue | undefined): readonly RecalledBuild[] {
  const statement = fieldsOf(custom);
  if (statement?.['format'] !== format) throw refusal(component, 'format', format);
  if (statement['component'] !== component) throw refusal(component, 'component', component);
  const listed = statement['builds'];
  if (!Array.isArray(listed) || listed.length > recalledBuildsLimit) {
    throw refusal(component, 'builds', `a list of at most ${recalledBuildsLimit}`);
  }
  const builds = listed.map((build: JsonValue) => parseBuild(component, build));
  if (new Set(builds.map(({ sha256 }) => sha256)).size < builds.length) {
    throw refusal(component, 'builds', 'a list without repetitions');
  }
  return builds;
}

function parseBuild(component: string, value: JsonValue): RecalledBuild {
  const { sha256, version, stop, reason, recalledAt } = fieldsOf(value) ?? {};
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) {
    throw refusal(component, 'sha256', '64 lower-case hex digits');
  }
  if (stop !== 'new' && stop !== 'running') throw refusal(component, 'stop', 'new or running');
  if (typeof reason !== 'string' || reason === '' || reason.length > recallReasonLimit) {
    throw refusal(component, 'reason', `text of 1 to ${recallReasonLimit} characters`);
  }
  if (typeof recalledAt !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(recalledAt)) {
    throw refusal(component, 'recalledAt', 'an instant as 2026-11-22T14:00:00Z');
  }
  return { sha256, version: versionOf(component, version), stop, reason, recalledAt };
}

function versionOf(component: string, value: JsonValue | undefined): string {
  try {
    parseVersion(String(value));
    return String(value);
  } catch (error) {
    if (!(error instanceof ReleaseError)) throw error;
    throw refusal(component, 'version', 'two to four numbers with points between them');
  }
}

/** The `custom` from which `parseRecalls` reads the same. */
export function recallsJson(component: string, builds: readonly RecalledBuild[]): JsonValue {
  const listed = builds.map(({ sha256, version, stop, reason, recalledAt }) => ({
    ...{ sha256, version, stop, reason, recalledAt },
  }));
  return { format, component, builds: listed };
}

function fieldsOf(value: JsonValue | undefined): { readonly [name: string]: JsonValue } | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  // Own members only; `Array.isArray` does not narrow read-only arrays away.
  return Object.assign(Object.create(null), value) as { readonly [name: string]: JsonValue };
}

function refusal(component: string, field: string, expected: string): ReleaseError {
  return new ReleaseError('malformed-recall', `the recalls of ${component}: ${field} is not ${expected}`);
}
