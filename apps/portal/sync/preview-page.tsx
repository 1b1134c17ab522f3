/**
 * Preview: what a run would do, without doing it. For everything or one object, with the host’s rules or others in their
 * place; the host keeps the last few, so that the address of one can be given to somebody else.
 */
import type { PreviewView } from '@springline/api/shapes/sync';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { Badge } from '../look/badge.tsx';
import { counted, countWords } from '../look/number-words.ts';
import { ReasonedButton } from '../look/reasoned-button.tsx';
import { type Outcome, Section } from '../upgrades/upgrade-page.tsx';
import { filePageRows } from './collect.ts';
import { CommitCommand } from './commit-dialog.tsx';
import { Dn } from './dn.tsx';
import { ExportGrid } from './export-grid.tsx';
import { ExportPanel } from './export-panel.tsx';
import { operationWords } from './export-words.ts';
import { More } from './more.tsx';
import { PreviewForm } from './preview-form.tsx';
import { AnswerPlace, ServerPage } from './server-page.tsx';
import { useServerPlace } from './server-place.ts';
import { askHost, planQuery } from './sync-queries.ts';
import { previewSearchFrom } from './sync-search.ts';
import { useExportFile } from './use-export-file.ts';

export function PreviewPage() {
  const place = useServerPlace();
  const { api, agentId } = place;
  const client = useQueryClient();
  const navigate = useNavigate();
  const { plan = '', for: object, object: open } = useSearch({ from: '/signed-in/sync/servers/$agentId/preview' });
  const [committed, setCommitted] = useState<Outcome>();
  const asked = useInfiniteQuery({ ...planQuery(api, agentId, plan), enabled: place.canAsk && plan !== '' });
  const pages = asked.data?.pages ?? [];
  const items = pages.flatMap((page) => page.items);
  const { save, outcome } = useExportFile(place, 'preview', (after) =>
    askHost(api, agentId, 'preview.get', { plan, limit: filePageRows, ...(after === undefined ? {} : { after }) }),
  );
  const change = (words: Record<string, unknown>) =>
    void navigate({
      to: '/sync/servers/$agentId/preview',
      params: { agentId },
      search: previewSearchFrom(words),
      resetScroll: false,
    });
  function show(answer: PreviewView, of: string | undefined) {
    client.setQueryData(planQuery(api, agentId, answer.plan).queryKey, { pages: [answer], pageParams: [undefined] });
    change({ plan: answer.plan, for: of });
  }
  const nothing = items.length === 0 ? 'There is nothing to export.' : undefined;
  return (
    <ServerPage
      place={place}
      title="Preview"
      purpose="What a run would do, and nothing of it done."
      asked={plan === '' ? [] : [asked]}
      outcome={committed ?? outcome}
      commands={
        <>
          <ReasonedButton icon="download" refusal={nothing} onPress={() => void save('csv')}>
            Export as CSV
          </ReasonedButton>
          <ReasonedButton icon="download" refusal={nothing} onPress={() => void save('json')}>
            Export as JSON
          </ReasonedButton>
          <CommitCommand place={place} object={object} plan={plan} onDone={setCommitted} />
        </>
      }
    >
      <PreviewForm place={place} object={object} onMade={show} />
      {plan === '' ? null : (
        <AnswerPlace place={place} query={asked}>
          {() => (
            <PreviewSections
              pages={pages}
              of={object}
              more={<More query={asked} what="more" />}
              onOpen={(id) => change({ plan, for: object, object: id })}
            />
          )}
        </AnswerPlace>
      )}
      <ExportPanel
        item={items.find(({ id }) => id === open)}
        isMissing={open !== undefined && asked.data !== undefined}
        agentId={agentId}
        onClose={() => change({ plan, for: object })}
      />
    </ServerPage>
  );
}

interface SectionsProps {
  readonly pages: readonly PreviewView[];
  readonly of: string | undefined;
  readonly more: React.ReactNode;
  readonly onOpen: (id: string) => void;
}

function PreviewSections({ pages, of, more, onOpen }: SectionsProps) {
  const [first] = pages;
  if (first === undefined) return null;
  const items = pages.flatMap((page) => page.items);
  const joins = pages.flatMap((page) => page.joins);
  const errors = pages.flatMap((page) => page.errors);
  const soFar = pages.at(-1)?.next === undefined ? '' : ' so far';
  return (
    <>
      <Totals totals={first.totals} />
      <Section id="preview" title={of === undefined ? 'Exports' : `Exports for ${of}`}>
        <ExportGrid items={items} labelledBy="preview" empty="A run would export nothing." onOpen={onOpen} />
        {more}
      </Section>
      <Section
        id="joins"
        title="Links"
        beside={
          <p className="quiet">
            {counted(joins.length, 'link')}
            {soFar}
          </p>
        }
      >
        {joins.length === 0 ? (
          <p className="empty">No link would be made or undone.</p>
        ) : (
          <ul className="plain-list">
            {joins.map((join) => (
              <li key={`${join.connector} ${join.dn} ${join.action}`}>
                <div>
                  <p>
                    <strong>{join.metaverseObject}</strong> {join.action}
                  </p>
                  <p className="quiet">
                    <Dn text={join.dn} />
                  </p>
                </div>
                <span className="quiet">{join.rule}</span>
              </li>
            ))}
          </ul>
        )}
      </Section>
      <Section
        id="errors"
        title="Errors"
        beside={
          <p className="quiet">
            {counted(errors.length, 'error')}
            {soFar}
          </p>
        }
      >
        {errors.length === 0 ? (
          <p className="empty">Every object could be evaluated.</p>
        ) : (
          <ul className="plain-list">
            {errors.map(({ object, code, message, rule }) => (
              <li key={`${object} ${code} ${rule ?? ''}`}>
                <div>
                  <Badge tone="bad">{code}</Badge>
                  <p>
                    <Dn text={object} />
                  </p>
                  <p className="quiet">
                    {message}
                    {rule === undefined ? null : ` (${rule})`}
                  </p>
                </div>
              </li>
            ))}
          </ul>
        )}
      </Section>
    </>
  );
}

function Totals({ totals }: Pick<PreviewView, 'totals'>) {
  return (
    <dl className="totals" aria-label="Totals">
      {(['add', 'update', 'delete'] as const).map((operation) => (
        <div key={operation} data-tone={totals[operation] === 0 ? 'none' : operationWords[operation].tone}>
          <dt>{operationWords[operation].words}</dt>
          <dd>{countWords(totals[operation])}</dd>
        </div>
      ))}
    </dl>
  );
}
