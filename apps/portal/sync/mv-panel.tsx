/** One metaverse object: each value with the connector and rule that gave it; and why an attribute has its value. */
import type { MvObjectView } from '@springline/api/shapes/sync-objects';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button } from 'react-aria-components/Button';
import { Badge } from '../look/badge.tsx';
import { Icon } from '../look/icon.tsx';
import { counted } from '../look/number-words.ts';
import { SidePanel } from '../look/side-panel.tsx';
import { When } from '../look/when.tsx';
import { linkWords, rowName, stateWords } from './cs-words.ts';
import { Dn } from './dn.tsx';
import { ExplainView } from './explain-view.tsx';
import { nameOf } from './mv-words.ts';
import { AnswerPlace } from './server-page.tsx';
import type { ServerPlace } from './server-place.ts';
import { mvObjectQuery } from './sync-queries.ts';
import { Values } from './values.tsx';

interface MvPanelProps {
  readonly place: ServerPlace;
  /** Undefined: closed. */
  readonly id: string | undefined;
  /** The attribute that is explained. */
  readonly attribute: string | undefined;
  readonly onClose: () => void;
  /** Undefined: back to all attributes. */
  readonly onAttribute: (name: string | undefined) => void;
}

export function MvPanel({ place, id = '', attribute, onClose, onAttribute }: MvPanelProps) {
  const asked = useQuery({ ...mvObjectQuery(place.api, place.agentId, id), enabled: place.canAsk && id !== '' });
  return (
    <SidePanel
      isWide
      isOpen={id !== '' && place.canAsk}
      title={asked.data === undefined ? 'Object' : nameOf(asked.data)}
      state={asked.data === undefined ? null : <span className="quiet">{asked.data.type}</span>}
      onClose={onClose}
    >
      {attribute === undefined ? (
        <AnswerPlace place={place} query={asked}>
          {(object) => <MvDetails object={object} agentId={place.agentId} onAttribute={onAttribute} />}
        </AnswerPlace>
      ) : (
        <ExplainView place={place} object={id} attribute={attribute} onBack={() => onAttribute(undefined)} />
      )}
    </SidePanel>
  );
}

interface DetailsProps {
  readonly object: MvObjectView;
  readonly agentId: string;
  readonly onAttribute: (name: string) => void;
}

function MvDetails({ object: { attributes, links }, agentId, onAttribute }: DetailsProps) {
  return (
    <>
      <h3>
        Linked objects <span className="quiet">{counted(links.length, 'connector')}</span>
      </h3>
      <ul className="link-cards">
        {links.map((row) => (
          <li key={row.id}>
            <p>
              <strong>{row.connector}</strong> <Badge tone={linkWords(row).tone}>{linkWords(row).words}</Badge>
            </p>
            <p>
              <Link
                to="/sync/servers/$agentId/connector-space"
                params={{ agentId }}
                search={{ connector: row.connector, object: row.id }}
                aria-label={`Open ${rowName(row)} in ${row.connector}`}
              >
                <Dn text={row.dn} />
              </Link>
            </p>
            {stateWords(row).map(({ tone, words }) => (
              <Badge key={words} tone={tone}>
                {words}
              </Badge>
            ))}
          </li>
        ))}
      </ul>
      <h3>
        Attributes <span className="quiet">{counted(attributes.length, 'attribute')}</span>
      </h3>
      <ul className="mv-attributes" aria-label="Attributes">
        {attributes.map(({ name, type, values, count, rule, connector, since }) => (
          <li key={name}>
            <div className="mv-name">
              <strong>{name}</strong>
              <Button className="command" aria-label={`Explain ${name}`} onPress={() => onAttribute(name)}>
                <Icon name="search" />
                <span>Why?</span>
              </Button>
            </div>
            <Values values={values} type={type} count={count} />
            <p className="quiet mv-from">
              {connector} · {rule}
              {since === undefined ? null : (
                <>
                  {' '}
                  · since <When at={since} />
                </>
              )}
            </p>
          </li>
        ))}
      </ul>
    </>
  );
}
