/** Errors of rule files, of rules taken together, and of what rules give for one object. */

/** Where something stands in a rule file: line and column from 1. */
export interface RulePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A rule file was refused. The message names file, line and column and says what would be right. */
export class RuleError extends Error {
  override readonly name = 'RuleError';
  readonly code = 'rule-malformed';
  readonly file: string;
  readonly line: number;
  readonly column: number;

  constructor(place: RulePlace, message: string, options?: ErrorOptions) {
    super(`${place.file}:${place.line}:${place.column}: ${message}`, options);
    this.file = place.file;
    this.line = place.line;
    this.column = place.column;
  }
}

/** Rules that are sound one by one contradict each other. The message names the place of the later one if it is known. */
export class RuleSetError extends Error {
  override readonly name = 'RuleSetError';
  readonly code = 'rule-set-contradiction';

  constructor(message: string, place?: RulePlace) {
    super(place === undefined ? message : `${place.file}:${place.line}:${place.column}: ${message}`);
  }
}

/** Rules give more values for an object than an attribute holds. The message quotes no value. */
export class FlowError extends Error {
  override readonly name = 'FlowError';
  readonly code = 'flow-multi-values-to-single-value';
}
