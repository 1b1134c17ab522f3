/** What the session may do, and in which words it is told what it may not. */
import type { Scope } from '@springline/api/route';
import type { SessionView } from '@springline/api/shapes/person';
import { useQuery } from '@tanstack/react-query';
import { useApi } from '../api-context.ts';
import { sessionQuery } from '../home/home-query.ts';

const refusals: Partial<Record<Scope, string>> = {
  'upgrade.manage': 'Your role may look and not change this: it takes a release manager or an administrator.',
  'upgrade.approve': 'Your role may not approve: it takes a rollout approver or an administrator.',
  administer: 'Your role may not see or change this: it takes an administrator.',
};

/** Why the session may not, in a sentence; `undefined` when it may. */
export function refusalOf(session: SessionView | undefined, scope: Scope): string | undefined {
  if (session?.scopes.includes(scope) === true) return undefined;
  return refusals[scope] ?? `Your role lacks ${scope}.`;
}

export function useRefusal(scope: Scope): string | undefined {
  return refusalOf(useQuery(sessionQuery(useApi())).data, scope);
}
