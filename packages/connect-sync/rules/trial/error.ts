/** Attributes, parameters or a test of rules were refused before anything was evaluated. The message names the place. */
export class TrialError extends Error {
  override readonly name = 'TrialError';
  readonly code = 'trial-malformed';
}
