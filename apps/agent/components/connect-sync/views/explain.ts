/** Why an attribute is as it is, as people see it. */
import type { ExplanationView } from '@springline/api/shapes/sync-rules';
import { decodeMvAttributes } from '@springline/connect-sync/metaverse/encoding';
import { explainAttribute } from '@springline/connect-sync/preview/explain';
import type { Engine } from '@springline/connect-sync/run-profile/engine';
import { findMvObject } from './find-object.ts';
import { mvName } from './search-mv.ts';
import { instant, Room, shownDn, shownName } from './shown.ts';

const shownFlows = 200;

/** @throws {CallError} `object-unknown`, `object-disconnected` */
export function explainView(engine: Engine, object: string, attribute: string): ExplanationView {
  const { store } = engine;
  const mv = findMvObject(engine, object);
  const stored = decodeMvAttributes(mv.attributes, store.names);
  const { type, values, winner, losers, outbound } = explainAttribute(engine, mv, attribute);
  const room = new Room();
  const known = stored.get(attribute);
  const count =
    known?.kind === 'references'
      ? known.sources.reduce((sum, source) => sum + store.countReferences(source.row, source.attribute), 0)
      : values.length;
  return {
    object: { id: mv.uuid, type: mv.type, displayName: shownName(mvName(mv, stored)) },
    attribute,
    type,
    ...room.values(values, count),
    ...(winner === undefined
      ? {}
      : {
          winner: {
            rule: shownName(winner.rule),
            precedence: winner.precedence,
            connector: shownName(winner.connector),
            from: shownDn(winner.from),
            ...(winner.since === undefined ? {} : { since: instant(winner.since) }),
          },
        }),
    losers: losers.slice(0, shownFlows).map((loser) => ({
      rule: shownName(loser.rule),
      precedence: loser.precedence,
      connector: shownName(loser.connector),
      from: shownDn(loser.from),
      values: room.values(loser.values).values,
      why: loser.why,
    })),
    outbound: outbound.slice(0, shownFlows).map((flow) => ({
      rule: shownName(flow.rule),
      connector: shownName(flow.connector),
      target: flow.target,
      values: room.values(flow.values).values,
    })),
  };
}
