/** The audit log: who did what to whom and when, and whether its chain is whole as far as it is loaded. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { Button } from 'react-aria-components/Button';
import { Cell, Row, Table, TableBody, TableHeader } from 'react-aria-components/Table';
import { useApi } from '../api-context.ts';
import { sessionQuery } from '../home/home-query.ts';
import { FilterField, GridColumn, useRowLimit } from '../look/data-grid.tsx';
import { MessageBar } from '../look/message-bar.tsx';
import { counted, countWords } from '../look/number-words.ts';
import { When } from '../look/when.tsx';
import { useRefusal } from './access.ts';
import { type AuditEntry, checkChain, filterAudit } from './audit-chain.ts';
import { actorWords } from './rollout-words.ts';
import { Section, UpgradePage } from './upgrade-page.tsx';
import { auditQuery } from './upgrade-queries.ts';

export function AuditPage() {
  const refusal = useRefusal('administer');
  if (refusal === undefined) return <Audit />;
  return (
    <UpgradePage title="Audit log" purpose="Who did what, to whom, and when." asked={[]}>
      <MessageBar tone="none" title="The audit log is not shown.">
        {refusal}
      </MessageBar>
    </UpgradePage>
  );
}

function Audit() {
  const api = useApi();
  const session = useQuery(sessionQuery(api)).data;
  const audit = useInfiniteQuery(auditQuery(api));
  const [filter, setFilter] = useState('');
  const entries = useMemo(() => audit.data?.pages.flatMap((page) => page.entries) ?? [], [audit.data]);
  const found = useMemo(() => filterAudit(entries, filter).toReversed(), [entries, filter]);
  if (audit.data === undefined || session === undefined) return null;
  return (
    <UpgradePage title="Audit log" purpose="Who did what, to whom, and when." asked={[audit]}>
      <ChainBar tenantId={session.tenant.id} entries={entries} />
      <Section
        id="audit"
        title="Entries"
        beside={
          <>
            <p className="quiet" role="status">
              {found.length === entries.length
                ? counted(entries.length, 'entry', 'entries')
                : `${countWords(found.length)} of ${counted(entries.length, 'entry', 'entries')}`}
            </p>
            <FilterField label="Filter entries" text={filter} onChange={setFilter} />
          </>
        }
      >
        {entries.length === 0 ? (
          <p className="empty">Nothing has been done yet. Every change that a person or program makes is added here.</p>
        ) : (
          <AuditGrid found={found} filter={filter} />
        )}
        {audit.hasNextPage ? (
          <Button className="command grid-more" onPress={() => void audit.fetchNextPage()}>
            {audit.isFetchingNextPage ? 'One moment…' : 'Load later entries'}
          </Button>
        ) : null}
      </Section>
    </UpgradePage>
  );
}

function ChainBar({ tenantId, entries }: { readonly tenantId: string; readonly entries: readonly AuditEntry[] }) {
  const chain = useMemo(() => checkChain(tenantId, entries), [tenantId, entries]);
  if (entries.length === 0) return null;
  return chain.kind === 'whole' ? (
    <MessageBar tone="good" title="The chain is whole.">
      Checked in this browser over the {counted(chain.count, 'entry', 'entries')} that are loaded, from the first on.
    </MessageBar>
  ) : (
    <MessageBar tone="bad" title={`The chain breaks at entry ${countWords(chain.sequence)}.`}>
      From there on an entry was altered, removed or slipped in. Keep a copy of the data folder and compare it with a
      backup: <code>springline audit verify</code>.
    </MessageBar>
  );
}

function AuditGrid({ found, filter }: { readonly found: readonly AuditEntry[]; readonly filter: string }) {
  const { shown, more } = useRowLimit(found);
  return (
    <>
      <Table className="grid unsorted audit-grid" aria-labelledby="audit">
        <TableHeader className="grid-head">
          <GridColumn id="action" title="Action" isRowHeader isSortable={false} />
          <GridColumn id="actor" title="Actor" isSortable={false} />
          <GridColumn id="subject" title="Subject" isSortable={false} />
          <GridColumn id="detail" title="Detail" isSortable={false} />
          <GridColumn id="at" title="When" isSortable={false} />
        </TableHeader>
        <TableBody
          items={shown.map((entry) => ({ ...entry, id: entry.sequence }))}
          renderEmptyState={() => <p className="empty">No entry matches “{filter}”.</p>}
        >
          {(entry) => (
            <Row id={entry.sequence} className="grid-row" textValue={entry.action}>
              <Cell className="grid-cell lead">
                <span>{entry.action}</span>
                <span className="quiet figure">#{countWords(entry.sequence)}</span>
              </Cell>
              <Cell className="grid-cell wide">{actorWords(entry.actor)}</Cell>
              <Cell className="grid-cell wide">{entry.subject}</Cell>
              <Cell className="grid-cell wide">{detailWords(entry.detail)}</Cell>
              <Cell className="grid-cell wide last-of-card" data-label="When">
                <When at={entry.at} full />
              </Cell>
            </Row>
          )}
        </TableBody>
      </Table>
      {more}
    </>
  );
}

/** `version 1.1.0.0, reason …`: what the entry says besides. */
function detailWords(detail: AuditEntry['detail']): string {
  return Object.entries(detail)
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}
