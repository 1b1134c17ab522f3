/** One rule: its scope, joins and flows; and what it does with a real object. */
import type { RulesTestView, SyncRuleView } from '@springline/api/shapes/sync-rules';
import { useState } from 'react';
import { Badge } from '../look/badge.tsx';
import { counted } from '../look/number-words.ts';
import { Fact, SidePanel } from '../look/side-panel.tsx';
import { Dn } from './dn.tsx';
import { EvaluationValue, TrialForm, useTrial } from './rule-trial.tsx';
import { linkTypeWords, ruleWays, scopeWords } from './rule-words.ts';
import type { ServerPlace } from './server-place.ts';
import { keyed } from './values.tsx';

interface RulePanelProps {
  readonly place: ServerPlace;
  readonly rule: SyncRuleView | undefined;
  /** The address names a rule that the host does not have. */
  readonly isMissing: boolean;
  readonly onClose: () => void;
}

export function RulePanel({ place, rule, isMissing, onClose }: RulePanelProps) {
  return (
    <SidePanel
      isWide
      isOpen={rule !== undefined || isMissing}
      title={rule?.name ?? 'There is no such rule'}
      state={
        rule === undefined ? null : (
          <span className="badges">
            <Badge tone={rule.disabled ? 'none' : 'good'}>{rule.disabled ? 'Disabled' : 'In force'}</Badge>
            <span className="quiet">{rule.standard ? 'comes with the product' : 'the administrator’s own'}</span>
          </span>
        )
      }
      onClose={onClose}
    >
      {rule === undefined ? (
        <p className="quiet">It was removed or renamed on the host.</p>
      ) : (
        <RuleDetails key={rule.id} place={place} rule={rule} />
      )}
    </SidePanel>
  );
}

function RuleDetails({ place, rule }: { readonly place: ServerPlace; readonly rule: SyncRuleView }) {
  return (
    <>
      {rule.description === undefined ? null : <p>{rule.description}</p>}
      <dl className="facts">
        <Fact title="Precedence">{rule.precedence}; where several give a value, the lower number wins</Fact>
        <Fact title="From and to">{ruleWays(rule)}</Fact>
        <Fact title="Link">{linkTypeWords[rule.linkType]}</Fact>
        <Fact title="Id">
          <code>{rule.id}</code>
        </Fact>
      </dl>
      <h3>Scope</h3>
      <Scope rule={rule} />
      <h3>Joins</h3>
      <Joins rule={rule} />
      <h3>
        Flows <span className="quiet">{counted(rule.flows.length, 'flow')}</span>
      </h3>
      <Flows rule={rule} />
      <h3>Test it on an object</h3>
      <RuleTrial place={place} rule={rule} />
    </>
  );
}

function Scope({ rule: { scope } }: { readonly rule: SyncRuleView }) {
  if (scope.length === 0) return <p>Every object of the type.</p>;
  return (
    <ul className="rule-groups">
      {scope.map((group, at) => (
        <li key={group.map(scopeWords).join('\n')}>
          {at === 0 ? null : <span className="rule-or">or</span>}
          <ul>
            {keyed(group.map(scopeWords)).map(({ key, value }) => (
              <li key={key}>{value}</li>
            ))}
          </ul>
        </li>
      ))}
    </ul>
  );
}

function Joins({ rule: { join } }: { readonly rule: SyncRuleView }) {
  if (join.length === 0) return <p>It joins nothing.</p>;
  const words = join.map((group) =>
    group.map(
      ({ csAttribute, mvAttribute, caseSensitive }) =>
        `${csAttribute} = ${mvAttribute}${caseSensitive ? ', upper and lower case told apart' : ''}`,
    ),
  );
  return (
    <ol className="rule-groups">
      {words.map((group, at) => (
        <li key={group.join('\n')}>
          {at === 0 ? null : <span className="rule-or">else</span>}
          <ul>
            {keyed(group).map(({ key, value }) => (
              <li key={key}>{value}</li>
            ))}
          </ul>
        </li>
      ))}
    </ol>
  );
}

function Flows({ rule: { flows } }: { readonly rule: SyncRuleView }) {
  if (flows.length === 0) return <p>No attribute flows.</p>;
  return (
    <ul className="flows" aria-label="Flows">
      {keyed(flows.map(({ target }) => target)).map(({ key, value: target }, at) => {
        const { flowType, source, mergeType, executeOnce } = flows[at]!;
        return (
          <li key={key}>
            <strong>{target}</strong>
            <code className="flow-source">{flowType === 'constant' ? `“${source}”` : source}</code>
            <span className="quiet">
              {flowType}
              {mergeType === 'Update' ? '' : `, ${mergeType}`}
              {executeOnce ? ', once' : ''}
            </span>
          </li>
        );
      })}
    </ul>
  );
}

function RuleTrial({ place, rule }: { readonly place: ServerPlace; readonly rule: SyncRuleView }) {
  const [object, setObject] = useState('');
  const { run, isRunning, answer, obstacle } = useTrial(place);
  return (
    <TrialForm
      object={object}
      onObject={setObject}
      verb="Test the rule"
      isRunning={isRunning}
      obstacle={obstacle}
      refusal={object.trim() === '' ? 'Name an object.' : undefined}
      onRun={() => run({ object: object.trim(), rule: rule.id })}
    >
      {answer?.rule === undefined ? null : <TrialResult answer={answer} rule={answer.rule} />}
    </TrialForm>
  );
}

interface TrialResultProps {
  readonly answer: RulesTestView;
  readonly rule: NonNullable<RulesTestView['rule']>;
}

function TrialResult({ answer, rule: { inScope, scope, link, flows } }: TrialResultProps) {
  return (
    <section className="trial" aria-label="Result of the test">
      <p>
        <strong>
          <Dn text={answer.object.dn} />
        </strong>{' '}
        <span className="quiet">{answer.object.objectType}</span>
      </p>
      <Badge tone={inScope ? 'good' : 'warn'}>{inScope ? 'In scope' : 'Not in scope'}</Badge>
      {scope.length === 0 ? null : (
        <ul className="rule-groups" aria-label="Scope">
          {scope.map((group, at) => (
            <li key={group.map(scopeWords).join('\n')}>
              {at === 0 ? null : <span className="rule-or">or</span>}
              <ul>
                {keyed(group.map(scopeWords)).map(({ key, value }, place) => (
                  <li key={key}>
                    <Badge tone={group[place]?.holds === true ? 'good' : 'bad'}>
                      {value}: {group[place]?.holds === true ? 'holds' : 'does not hold'}
                    </Badge>
                  </li>
                ))}
              </ul>
            </li>
          ))}
        </ul>
      )}
      {link === undefined ? null : <p>Link: {link}</p>}
      {flows.length === 0 ? null : (
        <ul className="flows" aria-label="What flows">
          {keyed(flows.map(({ target }) => target)).map(({ key, value: target }, at) => (
            <li key={key}>
              <strong>{target}</strong>
              <EvaluationValue result={flows[at]!.result} />
              <code className="quiet flow-source">{flows[at]!.source}</code>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
