/** The second step of a new rollout: its rings, in the order in which they open. */
import { Button } from 'react-aria-components/Button';
import { LineField } from '../look/fields.tsx';
import { Icon } from '../look/icon.tsx';
import { ReasonedButton } from '../look/reasoned-button.tsx';
import { type PlanForm, type RingField, type RingForm, ringProblems, withRing } from './plan-form.ts';

interface RingsStepProps {
  readonly form: PlanForm;
  readonly onChange: (form: PlanForm) => void;
}

const fields: readonly { readonly field: RingField; readonly label: string; readonly unit?: string }[] = [
  { field: 'name', label: 'Name' },
  { field: 'startPercent', label: 'Open at once', unit: '%' },
  { field: 'rampPercent', label: 'More each hour', unit: '%' },
  { field: 'soakHours', label: 'Soak', unit: 'hours' },
  { field: 'minCommitted', label: 'Hosts that kept it' },
  { field: 'minCommittedPercent', label: 'Share that kept it', unit: '%' },
];

export function RingsStep({ form, onChange }: RingsStepProps) {
  const set = (key: number, field: RingField, text: string) =>
    onChange({ ...form, rings: form.rings.map((each) => (each.key === key ? { ...each, [field]: text } : each)) });
  return (
    <>
      <p className="quiet">
        A ring opens when the one before is as open as it will be, has soaked, and enough of its hosts have kept the
        build. A host says itself which ring it is in; one that says nothing is in broad.
      </p>
      <ol className="ring-forms">
        {form.rings.map((ring, at) => (
          <li key={ring.key}>
            <fieldset className="ring-form">
              <legend>{`Ring ${at + 1}`}</legend>
              <div className="ring-fields">
                {fields.map(({ field, label, unit }) => (
                  <LineField
                    key={field}
                    label={label}
                    value={ring[field]}
                    onChange={(text) => set(ring.key, field, text)}
                    problem={ringProblems(form, ring.key)[field]}
                    {...(unit === undefined ? {} : { unit })}
                  />
                ))}
              </div>
              <ReasonedButton
                icon="close"
                refusal={form.rings.length === 1 ? 'A rollout has at least one ring.' : undefined}
                onPress={() => onChange({ ...form, rings: without(form.rings, ring.key) })}
              >
                {`Remove ring ${at + 1}`}
              </ReasonedButton>
            </fieldset>
          </li>
        ))}
      </ol>
      <div>
        <Button className="command" onPress={() => onChange(withRing(form))}>
          <Icon name="plus" />
          <span>Add a ring</span>
        </Button>
      </div>
    </>
  );
}

const without = (rings: readonly RingForm[], key: number) => rings.filter((each) => each.key !== key);
