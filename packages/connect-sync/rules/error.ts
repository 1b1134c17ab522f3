/** A rule file was refused. The message names file, line and column and says what would be right. */
export class RuleError extends Error {
  override readonly name = 'RuleError';
  readonly code = 'rule-malformed';
  readonly file: string;
  readonly line: number;
  readonly column: number;

  constructor(place: { file: string; line: number; column: number }, message: string, options?: ErrorOptions) {
    super(`${place.file}:${place.line}:${place.column}: ${message}`, options);
    this.file = place.file;
    this.line = place.line;
    this.column = place.column;
  }
}
