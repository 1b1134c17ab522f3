/** What checking rules against each other finds. */
import type { RulePlace } from '../error.ts';

/** Every code with its meaning. */
export const ruleFindings = {
  'merge-type-differs': 'Rules that can meet write one attribute with different merge types.',
  'merge-single-valued': 'Values are merged into an attribute that has one value at most.',
  'own-precedence': 'A rule of one’s own has a precedence outside of 1 to 99.',
  'unknown-object-type': 'A rule names a type of object that does not exist.',
  'unknown-attribute': 'A rule reads or writes an attribute that nothing else knows.',
  'unknown-parameter': 'A rule names a parameter that is not one of the product’s.',
  'unknown-connector': 'A rule is for a connector that does not exist.',
  'never-applies': 'No object can ever be in scope of the rule, or nothing links the objects that are.',
  'no-effect': 'The rule applies and changes nothing.',
  'odd-value': 'A rule gives an attribute a value that means nothing.',
  'several-values': 'An attribute with several values flows into one that has one at most.',
  'unsteady-value': 'A value changes with each evaluation.',
} as const;

export type RuleFindingCode = keyof typeof ruleFindings;

export interface RuleFinding {
  readonly code: RuleFindingCode;
  /** Rules with an error are refused; a warning is for people. */
  readonly severity: 'error' | 'warning';
  /** Name of the rule. */
  readonly rule: string;
  /** One sentence without the place. */
  readonly message: string;
  readonly place?: RulePlace;
}
