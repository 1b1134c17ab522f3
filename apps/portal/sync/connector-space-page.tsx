/** Search in a connector space: by words, DN, anchor or subtree, or by what state objects are in. */
import type { CsRowView } from '@springline/api/shapes/sync-objects';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { Button } from 'react-aria-components/Button';
import { Cell, Row, Table, TableBody, TableHeader } from 'react-aria-components/Table';
import { Badge } from '../look/badge.tsx';
import { GridColumn } from '../look/data-grid.tsx';
import { ChoiceField, LineField, withChosen } from '../look/fields.tsx';
import { Icon } from '../look/icon.tsx';
import { counted } from '../look/number-words.ts';
import { CsPanel } from './cs-panel.tsx';
import { csSearchOf, linkWords, lookTitles, rowName, stateWords, wordFieldOf } from './cs-words.ts';
import { Dn } from './dn.tsx';
import { More, noneWords } from './more.tsx';
import { AnswerPlace, ServerPage } from './server-page.tsx';
import { type ServerPlace, useServerPlace } from './server-place.ts';
import { connectorsQuery, csSearchQuery } from './sync-queries.ts';
import { type CsLook, type CsPageSearch, csLooks, csSearchFrom } from './sync-search.ts';

export function ConnectorSpacePage() {
  const place = useServerPlace();
  const { api, agentId, canAsk } = place;
  const search = useSearch({ from: '/signed-in/sync/servers/$agentId/connector-space' });
  const navigate = useNavigate();
  const connectors = useQuery({ ...connectorsQuery(api, agentId), enabled: canAsk });
  const names = connectors.data?.connectors.map(({ name }) => name) ?? [];
  const connector = search.connector ?? names[0];
  const asks = csSearchOf({ ...search, ...(connector === undefined ? {} : { connector }) });
  const asked = useInfiniteQuery({
    ...csSearchQuery(api, agentId, asks ?? { connector: '-' }),
    enabled: canAsk && asks !== undefined,
  });
  const rows = asked.data?.pages.flatMap(({ items }) => items) ?? [];
  const change = (next: Record<string, unknown>) =>
    void navigate({
      to: '/sync/servers/$agentId/connector-space',
      params: { agentId },
      search: csSearchFrom(next),
      resetScroll: false,
    });
  return (
    <ServerPage
      place={place}
      title="Connector space"
      purpose="Objects as each connected directory has them, and what waits for them."
      asked={asks === undefined ? [connectors] : [connectors, asked]}
    >
      <section className="section" aria-labelledby="cs">
        <div className="section-head">
          <h2 id="cs" tabIndex={-1}>
            Objects
          </h2>
          <p className="quiet" role="status">
            {asked.data === undefined || asks === undefined
              ? null
              : `${counted(rows.length, 'object')}${asked.hasNextPage ? ', and there are more' : ''}`}
          </p>
        </div>
        <AnswerPlace place={place} query={connectors}>
          {() => (
            <>
              <SearchForm
                key={JSON.stringify([search.connector, search.look, search.words])}
                names={withChosen(names, connector)}
                connector={connector}
                search={search}
                onSearch={change}
              />
              {asks === undefined ? (
                <p className="empty">Say what to look for.</p>
              ) : (
                <Found
                  place={place}
                  query={asked}
                  hasMore={asked.hasNextPage}
                  rows={rows}
                  onOpen={(object) => change({ ...search, object })}
                />
              )}
            </>
          )}
        </AnswerPlace>
        {asks === undefined ? null : <More query={asked} what="more objects" />}
      </section>
      <CsPanel
        place={place}
        id={search.object}
        onClose={() => change({ ...search, object: undefined })}
        onObject={(object) => change({ ...search, object })}
      />
    </ServerPage>
  );
}

interface FormProps {
  readonly names: readonly string[];
  readonly connector: string | undefined;
  readonly search: CsPageSearch;
  readonly onSearch: (search: Record<string, unknown>) => void;
}

function SearchForm({ names, connector = '', search, onSearch }: FormProps) {
  const [look, setLook] = useState<CsLook>(search.look ?? 'text');
  const [words, setWords] = useState(search.words ?? '');
  const field = wordFieldOf(look);
  return (
    <form
      className="search-form section-form"
      onSubmit={(event) => {
        event.preventDefault();
        onSearch({ connector, look, words: field === undefined ? undefined : words.trim() });
      }}
    >
      <ChoiceField
        label="Connector"
        value={connector}
        choices={names.map((id) => ({ id, title: id }))}
        onChange={(name) => onSearch({ ...search, object: undefined, connector: name })}
      />
      <ChoiceField
        label="Look for"
        value={look}
        choices={csLooks.map((id) => ({ id, title: lookTitles[id] }))}
        onChange={(id) => {
          const chosen = csLooks.find((known) => known === id) ?? 'text';
          setLook(chosen);
          // A state needs no more words: it is looked for at once.
          if (wordFieldOf(chosen) === undefined) onSearch({ connector, look: chosen });
        }}
      />
      {field === undefined ? null : (
        <LineField
          label={field.label}
          value={words}
          onChange={setWords}
          placeholder={field.placeholder}
          maxLength={2_048}
        />
      )}
      <Button type="submit" className="secondary search-act">
        <Icon name="search" />
        <span>Search</span>
      </Button>
    </form>
  );
}

interface FoundProps {
  readonly place: ServerPlace;
  readonly query: { readonly data: unknown; readonly error: Error | null };
  readonly hasMore: boolean;
  readonly rows: readonly CsRowView[];
  readonly onOpen: (id: string) => void;
}

function Found({ place, query, hasMore, rows, onOpen }: FoundProps) {
  return (
    <AnswerPlace place={place} query={query}>
      {() => (
        <Table className="grid unsorted cs-grid" aria-labelledby="cs" onRowAction={(key) => onOpen(String(key))}>
          <TableHeader className="grid-head">
            <GridColumn id="name" title="Object" isRowHeader isSortable={false} />
            <GridColumn id="type" title="Type" isSortable={false} />
            <GridColumn id="link" title="Link" isSortable={false} />
            <GridColumn id="state" title="State" isSortable={false} />
          </TableHeader>
          <TableBody items={rows} renderEmptyState={() => <p className="empty">{noneWords(hasMore)}</p>}>
            {(row) => <CsLine row={row} />}
          </TableBody>
        </Table>
      )}
    </AnswerPlace>
  );
}

function CsLine({ row }: { readonly row: CsRowView }) {
  const link = linkWords(row);
  const states = stateWords(row);
  return (
    <Row id={row.id} className="grid-row opens" textValue={rowName(row)}>
      <Cell className="grid-cell lead">
        <span className="opens-name">{rowName(row)}</span>
        <span className="quiet">
          <Dn text={row.dn} />
        </span>
      </Cell>
      <Cell className="grid-cell" data-label="Type">
        {row.objectType}
      </Cell>
      <Cell className="grid-cell wide">
        <Badge tone={link.tone}>{link.words}</Badge>
      </Cell>
      <Cell className="grid-cell wide last-of-card">
        {states.length === 0 ? (
          <span className="quiet">Nothing waits</span>
        ) : (
          <span className="badges">
            {states.map(({ tone, words }) => (
              <Badge key={words} tone={tone}>
                {words}
              </Badge>
            ))}
          </span>
        )}
      </Cell>
    </Row>
  );
}
