/**
 * Why a directory server could not be read. `code` is stable; the message says what to do. No message holds a password
 * or an attribute value.
 */

export const ldapErrors = {
  'ldap-url-invalid': 'The URL is not ldap://host[:port] or ldaps://host[:port].',
  'ldap-clear-text': 'A password would travel unencrypted to another machine.',
  'ldap-unreachable': 'No connection to the server.',
  'ldap-certificate': 'The certificate of the server is not trusted.',
  'ldap-credentials': 'The server refused the bind DN or its password.',
  'ldap-permission': 'The server refused the read to this account.',
  'ldap-base-missing': 'The base DN does not exist, or this account may not see it.',
  'ldap-incomplete': 'The read ended early, so it may not stand for the whole directory.',
} as const;

export type LdapErrorCode = keyof typeof ldapErrors;

export class LdapError extends Error {
  override readonly name = 'LdapError';
  readonly code: LdapErrorCode;

  constructor(code: LdapErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const certificateCodes = /^(CERT_|ERR_TLS_CERT|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_SSL)/;
const incompleteResults =
  /^(SizeLimitExceeded|TimeLimitExceeded|AdminLimitExceeded|Busy|Unavailable|UnwillingToPerform)/;

/** Gives a failure of the LDAP library or of the socket a code and a remedy. */
export function ldapErrorFrom(cause: unknown, place: { readonly url: string; readonly baseDn: string }): LdapError {
  if (cause instanceof LdapError) return cause;
  const {
    name = '',
    message = String(cause),
    code = '',
  } = (cause ?? {}) as { name?: string; message?: string; code?: string };
  const because = (errorCode: LdapErrorCode, text: string): LdapError => new LdapError(errorCode, text, { cause });
  if (certificateCodes.test(code)) {
    return because(
      'ldap-certificate',
      `the certificate of ${place.url} is not trusted (${message}). Give the CA's certificate with --ca FILE, and use the host name that the certificate names.`,
    );
  }
  if (/InvalidCredentials|InappropriateAuth|InvalidDNSyntax/.test(name)) {
    return because(
      'ldap-credentials',
      `${place.url} refused the bind DN or its password. Check --bind-dn and the password file.`,
    );
  }
  if (/StrongAuthRequired|ConfidentialityRequired/.test(name)) {
    return because(
      'ldap-clear-text',
      `${place.url} takes no password without encryption. Use ldaps:// or --start-tls.`,
    );
  }
  if (/InsufficientAccess/.test(name)) {
    return because(
      'ldap-permission',
      `${place.url} does not let this account read ${place.baseDn}. Give it the right to read.`,
    );
  }
  if (/NoSuchObject/.test(name)) {
    return because(
      'ldap-base-missing',
      `${place.url} has no ${place.baseDn}, or hides it from this account. Check --base and the account's rights.`,
    );
  }
  if (incompleteResults.test(name)) {
    return because(
      'ldap-incomplete',
      `${place.url} ended the read early (${name.replace(/Error$/, '')}). Raise the server's limit for this account.`,
    );
  }
  return because(
    'ldap-unreachable',
    `${place.url} cannot be read: ${message}. Check that it runs and that the network lets you there.`,
  );
}
