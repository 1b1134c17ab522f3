/** timestamp.json (TUF 4.6): which snapshot is current. */
import type { WritableValue } from '../canonical-json.ts';
import { type Head, headJson, parseHead } from './head.ts';
import { type MetaFile, metaFileJson, parseMetaFile } from './meta-file.ts';
import { type JsonObject, malformed, objectField } from './parse.ts';

export interface Timestamp extends Head {
  readonly snapshot: MetaFile;
}

/** @throws {TrustError} for anything that TUF 4.6 does not allow. */
export function parseTimestamp(signed: JsonObject): Timestamp {
  const head = parseHead(signed, 'timestamp', ['meta']);
  const meta = objectField(signed, 'meta', 'timestamp');
  // TUF 4.6: it "MUST only include a description of the snapshot.json file".
  if (Object.keys(meta).length !== 1) throw malformed('timestamp', 'meta', 'snapshot.json and nothing else');
  return { ...head, snapshot: parseMetaFile(objectField(meta, 'snapshot.json', 'timestamp'), 'snapshot.json') };
}

/** The members of `signed`. */
export function timestampJson(timestamp: Timestamp): ReadonlyMap<string, WritableValue> {
  const meta = new Map([['snapshot.json', metaFileJson(timestamp.snapshot)]]);
  return headJson(timestamp, 'timestamp', { meta });
}
