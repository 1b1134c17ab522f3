/** Any bytes as metadata of each role: refused by code, or read into what is written back to the same canonical form. */
import { strictEqual } from 'node:assert/strict';
import { canonicalText, type WritableValue } from '../canonical-json.ts';
import { TrustError } from '../error.ts';
import type { JsonObject } from './parse.ts';
import { parseRoot } from './root.ts';
import { openMetadata } from './signed-file.ts';
import { parseSnapshot, snapshotJson } from './snapshot.ts';
import { parseTargets, targetsJson } from './targets.ts';
import { parseTimestamp, timestampJson } from './timestamp.ts';

const limitBytes = 1_000_000;
const head = '"expires":"2030-01-01T00:00:00Z","spec_version":"1.0.34","version":1';
const hashes = `"hashes":{"sha256":"${'0123456789abcdef'.repeat(4)}"}`;
const file = (signed: string): string => `{"signatures":[{"keyid":"ab","sig":"00"}],"signed":{${signed}}}`;
const role = (name: string): string => `"${name}":{"keyids":["ab"],"threshold":1}`;

export const fuzz = {
  name: 'tuf-metadata',
  seeds: [
    file(`"_type":"timestamp",${head},"meta":{"snapshot.json":{${hashes},"length":9,"version":1}}`),
    file(
      `"_type":"snapshot",${head},"meta":{"targets.json":{"version":1},"x.json":{"version":2}},"x-extra":[null,true]`,
    ),
    file(`"_type":"targets",${head},"targets":{"a/b":{${hashes},"length":1,"custom":{"k":"\\u00e9"}}}`),
    file(
      `"_type":"root",${head},"keys":{"ab":{"keytype":"ed25519","scheme":"ed25519","keyval":{"public":"00"}}},` +
        `"roles":{${['root', 'targets', 'snapshot', 'timestamp'].map(role).join(',')}}`,
    ),
  ],
  run(input: Uint8Array): void {
    const opened = openMetadata(input, limitBytes);
    opened.canonical();
    const signed = opened.signed();
    const parsed = { root: parseRoot, timestamp: roundTimestamp, snapshot: roundSnapshot, targets: roundTargets };
    const type = signed['_type'];
    const parse =
      typeof type === 'string' && Object.hasOwn(parsed, type) ? parsed[type as keyof typeof parsed] : parseRoot;
    parse(signed);
  },
  allowed: (error: unknown): boolean => error instanceof TrustError,
};

function roundTimestamp(signed: JsonObject): void {
  same(timestampJson(parseTimestamp(signed)), (again) => timestampJson(parseTimestamp(again)));
}

function roundSnapshot(signed: JsonObject): void {
  same(snapshotJson(parseSnapshot(signed)), (again) => snapshotJson(parseSnapshot(again)));
}

function roundTargets(signed: JsonObject): void {
  same(targetsJson(parseTargets(signed)), (again) => targetsJson(parseTargets(again)));
}

function same(written: WritableValue, rewrite: (signed: JsonObject) => WritableValue): void {
  const text = canonicalText(written);
  // A canonical text with raw control characters is not JSON.
  if (!/[\u0000-\u001f]/.test(text)) strictEqual(canonicalText(rewrite(JSON.parse(text))), text);
}
