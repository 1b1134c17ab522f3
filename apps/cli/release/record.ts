/**
 * What was given out, kept beside the keys and not in the tree: highest metadata versions, the last release of each
 * component, and every recall. A tree that was restored from a backup, or lost, goes on above them, because agents refuse what falls
 * (security rule S8). Written before the tree is: a kill in between leaves a gap, never a repetition.
 */
import { readFileSync } from 'node:fs';
import { parseRecalls, recallsJson } from '@springline/auto-upgrade/release/recall-statement';
import { formatVersion, parseVersion } from '@springline/auto-upgrade/release/version';
import { writeFileAtomic } from '@springline/ports/files';
import { joinedRecalls, type RecallsByComponent } from './delegations.ts';
import { PublishError } from './error.ts';
import { type RepositoryName, repositories } from './roles.ts';

const format = 'springline-record-1';
const versionedRoles = ['targets', 'snapshot', 'timestamp'] as const;
const componentsLimit = 64;

export type Versions = Readonly<Record<(typeof versionedRoles)[number], number>>;

export interface PublishRecord {
  /** Highest version of each role; 0 before the first. */
  readonly versions: Readonly<Record<RepositoryName, Versions>>;
  /** Component -> the release with its highest number. */
  readonly releases: ReadonlyMap<string, LastRelease>;
  /** A recall is never taken back: agents refuse a list that shrank (security rule S20). */
  readonly recalls: RecallsByComponent;
}

export interface LastRelease {
  readonly releaseNumber: number;
  readonly version: string;
}

const nothing: Versions = { targets: 0, snapshot: 0, timestamp: 0 };

/** @throws {PublishError} `release-record-damaged`. */
export function readRecord(path: string): PublishRecord {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { versions: { image: nothing, director: nothing }, releases: new Map(), recalls: new Map() };
  }
  try {
    return parse(JSON.parse(text));
  } catch (cause) {
    throw new PublishError(
      'release-record-damaged',
      `${path} is damaged: ${(cause as Error).message}. Restore it from your copy of the keys.`,
      { cause },
    );
  }
}

export function writeRecord(path: string, { versions, releases, recalls }: PublishRecord): void {
  const { image, director } = versions;
  const named = [...releases].map(([component, release]) => ({ component, ...release }));
  const recalled = [...recalls].map(([component, builds]) => recallsJson(component, builds));
  const text = JSON.stringify({ format, image, director, releases: named, recalls: recalled }, null, 2);
  writeFileAtomic(path, `${text}\n`, 0o600);
}

/** The higher of both, everywhere. */
export function raised(record: PublishRecord, by: Partial<PublishRecord>): PublishRecord {
  const releases = new Map(record.releases);
  for (const [component, release] of by.releases ?? []) {
    if (release.releaseNumber > (releases.get(component)?.releaseNumber ?? 0)) releases.set(component, release);
  }
  const { image, director } = record.versions;
  return {
    versions: {
      image: higher(image, by.versions?.image ?? nothing),
      director: higher(director, by.versions?.director ?? nothing),
    },
    releases,
    recalls: joinedRecalls(record.recalls, by.recalls ?? new Map()),
  };
}

function higher(a: Versions, b: Versions): Versions {
  return {
    targets: Math.max(a.targets, b.targets),
    snapshot: Math.max(a.snapshot, b.snapshot),
    timestamp: Math.max(a.timestamp, b.timestamp),
  };
}

function parse(json: unknown): PublishRecord {
  const fields = asRecord(json, 'the file');
  if (fields['format'] !== format) throw new Error(`format is not ${format}`);
  const [image, director] = repositories.map((name) => {
    const of = asRecord(fields[name], name);
    const [targets, snapshot, timestamp] = versionedRoles.map((role) => asCount(of[role], `${name}.${role}`));
    return { targets: targets!, snapshot: snapshot!, timestamp: timestamp! };
  });
  const listed = fields['releases'];
  if (!Array.isArray(listed) || listed.length > componentsLimit) throw new Error('releases is no short list');
  const releases = new Map<string, LastRelease>();
  for (const each of listed) {
    const { component, version, releaseNumber } = asRecord(each, 'a release');
    if (typeof component !== 'string' || typeof version !== 'string') throw new Error('a release has no name');
    const number = asCount(releaseNumber, `releaseNumber of ${component}`);
    releases.set(component, { releaseNumber: number, version: formatVersion(parseVersion(version)) });
  }
  return {
    versions: { image: image!, director: director! },
    releases,
    recalls: parseRecalled(fields['recalls'] ?? []),
  };
}

function parseRecalled(listed: unknown): RecallsByComponent {
  if (!Array.isArray(listed) || listed.length > componentsLimit) throw new Error('recalls is no short list');
  return new Map(
    listed.map((statement) => {
      const { component } = asRecord(statement, 'a recall');
      return [String(component), parseRecalls(String(component), statement)];
    }),
  );
}

function asRecord(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${name} is no object`);
  return value as Record<string, unknown>;
}

function asCount(value: unknown, name: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw new Error(`${name} is no count`);
  return value as number;
}
