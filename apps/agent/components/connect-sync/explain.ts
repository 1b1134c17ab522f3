/**
 * Step results for what stops a step: a word of the field and a sentence that says what to do.
 */
import type { StepOutcome } from '@springline/connect-sync/run-profile/engine';
import { CloudFeedError } from '@springline/connect-sync/run-profile/import-cloud';
import { CsvError } from '@springline/directory/csv/csv-error';
import { DirectoryError } from '@springline/directory/error';
import { LdapError, type LdapErrorCode } from '@springline/directory/ldap/error';
import { ScopeError } from '@springline/directory/ldap/sources/scope';
import { ConsentError } from '../../consent-file.ts';
import { RefusedError, UnreachableError } from '../../identity/signed-request.ts';
import { SourceError } from './directory-source.ts';

const ldapResults: Readonly<Record<LdapErrorCode, string>> = {
  'ldap-url-invalid': 'no-start-bad-ma-configuration',
  'ldap-filter-invalid': 'no-start-bad-ma-configuration',
  'ldap-clear-text': 'no-start-bad-ma-configuration',
  'ldap-unreachable': 'no-start-connection',
  'ldap-certificate': 'no-start-connection',
  'ldap-credentials': 'no-start-credentials',
  'ldap-permission': 'no-start-credentials',
  'ldap-base-missing': 'no-start-bad-ma-configuration',
  'ldap-refused': 'stopped-server',
  'ldap-malformed': 'stopped-server',
  'ldap-incomplete': 'stopped-server',
};

/** `undefined` for what is no trouble of the outside world: a fault of ours. */
export function explain(error: unknown): StepOutcome | undefined {
  if (error instanceof LdapError) return { result: ldapResults[error.code], detail: error.message };
  if (error instanceof SourceError) {
    return {
      result: error.code === 'source-changing' ? 'stopped-import-read' : 'no-start-file-open',
      detail: error.message,
    };
  }
  if (error instanceof DirectoryError) {
    const isUnreadable = error.code === 'ldif-unreadable';
    return { result: isUnreadable ? 'no-start-file-open' : 'stopped-parsing-errors', detail: error.message };
  }
  if (error instanceof CsvError) {
    const isUnreadable = error.code === 'csv-unreadable' || error.code === 'csv-changing';
    return { result: isUnreadable ? 'no-start-file-open' : 'stopped-parsing-errors', detail: error.message };
  }
  if (error instanceof ScopeError) {
    return { result: 'no-start-bad-ma-configuration', detail: `${error.code}: ${error.message}` };
  }
  if (error instanceof ConsentError)
    return { result: 'no-start-bad-ma-configuration', detail: `${error.code}: ${error.message}` };
  if (error instanceof UnreachableError) return { result: 'stopped-connectivity', detail: error.message };
  if (error instanceof CloudFeedError) return { result: 'stopped-server', detail: `${error.code}: ${error.message}` };
  if (error instanceof RefusedError && error.code === 'deletion-threshold-exceeded') {
    return { result: 'stopped-deletion-threshold-exceeded', detail: error.message };
  }
  if (error instanceof RefusedError) return { result: 'stopped-server', detail: `${error.code}: ${error.message}` };
  if (isDiskFull(error)) {
    return {
      result: 'stopped-disk-full',
      detail: 'the disk of this host is full. Free space; nothing is lost, and sync goes on.',
    };
  }
  return undefined;
}

function isDiskFull(error: unknown): boolean {
  const { code, message = '' } = (error ?? {}) as { code?: string; message?: string };
  return code === 'ENOSPC' || /database or disk is full|disk I\/O error/i.test(message);
}
