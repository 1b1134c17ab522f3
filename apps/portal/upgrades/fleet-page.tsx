/**
 * The fleet: which build runs where, on which channel and in which ring; and why a server is not upgrading. The service
 * filters, orders and counts; the page holds one page of rows, and its filters stand in its address.
 */
import type { FleetPage as FleetRowsPage, FleetTotals } from '@springline/api/shapes/fleet';
import { componentName } from '@springline/api/shapes/text';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useMemo, useRef, useState } from 'react';
import { Button } from 'react-aria-components/Button';
import type { ApiClient } from '../api-client.ts';
import { useApi } from '../api-context.ts';
import { componentTitles } from '../home/agent-states.ts';
import { saveFile } from '../home/save-file.ts';
import { actFailureWords } from '../look/act-dialog.tsx';
import { FilterField } from '../look/data-grid.tsx';
import { type Choice, ChoiceField } from '../look/fields.tsx';
import { Icon } from '../look/icon.tsx';
import { counted, countWords } from '../look/number-words.ts';
import { ReasonedButton } from '../look/reasoned-button.tsx';
import { FleetGrid } from './fleet-grid.tsx';
import { FleetPanel } from './fleet-panel.tsx';
import {
  type FleetRow,
  type FleetSearch,
  fleetChoices,
  fleetCsv,
  fleetRows,
  fleetSearchFrom,
  groupTitles,
  isFiltered,
} from './fleet-rows.ts';
import { type Outcome, UpgradePage } from './upgrade-page.tsx';
import { fleetAgentQuery, fleetQuery, fleetTotalsQuery, policyQuery } from './upgrade-queries.ts';

export function FleetPage() {
  const api = useApi();
  const search = useSearch({ from: '/signed-in/upgrades/fleet' });
  const change = useChange(search);
  const { cursor, pageNumber, onNext, onPrevious } = usePages(search);
  const page = useQuery({ ...fleetQuery(api, search, cursor), placeholderData: keepPreviousData });
  const totals = useQuery(fleetTotalsQuery(api));
  const policy = useQuery(policyQuery(api));
  const { exportRows, outcome } = useExport(api, search);
  const rows = useMemo(() => (page.data === undefined ? [] : fleetRows(page.data)), [page.data]);
  const open = useOpenAgent(search.agent, page.data);
  const { next } = page.data ?? {};
  return (
    <UpgradePage
      title="Fleet"
      purpose="Every component on every host, and why it is not upgrading."
      asked={[page, totals, policy]}
      outcome={outcome}
      commands={
        <ReasonedButton
          icon="download"
          refusal={rows.length === 0 ? 'There is nothing to export.' : undefined}
          onPress={() => void exportRows()}
        >
          Export as CSV
        </ReasonedButton>
      }
    >
      <Groups totals={totals.data} search={search} onChange={change} />
      <section className="section" aria-labelledby="fleet">
        <div className="section-head">
          <h2 id="fleet" tabIndex={-1}>
            Hosts
          </h2>
          <p className="quiet" role="status">
            {totals.data === undefined ? null : `${counted(totals.data.hosts, 'host')}. `}
            {rows.length === 0 ? null : `Page ${pageNumber}, ${counted(rows.length, 'row')}.`}
          </p>
          <Filters search={search} totals={totals.data} onChange={change} />
        </div>
        {page.data === undefined ? (
          <p className="empty">
            {page.error === null ? 'One moment…' : 'These hosts could not be read. Refresh asks for them again.'}
          </p>
        ) : rows.length === 0 && !isFiltered(search) && pageNumber === 1 ? (
          <p className="empty">
            No agent is enrolled yet. <code>springline up</code> brings one of its own; every agent appears here by
            itself.
          </p>
        ) : (
          <FleetGrid
            rows={rows}
            sort={{ column: search.sort ?? 'host', direction: search.order ?? 'ascending' }}
            onSort={(sort, order) => change({ ...search, sort, order })}
            onOpen={(agent) => change({ ...search, agent })}
          />
        )}
        {pageNumber === 1 && next === undefined ? null : (
          <nav className="pager" aria-label="Pages">
            <ReasonedButton refusal={pageNumber === 1 ? 'This is the first page.' : undefined} onPress={onPrevious}>
              Previous page
            </ReasonedButton>
            <span className="quiet">Page {countWords(pageNumber)}</span>
            <ReasonedButton
              refusal={next === undefined || page.isPlaceholderData ? 'This is the last page.' : undefined}
              onPress={() => next !== undefined && onNext(next)}
            >
              Next page
            </ReasonedButton>
          </nav>
        )}
      </section>
      <FleetPanel
        agent={open}
        policy={policy.data}
        policyFailure={policy.error}
        onClose={() => {
          const { agent: _, ...rest } = search;
          change(rest);
        }}
      />
    </UpgradePage>
  );
}

function useChange(search: FleetSearch): (next: FleetSearch) => void {
  const navigate = useNavigate();
  return (next) =>
    void navigate({
      to: '/upgrades/fleet',
      search: fleetSearchFrom(next),
      resetScroll: false,
      // An open panel is a step that Back undoes; a filter is not.
      replace: next.agent === search.agent,
    });
}

/** Where each page that was passed began. Another filter or order begins with the first. */
function usePages({ agent: _, ...filter }: FleetSearch) {
  const of = JSON.stringify(filter);
  const [passed, setPassed] = useState<{ readonly of: string; readonly cursors: readonly string[] }>({
    of,
    cursors: [],
  });
  const cursors = passed.of === of ? passed.cursors : [];
  return {
    cursor: cursors.at(-1),
    pageNumber: cursors.length + 1,
    onNext: (cursor: string) => setPassed({ of, cursors: [...cursors, cursor] }),
    onPrevious: () => setPassed({ of, cursors: cursors.slice(0, -1) }),
  };
}

/** Of the page, or asked for by itself. */
function useOpenAgent(agentId: string | undefined, page: FleetRowsPage | undefined) {
  const shown = page?.agents.find((agent) => agent.agentId === agentId);
  const asked = useQuery({
    ...fleetAgentQuery(useApi(), agentId ?? ''),
    enabled: agentId !== undefined && page !== undefined && shown === undefined && /^[0-9a-f-]{36}$/.test(agentId),
  });
  return agentId === undefined ? undefined : (shown ?? asked.data ?? undefined);
}

/** Rows of a file at most: what spreadsheets open without a pause. */
const exportLimit = 50_000;

function useExport(api: ApiClient, { agent: _, ...filter }: FleetSearch) {
  const [outcome, setOutcome] = useState<Outcome>();
  const isRunning = useRef(false);
  async function exportRows() {
    if (isRunning.current) return;
    isRunning.current = true;
    try {
      const rows: FleetRow[] = [];
      let cursor: string | undefined;
      do {
        const query = { ...filter, limit: 1_000, ...(cursor === undefined ? {} : { cursor }) };
        const page = await api.call('listFleet', { query });
        rows.push(...fleetRows(page));
        cursor = page.next;
      } while (cursor !== undefined && rows.length < exportLimit);
      saveFile(`springline-fleet-${new Date(api.nowMs()).toISOString().slice(0, 10)}.csv`, 'text/csv', fleetCsv(rows));
      setOutcome(
        cursor === undefined
          ? { tone: 'good', title: 'Exported.', detail: `${counted(rows.length, 'row')}.` }
          : {
              tone: 'warn',
              title: 'Exported in part.',
              detail: `The first ${counted(rows.length, 'row')}: filter for the others.`,
            },
      );
    } catch (error) {
      setOutcome({ tone: 'bad', title: 'This was not exported.', detail: actFailureWords(error) });
    } finally {
      isRunning.current = false;
    }
  }
  return { exportRows, outcome };
}

interface FilterProps {
  readonly search: FleetSearch;
  readonly totals: FleetTotals | undefined;
  readonly onChange: (search: FleetSearch) => void;
}

/** How many are in each group; pressing one shows those alone. */
function Groups({ totals, search, onChange }: FilterProps) {
  if (totals === undefined) return null;
  const groups = (Object.keys(groupTitles) as (keyof typeof groupTitles)[]).filter(
    (group) => (totals.groups[group] ?? 0) > 0 || search.group === group,
  );
  return (
    <ul className="fleet-groups" aria-label="By group">
      {groups.map((group) => (
        <li key={group}>
          <button
            type="button"
            className="fleet-group"
            aria-pressed={search.group === group}
            onClick={() => {
              const { group: before, ...rest } = search;
              onChange(before === group ? rest : { ...rest, group });
            }}
          >
            <span>{groupTitles[group]}</span>
            <strong>{countWords(totals.groups[group] ?? 0)}</strong>
          </button>
        </li>
      ))}
    </ul>
  );
}

function Filters({ search, totals, onChange }: FilterProps) {
  const choice = (
    name: 'component' | 'state' | 'channel' | 'ring' | 'version' | 'reason',
    label: string,
    choices: readonly Choice[],
  ) => (
    <ChoiceField
      label={label}
      isLabelUnseen
      value={search[name] ?? ''}
      choices={[{ id: '', title: `${label}: all` }, ...withChosen(choices, search[name])]}
      onChange={(value) => onChange(fleetSearchFrom({ ...search, [name]: value }))}
    />
  );
  const versions = (totals?.versions ?? []).filter(
    ({ component }) => search.component === undefined || component === search.component,
  );
  return (
    <div className="filters">
      {choice(
        'component',
        'Component',
        componentName.options.map((id) => ({ id, title: componentTitles[id] })),
      )}
      {choice('version', 'Version', [...new Set(versions.map(({ version }) => version))].map(asChoice))}
      {choice('state', 'State', fleetChoices.states.map(asChoice))}
      {choice('channel', 'Channel', fleetChoices.channels.map(asChoice))}
      {choice(
        'ring',
        'Ring',
        (totals?.rings ?? []).map(({ ring }) => asChoice(ring)),
      )}
      {choice(
        'reason',
        'Reason',
        (totals?.reasons ?? []).map(({ reason, rows }) => ({ id: reason, title: `${reason} (${countWords(rows)})` })),
      )}
      <HostFilter key={search.text ?? ''} search={search} onChange={onChange} />
      {isFiltered(search) ? (
        <Button
          className="command"
          onPress={() => onChange(fleetSearchFrom({ sort: search.sort, order: search.order }))}
        >
          <Icon name="close" />
          <span>Clear all filters</span>
        </Button>
      ) : null}
    </div>
  );
}

const asChoice = (id: string): Choice => ({ id, title: id });

/** A filter of an address stays a choice although nothing has it any more. */
function withChosen(choices: readonly Choice[], chosen: string | undefined): readonly Choice[] {
  return chosen === undefined || choices.some(({ id }) => id === chosen) ? choices : [...choices, asChoice(chosen)];
}

/** Long enough that a word is asked for once. */
const typingMs = 250;

function HostFilter({ search, onChange }: Omit<FilterProps, 'totals'>) {
  const [text, setText] = useState(search.text ?? '');
  const latest = useRef({ search, onChange });
  latest.current = { search, onChange };
  useEffect(() => {
    const { search: known } = latest.current;
    if (text.trim() === (known.text ?? '')) return;
    const timer = setTimeout(() => latest.current.onChange({ ...latest.current.search, text: text.trim() }), typingMs);
    return () => clearTimeout(timer);
  }, [text]);
  return <FilterField label="Search hosts" text={text} onChange={setText} />;
}
