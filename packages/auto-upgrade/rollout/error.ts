/**
 * The error of rollout policies, plans and wishes, and the catalogue of its codes. Codes are public and stable: callers
 * and documents switch on them, messages are for people.
 */

/** Every code with its meaning. */
export const policyErrors = {
  'malformed-agent-id': 'The id of an agent is not the text of a UUID, so it has no place in a rollout.',
  'malformed-plan': 'A rollout plan is damaged, too large, or says something that no plan can say.',
  'malformed-policy': 'A rollout policy is damaged, too large, or contradicts itself.',
  'malformed-wish': 'What an agent or its tenant wishes of upgrades cannot be read; nothing of it is taken.',
  'move-refused': 'A rollout cannot make this move in the state in which it is.',
  'policy-not-understood':
    'A rollout policy uses a word or a member that this build does not know; it installs nothing until it does.',
  'unknown-zone': 'A time zone is not in the database of zones of this machine.',
} as const;

export type PolicyErrorCode = keyof typeof policyErrors;

/** A policy, plan, wish or move was refused. `code` is public and stable; the message is for people. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
  readonly code: PolicyErrorCode;

  constructor(code: PolicyErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
