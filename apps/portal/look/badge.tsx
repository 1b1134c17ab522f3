/** A state in a word with its icon. */
import type { ReactNode } from 'react';
import { Icon } from './icon.tsx';
import type { Tone } from './tone.ts';

export function Badge({ tone, children }: { readonly tone: Tone; readonly children: ReactNode }) {
  return (
    <span className="badge" data-tone={tone}>
      <Icon name={tone} />
      <span>{children}</span>
    </span>
  );
}
