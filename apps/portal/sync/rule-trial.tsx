/** Tries a rule or an expression on a real object: the form, the question to the host, and a result in words. */
import type { SyncParameters } from '@springline/api/shapes/sync';
import type { EvaluationView, RulesTestView } from '@springline/api/shapes/sync-rules';
import { type ReactNode, useState } from 'react';
import { Button } from 'react-aria-components/Button';
import { Badge } from '../look/badge.tsx';
import { LineField } from '../look/fields.tsx';
import { ReasonedButton } from '../look/reasoned-button.tsx';
import { type Obstacle, obstacleFrom } from './obstacle.ts';
import { evaluationWords } from './rule-words.ts';
import { ObstacleBar } from './server-page.tsx';
import type { ServerPlace } from './server-place.ts';
import { askHost } from './sync-queries.ts';
import { Values } from './values.tsx';

export function useTrial(place: ServerPlace) {
  const [isRunning, setRunning] = useState(false);
  const [answer, setAnswer] = useState<RulesTestView>();
  const [obstacle, setObstacle] = useState<Obstacle>();
  async function ask(parameters: SyncParameters<'rules.test'>) {
    if (isRunning) return;
    setRunning(true);
    setObstacle(undefined);
    try {
      setAnswer(await askHost(place.api, place.agentId, 'rules.test', parameters));
    } catch (error) {
      setAnswer(undefined);
      setObstacle(obstacleFrom(error instanceof Error ? error : new Error(String(error)), place.host));
    } finally {
      setRunning(false);
    }
  }
  return { isRunning, answer, obstacle, run: (parameters: SyncParameters<'rules.test'>) => void ask(parameters) };
}

interface TrialFormProps {
  readonly object: string;
  readonly onObject: (object: string) => void;
  readonly verb: string;
  readonly isRunning: boolean;
  readonly obstacle: Obstacle | undefined;
  readonly refusal: string | undefined;
  readonly onRun: () => void;
  /** Fields beside the object. */
  readonly fields?: ReactNode;
  /** The result. */
  readonly children: ReactNode;
}

export function TrialForm(props: TrialFormProps) {
  const { object, onObject, verb, isRunning, obstacle, refusal, onRun, fields, children } = props;
  return (
    <form
      className="trial-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (refusal === undefined) onRun();
      }}
    >
      <LineField
        label="Object"
        value={object}
        onChange={onObject}
        hint="A DN, an anchor or a source anchor. Nothing is changed."
        maxLength={2_048}
      />
      {fields}
      <p>
        {refusal === undefined ? (
          <Button type="submit" className="secondary">
            {isRunning ? 'One moment…' : verb}
          </Button>
        ) : (
          <ReasonedButton refusal={refusal} onPress={() => {}}>
            {verb}
          </ReasonedButton>
        )}
      </p>
      {obstacle === undefined ? null : <ObstacleBar obstacle={obstacle} />}
      <div role="status">{children}</div>
    </form>
  );
}

/** A value, or why there is none. */
export function EvaluationValue({ result }: { readonly result: EvaluationView }) {
  if (result.kind === 'value') return <Values values={result.values} type={result.type} count={result.count} />;
  return <Badge tone={result.kind === 'error' ? 'bad' : 'none'}>{evaluationWords(result)}</Badge>;
}
