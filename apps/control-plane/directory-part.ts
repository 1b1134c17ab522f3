/** The cloud directory as the control plane is put together with it. */
import type { DirectoryPart } from './control-plane.ts';
import type { DirectoryDeps } from './directory/deps.ts';
import { renewByHeartbeat } from './directory/export-lease.ts';
import { directoryHandlers } from './directory/handlers.ts';
import { directoryJobs } from './directory/jobs.ts';
import { addNotice } from './notices/outbox.ts';
import { isRecent } from './platform/continuation.ts';
import { directoryCounts } from './storage/directory/counts.ts';
import { startNewEpoch } from './storage/directory/epochs.ts';
import { directoryMigrations } from './storage/directory/migrations.ts';
import { voidSources } from './storage/directory/sources.ts';
import { appendAudit } from './storage/platform/audit.ts';
import { findConnector, listConnectors } from './storage/platform/connectors.ts';
import { findStanding } from './storage/platform/continuations.ts';

const platformPorts: Pick<DirectoryDeps, 'findConnector' | 'listConnectors' | 'findAgent' | 'tell'> = {
  findConnector,
  listConnectors,
  async findAgent(reader, tenantId, agentId) {
    const standing = await findStanding(reader, tenantId, agentId);
    return (
      standing && {
        isActive: standing.state === 'active',
        isConflicted: standing.conflictedAt !== null,
        hostName: standing.hostName,
        hasContinuation: standing.current !== null,
        isRecent: (continuation) => isRecent(standing, continuation),
      }
    );
  },
  async tell(writer, tenantId, { notice, ...event }, now) {
    await appendAudit(writer, tenantId, { at: now, ...event });
    if (notice !== undefined) await addNotice(writer, tenantId, { ...notice, detail: event.detail }, now);
  },
};

export const directoryPart: DirectoryPart = {
  migrations: directoryMigrations,
  handlers: (deps) => directoryHandlers({ ...deps, ...platformPorts }),
  jobs: (deps) =>
    directoryJobs.map(({ name, everyMs, run }) => ({
      kind: name,
      everyMs,
      run: ({ signal }) => run({ ...deps, signal }),
    })),
  counts: directoryCounts,
  heard: renewByHeartbeat,
  async restored(writer, tenantId) {
    await startNewEpoch(writer, tenantId);
    await voidSources(writer, tenantId);
  },
};
