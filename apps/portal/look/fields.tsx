/** Labelled fields of forms: a line of text, a number, one of several, yes or no. Each says what is wrong beside itself. */
import { type HTMLInputTypeAttribute, type ReactNode, useId } from 'react';
import { FieldError } from 'react-aria-components/FieldError';
import { Input } from 'react-aria-components/Input';
import { Label } from 'react-aria-components/Label';
import { Text } from 'react-aria-components/Text';
import { TextField } from 'react-aria-components/TextField';

interface LineFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (text: string) => void;
  /** What is wrong with the value, in a sentence. */
  readonly problem?: string | undefined;
  readonly hint?: string;
  readonly type?: HTMLInputTypeAttribute;
  readonly placeholder?: string;
  readonly isRequired?: boolean;
  /** Of the text behind it: `%`, `hours`. */
  readonly unit?: string;
  readonly maxLength?: number;
}

export function LineField(props: LineFieldProps) {
  const { label, value, onChange, problem, hint, type = 'text', placeholder, isRequired = false, unit } = props;
  return (
    <TextField
      className="field"
      value={value}
      onChange={onChange}
      isInvalid={problem !== undefined}
      isRequired={isRequired}
      validationBehavior="aria"
    >
      <Label className="field-label">{label}</Label>
      <span className="field-line">
        <Input
          className="field-input"
          type={type}
          {...(placeholder === undefined ? {} : { placeholder })}
          maxLength={props.maxLength ?? 500}
          {...(type === 'number' ? { min: 0, step: 'any', inputMode: 'decimal' as const } : {})}
        />
        {unit === undefined ? null : <span className="quiet">{unit}</span>}
      </span>
      {hint === undefined ? null : (
        <Text slot="description" className="field-hint">
          {hint}
        </Text>
      )}
      <FieldError className="field-problem">{problem}</FieldError>
    </TextField>
  );
}

export interface Choice {
  readonly id: string;
  readonly title: string;
  readonly isDisabled?: boolean;
}

/** Names to choose from, with the one that is chosen: an address may hold one that is not there any more. */
export function withChosen(names: readonly string[], chosen: string | undefined): readonly string[] {
  return chosen === undefined || names.includes(chosen) ? names : [...names, chosen];
}

interface ChoiceFieldProps {
  readonly label: string;
  readonly value: string;
  readonly choices: readonly Choice[];
  readonly onChange: (id: string) => void;
  /** In command bars and heads of grids the label is for screen readers only. */
  readonly isLabelUnseen?: boolean;
  readonly hint?: string;
}

/** The browser's own list: works with every keyboard, reader and small screen there is. */
export function ChoiceField({ label, value, choices, onChange, isLabelUnseen = false, hint }: ChoiceFieldProps) {
  const id = useId();
  return (
    <div className="field">
      <label className={isLabelUnseen ? 'unseen' : 'field-label'} htmlFor={id}>
        {label}
      </label>
      <select
        id={id}
        className="field-input"
        value={value}
        onChange={(event) => onChange(event.target.value)}
        {...(hint === undefined ? {} : { 'aria-describedby': `${id}-hint` })}
      >
        {choices.map((choice) => (
          <option key={choice.id} value={choice.id} disabled={choice.isDisabled === true}>
            {choice.title}
          </option>
        ))}
      </select>
      {hint === undefined ? null : (
        <span id={`${id}-hint`} className="field-hint">
          {hint}
        </span>
      )}
    </div>
  );
}

interface TickFieldProps {
  readonly label: ReactNode;
  readonly isTicked: boolean;
  readonly onChange: (isTicked: boolean) => void;
}

export function TickField({ label, isTicked, onChange }: TickFieldProps) {
  return (
    <label className="tick">
      <input type="checkbox" checked={isTicked} onChange={(event) => onChange(event.target.checked)} />
      <span>{label}</span>
    </label>
  );
}
