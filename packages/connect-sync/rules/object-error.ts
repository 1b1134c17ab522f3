/** Errors that are an object's own doing: they are noted with it, and the others go on. Anything else is ours. */
import { DirectoryError } from '@springline/directory/error';
import { FlowError } from './error.ts';
import { ExpressionError } from './expression/error.ts';

export type ObjectError = DirectoryError | ExpressionError | FlowError;

export function isObjectError(error: unknown): error is ObjectError {
  if (error instanceof DirectoryError || error instanceof FlowError) return true;
  return error instanceof ExpressionError && error.kind === 'runtime';
}
