/** What tests of the engine look at: an object in the cloud, the links and the faults of objects of a directory. */
import type { CsRow } from '@springline/connect-sync/connector-space/store';
import { decodeMvAttributes } from '@springline/connect-sync/metaverse/encoding';
import { normaliseDn } from '@springline/directory/dn';
import type { SyncBench } from './sync-bench.ts';

interface CloudObject {
  readonly objectType: string;
  readonly attributes: Readonly<Record<string, readonly unknown[]>>;
  readonly references: Readonly<Record<string, readonly string[]>>;
}

/** What the cloud holds under a source anchor. */
export function inCloud(bench: SyncBench, sourceAnchor: string): CloudObject | undefined {
  return bench.cloud.state()[sourceAnchor] as CloudObject | undefined;
}

/** Source anchors of everything in the cloud, sorted. */
export function cloudAnchors(bench: SyncBench): readonly string[] {
  return Object.keys(bench.cloud.state()).sort();
}

/** The row of a directory that has the DN. */
export function rowOf(bench: SyncBench, directory: string, dn: string): CsRow | undefined {
  const connector = bench.engine.directories.find(({ name }) => name === directory)!.connector;
  return bench.store.rowByDn(connector, normaliseDn(dn));
}

/** Codes of all faults, sorted. */
export function faultCodes(bench: SyncBench): readonly string[] {
  return bench.store
    .faults(undefined, 1_000)
    .map(({ fault }) => fault!.code)
    .sort();
}

/** Values of the metaverse object that a row is linked to; `undefined` when it is linked to none. */
export function inMetaverse(
  bench: SyncBench,
  directory: string,
  dn: string,
): ReadonlyMap<string, readonly unknown[]> | undefined {
  const mv = rowOf(bench, directory, dn)?.mv;
  const found = mv == null ? undefined : bench.store.mvObject(mv);
  if (found === undefined) return undefined;
  const attributes = [...decodeMvAttributes(found.attributes, bench.store.names)];
  return new Map(
    attributes.flatMap(([name, value]) => (value.kind === 'values' ? [[name, value.values] as const] : [])),
  );
}
