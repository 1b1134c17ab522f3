/**
 * The functions that are part of the language: they decide which of their arguments are evaluated, bind variables, or
 * read the object itself. Here is what they are called; `special-forms.ts` is what they do.
 */
import { ExpressionError } from '../error.ts';
import type { FunctionEntry } from './definition.ts';

export type SpecialFormName = 'Error' | 'IIF' | 'ImportedValue' | 'Select' | 'Switch' | 'ValueCount' | 'Where' | 'With';

export interface SpecialForm extends FunctionEntry {
  readonly name: SpecialFormName;
  readonly minArguments: number;
  readonly maxArguments: number;
  /** What the first argument is when it is no expression. */
  readonly firstArgument: 'expression' | 'variable' | 'attribute-name';
}

export const specialForms: readonly SpecialForm[] = [
  {
    name: 'Error',
    family: 'flow',
    signature: 'void Error(str message)',
    summary: 'Fails the object in this direction, with a message of your own.',
    minArguments: 1,
    maxArguments: 1,
    firstArgument: 'expression',
  },
  {
    name: 'IIF',
    family: 'flow',
    signature: 'var IIF(exp condition, var then, var else)',
    summary: 'One of two values; only that one is evaluated. A NULL condition counts as False.',
    minArguments: 3,
    maxArguments: 3,
    firstArgument: 'expression',
  },
  {
    name: 'Select',
    family: 'flow',
    signature: 'mv Select($variable, mv values, var result)',
    summary: 'The result for each value, which the variable stands for; NULL results are left out.',
    minArguments: 3,
    maxArguments: 3,
    firstArgument: 'variable',
  },
  {
    name: 'Switch',
    family: 'flow',
    signature: 'var Switch(exp condition, var value [, exp condition, var value …])',
    summary: 'The value after the first condition that is True, otherwise NULL. All conditions are evaluated.',
    minArguments: 1,
    maxArguments: Number.POSITIVE_INFINITY,
    firstArgument: 'expression',
  },
  {
    name: 'Where',
    family: 'flow',
    signature: 'mv Where($variable, mv values, exp condition)',
    summary: 'The values for which the condition holds; the variable stands for the value.',
    minArguments: 3,
    maxArguments: 3,
    firstArgument: 'variable',
  },
  {
    name: 'With',
    family: 'flow',
    signature: 'var With($variable, var value, var result)',
    summary: 'The result, in which the variable stands for a value that is evaluated once.',
    minArguments: 3,
    maxArguments: 3,
    firstArgument: 'variable',
  },
  {
    name: 'ImportedValue',
    family: 'multi-valued',
    signature: 'mv ImportedValue(str "attribute")',
    summary: 'The values of an attribute that an import has confirmed, without exports that wait for confirmation.',
    minArguments: 1,
    maxArguments: 1,
    firstArgument: 'attribute-name',
  },
  {
    name: 'ValueCount',
    family: 'multi-valued',
    signature: 'num ValueCount(str "attribute")',
    summary: 'The number of values of an attribute, without reading them.',
    minArguments: 1,
    maxArguments: 1,
    firstArgument: 'attribute-name',
  },
];

/** What reaching `Error()` throws. */
export function errorReached(message: string, column: number): ExpressionError {
  return new ExpressionError('runtime', 'sync-rule-error-function-triggered', column, message);
}
