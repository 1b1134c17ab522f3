/**
 * The one error of the expression language, and the catalogue of its codes.
 *
 * Codes are public and stable. Messages name the place and the remedy and never quote an attribute value, because they
 * end in logs; only `Error(…)` says what the author of the rule wrote.
 */

/** Every code with its meaning. The first five are of kind `parse`, the others of kind `runtime`. */
export const expressionErrors = {
  'expression-syntax': 'The text is not an expression.',
  'expression-too-deep': 'The expression is nested too deeply.',
  'expression-too-long': 'The expression is longer than the limit.',
  'expression-unknown-name': 'A function, constant, word or variable does not exist; names are case-sensitive.',
  'expression-wrong-arguments': 'A function was given too few or too many arguments, or one that it can never take.',
  'expression-bad-value': 'A value cannot be converted, parsed or used by the function it was given to.',
  'expression-number-overflow': 'The result does not fit a signed 64-bit number.',
  'expression-out-of-range': 'A position or an instant is out of range.',
  'expression-too-much-work': 'The evaluation was stopped because it grew beyond its limit.',
  'expression-two-collections': 'Two different multi-valued attributes were mapped value by value in one expression.',
  'expression-type-mismatch': 'A value has a type that the function or operator does not take.',
  'expression-unknown-parameter': 'A %Parameter% has no value in this run.',
  'sync-rule-error-function-triggered': 'The expression reached Error().',
} as const;

export type ExpressionErrorCode = keyof typeof expressionErrors;
export type ExpressionErrorKind = 'parse' | 'runtime';

/** An expression was refused (`parse`), or failed for one object (`runtime`). */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
  readonly kind: ExpressionErrorKind;
  readonly code: ExpressionErrorCode;
  /** UTF-16 units from 1; where the expression fails, or the function that failed starts. */
  readonly column: number;

  constructor(
    kind: ExpressionErrorKind,
    code: ExpressionErrorCode,
    column: number,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.kind = kind;
    this.code = code;
    this.column = column;
  }
}

/** What a function throws: it knows what is wrong, and whoever called it knows where. */
export class ValueRefusal extends Error {
  override readonly name = 'ValueRefusal';
  readonly code: ExpressionErrorCode;

  constructor(code: ExpressionErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
