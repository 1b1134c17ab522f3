/** Details of one rollout over the right edge of the page: its rings with their evidence, and what can be done. */
import type { RolloutView } from '@springline/api/shapes/rollout';
import { useState } from 'react';
import { useApi } from '../api-context.ts';
import { ActDialog } from '../look/act-dialog.tsx';
import { Badge } from '../look/badge.tsx';
import { LineField } from '../look/fields.tsx';
import type { IconName } from '../look/icon.tsx';
import { MessageBar } from '../look/message-bar.tsx';
import { counted, countWords } from '../look/number-words.ts';
import { ReasonedButton } from '../look/reasoned-button.tsx';
import { Fact, SidePanel } from '../look/side-panel.tsx';
import { When } from '../look/when.tsx';
import { percentWords } from './percent.ts';
import { ShareBar } from './ring-bars.tsx';
import {
  actorWords,
  actRefusal,
  actWords,
  pendingWords,
  type Ring,
  type RolloutAction,
  rampWords,
  releaseName,
  ringWords,
  soakWords,
  stateWords,
} from './rollout-words.ts';
import type { Outcome } from './upgrade-page.tsx';

interface RolloutPanelProps {
  /** Undefined: closed. */
  readonly rollout: RolloutView | undefined;
  /** Why nothing can be changed. */
  readonly refusal: string | undefined;
  readonly onClose: () => void;
  readonly onDone: (outcome: Outcome) => void;
}

export function RolloutPanel({ rollout, refusal, onClose, onDone }: RolloutPanelProps) {
  return (
    <SidePanel
      isOpen={rollout !== undefined}
      title={rollout === undefined ? '' : releaseName(rollout)}
      state={
        rollout === undefined ? null : (
          <Badge tone={stateWords[rollout.state].tone}>{stateWords[rollout.state].words}</Badge>
        )
      }
      onClose={onClose}
    >
      {rollout === undefined ? null : <RolloutDetails rollout={rollout} refusal={refusal} onDone={onDone} />}
    </SidePanel>
  );
}

const acts: readonly { readonly action: RolloutAction; readonly title: string; readonly icon: IconName }[] = [
  { action: 'halt', title: 'Halt', icon: 'pause' },
  { action: 'resume', title: 'Resume', icon: 'play' },
  { action: 'advance', title: 'Advance', icon: 'skip' },
  { action: 'abort', title: 'Give up', icon: 'close' },
];

interface DetailsProps {
  readonly rollout: RolloutView;
  readonly refusal: string | undefined;
  readonly onDone: (outcome: Outcome) => void;
}

function RolloutDetails({ rollout, refusal, onDone }: DetailsProps) {
  const [asked, setAsked] = useState<RolloutAction>();
  const { haltAt } = rollout;
  return (
    <>
      <div className="panel-acts">
        {acts.map(({ action, title, icon }) => (
          <ReasonedButton
            key={action}
            icon={icon}
            refusal={refusal ?? actRefusal(action, rollout)}
            onPress={() => setAsked(action)}
          >
            {title}
          </ReasonedButton>
        ))}
      </div>
      {rollout.reason === undefined ? null : (
        <MessageBar tone={rollout.state === 'halted' ? 'bad' : 'none'} title={`${stateWords[rollout.state].words}.`}>
          {rollout.reason}
        </MessageBar>
      )}
      <dl className="facts">
        <Fact title="What next">{rollout.next}</Fact>
        <Fact title="Halts itself">
          when {counted(haltAt.minFailures, 'host')} failed and they are {percentWords(haltAt.failurePpm)} of those that
          began
        </Fact>
        <Fact title="Planned">
          <When at={rollout.createdAt} full /> by {actorWords(rollout.createdBy)}
        </Fact>
        {rollout.notBefore === undefined ? null : (
          <Fact title="Not before">
            <When at={rollout.notBefore} full />
          </Fact>
        )}
        <Fact title="Release number">{rollout.releaseNumber}</Fact>
      </dl>
      <h3>Rings</h3>
      <ol className="ring-cards">
        {rollout.rings.map((ring) => (
          <RingCard key={ring.name} ring={ring} />
        ))}
      </ol>
      {asked === undefined ? null : (
        <ChangeDialog rollout={rollout} action={asked} onDone={onDone} onClose={() => setAsked(undefined)} />
      )}
    </>
  );
}

function RingCard({ ring }: { readonly ring: Ring }) {
  const { tone, words } = ringWords(ring);
  const { committed, failed, silent, activating } = ring.evidence;
  return (
    <li className="ring-card">
      <p className="ring-card-head">
        <strong>{ring.name}</strong>
        <Badge tone={tone}>{words}</Badge>
      </p>
      <ShareBar ppm={ring.openPpm} tone={failed + silent > 0 ? 'warn' : 'good'} />
      <dl className="evidence">
        <Evidence title="kept it" count={committed} tone="good" />
        <Evidence title="failed" count={failed} tone="bad" />
        <Evidence title="fell silent" count={silent} tone="warn" />
        <Evidence title="under way" count={activating} tone="busy" />
      </dl>
      <p className="quiet">
        {ring.openedAt === undefined ? null : (
          <>
            Open since <When at={ring.openedAt} />.{' '}
          </>
        )}
        {rampWords(ring)}. {soakWords(ring)}.
      </p>
    </li>
  );
}

function Evidence({ title, count, tone }: { readonly title: string; readonly count: number; readonly tone: string }) {
  return (
    <div data-tone={count === 0 ? 'none' : tone}>
      <dt>{title}</dt>
      <dd>{countWords(count)}</dd>
    </div>
  );
}

interface ChangeDialogProps {
  readonly rollout: RolloutView;
  readonly action: RolloutAction;
  readonly onDone: (outcome: Outcome) => void;
  readonly onClose: () => void;
}

function ChangeDialog({ rollout, action, onDone, onClose }: ChangeDialogProps) {
  const api = useApi();
  const [reason, setReason] = useState('');
  const { title, verb, isDestructive, says } = actWords(action, rollout);
  async function act() {
    const { pending } = await api.call('changeRollout', {
      params: { rolloutId: rollout.rolloutId },
      body: { action, reason: reason.trim() },
    });
    onDone({ tone: pending.length === 0 ? 'good' : 'warn', title: `${verb}: done.`, detail: pendingWords(pending) });
  }
  return (
    <ActDialog
      title={title}
      verb={verb}
      isDestructive={isDestructive}
      refusal={reason.trim() === '' ? 'Give a reason: it goes into the audit log.' : undefined}
      act={act}
      onClose={onClose}
    >
      <p>{says}</p>
      <LineField label="Reason" value={reason} onChange={setReason} isRequired hint="Everybody who looks sees it." />
    </ActDialog>
  );
}
