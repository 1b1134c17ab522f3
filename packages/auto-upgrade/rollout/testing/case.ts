/**
 * A case of `decide` and its JSON, as the vectors under `conformance/rollout` hold it: instants as RFC 3339 text, the policy
 * as agents read it, a release of a decision named by its digest. Reasons are for people and no part of it.
 */
import type { EpochMs } from '@springline/ports/clock';
import { type AgentFacts, type Decision, decide, type ReleaseFacts } from '../decide.ts';
import { PolicyError } from '../error.ts';
import { instantText, type Json } from '../json-fields.ts';
import { formatPolicy, parsePolicy, type RolloutPolicy } from '../policy.ts';
import { formatWish, parseWish } from '../wish.ts';

export interface Case {
  readonly policy: RolloutPolicy | 'not-understood' | undefined;
  readonly facts: AgentFacts;
  readonly now: EpochMs;
}

export interface CaseJson {
  readonly policy: Json;
  readonly facts: { readonly [name: string]: Json };
  readonly now: string;
}

export interface DecisionJson {
  readonly action: Decision['action'];
  readonly rule: string;
  readonly release?: string;
  readonly notBefore?: string;
}

export function caseJson({ policy, facts, now }: Case): CaseJson {
  const { wish, offered, blocked, stagingCommittedAt, ...plain } = facts;
  const { also, ...own } = wish;
  const wishJson = (each: typeof own): Json => JSON.parse(formatWish(each));
  return {
    policy: policyJson(policy),
    facts: {
      ...plain,
      ...(stagingCommittedAt === undefined ? {} : { stagingCommittedAt: instantText(stagingCommittedAt) }),
      offered: offered.map(releaseJson),
      blocked: blocked.map(({ sha256, until }) => ({ sha256, until: instantText(until) })),
      wish: { ...(wishJson(own) as object), ...(also === undefined ? {} : { also: also.map(wishJson) }) },
    },
    now: instantText(now),
  };
}

/** What an implementation would do: a policy that cannot be read holds. */
export function caseFromJson({ policy, facts, now }: CaseJson): Case {
  const { wish, offered, blocked, stagingCommittedAt, ...plain } = facts;
  const { also, ...own } = wish as { readonly also?: readonly Json[] };
  return {
    policy: policy === null ? undefined : readPolicy(policy),
    facts: {
      ...(plain as unknown as AgentFacts),
      ...(typeof stagingCommittedAt === 'string' ? { stagingCommittedAt: instant(stagingCommittedAt) } : {}),
      offered: (offered as unknown as ReleaseJson[]).map(releaseFromJson),
      blocked: (blocked as { sha256: string; until: string }[]).map(({ sha256, until }) => ({
        sha256,
        until: instant(until),
      })),
      wish: { ...parseWish(own), ...(also === undefined ? {} : { also: also.map(parseWish) }) },
    },
    now: instant(now),
  };
}

export function decisionJson(decision: Decision): DecisionJson {
  const { action, rule, release } = decision;
  return {
    ...{ action, rule },
    ...(release === undefined ? {} : { release: release.sha256 }),
    ...(decision.action === 'wait' ? { notBefore: instantText(decision.notBefore) } : {}),
  };
}

/** The decision of a case that came as JSON. */
export function decideJson(json: CaseJson): DecisionJson {
  const { policy, facts, now } = caseFromJson(json);
  return decisionJson(decide(policy, facts, now));
}

type ReleaseJson = Omit<ReleaseFacts, 'publishedAt' | 'floor'> & {
  readonly publishedAt: string;
  readonly floor?: { readonly below: string; readonly from: string };
};

function releaseJson({ publishedAt, floor, ...plain }: ReleaseFacts): Json {
  const dated = floor === undefined ? {} : { floor: { below: floor.below, from: instantText(floor.from) } };
  return { ...plain, publishedAt: instantText(publishedAt), ...dated };
}

function releaseFromJson({ publishedAt, floor, ...plain }: ReleaseJson): ReleaseFacts {
  const dated = floor === undefined ? {} : { floor: { below: floor.below, from: instant(floor.from) } };
  return { ...plain, publishedAt: instant(publishedAt), ...dated };
}

function policyJson(policy: Case['policy']): Json {
  if (policy === undefined) return null;
  // Any policy with a word that no build knows yet.
  return policy === 'not-understood' ? { format: 'springline-rollout-2' } : JSON.parse(formatPolicy(policy));
}

function readPolicy(policy: Json): RolloutPolicy | 'not-understood' {
  try {
    return parsePolicy(new TextEncoder().encode(JSON.stringify(policy)));
  } catch (error) {
    if (error instanceof PolicyError) return 'not-understood';
    throw error;
  }
}

function instant(text: string): EpochMs {
  return Date.parse(text) as EpochMs;
}
