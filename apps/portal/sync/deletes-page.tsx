/** What the delete guard holds on a server, and the decision about exactly what is shown. */
import type { HeldDeleteView } from '@springline/api/shapes/sync';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Cell, Row, Table, TableBody, TableHeader } from 'react-aria-components/Table';
import { Badge } from '../look/badge.tsx';
import { FilterField, GridColumn, useRowLimit } from '../look/data-grid.tsx';
import { Icon } from '../look/icon.tsx';
import { MessageBar } from '../look/message-bar.tsx';
import { counted, countWords } from '../look/number-words.ts';
import { ReasonedButton } from '../look/reasoned-button.tsx';
import type { Outcome } from '../upgrades/upgrade-page.tsx';
import { DecideDialog } from './decide-dialog.tsx';
import { type Decision, heldAct, heldSum, heldWords } from './delete-words.ts';
import { More } from './more.tsx';
import { AnswerPlace, ServerPage } from './server-page.tsx';
import { useServerPlace } from './server-place.ts';
import { deletesQuery } from './sync-queries.ts';

export function DeletesPage() {
  const place = useServerPlace();
  const [decision, setDecision] = useState<Decision>();
  const [outcome, setOutcome] = useState<Outcome>();
  const asked = useInfiniteQuery({ ...deletesQuery(place.api, place.agentId), enabled: place.canAsk });
  const pages = asked.data?.pages ?? [];
  const [first] = pages;
  const held = pages.flatMap((page) => page.held);
  const total = first?.total ?? held.length;
  const hasChanged = pages.some(({ list }) => list !== first?.list);
  const refusal =
    place.decideRefusal ??
    (held.length === 0
      ? 'Nothing is held.'
      : hasChanged
        ? 'The list changed while it was read: refresh.'
        : asked.hasNextPage
          ? 'Show all of the list first: a decision is for all of it.'
          : undefined);
  return (
    <ServerPage
      place={place}
      title="Delete approval"
      purpose="Deletes that were too many at once wait for a person."
      asked={[asked]}
      outcome={outcome}
      commands={
        <>
          <ReasonedButton icon="good" refusal={refusal} onPress={() => setDecision('approve')}>
            Approve
          </ReasonedButton>
          <ReasonedButton icon="close" refusal={refusal} onPress={() => setDecision('reject')}>
            Reject
          </ReasonedButton>
        </>
      }
    >
      <section className="section" aria-labelledby="held">
        <div className="section-head">
          <h2 id="held" tabIndex={-1}>
            Held deletes
          </h2>
          {first === undefined || total === 0 ? null : (
            <p className="quiet" role="status">
              {held.length < total
                ? `${countWords(held.length)} of ${countWords(total)} shown`
                : heldWords(heldSum(held))}
            </p>
          )}
        </div>
        <AnswerPlace place={place} query={asked}>
          {() =>
            held.length === 0 ? (
              <p className="empty well">
                <Icon name="good" />
                <span>Nothing is held. The guard stops an export before its first delete when too much would go.</span>
              </p>
            ) : (
              <>
                <div className="section-words">
                  <MessageBar tone="warn" title="Ask first why they went.">
                    If the directory is at fault, mend it: the next cycle finds the objects again, and the guard lets go
                    by itself. Until you decide, the whole export waits.
                  </MessageBar>
                </div>
                <HeldGrid held={held} />
              </>
            )
          }
        </AnswerPlace>
        <More query={asked} what="more of the list" />
      </section>
      {decision === undefined || first === undefined ? null : (
        <DecideDialog
          place={place}
          decision={decision}
          list={first.list}
          held={held}
          onDone={setOutcome}
          onClose={() => setDecision(undefined)}
        />
      )}
    </ServerPage>
  );
}

function HeldGrid({ held }: { readonly held: readonly HeldDeleteView[] }) {
  const [text, setText] = useState('');
  const wanted = text.trim().toLowerCase();
  const matching =
    wanted === ''
      ? held
      : held.filter(({ name, sourceAnchor, objectType }) =>
          [name, sourceAnchor, objectType].some((word) => word.toLowerCase().includes(wanted)),
        );
  const { shown, more } = useRowLimit(matching);
  return (
    <>
      <div className="section-bar held-filter">
        <FilterField label="Filter held deletes" text={text} onChange={setText} />
        {wanted === '' ? null : <span className="quiet">{counted(matching.length, 'match', 'matches')}</span>}
      </div>
      <Table className="grid unsorted" aria-labelledby="held">
        <TableHeader className="grid-head">
          <GridColumn id="name" title="Object" isRowHeader isSortable={false} />
          <GridColumn id="act" title="What would happen" isSortable={false} />
          <GridColumn id="anchor" title="Source anchor" isSortable={false} />
        </TableHeader>
        <TableBody
          items={shown.map((row) => ({ ...row, id: `${row.kind} ${row.sourceAnchor}` }))}
          renderEmptyState={() => <p className="empty">Nothing that is held matches.</p>}
        >
          {(row) => (
            <Row id={row.id} className="grid-row" textValue={row.name}>
              <Cell className="grid-cell lead">
                <span>{row.name}</span>
              </Cell>
              <Cell className="grid-cell">
                <Badge tone="bad">{heldAct(row)}</Badge>
              </Cell>
              <Cell className="grid-cell code">{row.sourceAnchor}</Cell>
            </Row>
          )}
        </TableBody>
      </Table>
      {more}
    </>
  );
}
