/**
 * Why a directory server could not be read. `code` is stable; the message says what to do. No message holds a password
 * or an attribute value.
 */

export const ldapErrors = {
  'ldap-url-invalid': 'The URL is not ldap://host[:port] or ldaps://host[:port].',
  'ldap-filter-invalid': 'The search filter is not one of RFC 4515. The message names the character.',
  'ldap-clear-text': 'A password would travel unencrypted to another machine.',
  'ldap-unreachable': 'No connection to the server.',
  'ldap-certificate': 'The certificate of the server is not trusted.',
  'ldap-credentials': 'The server refused the bind DN or its password.',
  'ldap-permission': 'The server refused the read to this account.',
  'ldap-base-missing': 'The base DN does not exist, or this account may not see it.',
  'ldap-refused': 'The server refused a request for another reason, which the message gives.',
  'ldap-malformed': 'The server sent what LDAP does not allow, or more of it than is read. Nothing of the read counts.',
  'ldap-incomplete': 'The read ended early, so it may not stand for the whole directory.',
} as const;

export type LdapErrorCode = keyof typeof ldapErrors;

export class LdapError extends Error {
  override readonly name = 'LdapError';
  readonly code: LdapErrorCode;
  /** The server's result code (RFC 4511 appendix A), where a result was the reason. */
  readonly resultCode?: number;

  constructor(code: LdapErrorCode, message: string, options?: ErrorOptions & { readonly resultCode?: number }) {
    super(message, options);
    this.code = code;
    if (options?.resultCode !== undefined) this.resultCode = options.resultCode;
  }
}

const certificateCodes =
  /^(CERT_|ERR_TLS_CERT|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_OSSL_X509|ERR_SSL_.*(CERT|UNKNOWN_CA))/;

/** Gives a failure of the socket or of TLS a code and a remedy. */
export function ldapErrorFromSocket(
  cause: Error & { readonly code?: string; readonly reason?: string },
  url: string,
): LdapError {
  if (cause instanceof LdapError) return cause;
  // OpenSSL's message is a list of its own source files; tries of several addresses have a code and no message.
  const why = cause.reason ?? (cause.message || cause.code || 'no connection');
  if (certificateCodes.test(cause.code ?? '')) {
    return new LdapError(
      'ldap-certificate',
      `the certificate of ${url} is not trusted (${why}). Give the CA's certificate with --ca FILE, and use the host name that the certificate names.`,
      { cause },
    );
  }
  return unreachable(url, why, { cause });
}

export function unreachable(url: string, why: string, options?: ErrorOptions): LdapError {
  return new LdapError(
    'ldap-unreachable',
    `${url} cannot be read: ${why}. Check that it runs and that the network lets you there.`,
    options,
  );
}

/** What came breaks the protocol; `why` is a sentence's middle, such as a BerError's message. */
export function malformed(url: string, why: string, options?: ErrorOptions): LdapError {
  return new LdapError(
    'ldap-malformed',
    `${url} sends what is not sound LDAP: ${why}. Check that it is a directory server, and its version.`,
    options,
  );
}
