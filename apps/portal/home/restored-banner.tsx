/** The control plane runs on a database that was put back from a backup: what that means, what to look at, and the way on. */
import type { HomeView } from '@springline/api/shapes/person';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useApi } from '../api-context.ts';
import { ActDialog } from '../look/act-dialog.tsx';
import { Icon } from '../look/icon.tsx';
import { ReasonedButton } from '../look/reasoned-button.tsx';
import { When } from '../look/when.tsx';
import { useRefusal } from '../upgrades/access.ts';

type Restored = NonNullable<HomeView['restored']>;

export function RestoredBanner({ restored }: { readonly restored: Restored }) {
  const [isAsking, setAsking] = useState(false);
  const [done, setDone] = useState<string>();
  const refusal = useRefusal('upgrade.manage');
  return (
    <section className="campaign-banner restored-banner" data-tone="bad" aria-labelledby="restored">
      <div>
        <h2 id="restored" className="campaign-banner-words">
          <Icon name="bad" />
          <span>The database was put back from a backup</span>
        </h2>
        <p>
          <When at={restored.at} full />. {restored.reason}
        </p>
        <ol className="restored-steps">
          <li>
            Look at the <Link to="/upgrades/fleet">agents</Link>, the <Link to="/settings/people">people</Link> and the{' '}
            <Link to="/upgrades/audit">audit log</Link>: what was only in the lost part is not there.
          </li>
          <li>
            Make new <Link to="/settings/tokens">tokens</Link> and enrolment strings, and test the{' '}
            <Link to="/settings/notices">channels of notices</Link>.
          </li>
          <li>
            Let rollouts go on: here, or with the command <code>springline rollout resume-all</code>.
          </li>
        </ol>
        <p role="status">{done}</p>
      </div>
      <div className="campaign-banner-acts">
        <ReasonedButton refusal={refusal} onPress={() => setAsking(true)}>
          Let rollouts go on
        </ReasonedButton>
      </div>
      {isAsking ? <GoOnDialog onDone={setDone} onClose={() => setAsking(false)} /> : null}
    </section>
  );
}

function GoOnDialog({ onDone, onClose }: { readonly onDone: (words: string) => void; readonly onClose: () => void }) {
  const api = useApi();
  const client = useQueryClient();
  async function act() {
    const body = { halt: false, reason: 'looked at after a restored database' };
    const { pending } = await api.call('changeRolloutPolicy', { body });
    onDone(pending.length === 0 ? 'Rollouts go on.' : 'Asked for. It waits for approval: see Rollouts.');
    await client.invalidateQueries({ queryKey: ['home'] });
    await client.invalidateQueries({ queryKey: ['rollouts'] });
  }
  return (
    <ActDialog title="Let rollouts go on?" verb="Let rollouts go on" act={act} onClose={onClose}>
      <p>
        Every running rollout goes on where the signed policy has it. Do this once you have looked at what the backup
        brought back. It may have to be approved.
      </p>
    </ActDialog>
  );
}
