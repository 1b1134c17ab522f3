/** Why one object's export failed. The names are those of the field, so that runbooks apply; our own have dashes. */

/** code -> what it means and what to do. Kept in step with the reference of errors. */
export const exportFailureCatalogue = {
  AttributeValueMustBeUnique:
    'Another object has this userPrincipalName, address or security identifier. Give the value to one of them in the source.',
  IdentityDataValidationFailed:
    'The userPrincipalName is missing or has a form that cannot sign in. Correct it in the source.',
  DataValidationFailed: 'An attribute is unknown, of the wrong type, or empty. The message names it.',
  ExceededAllowedLength: 'A text is longer than its attribute allows. Shorten it in the source.',
  LargeObject: 'The object has too many values or references, or is too large as a whole. Remove some in the source.',
  ObjectTypeMismatch: 'The source anchor or an address belongs to an object of another type.',
  ObjectNotFound: 'There is no such object to update. Add it; the next full import shows what is there.',
  'object-not-yours': 'The object is mastered by another connector.',
  'deletion-threshold-exceeded':
    'More objects would be deleted within 24 hours than the tenant allows. Approve them: springline sync deletes approve.',
  'creation-limit-exceeded': 'More objects would be created within 24 hours than the tenant allows a source.',
  'change-limit-exceeded': 'More would be changed within 24 hours than the tenant allows a source.',
} as const satisfies Record<string, string>;

export type ExportFailureCode = keyof typeof exportFailureCatalogue;

export interface ExportFailure {
  readonly code: ExportFailureCode;
  readonly message: string;
  readonly attribute?: string;
  /** Cloud anchor of the object that has the value. */
  readonly conflictsWith?: string;
}

export function failure(
  code: ExportFailureCode,
  message: string,
  words: Pick<ExportFailure, 'attribute' | 'conflictsWith'> = {},
): ExportFailure {
  return { code, message, ...words };
}
