/**
 * A button that may be refused: it then stays in its place and within reach of the keyboard, looks disabled, does nothing,
 * and says why to everybody: on hover, on focus and to screen readers.
 */
import { type ReactNode, useId } from 'react';
import { Button } from 'react-aria-components/Button';
import { Icon, type IconName } from './icon.tsx';

interface ReasonedButtonProps {
  readonly onPress: () => void;
  readonly children: ReactNode;
  readonly icon?: IconName;
  /** `command` for command bars and rows; `primary` for the one act of a page; `danger` for acts that are hard to undo. */
  readonly look?: 'command' | 'primary' | 'danger';
  /** Why not, in a sentence. Absent: it works. */
  readonly refusal?: string | undefined;
}

export function ReasonedButton({ onPress, children, icon, look = 'command', refusal }: ReasonedButtonProps) {
  const reasonId = useId();
  const content = (
    <>
      {icon === undefined ? null : <Icon name={icon} />}
      <span>{children}</span>
    </>
  );
  if (refusal === undefined) {
    return (
      <Button className={look} onPress={onPress}>
        {content}
      </Button>
    );
  }
  return (
    <span className="reasoned">
      <button type="button" className={look} data-disabled aria-disabled="true" aria-describedby={reasonId}>
        {content}
      </button>
      <span id={reasonId} role="tooltip" className="reason-tip">
        {refusal}
      </span>
    </span>
  );
}
