/** What every check is given. */
import type { SyncRule } from '../rule.ts';
import type { RuleConnector } from '../rule-set-connectors.ts';
import type { RuleFinding, RuleFindingCode } from './finding.ts';

/** What a check knows of the rules. */
export interface RulesUnderCheck {
  /** The rules in force, by precedence. */
  readonly rules: readonly SyncRule[];
  /** The connectors of the server; rules are not checked against them when they are not known. */
  readonly connectors?: readonly RuleConnector[];
  /** Makes a finding about a rule, at the place of the rule or of a part of it. */
  finding(
    severity: 'error' | 'warning',
    code: RuleFindingCode,
    rule: SyncRule,
    message: string,
    part?: object,
  ): RuleFinding;
}
