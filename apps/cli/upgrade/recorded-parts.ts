/**
 * A list of servers to be recorded in as many parts as it takes: each replaces what lies between two host names, and all
 * of them replace everything. Pure.
 */
import type { RecordedServer } from '@springline/api/shapes/recorded-server';
import { recordedServersBodyLimitBytes, recordedServersPerRequest } from '@springline/api/shapes/recorded-server';

interface RecordedPart {
  readonly part: { readonly from?: string; readonly before?: string };
  readonly servers: readonly RecordedServer[];
}

interface PartLimits {
  readonly rows: number;
  readonly sizeBytes: number;
}

/** With room for a server's other components, which stay in its part, and for what is around them. */
const usualLimits: PartLimits = {
  rows: recordedServersPerRequest - 100,
  sizeBytes: recordedServersBodyLimitBytes - 256 * 1024,
};

/** At least one; in the order in which the service has them. A server is never divided. */
export function partsOf(servers: readonly RecordedServer[], limits: PartLimits = usualLimits): readonly RecordedPart[] {
  const keyed = servers.map((server) => ({ server, key: server.hostName.normalize('NFC').toLowerCase() }));
  const inOrder = keyed
    .map((each) => ({ ...each, bytes: Buffer.from(each.key) }))
    .sort((a, b) => Buffer.compare(a.bytes, b.bytes));
  const parts: { from?: string; servers: RecordedServer[] }[] = [{ servers: [] }];
  let sizeBytes = 0;
  let last: string | undefined;
  for (const { server, key } of inOrder) {
    const ownBytes = Buffer.byteLength(JSON.stringify(server)) + 1;
    const isFull = parts.at(-1)!.servers.length >= limits.rows || sizeBytes + ownBytes > limits.sizeBytes;
    if (isFull && last !== undefined && key !== last) {
      parts.push({ from: key, servers: [] });
      sizeBytes = 0;
    }
    parts.at(-1)!.servers.push(server);
    sizeBytes += ownBytes;
    last = key;
  }
  return parts.map(({ from, servers: own }, at) => {
    const before = parts[at + 1]?.from;
    const part = { ...(from === undefined ? {} : { from }), ...(before === undefined ? {} : { before }) };
    return { part, servers: own };
  });
}
