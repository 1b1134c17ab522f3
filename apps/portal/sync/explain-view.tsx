/** Why an attribute has its value: the rule that won, those that lost and why, and where the value goes. */
import type { ExplanationView } from '@springline/api/shapes/sync-rules';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef } from 'react';
import { Button } from 'react-aria-components/Button';
import { Badge } from '../look/badge.tsx';
import { When } from '../look/when.tsx';
import { Dn } from './dn.tsx';
import { loserWords, winnerWords } from './mv-words.ts';
import { AnswerPlace } from './server-page.tsx';
import type { ServerPlace } from './server-place.ts';
import { explainQuery } from './sync-queries.ts';
import { Values } from './values.tsx';

interface ExplainViewProps {
  readonly place: ServerPlace;
  /** Id of the metaverse object. */
  readonly object: string;
  readonly attribute: string;
  readonly onBack: () => void;
}

export function ExplainView({ place, object, attribute, onBack }: ExplainViewProps) {
  const asked = useQuery({
    ...explainQuery(place.api, place.agentId, object, attribute),
    enabled: place.canAsk,
  });
  const heading = useRef<HTMLHeadingElement>(null);
  // Reading goes on from here, and not from the button that is gone.
  useEffect(() => heading.current?.focus(), []);
  return (
    <>
      <p>
        <Button className="command back" onPress={onBack}>
          ‹ All attributes
        </Button>
      </p>
      <h3 ref={heading} tabIndex={-1}>
        Why {attribute} has its value
      </h3>
      <AnswerPlace place={place} query={asked}>
        {(explanation) => <Explanation explanation={explanation} agentId={place.agentId} />}
      </AnswerPlace>
    </>
  );
}

function Explanation({ explanation, agentId }: { readonly explanation: ExplanationView; readonly agentId: string }) {
  const { winner, losers, outbound, values, type, count } = explanation;
  return (
    <>
      <section className="explain-card" data-tone={winner === undefined ? 'none' : 'good'} aria-label="Winner">
        <Badge tone={winner === undefined ? 'none' : 'good'}>{winner === undefined ? 'No value' : 'This value'}</Badge>
        <Values values={values} type={type} count={count} />
        <p>{winnerWords(explanation)}</p>
        {winner === undefined ? null : (
          <p className="quiet">
            From <Dn text={winner.from} /> in {winner.connector}
            {winner.since === undefined ? null : (
              <>
                , since <When at={winner.since} />
              </>
            )}
            . <RuleLink rule={winner.rule} agentId={agentId} />
          </p>
        )}
      </section>
      <Part title="What lost" empty="No other rule flows to it.">
        {losers.map((loser) => (
          <li key={`${loser.rule} ${loser.connector}`} className="explain-card">
            <p>
              <strong>{loser.rule}</strong> <span className="quiet">{loser.connector}</span>
            </p>
            {loser.values.length === 0 ? null : <Values values={loser.values} type={type} />}
            <p className="quiet">{loserWords(loser, winner)}</p>
          </li>
        ))}
      </Part>
      <Part title="Where it goes" empty="No outbound rule takes it further.">
        {outbound.map(({ rule, connector, target, values: sent }) => (
          <li key={`${rule} ${target}`} className="explain-card">
            <p>
              <strong>{target}</strong> <span className="quiet">{connector ?? 'every connector of its kind'}</span>
            </p>
            <Values values={sent} />
            <p className="quiet">
              <RuleLink rule={rule} agentId={agentId}>
                {rule}
              </RuleLink>
            </p>
          </li>
        ))}
      </Part>
    </>
  );
}

function RuleLink(props: { readonly rule: string; readonly agentId: string; readonly children?: ReactNode }) {
  const { rule, agentId, children = 'Open the rule' } = props;
  return (
    <Link to="/sync/servers/$agentId/rules" params={{ agentId }} search={{ words: rule }}>
      {children}
    </Link>
  );
}

interface PartProps {
  readonly title: string;
  readonly empty: string;
  readonly children: readonly ReactNode[];
}

function Part({ title, empty, children }: PartProps) {
  return (
    <>
      <h3>{title}</h3>
      {children.length === 0 ? <p className="quiet">{empty}</p> : <ul className="explain-cards">{children}</ul>}
    </>
  );
}
