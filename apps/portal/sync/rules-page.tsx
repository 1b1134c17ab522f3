/** The synchronisation rules of a server: filtered, looked into, and tried on a real object. */
import type { SyncRuleView } from '@springline/api/shapes/sync-rules';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { Cell, Row, Table, TableBody, TableHeader } from 'react-aria-components/Table';
import { Badge } from '../look/badge.tsx';
import { FilterField, GridColumn, useRowLimit } from '../look/data-grid.tsx';
import { ChoiceField, withChosen } from '../look/fields.tsx';
import { counted, countWords } from '../look/number-words.ts';
import { ReasonedButton } from '../look/reasoned-button.tsx';
import { ExpressionPanel } from './expression-panel.tsx';
import { RulePanel } from './rule-panel.tsx';
import { filterRules, ruleTypes, ruleWays } from './rule-words.ts';
import { AnswerPlace, ServerPage } from './server-page.tsx';
import { useServerPlace } from './server-place.ts';
import { rulesQuery } from './sync-queries.ts';
import { type RulesSearch, rulesSearchFrom } from './sync-search.ts';

export function RulesPage() {
  const place = useServerPlace();
  const { api, agentId } = place;
  const search = useSearch({ from: '/signed-in/sync/servers/$agentId/rules' });
  const navigate = useNavigate();
  const [isTrying, setTrying] = useState(false);
  const asked = useQuery({ ...rulesQuery(api, agentId), enabled: place.canAsk });
  const all = asked.data?.rules ?? [];
  const found = filterRules(all, search);
  const change = (next: Record<string, unknown>) =>
    void navigate({
      to: '/sync/servers/$agentId/rules',
      params: { agentId },
      search: rulesSearchFrom(next),
      resetScroll: false,
      replace: next['rule'] === search.rule,
    });
  return (
    <ServerPage
      place={place}
      title="Rules"
      purpose="What takes part, what is linked with what, and which attribute flows where."
      asked={[asked]}
      commands={
        <ReasonedButton icon="play" refusal={place.obstacle?.title} onPress={() => setTrying(true)}>
          Try an expression
        </ReasonedButton>
      }
    >
      <section className="section" aria-labelledby="rules">
        <div className="section-head">
          <h2 id="rules" tabIndex={-1}>
            Rules
          </h2>
          <p className="quiet" role="status">
            {asked.data === undefined
              ? null
              : found.length === all.length
                ? `${counted(all.length, 'rule')}, by precedence`
                : `${countWords(found.length)} of ${counted(all.length, 'rule')}`}
          </p>
          <Filters search={search} types={ruleTypes(all)} onChange={change} />
        </div>
        <AnswerPlace place={place} query={asked}>
          {() => <RulesGrid rules={found} onOpen={(rule) => change({ ...search, rule })} />}
        </AnswerPlace>
      </section>
      <RulePanel
        place={place}
        rule={all.find(({ id }) => id === search.rule)}
        isMissing={search.rule !== undefined && asked.data !== undefined}
        onClose={() => change({ ...search, rule: undefined })}
      />
      <ExpressionPanel place={place} isOpen={isTrying && place.canAsk} onClose={() => setTrying(false)} />
    </ServerPage>
  );
}

interface FiltersProps {
  readonly search: RulesSearch;
  readonly types: readonly string[];
  readonly onChange: (search: Record<string, unknown>) => void;
}

function Filters({ search, types, onChange }: FiltersProps) {
  return (
    <div className="filters">
      <ChoiceField
        label="Direction"
        isLabelUnseen
        value={search.direction ?? ''}
        choices={[
          { id: '', title: 'Direction: both' },
          { id: 'inbound', title: 'Inbound' },
          { id: 'outbound', title: 'Outbound' },
        ]}
        onChange={(direction) => onChange({ ...search, direction })}
      />
      <ChoiceField
        label="Type"
        isLabelUnseen
        value={search.type ?? ''}
        choices={[
          { id: '', title: 'Type: all' },
          ...withChosen(types, search.type).map((id) => ({
            id,
            title: id,
          })),
        ]}
        onChange={(type) => onChange({ ...search, type })}
      />
      <ChoiceField
        label="Origin"
        isLabelUnseen
        value={search.origin ?? ''}
        choices={[
          { id: '', title: 'Origin: all' },
          { id: 'standard', title: 'Standard' },
          { id: 'custom', title: 'Custom' },
        ]}
        onChange={(origin) => onChange({ ...search, origin })}
      />
      <TypedFilters search={search} onChange={onChange} />
    </div>
  );
}

/** Long enough that a word is looked for once. */
const typingMs = 250;

/** What is typed shows at once, and stands in the address when the typing rests. */
function TypedFilters({ search, onChange }: Omit<FiltersProps, 'types'>) {
  const [attribute, setAttribute] = useState(search.attribute ?? '');
  const [words, setWords] = useState(search.words ?? '');
  const latest = useRef({ search, onChange });
  latest.current = { search, onChange };
  useEffect(() => {
    const { search: known } = latest.current;
    if (attribute === (known.attribute ?? '') && words === (known.words ?? '')) return;
    const timer = setTimeout(() => latest.current.onChange({ ...latest.current.search, attribute, words }), typingMs);
    return () => clearTimeout(timer);
  }, [attribute, words]);
  return (
    <>
      <FilterField label="Attribute" text={attribute} onChange={setAttribute} />
      <FilterField label="Name of a rule" text={words} onChange={setWords} />
    </>
  );
}

function RulesGrid({ rules, onOpen }: { rules: readonly SyncRuleView[]; onOpen: (id: string) => void }) {
  const { shown, more } = useRowLimit(rules);
  return (
    <>
      <Table className="grid unsorted" aria-labelledby="rules" onRowAction={(key) => onOpen(String(key))}>
        <TableHeader className="grid-head">
          <GridColumn id="name" title="Rule" isRowHeader isSortable={false} />
          <GridColumn id="precedence" title="Precedence" isNumber isSortable={false} />
          <GridColumn id="ways" title="From and to" isSortable={false} />
          <GridColumn id="link" title="Link" isSortable={false} />
          <GridColumn id="flows" title="Flows" isNumber isSortable={false} />
          <GridColumn id="origin" title="Origin" isSortable={false} />
        </TableHeader>
        <TableBody items={shown} renderEmptyState={() => <p className="empty">No rule matches these filters.</p>}>
          {(rule) => <RuleLine rule={rule} />}
        </TableBody>
      </Table>
      {more}
    </>
  );
}

function RuleLine({ rule }: { readonly rule: SyncRuleView }) {
  return (
    <Row id={rule.id} className="grid-row opens" textValue={rule.name}>
      <Cell className="grid-cell lead">
        <span className="opens-name">{rule.name}</span>
        <span className="quiet">{rule.direction}</span>
      </Cell>
      <Cell className="grid-cell number card-line" data-label="Precedence">
        {rule.precedence}
      </Cell>
      <Cell className="grid-cell wide">{ruleWays(rule)}</Cell>
      <Cell className="grid-cell" data-label="Link">
        {rule.linkType}
      </Cell>
      <Cell className="grid-cell number card-line" data-label="Flows">
        {countWords(rule.flows.length)}
      </Cell>
      <Cell className="grid-cell">
        <span className="badges">
          <span>{rule.standard ? 'Standard' : 'Custom'}</span>
          {rule.disabled ? <Badge tone="none">disabled</Badge> : null}
        </span>
      </Cell>
    </Row>
  );
}
