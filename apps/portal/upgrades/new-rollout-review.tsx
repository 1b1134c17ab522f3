/** The last step of a new rollout: all of it in words, with the earliest dates. */
import type { ReleaseView } from '@springline/api/shapes/auto-upgrade';
import type { Rollouts } from '@springline/api/shapes/rollout';
import { componentTitles } from '../home/agent-states.ts';
import { MessageBar } from '../look/message-bar.tsx';
import { When } from '../look/when.tsx';
import { percentWords } from './percent.ts';
import { bodyOf, type PlanForm, previewDates } from './plan-form.ts';
import { minutesWords, rampWords, ruleWords } from './rollout-words.ts';

interface ReviewStepProps {
  readonly form: PlanForm;
  readonly releases: readonly ReleaseView[];
  readonly rule: Rollouts['rule'];
  readonly nowMs: number;
}

const million = 1_000_000;

export function ReviewStep({ form, releases, rule, nowMs }: ReviewStepProps) {
  const [body, dates] = [bodyOf(form), previewDates(form, nowMs)];
  const release = releases.find(({ component, version }) => component === form.component && version === form.version);
  if (body?.rings === undefined || dates === undefined || release === undefined) return null;
  const signedRamp = release.maxRampPpmPerHour ?? million;
  return (
    <>
      <p>
        <strong>
          {componentTitles[release.component]} {release.version}
        </strong>{' '}
        goes out in {body.rings.length === 1 ? 'one ring' : `${body.rings.length} rings`}. It halts itself when{' '}
        {form.minFailures} hosts failed and they are {form.failurePercent}% of those that began.
      </p>
      <ol className="preview" aria-label="Dates">
        {body.rings.map((ring, at) => {
          const { opensMs, fullMs, finalPpm } = dates[at]!;
          const full = finalPpm >= million ? 'open to all' : `open to ${percentWords(finalPpm)}`;
          return (
            <li key={ring.name}>
              <strong>{ring.name}</strong>
              <dl>
                <div>
                  <dt>opens</dt>
                  <dd>
                    <When at={new Date(opensMs).toISOString()} full />
                  </dd>
                </div>
                <div>
                  <dt>{full}</dt>
                  <dd>
                    <When at={new Date(fullMs).toISOString()} full />
                  </dd>
                </div>
              </dl>
              <p className="quiet">
                {rampWords(ring)}. Soaks {minutesWords(ring.soakMinutes)}.
              </p>
            </li>
          );
        })}
      </ol>
      <p className="quiet">
        These are the earliest dates, if it is approved now. A ring opens on evidence and never on time alone, so it may
        take longer.
      </p>
      {signedRamp >= million ? null : (
        <MessageBar tone="warn" title="The publisher limits how fast this build spreads.">
          At most {percentWords(signedRamp)} of hosts an hour from its publication on, whatever the rings say.
        </MessageBar>
      )}
      {rule === undefined ? null : <p className="quiet">{ruleWords[rule]}</p>}
    </>
  );
}
