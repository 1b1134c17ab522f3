/** Tries an expression on a real object: what it gives, or where it goes wrong. */
import { useState } from 'react';
import { SidePanel } from '../look/side-panel.tsx';
import { Dn } from './dn.tsx';
import { EvaluationValue, TrialForm, useTrial } from './rule-trial.tsx';
import type { ServerPlace } from './server-place.ts';

interface ExpressionPanelProps {
  readonly place: ServerPlace;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

export function ExpressionPanel({ place, isOpen, onClose }: ExpressionPanelProps) {
  return (
    <SidePanel isOpen={isOpen} title="Try an expression" onClose={onClose}>
      <ExpressionForm place={place} />
    </SidePanel>
  );
}

function ExpressionForm({ place }: { readonly place: ServerPlace }) {
  const [object, setObject] = useState('');
  const [expression, setExpression] = useState('');
  const { run, isRunning, answer, obstacle } = useTrial(place);
  const refusal =
    object.trim() === '' ? 'Name an object.' : expression.trim() === '' ? 'Write an expression.' : undefined;
  return (
    <TrialForm
      object={object}
      onObject={setObject}
      verb="Evaluate"
      isRunning={isRunning}
      obstacle={obstacle}
      refusal={refusal}
      onRun={() => run({ object: object.trim(), expression })}
      fields={
        <div className="field">
          <label className="field-label" htmlFor="expression">
            Expression
          </label>
          <textarea
            id="expression"
            className="field-input expression"
            rows={4}
            value={expression}
            maxLength={32_768}
            spellCheck={false}
            placeholder='IIF(IsPresent([mail]), LCase([mail]), "")'
            onChange={(event) => setExpression(event.target.value)}
          />
        </div>
      }
    >
      {answer?.result === undefined ? null : (
        <section className="trial" aria-label="Result of the expression">
          <p className="quiet">
            <Dn text={answer.object.dn} />
          </p>
          <EvaluationValue result={answer.result} />
        </section>
      )}
    </TrialForm>
  );
}
