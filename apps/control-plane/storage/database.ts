/**
 * The control plane's database as its products see it: reads at any time, writes one transaction at a time. The engine
 * behind it (node:sqlite with its writer in a worker thread) is in `sqlite/`; nothing above this file knows it.
 */
import type { Kysely, Transaction } from 'kysely';
import type { DirectoryTables } from './directory/tables.ts';
import type { PlatformTables } from './platform/tables.ts';
import type { UpgradeTables } from './upgrade/tables.ts';

/** Every table. Only its owner touches a table: the prefix says who. */
export type Tables = PlatformTables & DirectoryTables & UpgradeTables;
export type Reader = Kysely<Tables>;
export type Writer = Transaction<Tables>;

export interface WriteOptions {
  /**
   * The work's statements may be carried out among those of other works that allow it too: what each of its statements
   * does is right whichever of theirs came before. It costs much less when many come at once. Default: false.
   */
  readonly mayInterleave?: boolean;
}

export interface Database {
  /** Sees every committed transaction, also those of other processes. */
  readonly read: Reader;
  /**
   * Runs `work` in one durable transaction: when the promise resolves, the change survives a kill and a power cut; when
   * it rejects, nothing of it is there. Works that come at the same time run one after the other and may share a
   * commit. `work` may be run again after a failure that was not its own, so it must not act outside the transaction.
   */
  write<T>(work: (writer: Writer) => Promise<T>, options?: WriteOptions): Promise<T>;
  close(): Promise<void>;
}
