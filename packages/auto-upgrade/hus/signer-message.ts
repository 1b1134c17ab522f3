/**
 * What the control plane and the signer say to each other: HTTP with JSON over `<home>/signer.sock`. The signer believes
 * nothing of it but what it can check itself: the policy against its own record, approvals by their signatures.
 */

import type { RegisterFact } from './register-fact.ts';

/** How something that widens becomes allowed (security rule S12). */
export const wideningRules = ['at-once', 'delay', 'two-people'] as const;
/**
 * - `at-once`: on development keys alone, where one machine has everything.
 * - `delay`: a day after it was first asked for, and after this became the rule, unless it is withdrawn.
 * - `two-people`: when two approvers have signed it with their passkeys. Set by a person, it holds also while there are
 *   fewer than two: what widens waits for the second.
 */
export type WideningRule = (typeof wideningRules)[number];

/** Of a WebAuthn assertion (Web Authentication Level 3, 5.2.2), base64url. Its challenge is that of what is approved. */
export interface Assertion {
  readonly credentialId: string;
  readonly authenticatorData: string;
  readonly clientDataJson: string;
  readonly signature: string;
}

/** Something that waits for people, or for its day. */
export interface PendingApproval {
  /** SHA-256, hex: what it is. */
  readonly digest: string;
  /** SHA-256, hex: what approvers sign. Another one each time that the same is asked for: no approval counts twice. */
  readonly challenge: string;
  readonly kind: 'plan' | 'widening';
  readonly rolloutId?: string;
  /** A sentence: what would become possible. */
  readonly what: string;
  /** RFC 3339. When the signer first heard of it, by its own clock. */
  readonly firstSeenAt: string;
  /** RFC 3339; when it becomes allowed by itself. Absent under `two-people`. */
  readonly allowedAt?: string;
  /** Names of approvers that signed. */
  readonly approvedBy: readonly string[];
  readonly approvalsNeeded: number;
}

/** Something that is allowed or approved, and has not happened yet. It may be withdrawn like what waits. */
export interface AllowedChange {
  /** SHA-256, hex: as it was when it waited. */
  readonly digest: string;
  readonly kind: 'plan' | 'widening';
  readonly rolloutId?: string;
  readonly what: string;
  /** RFC 3339. */
  readonly allowedAt: string;
  /** RFC 3339; when it must be asked for again. */
  readonly until: string;
}

export interface SignerState {
  readonly rule: WideningRule;
  /** As signed last, as JSON text; absent before the first. */
  readonly policy?: string;
  /** Digests of plans that are approved, and whose rollout is not over. */
  readonly approvedPlans: readonly string[];
  readonly pending: readonly PendingApproval[];
  /** Plans that have not begun, and single changes that were not made. */
  readonly allowed: readonly AllowedChange[];
  readonly approvers: readonly { readonly name: string; readonly credentialId: string; readonly rpId: string }[];
  /** The highest mark of the database that was noted (security rule S8). */
  readonly databaseMark: number;
  /** Why the register of what must outlive the database is not believed; nothing that widens is signed meanwhile. */
  readonly registerProblem?: string;
}

/** A page of the register. */
export interface SignerFacts {
  readonly facts: readonly RegisterFact[];
  /** Where the next page begins; absent on the last. */
  readonly next?: number;
}

/** The approved plans of the rollouts that the signed policy names, as JSON text. */
export interface SignerPlans {
  readonly plans: readonly string[];
}

export type SignerAnswer =
  /** A plan is approved, or a policy signed and published. */
  | { readonly kind: 'done'; readonly policyVersion?: number }
  | { readonly kind: 'waiting'; readonly pending: readonly PendingApproval[] }
  | { readonly kind: 'refused'; readonly code: SignerRefusalCode; readonly message: string };

export const signerRefusalCodes = {
  'plan-malformed': 'The plan of a rollout does not have its shape.',
  'policy-malformed': 'The policy does not have its shape.',
  'policy-stale': 'The policy is not the one after the last that was signed. Read the state again.',
  'approval-invalid': 'The approval is not a signature of a known approver over what waits.',
  'approved-already': 'This approver approved it before; the second approval must be of somebody else.',
  'too-many-wait': 'More waits for approval than anybody reads. Withdraw what is not wanted.',
  'too-many-proposals':
    'More is asked for than people can follow. Ask again later; a halt and giving a rollout up are signed at any time.',
  'nothing-waits': 'Nothing with that digest waits for approval, is allowed or is approved.',
  'record-full': 'The record of the signer has room for what narrows only. Withdraw what waits.',
  'register-damaged': 'The register of the signer is not believed, so nothing that widens is signed.',
  'mark-too-far': 'The database counts more audit entries than it can have written since it told its count last.',
  'release-unknown': 'The Image repository has no release with that version and digest.',
} as const satisfies Readonly<Record<string, string>>;
export type SignerRefusalCode = keyof typeof signerRefusalCodes;

export type SignerRequest =
  | { readonly type: 'state' }
  /** `plan` and `policy` are JSON text. */
  | { readonly type: 'propose-plan'; readonly plan: string }
  | { readonly type: 'propose-policy'; readonly policy: string }
  | { readonly type: 'approve'; readonly digest: string; readonly assertion: Assertion }
  /** Of what waits, and of what is allowed or approved and was not used yet. */
  | { readonly type: 'withdraw'; readonly digest: string; readonly by: string }
  /** The database counts its audit entries; the count never falls unless an older database was put back. */
  | { readonly type: 'note-mark'; readonly mark: number }
  /** At most `factsPerMessage`; those that are known as they are change nothing. */
  | { readonly type: 'note-facts'; readonly facts: readonly RegisterFact[] }
  /** A page of the register, behind `after` (0: from its start). Answered by `SignerFacts`. */
  | { readonly type: 'facts'; readonly after: number }
  /** Answered by `SignerPlans`. */
  | { readonly type: 'begun-plans' }
  /** Takes back what waits, what is allowed, and every plan that has not begun. */
  | { readonly type: 'void-approvals'; readonly by: string };

/** Of a request or an answer. */
export const signerMessageLimitBytes = 1024 * 1024;
