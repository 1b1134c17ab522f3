/** When sync runs again. */
import { useNowMs, When } from '../look/when.tsx';

interface NextCycleProps {
  readonly inProgress: boolean;
  readonly nextAt: string | undefined;
  /** The agent is offline, so nobody knows. */
  readonly isSilent: boolean;
}

/** A cycle that starts this much late is late; heartbeats and schedulers are not finer. */
const lateMs = 60_000;

export function NextCycle({ inProgress, nextAt, isSilent }: NextCycleProps) {
  const nowMs = useNowMs();
  if (inProgress) return <span className="in-progress">Sync in progress</span>;
  if (nextAt === undefined)
    return <span>{isSilent ? 'Next sync not known: agent offline' : 'No next sync planned'}</span>;
  const dueMs = Date.parse(nextAt) - nowMs;
  if (dueMs <= 0 && dueMs > -lateMs) return <span>Next sync due now</span>;
  return (
    <span>
      {dueMs > 0 ? 'Next sync ' : 'Next sync was due '}
      <When at={nextAt} />
    </span>
  );
}
