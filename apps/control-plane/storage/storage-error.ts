/** What can go wrong with the store itself, as opposed to with what is asked of it. */

/**
 * - `database-corrupt`: the file is no database, or is damaged.
 * - `database-unreadable`: it cannot be opened for reading and writing.
 * - `database-newer`: a newer version of the program wrote it.
 * - `database-full`: no space left, or the set bound reached; nothing was written.
 * - `database-busy`: another process held it for too long; worth a retry.
 * - `unique-violation`: a row with this key is there already.
 * - `transaction-too-long`: the work of a transaction did not end in time and was rolled back.
 * - `writer-lost`: the writer ended; the process must be started again.
 * - `database-failed`: anything else; the cause has it.
 */
export type StorageErrorCode =
  | 'database-corrupt'
  | 'database-unreadable'
  | 'database-newer'
  | 'database-full'
  | 'database-busy'
  | 'unique-violation'
  | 'transaction-too-long'
  | 'writer-lost'
  | 'database-failed';

export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly code: StorageErrorCode;

  constructor(code: StorageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
