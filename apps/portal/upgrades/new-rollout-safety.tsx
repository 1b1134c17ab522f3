/** The third step of a new rollout: when it halts itself, and when it may begin. */
import { LineField } from '../look/fields.tsx';
import { type PlanForm, safetyProblems } from './plan-form.ts';

interface SafetyStepProps {
  readonly form: PlanForm;
  readonly nowMs: number;
  readonly onChange: (form: PlanForm) => void;
}

export function SafetyStep({ form, nowMs, onChange }: SafetyStepProps) {
  const problems = safetyProblems(form, nowMs);
  return (
    <>
      <p className="quiet">
        It halts itself when both are reached. A host that falls silent for an hour counts as failed.
      </p>
      <div className="field-row">
        <LineField
          label="Hosts that failed"
          unit="hosts"
          value={form.minFailures}
          onChange={(minFailures) => onChange({ ...form, minFailures })}
          problem={problems.minFailures}
        />
        <LineField
          label="Share of those that began"
          unit="%"
          value={form.failurePercent}
          onChange={(failurePercent) => onChange({ ...form, failurePercent })}
          problem={problems.failurePercent}
        />
      </div>
      <div className="field-row">
        <LineField
          label="Begins not before"
          type="datetime-local"
          value={form.notBefore}
          onChange={(notBefore) => onChange({ ...form, notBefore })}
          problem={problems.notBefore}
          hint="By your own clock. Empty: as soon as it is approved."
        />
      </div>
    </>
  );
}
