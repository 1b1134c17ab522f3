/** What of a directory an import takes in. */

/** What of the directory may be read at all: the consent of the host's administrator (rule S1). */
export interface ReadConsent {
  mayReadAttribute(attribute: string): boolean;
  mayReadEntry(dn: string): boolean;
}

/** What a read is measured by beside the entries themselves: where it changes, every entry is compared anew. */
export interface ImportScope {
  readonly consent: ReadConsent;
  /** Whether the administrator's choice of containers takes the entry in. */
  isInScope(dn: string): boolean;
  /** Changes whenever consent or choice do. */
  readonly digest: string;
}
