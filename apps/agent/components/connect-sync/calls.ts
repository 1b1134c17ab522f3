/**
 * What the command line and the portal may ask of Connect Sync, by name. Parameters come from outside the process: they
 * are parsed here, by the shapes of the api, and answers are made to fit them.
 */
import { type ParsedSyncParameters, type SyncAnswer, syncCalls } from '@springline/api/shapes/sync';
import { isSyncMethod, type SyncMethod } from '@springline/api/shapes/sync-methods';
import { CallError } from '../../channel.ts';
import { syncStatus } from './status.ts';
import type { CallContext } from './views/call-context.ts';
import { connectorsView, runView } from './views/connectors.ts';
import { csObjectView } from './views/cs-object.ts';
import { decide, heldPage } from './views/deletes.ts';
import { explainView } from './views/explain.ts';
import { pendingView } from './views/pending.ts';
import { commitObject, makePreview, planView } from './views/previews.ts';
import { rulesView, testRule } from './views/rules.ts';
import { searchCs } from './views/search-cs.ts';
import { mvObjectView, searchMv } from './views/search-mv.ts';

export type { CallContext } from './views/call-context.ts';

type Calls = {
  readonly [M in SyncMethod]: (
    context: CallContext,
    parameters: ParsedSyncParameters<M>,
  ) => SyncAnswer<M> | Promise<SyncAnswer<M>>;
};

const calls: Calls = {
  connectors: connectorsView,
  history: ({ engine }, { limit, before }) => engine.store.cycles(limit, before).map(runView),
  pending: ({ engine }, wanted) => pendingView(engine, wanted),
  preview: makePreview,
  'preview.get': planView,
  'preview.commit': (context, { object }) => commitObject(context, object),
  'search.cs': ({ engine }, wanted) => searchCs(engine, wanted),
  'cs.object': ({ engine }, { id }) => csObjectView(engine, id),
  'search.mv': ({ engine }, wanted) => searchMv(engine, wanted),
  'mv.object': ({ engine }, { id }) => mvObjectView(engine, id),
  explain: ({ engine }, { object, attribute }) => explainView(engine, object, attribute),
  rules: ({ ruleSet }) => rulesView(ruleSet),
  'rules.test': testRule,
  'deletes.list': ({ engine }, wanted) => heldPage(engine, wanted),
  'deletes.approve': (context, { list }) => decide(context, 'approved', list),
  'deletes.reject': (context, { list }) => decide(context, 'rejected', list),
  staging: ({ staging }) => staging.view(),
  'staging.promote': ({ staging }, { force }) => staging.promote({ force: force === true }),
  'staging.demote': ({ staging }) => staging.demote(),
  run: async (context, { full, profile, connector }) => {
    await context.runCycle({
      full: full === true,
      ...(profile === undefined ? {} : { profile }),
      ...(connector === undefined ? {} : { connector }),
    });
    return syncStatus(context.engine, context.schedule());
  },
};

/** @throws {CallError} `unknown-call`, `malformed-call`, and what a call refuses with. */
export async function answerCall(
  context: CallContext,
  method: string,
  parameters: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  // Of this host alone: whoever asks from afar has it with every heartbeat.
  if (method === 'status') return syncStatus(context.engine, context.schedule());
  if (!isSyncMethod(method)) throw new CallError('unknown-call', `this version of Connect Sync knows no ${method}`);
  return answer(context, method, parameters);
}

function answer<M extends SyncMethod>(
  context: CallContext,
  method: M,
  parameters: Readonly<Record<string, unknown>>,
): unknown {
  const parsed = syncCalls[method].parameters.safeParse(parameters);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const place = issue?.path.join('.') ?? '';
    throw new CallError('malformed-call', `${place === '' ? method : place}: ${issue?.message ?? 'is not understood'}`);
  }
  return calls[method](context, parsed.data as ParsedSyncParameters<M>);
}
