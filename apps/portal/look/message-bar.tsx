/** A message across the page: what is the matter, and what to do about it. */
import type { ReactNode } from 'react';
import { Icon } from './icon.tsx';
import type { Tone } from './tone.ts';

interface MessageBarProps {
  readonly tone: Tone;
  readonly title: string;
  readonly children: ReactNode;
  /** `alert` for what the person's own act just caused; `note` for what is so. */
  readonly role?: 'alert' | 'note';
}

export function MessageBar({ tone, title, children, role = 'note' }: MessageBarProps) {
  return (
    <div className="message-bar" data-tone={tone} role={role}>
      <Icon name={tone} />
      <div>
        <strong>{title}</strong> {children}
      </div>
    </div>
  );
}
