/** Result codes of RFC 4511 appendix A and of the extensions we meet, by number, and which error each of them is. */
import { LdapError, type LdapErrorCode } from './error.ts';

export const resultCode = {
  success: 0,
  referral: 10,
  unavailableCriticalExtension: 12,
  noSuchObject: 32,
  insufficientAccessRights: 50,
  unwillingToPerform: 53,
  /** RFC 4533 2.6 */
  syncRefreshRequired: 4096,
} as const;

const names: ReadonlyMap<number, string> = new Map([
  [0, 'Success'],
  [1, 'OperationsError'],
  [2, 'ProtocolError'],
  [3, 'TimeLimitExceeded'],
  [4, 'SizeLimitExceeded'],
  [7, 'AuthMethodNotSupported'],
  [8, 'StrongerAuthRequired'],
  [10, 'Referral'],
  [11, 'AdminLimitExceeded'],
  [12, 'UnavailableCriticalExtension'],
  [13, 'ConfidentialityRequired'],
  [14, 'SaslBindInProgress'],
  [16, 'NoSuchAttribute'],
  [17, 'UndefinedAttributeType'],
  [18, 'InappropriateMatching'],
  [19, 'ConstraintViolation'],
  [21, 'InvalidAttributeSyntax'],
  [32, 'NoSuchObject'],
  [33, 'AliasProblem'],
  [34, 'InvalidDNSyntax'],
  [36, 'AliasDereferencingProblem'],
  [48, 'InappropriateAuthentication'],
  [49, 'InvalidCredentials'],
  [50, 'InsufficientAccessRights'],
  [51, 'Busy'],
  [52, 'Unavailable'],
  [53, 'UnwillingToPerform'],
  [54, 'LoopDetect'],
  [64, 'NamingViolation'],
  [71, 'AffectsMultipleDSAs'],
  [80, 'Other'],
  [118, 'Canceled'],
  [4096, 'SyncRefreshRequired'],
]);

/** The name of the RFC, with a capital; the number for a code that we do not know. */
export function resultName(code: number): string {
  return names.get(code) ?? `result ${code}`;
}

const errorCodes: ReadonlyMap<number, LdapErrorCode> = new Map([
  [3, 'ldap-incomplete'],
  [4, 'ldap-incomplete'],
  [8, 'ldap-clear-text'],
  [10, 'ldap-incomplete'],
  [11, 'ldap-incomplete'],
  [13, 'ldap-clear-text'],
  [32, 'ldap-base-missing'],
  [48, 'ldap-credentials'],
  [49, 'ldap-credentials'],
  [50, 'ldap-permission'],
  [51, 'ldap-incomplete'],
  [52, 'ldap-incomplete'],
]);

/** What was asked for, as far as messages name it. */
export interface Asked {
  readonly url: string;
  readonly operation: 'bind' | 'search' | 'extended';
  /** Of a search. */
  readonly baseDn?: string;
}

/** The error for a result that is no success. `diagnostic` is the server's own sentence, already made printable. */
export function errorFromResult(code: number, diagnostic: string, asked: Asked): LdapError {
  const errorCode = errorCodeOf(code, diagnostic, asked);
  const said = diagnostic === '' ? '' : ` It says: ${diagnostic}`;
  return new LdapError(errorCode, `${sentence(errorCode, code, asked)}${said}`, { resultCode: code });
}

function errorCodeOf(code: number, diagnostic: string, { operation }: Asked): LdapErrorCode {
  // A malformed bind DN is told like a wrong one (RFC 4511 4.2.2 leaves both to the server).
  if (operation === 'bind' && code === 34) return 'ldap-credentials';
  // AD's words for an anonymous search (MS-ADTS 5.1.3.2).
  if (code === 1 && /successful bind must be completed/.test(diagnostic)) return 'ldap-permission';
  // A search that began and is not carried on; before that, it is just a no.
  if (operation === 'search' && code === resultCode.unwillingToPerform) return 'ldap-incomplete';
  return errorCodes.get(code) ?? 'ldap-refused';
}

function sentence(errorCode: LdapErrorCode, code: number, { url, operation, baseDn = 'it' }: Asked): string {
  switch (errorCode) {
    case 'ldap-credentials':
      return `${url} refused the bind DN or its password. Check --bind-dn and the password file.`;
    case 'ldap-clear-text':
      return `${url} takes no password without encryption. Use ldaps:// or --start-tls.`;
    case 'ldap-permission':
      return `${url} does not let this account read ${baseDn}. Give it the right to read.`;
    case 'ldap-base-missing':
      return `${url} has no ${baseDn}, or hides it from this account. Check --base and the account's rights.`;
    case 'ldap-incomplete':
      return code === resultCode.referral
        ? `${url} answered with a referral to another server. Choose a base DN that this server holds itself.`
        : operation === 'search'
          ? `${url} ended the read early (${resultName(code)}). Raise the server's limit for this account.`
          : `${url} takes no requests now (${resultName(code)}). Try again later.`;
    default:
      return `${url} refused the ${operation} (${resultName(code)}).`;
  }
}
