/** Rollouts: what runs, what waits for approval, what is frozen; and the commands that stop everything. */
import type { Rollouts, RolloutView } from '@springline/api/shapes/rollout';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { Cell, Row, Table, TableBody, TableHeader } from 'react-aria-components/Table';
import { useApi } from '../api-context.ts';
import { Badge } from '../look/badge.tsx';
import { GridColumn, useRowLimit } from '../look/data-grid.tsx';
import { Icon } from '../look/icon.tsx';
import { MessageBar } from '../look/message-bar.tsx';
import { ReasonedButton } from '../look/reasoned-button.tsx';
import { When } from '../look/when.tsx';
import { useRefusal } from './access.ts';
import { ApproversSection } from './approvers-section.tsx';
import { FreezesSection } from './freezes-section.tsx';
import { PendingSection } from './pending-section.tsx';
import { FreezeDialog, HaltAllDialog, MakePasskeyDialog } from './policy-dialogs.tsx';
import { RingBars } from './ring-bars.tsx';
import { RolloutPanel } from './rollout-panel.tsx';
import { actorWords, releaseName, stateWords } from './rollout-words.ts';
import { type Outcome, Section, UpgradePage } from './upgrade-page.tsx';
import { rolloutsQuery } from './upgrade-queries.ts';

/** What lies over the page. */
type Over = 'halt-all' | 'freeze' | 'passkey' | undefined;

export function RolloutsPage() {
  const client = useQueryClient();
  const rollouts = useQuery(rolloutsQuery(useApi()));
  const { rollout: openId } = useSearch({ from: '/signed-in/upgrades/rollouts' });
  const navigate = useNavigate();
  const [over, setOver] = useState<Over>();
  const [outcome, setOutcome] = useState<Outcome>();
  const manage = useRefusal('upgrade.manage');
  if (rollouts.data === undefined) return null;
  const { data } = rollouts;
  const open = (rolloutId: string | undefined) =>
    void navigate({
      to: '/upgrades/rollouts',
      search: rolloutId === undefined ? {} : { rollout: rolloutId },
      resetScroll: false,
    });
  const onDone = (words: Outcome) => {
    setOutcome(words);
    void client.invalidateQueries({ queryKey: ['rollouts'] });
    void client.invalidateQueries({ queryKey: ['policy'] });
  };
  const change = manage ?? (data.signerProblem === undefined ? undefined : 'The signer does not answer; see above.');
  const close = () => setOver(undefined);
  return (
    <UpgradePage
      title="Rollouts"
      purpose="Which build goes to whom, ring by ring, and what stops it."
      asked={[rollouts]}
      outcome={outcome}
      commands={
        <>
          <ReasonedButton
            icon="plus"
            refusal={change}
            onPress={() => void navigate({ to: '/upgrades/rollouts/new', search: {} })}
          >
            New rollout
          </ReasonedButton>
          <ReasonedButton icon={data.isHalted ? 'play' : 'pause'} refusal={change} onPress={() => setOver('halt-all')}>
            {data.isHalted ? 'Go on after the halt' : 'Halt everything'}
          </ReasonedButton>
          <ReasonedButton icon="snow" refusal={change} onPress={() => setOver('freeze')}>
            Add a freeze
          </ReasonedButton>
          <ReasonedButton icon="key" onPress={() => setOver('passkey')}>
            Make a passkey for approving
          </ReasonedButton>
        </>
      }
    >
      <Bars data={data} />
      {data.pending.length === 0 ? null : <PendingSection data={data} onDone={onDone} />}
      <RolloutsSection rollouts={data.rollouts} onOpen={open} refusal={change} />
      <FreezesSection freezes={data.freezes} refusal={change} onDone={onDone} />
      <ApproversSection data={data} onMake={() => setOver('passkey')} />
      <RolloutPanel
        rollout={data.rollouts.find(({ rolloutId }) => rolloutId === openId)}
        refusal={change}
        onClose={() => open(undefined)}
        onDone={onDone}
      />
      {over === 'halt-all' ? <HaltAllDialog isHalted={data.isHalted} onDone={onDone} onClose={close} /> : null}
      {over === 'freeze' ? <FreezeDialog taken={data.freezes} onDone={onDone} onClose={close} /> : null}
      {over === 'passkey' ? <MakePasskeyDialog onClose={close} /> : null}
    </UpgradePage>
  );
}

function Bars({ data }: { readonly data: Rollouts }) {
  return (
    <>
      {data.signerProblem === undefined ? null : (
        <MessageBar tone="bad" title="The signer does not answer.">
          {data.signerProblem} Agents go on by the policy that was signed last; nothing can be changed until it answers.
        </MessageBar>
      )}
      {data.isHalted ? (
        <MessageBar tone="bad" title="Everything is halted.">
          No host installs anything until a person lets rollouts go on.
        </MessageBar>
      ) : null}
    </>
  );
}

interface RolloutsSectionProps {
  readonly rollouts: readonly RolloutView[];
  readonly refusal: string | undefined;
  readonly onOpen: (rolloutId: string) => void;
}

function RolloutsSection({ rollouts, refusal, onOpen }: RolloutsSectionProps) {
  const { shown, more } = useRowLimit(rollouts);
  return (
    <Section id="rollouts" title="Rollouts">
      {rollouts.length === 0 ? (
        <EmptyRollouts refusal={refusal} />
      ) : (
        <Table
          className="grid unsorted rollouts-grid"
          aria-labelledby="rollouts"
          onRowAction={(key) => onOpen(String(key))}
        >
          <TableHeader className="grid-head">
            <GridColumn id="release" title="Release" isRowHeader isSortable={false} />
            <GridColumn id="state" title="State" isSortable={false} />
            <GridColumn id="rings" title="Rings" isSortable={false} />
            <GridColumn id="next" title="What happens next" isSortable={false} />
            <GridColumn id="created" title="Planned" isSortable={false} />
          </TableHeader>
          <TableBody items={shown.map((rollout) => ({ id: rollout.rolloutId, rollout }))}>
            {({ rollout }) => <RolloutRow rollout={rollout} />}
          </TableBody>
        </Table>
      )}
      {more}
    </Section>
  );
}

function EmptyRollouts({ refusal }: { readonly refusal: string | undefined }): ReactNode {
  return (
    <div className="empty">
      <p>
        No rollout yet. Without one, and without a signed policy, agents install whatever is published. Plan one, and a
        build goes to a few hosts first and to the rest when it has proven itself.
      </p>
      {refusal === undefined ? (
        <p className="empty-act">
          <Link to="/upgrades/rollouts/new" search={{}}>
            Plan the first rollout
          </Link>
        </p>
      ) : null}
    </div>
  );
}

function RolloutRow({ rollout }: { readonly rollout: RolloutView }) {
  const { tone, words } = stateWords[rollout.state];
  return (
    <Row id={rollout.rolloutId} className="grid-row opens" textValue={releaseName(rollout)}>
      <Cell className="grid-cell lead">
        <span className="opens-name">{releaseName(rollout)}</span>
        <span className="quiet">by {actorWords(rollout.createdBy)}</span>
      </Cell>
      <Cell className="grid-cell">
        <Badge tone={tone}>{words}</Badge>
      </Cell>
      <Cell className="grid-cell wide rings-cell">
        <RingBars rings={rollout.rings} />
      </Cell>
      <Cell className="grid-cell wide">
        {rollout.reason === undefined ? null : (
          <span className="rollout-reason">
            <Icon name="warn" />
            {rollout.reason}
          </span>
        )}
        {rollout.next}
      </Cell>
      <Cell className="grid-cell last-of-card" data-label="Planned">
        <When at={rollout.createdAt} />
      </Cell>
    </Row>
  );
}
