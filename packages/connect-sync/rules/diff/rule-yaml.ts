/** Rules as the text of a rule file, in the way people write one: what is as it is anyway is left out. */
import { Document, isScalar, type Scalar, visit, type YAMLMap } from 'yaml';
import type { AttributeFlow, JoinClause, ScopeClause, SyncRule } from '../rule.ts';

/** Longer expressions stand on lines of their own. */
const shortExpression = 90;
const lineWidth = 110;

/** Parsing the text gives the same rules again, except that whose rules they are is not in a file. */
export function yamlFromRules(rules: readonly SyncRule[]): string {
  const document = new Document({ rules: rules.map(ruleFields) });
  visit(document, {
    Map: (_, node) => {
      // Clauses and short flows on one line, as in the files that come with the product.
      node.flow = !node.has('name') && !node.has('rules') && !hasLongText(node);
    },
    Pair: (_, { key, value }) => {
      if (isScalar(key) && isScalar(value) && key.value !== 'name') layOut(String(key.value), value);
    },
  });
  return document.toString({ lineWidth, singleQuote: true });
}

function hasLongText(node: YAMLMap): boolean {
  const expression = node.get('expression');
  return typeof expression === 'string' && expression.length > shortExpression;
}

function layOut(key: string, node: Scalar): void {
  if (typeof node.value !== 'string') return;
  if (key === 'expression') node.type = node.value.length > shortExpression ? 'BLOCK_FOLDED' : 'QUOTE_SINGLE';
  // A number or a truth value that is meant as text stays one.
  else if (key === 'value' && !/^(?!(?:true|false|null|yes|no)$)[A-Za-z][\w.-]*$/i.test(node.value)) {
    node.type = 'QUOTE_SINGLE';
  }
}

function ruleFields(rule: SyncRule): object {
  const { name, id, description, immutableTag, disabled, precedence, direction, connectorKind, connector } = rule;
  return {
    name,
    ...(id === name ? {} : { id }),
    ...(description === undefined ? {} : { description }),
    ...(immutableTag === undefined ? {} : { immutableTag }),
    ...(disabled ? { disabled } : {}),
    precedence,
    direction,
    connectorKind,
    ...(connector === undefined ? {} : { connector }),
    ...(rule.requires === undefined ? {} : { requires: rule.requires }),
    sourceObjectType: rule.sourceObjectType,
    targetObjectType: rule.targetObjectType,
    linkType: rule.linkType,
    ...(rule.enablePasswordSync ? { enablePasswordSync: true } : {}),
    ...(rule.scope.length === 0 ? {} : { scope: rule.scope.map((group) => group.map(clauseFields)) }),
    ...(rule.join.length === 0 ? {} : { join: rule.join.map((group) => group.map(joinFields)) }),
    ...(rule.flows.length === 0 ? {} : { flows: rule.flows.map(flowFields) }),
  };
}

function clauseFields({ attribute, operator, value }: ScopeClause): object {
  return { attribute, operator, ...(operator === 'ISNULL' || operator === 'ISNOTNULL' ? {} : { value }) };
}

function joinFields({ csAttribute, mvAttribute, caseSensitive }: JoinClause): object {
  return { cs: csAttribute, mv: mvAttribute, ...(caseSensitive ? { caseSensitive } : {}) };
}

function flowFields({ target, source, mergeType, executeOnce }: AttributeFlow): object {
  return {
    target,
    ...(source.kind === 'direct' ? { source: source.attribute } : {}),
    ...(source.kind === 'constant' ? { constant: source.value } : {}),
    ...(source.kind === 'expression' ? { expression: source.expression.text } : {}),
    ...(mergeType === 'Update' ? {} : { mergeType }),
    ...(executeOnce ? { executeOnce } : {}),
  };
}
