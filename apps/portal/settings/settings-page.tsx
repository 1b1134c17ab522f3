/** What the Settings pages share: who may, the frame, and secrets that are shown once. */
import type { ReactNode } from 'react';
import { ActDialog } from '../look/act-dialog.tsx';
import { CopyLine } from '../look/copy-line.tsx';
import { MessageBar } from '../look/message-bar.tsx';
import { useRefusal } from '../upgrades/access.ts';
import { type Outcome, UpgradePage } from '../upgrades/upgrade-page.tsx';
import './settings.css';

type FrameProps = Parameters<typeof UpgradePage>[0];

/** In place of the page for whom the server would refuse. */
export function SettingsPage(props: Omit<FrameProps, 'area'>) {
  const refusal = useRefusal('administer');
  if (refusal === undefined) return <UpgradePage {...props} area="Settings" />;
  return (
    <UpgradePage title={props.title} area="Settings" purpose={props.purpose} asked={[]}>
      <MessageBar tone="none" title="Not for this role.">
        {refusal}
      </MessageBar>
    </UpgradePage>
  );
}

interface SecretDialogProps {
  readonly title: string;
  readonly secret: string;
  /** As in `Copy the token`. */
  readonly what: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** It is kept nowhere: once closed, nobody can show it again. */
export function SecretDialog({ title, secret, what, onClose, children }: SecretDialogProps) {
  return (
    <ActDialog title={title} verb="I have kept it" act={async () => {}} onClose={onClose}>
      <p>
        <strong>This is shown once.</strong> Nobody can show it again, also not an administrator.
      </p>
      <CopyLine text={secret} what={what} />
      {children}
    </ActDialog>
  );
}

export type OnDone = (outcome: Outcome) => void;
