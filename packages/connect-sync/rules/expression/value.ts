/**
 * Values inside sync-rule expressions, and what an expression may answer.
 */
import type { EpochMs } from '@springline/ports/clock';

/** A reference: the text of a DN. A class of its own, because functions for text refuse references. */
export class Reference {
  readonly dn: string;

  constructor(dn: string) {
    this.dn = dn;
  }
}

/** A UTC instant; exists only inside expressions. Resolution is one 100-ns tick, as AD times have it. */
export class DateTime {
  /** 100-ns ticks since 1601-01-01T00:00:00Z (AD's large-integer time). */
  readonly ticks: bigint;

  constructor(ticks: bigint) {
    this.ticks = ticks;
  }

  static fromEpochMs(instant: EpochMs): DateTime {
    return new DateTime((BigInt(instant) + 11_644_473_600_000n) * 10_000n);
  }
}

/** One value: `str`, `num` (64 bit, signed), `bool`, `bin`, `ref`, `dt`. */
export type Scalar = string | bigint | boolean | Uint8Array | Reference | DateTime;

/** One value, the values of a multi-valued attribute, or NULL. */
export type Value = Scalar | readonly Scalar[] | null;

/** Stops the search for a contributor: the attribute is empty even if a lower rule has a value. */
export const authoritativeNull: unique symbol = Symbol('AuthoritativeNull');
/** As if the flow did not exist in this rule for this object. */
export const ignoreThisFlow: unique symbol = Symbol('IgnoreThisFlow');

/** What evaluating an expression gives. `null` is NULL: this rule contributes nothing. */
export type Result = Value | typeof authoritativeNull | typeof ignoreThisFlow;

/**
 * Attributes of the object that an expression is evaluated on. A multi-valued attribute is an array (also when it has
 * one value), a single-valued one a scalar, an absent one `null`. Names are case-sensitive.
 */
export interface AttributeSource {
  get(name: string): Value;
  /** Only what an import has confirmed (`ImportedValue`). */
  imported(name: string): Value;
  /** Number of values without reading them (`ValueCount`). */
  count(name: string): number;
}
