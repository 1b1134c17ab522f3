/** What the catalogue of result codes says about each code. */

/** The beginning of a code says who acts. */
export type ResultCategory =
  | 'success'
  /** A passing obstacle; tried again by itself. */
  | 'aborted'
  /** The host or its configuration is in the way; a person acts, and it is looked at again at each look. */
  | 'not-supported'
  /** It began and was taken back. */
  | 'failed'
  /** Words before or beside an upgrade that have no such beginning. */
  | 'other';

export type Retry =
  /** Nothing to do. */
  | 'never'
  /** At the next look. */
  | 'next-look'
  /** After the growing pause of a blocked build. */
  | 'back-off'
  /** Public text does not say. */
  | 'unpublished';

export interface ResultMeaning {
  readonly meaning: string;
  readonly remedy: string;
  readonly retry: Retry;
}

/** A code that this product gives: as the end of an upgrade, or as a gate that readiness finds closed. */
export interface HereEntry extends ResultMeaning {
  readonly category: ResultCategory;
  /** What Entra Connect means by it; absent for codes of ours. */
  readonly inEntra?: string;
}

/** A code of Entra Connect that is read in its logs and reports and never given here. */
export interface RecognisedEntry {
  readonly category: ResultCategory;
  readonly inEntra: string;
  /** Why it cannot occur here. */
  readonly whyNotHere: string;
  /** What to do on the server that says it. */
  readonly remedy: string;
  readonly retry: Retry;
  /** The build of Entra Connect from which on it is not given any more. */
  readonly retiredIn?: string;
}
