/** snapshot.json (TUF 4.4): which versions of the targets files belong together. */
import type { WritableValue } from '../canonical-json.ts';
import { TrustError } from '../error.ts';
import { type Head, headJson, parseHead } from './head.ts';
import { pathLimitBytes } from './limits.ts';
import { type MetaFile, metaFileJson, parseMetaFile } from './meta-file.ts';
import { isObject, type JsonObject, malformed, objectField } from './parse.ts';

export interface Snapshot extends Head {
  /** By file name; `targets.json` is always there. */
  readonly meta: ReadonlyMap<string, MetaFile>;
}

/** @throws {TrustError} `metadata-missing` without `targets.json`; others for anything that TUF 4.4 does not allow. */
export function parseSnapshot(signed: JsonObject): Snapshot {
  const head = parseHead(signed, 'snapshot', ['meta']);
  const meta = new Map<string, MetaFile>();
  for (const [name, file] of Object.entries(objectField(signed, 'meta', 'snapshot'))) {
    if (name.length > pathLimitBytes)
      throw malformed('snapshot', 'meta', `names of up to ${pathLimitBytes} characters`);
    if (!isObject(file)) throw malformed('snapshot', name, 'an object');
    meta.set(name, parseMetaFile(file, name));
  }
  if (!meta.has('targets.json')) throw new TrustError('metadata-missing', 'the snapshot does not list targets.json');
  return { ...head, meta };
}

/** The entry of a delegated role. @throws {TrustError} `metadata-missing`. */
export function delegatedEntry(snapshot: Snapshot, role: string): MetaFile {
  const entry = snapshot.meta.get(`${role}.json`);
  if (entry === undefined) throw new TrustError('metadata-missing', `the snapshot does not list ${role}.json`);
  return entry;
}

/** The entry of the top-level targets, which every snapshot has. */
export function targetsEntry(snapshot: Snapshot): MetaFile {
  const entry = snapshot.meta.get('targets.json');
  if (entry === undefined) throw new TrustError('metadata-missing', 'the snapshot does not list targets.json');
  return entry;
}

/** The members of `signed`. */
export function snapshotJson(snapshot: Snapshot): ReadonlyMap<string, WritableValue> {
  const meta = new Map([...snapshot.meta].map(([name, file]) => [name, metaFileJson(file)] as const));
  return headJson(snapshot, 'snapshot', { meta });
}
