/** What waits to be exported: by operation and connector, with every attribute as it is and as it will be. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { ChoiceField, withChosen } from '../look/fields.tsx';
import { counted } from '../look/number-words.ts';
import { ReasonedButton } from '../look/reasoned-button.tsx';
import { filePageRows } from './collect.ts';
import { ExportGrid } from './export-grid.tsx';
import { ExportPanel } from './export-panel.tsx';
import { More } from './more.tsx';
import { AnswerPlace, ServerPage } from './server-page.tsx';
import { useServerPlace } from './server-place.ts';
import { askHost, connectorsQuery, pendingQuery } from './sync-queries.ts';
import { type PendingSearch, pendingSearchFrom } from './sync-search.ts';
import { useExportFile } from './use-export-file.ts';

export function PendingPage() {
  const place = useServerPlace();
  const { api, agentId } = place;
  const search = useSearch({ from: '/signed-in/sync/servers/$agentId/pending' });
  const { object: open, ...filter } = search;
  const navigate = useNavigate();
  const asked = useInfiniteQuery({ ...pendingQuery(api, agentId, filter), enabled: place.canAsk });
  const items = asked.data?.pages.flatMap((page) => page.items) ?? [];
  const total = asked.data?.pages[0]?.total ?? 0;
  const { save, outcome } = useExportFile(place, 'pending-exports', (after) =>
    askHost(api, agentId, 'pending', { ...filter, limit: filePageRows, ...(after === undefined ? {} : { after }) }),
  );
  const change = (next: Record<string, unknown>) =>
    void navigate({
      to: '/sync/servers/$agentId/pending',
      params: { agentId },
      search: pendingSearchFrom(next),
      resetScroll: false,
      replace: next['object'] === open,
    });
  return (
    <ServerPage
      place={place}
      title="Pending exports"
      purpose="What the next export will do, attribute by attribute, and why."
      asked={[asked]}
      outcome={outcome}
      commands={
        <ReasonedButton
          icon="download"
          refusal={items.length === 0 ? 'There is nothing to export.' : undefined}
          onPress={() => void save('csv')}
        >
          Export as CSV
        </ReasonedButton>
      }
    >
      <section className="section" aria-labelledby="pending">
        <div className="section-head">
          <h2 id="pending" tabIndex={-1}>
            Pending exports
          </h2>
          <p className="quiet" role="status">
            {asked.data === undefined
              ? null
              : `${counted(total, 'object')}${items.length < total ? `, the first ${counted(items.length, 'object')} shown` : ''}`}
          </p>
          <Filters place={place} search={search} onChange={change} />
        </div>
        <AnswerPlace place={place} query={asked}>
          {() => (
            <ExportGrid
              items={items}
              labelledBy="pending"
              empty={
                asked.hasNextPage
                  ? 'Nothing among those that were looked through so far.'
                  : filter.connector === undefined && filter.kind === undefined
                    ? 'Nothing waits: every target is as the rules want it.'
                    : 'Nothing that waits matches these filters.'
              }
              onOpen={(object) => change({ ...search, object })}
            />
          )}
        </AnswerPlace>
        <More query={asked} what="more" />
      </section>
      <ExportPanel
        item={items.find(({ id }) => id === open)}
        isMissing={open !== undefined && asked.data !== undefined}
        agentId={agentId}
        onClose={() => change({ ...search, object: undefined })}
      />
    </ServerPage>
  );
}

interface FiltersProps {
  readonly place: ReturnType<typeof useServerPlace>;
  readonly search: PendingSearch;
  readonly onChange: (search: Record<string, unknown>) => void;
}

function Filters({ place: { api, agentId, canAsk }, search, onChange }: FiltersProps) {
  const asked = useQuery({ ...connectorsQuery(api, agentId), enabled: canAsk });
  const names = asked.data?.connectors.map(({ name }) => name) ?? [];
  const chosen = search.connector;
  return (
    <div className="filters">
      <ChoiceField
        label="Operation"
        isLabelUnseen
        value={search.kind ?? ''}
        choices={[
          { id: '', title: 'Operation: all' },
          { id: 'add', title: 'Add' },
          { id: 'update', title: 'Update' },
          { id: 'delete', title: 'Delete' },
        ]}
        onChange={(kind) => onChange({ ...search, object: undefined, kind })}
      />
      <ChoiceField
        label="Connector"
        isLabelUnseen
        value={chosen ?? ''}
        choices={[
          { id: '', title: 'Connector: all' },
          ...withChosen(names, chosen).map((id) => ({
            id,
            title: id,
          })),
        ]}
        onChange={(connector) => onChange({ ...search, object: undefined, connector })}
      />
    </div>
  );
}
