/** The steps of a cycle, one line each. */
import type { RunStep } from '@springline/api/shapes/agent';
import { Badge } from '../look/badge.tsx';
import { countWords } from '../look/number-words.ts';
import { durationWords } from '../look/when-words.ts';
import { ChangeCounts } from './change-counts.tsx';
import { resultTone, resultWords } from './result-words.ts';
import { changesOf } from './step-changes.ts';

interface StepsListProps {
  readonly steps: readonly RunStep[];
  /** Under each step the engine's own counters, as far as they counted. */
  readonly withCounters?: boolean;
}

export function StepsList({ steps, withCounters = false }: StepsListProps) {
  return (
    <ol className="steps">
      {steps.map((step) => (
        <li key={`${step.connector} ${step.profile} ${step.startedAt}`} className="step">
          <span className="step-name">
            {step.profile} <span className="quiet">{step.connector}</span>
          </span>
          <Badge tone={resultTone(step.result)}>{resultWords(step.result)}</Badge>
          <ChangeCounts changes={changesOf(step)} />
          <span className="step-time figure">
            {step.endedAt === undefined
              ? 'running'
              : durationWords(Date.parse(step.endedAt) - Date.parse(step.startedAt))}
          </span>
          {step.detail === undefined ? null : <p className="step-detail">{step.detail}</p>}
          {withCounters ? <Counters step={step} /> : null}
        </li>
      ))}
    </ol>
  );
}

function Counters({ step }: { readonly step: RunStep }) {
  const counted = Object.entries(step.counters).filter(([, count]) => count > 0);
  if (counted.length === 0) return null;
  return (
    <dl className="counters">
      {counted.map(([counter, count]) => (
        <div key={counter}>
          <dt>{counter}</dt>
          <dd>{countWords(count)}</dd>
        </div>
      ))}
    </dl>
  );
}
