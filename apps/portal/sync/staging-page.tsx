/** Which server exports and which only stages; who holds the export lease; and changing over. */
import type { StagingView } from '@springline/api/shapes/sync';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { ActDialog } from '../look/act-dialog.tsx';
import { Badge } from '../look/badge.tsx';
import { LineField } from '../look/fields.tsx';
import { MessageBar } from '../look/message-bar.tsx';
import { counted } from '../look/number-words.ts';
import { ReasonedButton } from '../look/reasoned-button.tsx';
import { Fact } from '../look/side-panel.tsx';
import { When } from '../look/when.tsx';
import { type Outcome, Section } from '../upgrades/upgrade-page.tsx';
import { AnswerPlace, ServerPage } from './server-page.tsx';
import { type ServerPlace, useServerPlace } from './server-place.ts';
import { stagingWords, type Turn, turnRefusal, turnWords } from './staging-words.ts';
import { askHost, stagingQuery } from './sync-queries.ts';

export function StagingPage() {
  const place = useServerPlace();
  const [turn, setTurn] = useState<Turn>();
  const [outcome, setOutcome] = useState<Outcome>();
  const asked = useQuery({ ...stagingQuery(place.api, place.agentId), enabled: place.canAsk });
  const refusalOf = (of: Turn) =>
    place.decideRefusal ?? (asked.data === undefined ? 'The server has not answered.' : turnRefusal(of, asked.data));
  return (
    <ServerPage
      place={place}
      title="Staging"
      purpose="One server exports; others stand ready with everything but the export."
      asked={[asked]}
      outcome={outcome}
      commands={
        <>
          <ReasonedButton icon="stage" refusal={refusalOf('promote')} onPress={() => setTurn('promote')}>
            Promote
          </ReasonedButton>
          <ReasonedButton icon="pause" refusal={refusalOf('demote')} onPress={() => setTurn('demote')}>
            Demote
          </ReasonedButton>
        </>
      }
    >
      <AnswerPlace place={place} query={asked}>
        {(staging) => (
          <>
            <StagingState staging={staging} />
            <Lease staging={staging} />
            <Readiness staging={staging} agentId={place.agentId} />
            {turn === undefined ? null : (
              <TurnDialog
                place={place}
                turn={turn}
                staging={staging}
                onDone={setOutcome}
                onClose={() => setTurn(undefined)}
              />
            )}
          </>
        )}
      </AnswerPlace>
    </ServerPage>
  );
}

function StagingState({ staging }: { readonly staging: StagingView }) {
  const { tone, title, detail } = stagingWords(staging);
  return (
    <MessageBar tone={tone} title={title}>
      {detail}
    </MessageBar>
  );
}

function Lease({ staging: { lease } }: { readonly staging: StagingView }) {
  return (
    <Section id="lease" title="Export lease">
      {lease === null ? (
        <p className="empty">Nobody holds it now.</p>
      ) : (
        <dl className="facts section-words">
          <Fact title="Holder">
            <strong>{lease.holder}</strong>
          </Fact>
          <Fact title="Agent">
            <code>{lease.agent}</code>
          </Fact>
          <Fact title="Since">
            <When at={lease.since} full />
          </Fact>
          <Fact title="Fencing number">{lease.fencing}: an export with a smaller one is refused</Fact>
        </dl>
      )}
    </Section>
  );
}

function Readiness({ staging: { readiness }, agentId }: { readonly staging: StagingView; readonly agentId: string }) {
  if (readiness === undefined) return null;
  const { ready, reasons, lastImportAt, pending } = readiness;
  return (
    <Section
      id="readiness"
      title="Readiness"
      beside={<Badge tone={ready ? 'good' : 'warn'}>{ready ? 'Could take over' : 'Not ready'}</Badge>}
    >
      <dl className="facts section-words">
        <Fact title="Last import">{lastImportAt === undefined ? 'none yet' : <When at={lastImportAt} full />}</Fact>
        {pending === undefined ? null : (
          <Fact title="Would export">
            {counted(pending.add, 'add')}, {counted(pending.update, 'update')}, {counted(pending.delete, 'delete')}.{' '}
            <Link to="/sync/servers/$agentId/pending" params={{ agentId }} search={{}}>
              See them
            </Link>
          </Fact>
        )}
      </dl>
      {reasons.length === 0 ? null : (
        <ul className="plain-list" aria-label="What stands against it">
          {reasons.map(({ code, message }) => (
            <li key={`${code} ${message}`}>
              <div>
                <Badge tone="warn">{message}</Badge>
              </div>
              <code className="quiet">{code}</code>
            </li>
          ))}
        </ul>
      )}
      <p className="section-words quiet force-words">
        Taking over from a server that cannot be reached is done on the host itself, never from here:{' '}
        <code>springline sync staging promote --force</code>.
      </p>
    </Section>
  );
}

interface TurnDialogProps {
  readonly place: ServerPlace;
  readonly turn: Turn;
  readonly staging: StagingView;
  readonly onDone: (outcome: Outcome) => void;
  readonly onClose: () => void;
}

function TurnDialog({ place, turn, staging, onDone, onClose }: TurnDialogProps) {
  const [reason, setReason] = useState('');
  const isPromotion = turn === 'promote';
  async function act() {
    const answer = await askHost(place.api, place.agentId, `staging.${turn}`, { reason: reason.trim() });
    await place.outdate();
    const { tone, title, detail } = stagingWords(answer);
    onDone({ tone: tone === 'none' ? 'good' : tone, title, detail });
  }
  return (
    <ActDialog
      title={isPromotion ? `Let ${place.host} export?` : `Let ${place.host} only stage?`}
      verb={isPromotion ? 'Promote the server' : 'Demote the server'}
      isDestructive={!isPromotion}
      refusal={reason.trim() === '' ? 'Give a reason: it goes into the audit log.' : undefined}
      act={act}
      onClose={onClose}
    >
      {turnWords(turn, place.host, staging).map((words) => (
        <p key={words}>{words}</p>
      ))}
      <LineField
        label="Reason"
        value={reason}
        onChange={setReason}
        isRequired
        hint="It goes into the audit log and into the log of the host."
        maxLength={256}
      />
    </ActDialog>
  );
}
