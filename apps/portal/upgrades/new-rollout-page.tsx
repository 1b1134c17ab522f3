/** Plans a rollout in four steps: what, to whom, when to stop, and a look at the dates before it is handed in. */
import type { ReleaseView } from '@springline/api/shapes/auto-upgrade';
import type { Rollouts, RolloutView } from '@springline/api/shapes/rollout';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { Button } from 'react-aria-components/Button';
import { useApi } from '../api-context.ts';
import { releasesQuery } from '../history/history-query.ts';
import { ReleasesProblem } from '../history/releases-problem.tsx';
import { actFailureWords } from '../look/act-dialog.tsx';
import { MessageBar } from '../look/message-bar.tsx';
import { ReasonedButton } from '../look/reasoned-button.tsx';
import { useNowMs } from '../look/when.tsx';
import { useRefusal } from './access.ts';
import { ReleaseStep, releaseRefusal } from './new-rollout-release.tsx';
import { ReviewStep } from './new-rollout-review.tsx';
import { RingsStep } from './new-rollout-rings.tsx';
import { SafetyStep } from './new-rollout-safety.tsx';
import { bodyOf, type PlanForm, ringProblems, safetyProblems, usualPlan } from './plan-form.ts';
import { UpgradePage } from './upgrade-page.tsx';
import { rolloutsQuery } from './upgrade-queries.ts';

const steps = ['Release', 'Rings', 'Safety', 'Review'] as const;

export function NewRolloutPage() {
  const api = useApi();
  const published = useQuery(releasesQuery(api));
  const rollouts = useQuery(rolloutsQuery(api));
  if (published.data === undefined || rollouts.data === undefined) return null;
  return (
    <UpgradePage
      title="New rollout"
      purpose="A plan that is approved once; within it the rings open by themselves, on evidence."
      asked={[published, rollouts]}
    >
      <Wizard releases={published.data.releases} problem={published.data.releasesProblem} rollouts={rollouts.data} />
    </UpgradePage>
  );
}

interface WizardProps {
  readonly releases: readonly ReleaseView[];
  /** Why releases may be missing. */
  readonly problem: string | undefined;
  readonly rollouts: Rollouts;
}

function Wizard({ releases, problem, rollouts }: WizardProps) {
  const nowMs = useNowMs();
  const [form, setForm] = useState<PlanForm>(() => firstForm(releases, rollouts.rollouts));
  const [step, setStep] = useState(0);
  const [isTried, setTried] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  const { submit, pending, failure } = useSubmit();
  const manage = useRefusal('upgrade.manage');
  const wrong = wrongIn(step, form, releases, rollouts.rollouts, nowMs);
  const isLast = step === steps.length - 1;

  const isFirstLook = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the focus follows the step.
  useEffect(() => {
    if (isFirstLook.current) isFirstLook.current = false;
    else heading.current?.focus();
  }, [step]);

  function goTo(next: number) {
    setTried(false);
    setStep(next);
  }

  return (
    <section className="section wizard" aria-labelledby="wizard-step">
      <StepList step={step} onGo={goTo} />
      <form
        className="wizard-form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (wrong !== undefined) return setTried(true);
          if (!isLast) return goTo(step + 1);
          const body = bodyOf(form);
          if (body !== undefined && manage === undefined) void submit(body);
        }}
      >
        <h2 id="wizard-step" ref={heading} tabIndex={-1}>
          <span className="unseen">{`Step ${step + 1} of ${steps.length}: `}</span>
          {steps[step]}
        </h2>
        {step === 0 ? <ReleasesProblem problem={problem} /> : null}
        {step === 0 ? (
          <ReleaseStep form={form} releases={releases} rollouts={rollouts.rollouts} onChange={setForm} />
        ) : null}
        {step === 1 ? <RingsStep form={form} onChange={setForm} /> : null}
        {step === 2 ? <SafetyStep form={form} nowMs={nowMs} onChange={setForm} /> : null}
        {step === 3 ? <ReviewStep form={form} releases={releases} rule={rollouts.rule} nowMs={nowMs} /> : null}
        {isTried && wrong !== undefined ? (
          <MessageBar tone="bad" title="This step is not complete." role="alert">
            {wrong}
          </MessageBar>
        ) : null}
        {failure === undefined ? null : (
          <MessageBar tone="bad" title="The rollout was not planned." role="alert">
            {failure}
          </MessageBar>
        )}
        <div className="dialog-acts">
          {isLast ? (
            manage === undefined ? (
              <Button type="submit" className="primary">
                {pending ? 'One moment…' : 'Hand in the plan'}
              </Button>
            ) : (
              <ReasonedButton look="primary" refusal={manage} onPress={() => {}}>
                Hand in the plan
              </ReasonedButton>
            )
          ) : (
            <Button type="submit" className="primary">
              Next
            </Button>
          )}
          {step === 0 ? null : (
            <Button className="secondary" onPress={() => goTo(step - 1)}>
              Back
            </Button>
          )}
        </div>
      </form>
    </section>
  );
}

/** The steps in order. Those that were passed can be gone back to. */
function StepList({ step, onGo }: { readonly step: number; readonly onGo: (step: number) => void }) {
  return (
    <ol className="wizard-steps" aria-label="Steps">
      {steps.map((title, at) => (
        <li key={title} aria-current={at === step ? 'step' : undefined} data-passed={at < step}>
          <span className="wizard-mark" aria-hidden="true">
            {at + 1}
          </span>
          {at < step ? (
            <Button className="wizard-back" onPress={() => onGo(at)}>
              {title}
            </Button>
          ) : (
            <span>{title}</span>
          )}
        </li>
      ))}
    </ol>
  );
}

/** The newest release that can be rolled out. */
function firstForm(releases: readonly ReleaseView[], rollouts: readonly RolloutView[]): PlanForm {
  const first = releases.find((release) => releaseRefusal(release, rollouts) === undefined) ?? releases[0];
  return { component: first?.component ?? '', version: first?.version ?? '', ...usualPlan };
}

function wrongIn(
  step: number,
  form: PlanForm,
  releases: readonly ReleaseView[],
  rollouts: readonly RolloutView[],
  nowMs: number,
): string | undefined {
  switch (step) {
    case 0: {
      const chosen = releases.find(
        ({ component, version }) => component === form.component && version === form.version,
      );
      return chosen === undefined ? 'Choose a release.' : releaseRefusal(chosen, rollouts);
    }
    case 1: {
      const names = form.rings.filter(({ key }) => Object.keys(ringProblems(form, key)).length > 0);
      return names.length === 0 ? undefined : `Correct ${names.map(({ name }) => `“${name}”`).join(', ')}.`;
    }
    case 2:
      return Object.values(safetyProblems(form, nowMs))[0];
    default:
      return undefined;
  }
}

function useSubmit() {
  const api = useApi();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [pending, setPending] = useState(false);
  const [failure, setFailure] = useState<string>();
  async function submit(body: NonNullable<ReturnType<typeof bodyOf>>) {
    if (pending) return;
    setPending(true);
    setFailure(undefined);
    try {
      const { rollout } = await api.call('createRollout', { body });
      await client.invalidateQueries({ queryKey: ['rollouts'] });
      await navigate({ to: '/upgrades/rollouts', search: { rollout: rollout.rolloutId } });
    } catch (error) {
      setFailure(actFailureWords(error));
    } finally {
      setPending(false);
    }
  }
  return { submit, pending, failure };
}
