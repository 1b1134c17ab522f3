/** The routes of the cloud directory: what agents write and read back, and what applications read by SCIM. */
import { listResponse, resourceTypes, schemas, serviceProviderConfig } from '@springline/directory/scim/discovery';
import type { Handlers } from '../http/handler.ts';
import type { DirectoryDeps } from './deps.ts';
import { exportBatchHandler } from './export-batch.ts';
import { exportLeaseHandler } from './export-lease.ts';
import { exportLimitHandlers } from './export-limits.ts';
import { listExportSourcesHandler } from './export-sources.ts';
import { listChangesHandler } from './list-changes.ts';
import { scimPages } from './scim-query.ts';
import { getGroupHandler, getUserHandler, listGroupsHandler, listUsersHandler, scimBaseUrl } from './scim-read.ts';

export type DirectoryRoute =
  | 'exportBatch'
  | 'listChanges'
  | 'exportLease'
  | 'listExportSources'
  | 'getExportLimits'
  | 'putExportLimits'
  | 'approveDeletions'
  | Extract<keyof Handlers, `scim${string}`>;

export function directoryHandlers(deps: DirectoryDeps): Pick<Handlers, DirectoryRoute> {
  return {
    exportBatch: exportBatchHandler(deps),
    listChanges: listChangesHandler(deps),
    exportLease: exportLeaseHandler(deps),
    listExportSources: listExportSourcesHandler(deps),
    ...exportLimitHandlers(deps),
    scimServiceProviderConfig: async () => serviceProviderConfig(scimBaseUrl(deps), scimPages),
    scimResourceTypes: async () => listResponse(resourceTypes(scimBaseUrl(deps))),
    scimSchemas: async () => listResponse(schemas(scimBaseUrl(deps))),
    scimListUsers: listUsersHandler(deps),
    scimGetUser: getUserHandler(deps),
    scimListGroups: listGroupsHandler(deps),
    scimGetGroup: getGroupHandler(deps),
  };
}
