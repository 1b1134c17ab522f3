/** The sync store cannot be used. `code` is stable; the message says what to do. */
export class SyncStoreError extends Error {
  override readonly name = 'SyncStoreError';
  readonly code: 'store-newer' | 'store-damaged' | 'store-unusable' | 'store-taken-over';

  constructor(code: SyncStoreError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
