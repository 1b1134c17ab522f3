/** The first step of a new rollout: which build. */
import type { ReleaseView } from '@springline/api/shapes/auto-upgrade';
import type { RolloutView } from '@springline/api/shapes/rollout';
import { componentTitles } from '../home/agent-states.ts';
import { ChoiceField } from '../look/fields.tsx';
import { MessageBar } from '../look/message-bar.tsx';
import { When } from '../look/when.tsx';
import type { PlanForm } from './plan-form.ts';

/** Why a release cannot be rolled out, in a sentence; `undefined` when it can. */
export function releaseRefusal(
  { component, version, isRecalled, isForAutoUpgrade }: ReleaseView,
  rollouts: readonly RolloutView[],
): string | undefined {
  if (isRecalled === true) return 'The publisher recalled this build.';
  if (isForAutoUpgrade === false) return 'This build is for download only.';
  const known = rollouts.find(
    (each) => each.component === component && each.version === version && each.state !== 'aborted',
  );
  return known === undefined ? undefined : `A rollout of it is there already: it is ${known.state}.`;
}

interface ReleaseStepProps {
  readonly form: PlanForm;
  readonly releases: readonly ReleaseView[];
  readonly rollouts: readonly RolloutView[];
  readonly onChange: (form: PlanForm) => void;
}

export function ReleaseStep({ form, releases, rollouts, onChange }: ReleaseStepProps) {
  if (releases.length === 0) {
    return (
      <p>
        No release is published yet. Publish one first: <code>springline release publish</code>.
      </p>
    );
  }
  const components = [...new Set(releases.map(({ component }) => component))];
  const own = releases.filter(({ component }) => component === form.component);
  const chosen = own.find(({ version }) => version === form.version);
  const refusal = chosen === undefined ? undefined : releaseRefusal(chosen, rollouts);
  return (
    <>
      <div className="field-row">
        <ChoiceField
          label="Component"
          value={form.component}
          choices={components.map((component) => ({ id: component, title: componentTitles[component] }))}
          onChange={(component) => {
            const ofIt = releases.filter((each) => each.component === component);
            const first = ofIt.find((each) => releaseRefusal(each, rollouts) === undefined) ?? ofIt[0];
            onChange({ ...form, component, version: first?.version ?? '' });
          }}
        />
        <ChoiceField
          label="Version"
          value={form.version}
          choices={own.map((release) => ({
            id: release.version,
            title: `${release.version}${releaseRefusal(release, rollouts) === undefined ? '' : ' (not possible)'}`,
          }))}
          onChange={(version) => onChange({ ...form, version })}
        />
      </div>
      {refusal === undefined ? null : (
        <MessageBar tone="warn" title="This release cannot be rolled out.">
          {refusal}
        </MessageBar>
      )}
      {chosen === undefined ? null : (
        <dl className="facts">
          <div>
            <dt>Published</dt>
            <dd>
              <When at={chosen.publishedAt} full />
            </dd>
          </div>
          <div>
            <dt>Platforms</dt>
            <dd>{Object.keys(chosen.targets ?? {}).join(', ') || 'not known'}</dd>
          </div>
          <div>
            <dt>Notes</dt>
            <dd className="notes">{chosen.notes ?? 'None.'}</dd>
          </div>
        </dl>
      )}
    </>
  );
}
