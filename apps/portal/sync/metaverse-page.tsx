/** Search in the metaverse: by words, or by clauses that all hold. */
import type { MvRowView } from '@springline/api/shapes/sync-objects';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { Button } from 'react-aria-components/Button';
import { Cell, Row, Table, TableBody, TableHeader } from 'react-aria-components/Table';
import { GridColumn } from '../look/data-grid.tsx';
import { ChoiceField, LineField, withChosen } from '../look/fields.tsx';
import { Icon } from '../look/icon.tsx';
import { counted } from '../look/number-words.ts';
import { ReasonedButton } from '../look/reasoned-button.tsx';
import { More, noneWords } from './more.tsx';
import { clauseLimit, clauseOperators, isOperator, type MvClause, takesValue } from './mv-clauses.ts';
import { MvPanel } from './mv-panel.tsx';
import { AnswerPlace, ServerPage } from './server-page.tsx';
import { useServerPlace } from './server-place.ts';
import { type MvSearch, mvSearchQuery } from './sync-queries.ts';
import { type MvPageSearch, mvSearchFrom } from './sync-search.ts';

export function MetaversePage() {
  const place = useServerPlace();
  const { api, agentId, canAsk } = place;
  const search = useSearch({ from: '/signed-in/sync/servers/$agentId/metaverse' });
  const navigate = useNavigate();
  const asked = useInfiniteQuery({ ...mvSearchQuery(api, agentId, askedBy(search)), enabled: canAsk });
  const rows = asked.data?.pages.flatMap(({ items }) => items) ?? [];
  const change = (next: Record<string, unknown>) =>
    void navigate({
      to: '/sync/servers/$agentId/metaverse',
      params: { agentId },
      search: mvSearchFrom(next),
      resetScroll: false,
    });
  const { object, attribute, ...plain } = search;
  return (
    <ServerPage
      place={place}
      title="Metaverse"
      purpose="Each identity once, joined from every directory: which value came from where, and why."
      asked={[asked]}
    >
      <section className="section" aria-labelledby="mv">
        <div className="section-head">
          <h2 id="mv" tabIndex={-1}>
            Objects
          </h2>
          <p className="quiet" role="status">
            {asked.data === undefined
              ? null
              : `${counted(rows.length, 'object')}${asked.hasNextPage ? ', and there are more' : ''}`}
          </p>
        </div>
        <ClauseForm key={JSON.stringify(plain)} search={plain} onSearch={change} />
        <AnswerPlace place={place} query={asked}>
          {() => (
            <Table
              className="grid unsorted"
              aria-labelledby="mv"
              onRowAction={(key) => change({ ...plain, object: String(key) })}
            >
              <TableHeader className="grid-head">
                <GridColumn id="name" title="Object" isRowHeader isSortable={false} />
                <GridColumn id="type" title="Type" isSortable={false} />
                <GridColumn id="connectors" title="Connectors" isSortable={false} />
              </TableHeader>
              <TableBody items={rows} renderEmptyState={() => <p className="empty">{noneWords(asked.hasNextPage)}</p>}>
                {(row) => <MvLine row={row} />}
              </TableBody>
            </Table>
          )}
        </AnswerPlace>
        <More query={asked} what="more objects" />
      </section>
      <MvPanel
        place={place}
        id={object}
        attribute={attribute}
        onClose={() => change(plain)}
        onAttribute={(name) => change({ ...plain, object, attribute: name })}
      />
    </ServerPage>
  );
}

const askedBy = ({ words, type, clauses }: MvPageSearch): MvSearch => ({
  ...(words === undefined ? {} : { text: words }),
  ...(type === undefined ? {} : { type }),
  ...(clauses === undefined ? {} : { clauses: [...clauses] }),
});

function MvLine({ row }: { readonly row: MvRowView }) {
  return (
    <Row id={row.id} className="grid-row opens" textValue={row.displayName}>
      <Cell className="grid-cell lead">
        <span className="opens-name">{row.displayName === '' ? row.id : row.displayName}</span>
      </Cell>
      <Cell className="grid-cell" data-label="Type">
        {row.type}
      </Cell>
      <Cell className="grid-cell wide last-of-card" data-label="Connectors">
        {row.connectors.join(' · ')}
      </Cell>
    </Row>
  );
}

const emptyClause: MvClause = { attribute: '', operator: 'EQUAL', value: '' };
const usualTypes = ['person', 'group', 'contact', 'device'];

/** Clauses with a number that stays theirs while others come and go. */
type KeyedClause = MvClause & { readonly key: number };

interface FormProps {
  readonly search: MvPageSearch;
  readonly onSearch: (search: Record<string, unknown>) => void;
}

function ClauseForm({ search, onSearch }: FormProps) {
  const [words, setWords] = useState(search.words ?? '');
  const [type, setType] = useState(search.type ?? '');
  const [clauses, setClauses] = useState<readonly KeyedClause[]>(() =>
    (search.clauses ?? []).map((clause, key) => ({ ...clause, key })),
  );
  const types = withChosen(usualTypes, search.type);
  const change = (key: number, changes: Partial<MvClause>) =>
    setClauses(clauses.map((clause) => (clause.key === key ? { ...clause, ...changes } : clause)));
  return (
    <form
      className="clause-form"
      onSubmit={(event) => {
        event.preventDefault();
        onSearch({ words: words.trim(), type, clauses: clauses.map(({ key: _, ...clause }) => clause) });
      }}
    >
      <div className="search-form">
        <LineField
          label="Text"
          value={words}
          onChange={setWords}
          placeholder="Name, address or account"
          maxLength={256}
        />
        <ChoiceField
          label="Type"
          value={type}
          choices={[{ id: '', title: 'All types' }, ...types.map((id) => ({ id, title: id }))]}
          onChange={setType}
        />
        <Button type="submit" className="secondary search-act">
          <Icon name="search" />
          <span>Search</span>
        </Button>
      </div>
      {clauses.length === 0 ? null : (
        <ul className="clauses" aria-label="Clauses">
          {clauses.map((clause, at) => (
            <li key={clause.key}>
              <ClauseFields
                clause={clause}
                number={at + 1}
                onChange={(changes) => change(clause.key, changes)}
                onRemove={() => setClauses(clauses.filter(({ key }) => key !== clause.key))}
              />
            </li>
          ))}
        </ul>
      )}
      <p>
        <ReasonedButton
          icon="plus"
          refusal={clauses.length < clauseLimit ? undefined : `${clauseLimit} clauses are the most.`}
          onPress={() =>
            setClauses([...clauses, { ...emptyClause, key: Math.max(0, ...clauses.map(({ key }) => key)) + 1 }])
          }
        >
          Add a clause
        </ReasonedButton>
        {clauses.length < 2 ? null : <span className="quiet">All of them must hold.</span>}
      </p>
    </form>
  );
}

interface ClauseFieldsProps {
  readonly clause: MvClause;
  readonly number: number;
  readonly onChange: (changes: Partial<MvClause>) => void;
  readonly onRemove: () => void;
}

function ClauseFields({ clause, number, onChange, onRemove }: ClauseFieldsProps) {
  return (
    <fieldset className="clause">
      <legend className="unseen">Clause {number}</legend>
      <LineField
        label="Attribute"
        value={clause.attribute}
        onChange={(attribute) => onChange({ attribute })}
        placeholder="mail"
        maxLength={256}
      />
      <ChoiceField
        label="Operator"
        value={clause.operator}
        choices={Object.entries(clauseOperators).map(([id, title]) => ({ id, title }))}
        onChange={(operator) => isOperator(operator) && onChange({ operator })}
      />
      {takesValue(clause.operator) ? (
        <LineField label="Value" value={clause.value} onChange={(value) => onChange({ value })} maxLength={4_096} />
      ) : null}
      <Button className="icon-button" aria-label={`Remove clause ${number}`} onPress={onRemove}>
        <Icon name="close" />
      </Button>
    </fieldset>
  );
}
