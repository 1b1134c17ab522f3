/** One connector space object: its versions side by side, references, lineage, what is wrong, and its XML. */
import type { CsObjectView } from '@springline/api/shapes/sync-objects';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { saveFile } from '../home/save-file.ts';
import { Badge } from '../look/badge.tsx';
import { MessageBar } from '../look/message-bar.tsx';
import { counted, countWords } from '../look/number-words.ts';
import { ReasonedButton } from '../look/reasoned-button.tsx';
import { Fact, SidePanel } from '../look/side-panel.tsx';
import { When } from '../look/when.tsx';
import { linkWords, rowName, stateWords } from './cs-words.ts';
import { Dn } from './dn.tsx';
import { type HologramCell, hologramMeanings, hologramTable, hologramTitles } from './hologram-rows.ts';
import { AnswerPlace } from './server-page.tsx';
import type { ServerPlace } from './server-place.ts';
import { csObjectQuery } from './sync-queries.ts';
import { Values } from './values.tsx';

interface CsPanelProps {
  readonly place: ServerPlace;
  /** Undefined: closed. */
  readonly id: string | undefined;
  readonly onClose: () => void;
  /** Goes on to another object. */
  readonly onObject: (id: string) => void;
}

export function CsPanel({ place, id = '', onClose, onObject }: CsPanelProps) {
  const asked = useQuery({ ...csObjectQuery(place.api, place.agentId, id), enabled: place.canAsk && id !== '' });
  const object = asked.data;
  return (
    <SidePanel
      isWide
      isOpen={id !== '' && place.canAsk}
      title={object === undefined ? 'Object' : rowName(object.row)}
      state={
        object === undefined ? null : (
          <span className="badges">
            <Badge tone={linkWords(object.row).tone}>{linkWords(object.row).words}</Badge>
            {stateWords(object.row).map(({ tone, words }) => (
              <Badge key={words} tone={tone}>
                {words}
              </Badge>
            ))}
          </span>
        )
      }
      onClose={onClose}
    >
      <AnswerPlace place={place} query={asked}>
        {(answer) => <CsDetails object={answer} agentId={place.agentId} onObject={onObject} />}
      </AnswerPlace>
    </SidePanel>
  );
}

interface DetailsProps {
  readonly object: CsObjectView;
  readonly agentId: string;
  readonly onObject: (id: string) => void;
}

function CsDetails({ object, agentId, onObject }: DetailsProps) {
  const { row } = object;
  return (
    <>
      {row.error === undefined ? null : (
        <MessageBar tone="bad" title={`${row.error.code}:`}>
          {row.error.message} First seen <When at={row.error.firstSeenAt} />, last <When at={row.error.lastSeenAt} />,{' '}
          {counted(row.error.retryCount, 'retry', 'retries')}.
        </MessageBar>
      )}
      <dl className="facts">
        <Fact title="DN">
          <Dn text={row.dn} />
        </Fact>
        <Fact title="Type">{row.objectType}</Fact>
        <Fact title="Anchor">
          {row.anchor === undefined ? 'none until an import has seen it' : <code>{row.anchor}</code>}
        </Fact>
        <Fact title="Connector">{row.connector}</Fact>
        <Fact title="Metaverse">
          {row.metaverseId === undefined ? (
            'linked to no object'
          ) : (
            <Link to="/sync/servers/$agentId/metaverse" params={{ agentId }} search={{ object: row.metaverseId }}>
              Open its metaverse object
            </Link>
          )}
        </Fact>
      </dl>
      <Holograms object={object} />
      <References object={object} onObject={onObject} />
      <Lineage object={object} agentId={agentId} />
      <Xml object={object} />
    </>
  );
}

function Holograms({ object }: { readonly object: CsObjectView }) {
  const { columns, rows, different } = hologramTable(object);
  if (columns.length === 0) return <p className="quiet">No attributes are known of it.</p>;
  return (
    <>
      <h3>Attributes</h3>
      <p className="quiet">
        {counted(rows.length, 'attribute')}
        {columns.length < 2 ? null : `, ${countWords(different)} of them different between the versions`}
      </p>
      <table className="holograms" data-columns={columns.length}>
        <thead>
          <tr>
            <th scope="col">Attribute</th>
            {columns.map((column) => (
              <th key={column} scope="col">
                {hologramTitles[column]} <span className="quiet">{hologramMeanings[column]}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, cells }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {cells.map((cell, at) => (
                <td
                  key={columns[at]}
                  data-state={cell.state}
                  data-label={hologramTitles[columns[at] ?? 'synchronized']}
                >
                  <HologramValues cell={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

const marks = { new: 'new', changed: 'changed', gone: 'removed' } as const;

function HologramValues({ cell: { attribute, state } }: { readonly cell: HologramCell }) {
  const mark = state === 'new' || state === 'changed' || state === 'gone' ? marks[state] : undefined;
  return (
    <>
      {mark === undefined ? null : <span className="cell-mark">{mark}</span>}
      {attribute === undefined ? (
        <span className="quiet">{state === 'gone' ? 'no value any more' : '–'}</span>
      ) : state === 'same' ? (
        <span className="quiet">as synchronized</span>
      ) : (
        <Values values={attribute.values} type={attribute.type} count={attribute.count} />
      )}
    </>
  );
}

const referenceStates = {
  present: undefined,
  'to-add': { tone: 'good', words: 'to be added' },
  'to-remove': { tone: 'bad', words: 'to be removed' },
  'unconfirmed-add': { tone: 'busy', words: 'added, not confirmed' },
  'unconfirmed-remove': { tone: 'busy', words: 'removed, not confirmed' },
} as const;

function References({ object: { references }, onObject }: Omit<DetailsProps, 'agentId'>) {
  return references.map(({ attribute, targets, count }) => (
    <section key={attribute} aria-label={attribute} className="references">
      <h3>
        {attribute} <span className="quiet">{counted(count, 'reference')}</span>
      </h3>
      <ul>
        {targets.map(({ id, dn, state }) => {
          const said = referenceStates[state];
          return (
            <li key={`${dn} ${state}`}>
              {id === undefined ? (
                <Dn text={dn} />
              ) : (
                <button type="button" className="text-link" onClick={() => onObject(id)}>
                  <Dn text={dn} />
                </button>
              )}
              {said === undefined ? null : <Badge tone={said.tone}>{said.words}</Badge>}
            </li>
          );
        })}
      </ul>
      {count > targets.length ? <p className="quiet">and {countWords(count - targets.length)} more</p> : null}
    </section>
  ));
}

function Lineage({ object: { lineage }, agentId }: Omit<DetailsProps, 'onObject'>) {
  return (
    <>
      <h3>Lineage</h3>
      {lineage.length === 0 ? <p className="quiet">No rule had a part in it.</p> : null}
      <ol className="lineage">
        {lineage.map(({ rule, action }) => (
          <li key={`${rule} ${action}`}>
            <Link to="/sync/servers/$agentId/rules" params={{ agentId }} search={{ words: rule }}>
              {rule}
            </Link>
            <span className="quiet">{action}</span>
          </li>
        ))}
      </ol>
    </>
  );
}

/** More would only be scrolled past. */
const xmlShownCharacters = 20_000;

function Xml({ object }: { readonly object: CsObjectView }) {
  return (
    <details className="xml">
      <summary>As cs-object XML</summary>
      <p>
        <ReasonedButton
          icon="download"
          onPress={() => saveFile(`cs-object-${object.row.id}.xml`, 'application/xml', object.export)}
        >
          Save the XML
        </ReasonedButton>
      </p>
      <pre className="xml-text">
        <code>{object.export.slice(0, xmlShownCharacters)}</code>
      </pre>
      {object.export.length <= xmlShownCharacters ? null : <p className="quiet">The file has the rest.</p>}
    </details>
  );
}
