/** Freezes: times in which no host installs anything. */
import type { Rollouts } from '@springline/api/shapes/rollout';
import { useState } from 'react';
import { useApi } from '../api-context.ts';
import { ActDialog } from '../look/act-dialog.tsx';
import { Badge } from '../look/badge.tsx';
import { ReasonedButton } from '../look/reasoned-button.tsx';
import { useNowMs, When } from '../look/when.tsx';
import { pendingWords } from './rollout-words.ts';
import { type Outcome, Section } from './upgrade-page.tsx';

export type Freeze = Rollouts['freezes'][number];

interface FreezesSectionProps {
  readonly freezes: readonly Freeze[];
  readonly refusal: string | undefined;
  readonly onDone: (outcome: Outcome) => void;
}

export function FreezesSection({ freezes, refusal, onDone }: FreezesSectionProps) {
  const [asked, setAsked] = useState<Freeze>();
  return (
    <Section id="freezes" title="Freezes">
      {freezes.length === 0 ? (
        <p className="empty">None. Add one for the days on which nothing may change: the close of a year, a move.</p>
      ) : (
        <ul className="plain-list">
          {freezes.map((freeze) => (
            <li key={`${freeze.name} ${freeze.from}`}>
              <FreezeLine freeze={freeze} />
              <ReasonedButton icon="close" refusal={refusal} onPress={() => setAsked(freeze)}>
                Remove {freeze.name}
              </ReasonedButton>
            </li>
          ))}
        </ul>
      )}
      {asked === undefined ? null : (
        <RemoveFreezeDialog freeze={asked} onDone={onDone} onClose={() => setAsked(undefined)} />
      )}
    </Section>
  );
}

function FreezeLine({ freeze }: { readonly freeze: Freeze }) {
  const now = useNowMs();
  const [isBegun, isOver] = [Date.parse(freeze.from) <= now, Date.parse(freeze.until) <= now];
  return (
    <div>
      <p className="plain-list-title">
        <strong>{freeze.name}</strong>
        <Badge tone={isOver ? 'none' : isBegun ? 'warn' : 'busy'}>
          {isOver ? 'Over' : isBegun ? 'In force' : 'To come'}
        </Badge>
      </p>
      <p className="quiet">
        From <When at={freeze.from} full /> until <When at={freeze.until} full />
      </p>
    </div>
  );
}

interface RemoveFreezeDialogProps {
  readonly freeze: Freeze;
  readonly onDone: (outcome: Outcome) => void;
  readonly onClose: () => void;
}

function RemoveFreezeDialog({ freeze, onDone, onClose }: RemoveFreezeDialogProps) {
  const api = useApi();
  async function act() {
    const { pending } = await api.call('changeRolloutPolicy', { body: { removeFreeze: freeze.name } });
    onDone({
      tone: pending.length === 0 ? 'good' : 'warn',
      title: `Freeze ${freeze.name}: removal asked for.`,
      detail: pendingWords(pending),
    });
  }
  return (
    <ActDialog
      title={`Remove the freeze ${freeze.name}?`}
      verb="Remove the freeze"
      isDestructive
      act={act}
      onClose={onClose}
    >
      <p>Hosts may then install what rollouts have open, also before its end. This may have to be approved.</p>
    </ActDialog>
  );
}
