/** The error of campaigns and the catalogue of its codes. Codes are public and stable; messages are for people. */

/** Every code with its meaning. */
export const campaignErrors = {
  'malformed-campaign':
    'A campaign is not of the form that we write: the message names the field and what belongs there.',
  'unknown-zone': 'The time zone of a deadline is not one that this system knows.',
} as const;

export type CampaignErrorCode = keyof typeof campaignErrors;

/** A campaign was refused. */
export class CampaignError extends Error {
  override readonly name = 'CampaignError';
  readonly code: CampaignErrorCode;

  constructor(code: CampaignErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
