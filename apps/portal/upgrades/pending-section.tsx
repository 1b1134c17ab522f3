/** What waits for approval: who has approved, what is missing, and the two ways on. */
import type { Rollouts } from '@springline/api/shapes/rollout';
import { useState } from 'react';
import { useApi } from '../api-context.ts';
import { ActDialog } from '../look/act-dialog.tsx';
import { counted } from '../look/number-words.ts';
import { ReasonedButton } from '../look/reasoned-button.tsx';
import { When } from '../look/when.tsx';
import { useRefusal } from './access.ts';
import { passkeyRefusal, signWithPasskey } from './passkey.ts';
import { type Pending, pendingWords } from './rollout-words.ts';
import { type Outcome, Section } from './upgrade-page.tsx';

interface PendingSectionProps {
  readonly data: Rollouts;
  readonly onDone: (outcome: Outcome) => void;
}

type Asked = { readonly act: 'approve' | 'withdraw'; readonly pending: Pending };

export function PendingSection({ data, onDone }: PendingSectionProps) {
  const [asked, setAsked] = useState<Asked>();
  const close = () => setAsked(undefined);
  const approve = useRefusal('upgrade.approve') ?? passkeyRefusal() ?? noKeyHere(data);
  const withdraw = useRefusal('upgrade.manage');
  return (
    <Section id="pending" title="Waits for approval">
      <ul className="pending-list">
        {data.pending.map((pending) => (
          <li key={pending.digest}>
            <div>
              <p>
                <strong>{pending.kind === 'plan' ? 'A rollout plan' : 'More than the plan allows'}</strong>
              </p>
              <p className="pending-what">{pending.what}</p>
              <p className="quiet">
                Since <When at={pending.firstSeenAt} />. {approvedWords(pending)}
                {pending.allowedAt === undefined ? null : (
                  <>
                    {' '}
                    Without an approval it takes force <When at={pending.allowedAt} />.
                  </>
                )}
              </p>
              <p className="quiet">
                Digest <code>{pending.digest}</code>
              </p>
            </div>
            <div className="pending-acts">
              <ReasonedButton look="primary" refusal={approve} onPress={() => setAsked({ act: 'approve', pending })}>
                Approve with passkey
              </ReasonedButton>
              <ReasonedButton icon="close" refusal={withdraw} onPress={() => setAsked({ act: 'withdraw', pending })}>
                Take back
              </ReasonedButton>
            </div>
          </li>
        ))}
      </ul>
      {asked?.act === 'approve' ? (
        <ApproveDialog pending={asked.pending} data={data} onDone={onDone} onClose={close} />
      ) : null}
      {asked?.act === 'withdraw' ? <WithdrawDialog pending={asked.pending} onDone={onDone} onClose={close} /> : null}
    </Section>
  );
}

function noKeyHere({ approvers }: Rollouts): string | undefined {
  if (approvers.length === 0) {
    return 'Nobody is an approver yet. Make a passkey below and hand it to the person at the signer’s machine.';
  }
  const here = approvers.some(({ rpId }) => rpId === globalThis.location.hostname);
  return here
    ? undefined
    : `No approver has a passkey for ${globalThis.location.hostname}. Open the portal where it was made.`;
}

function approvedWords({ approvedBy, approvalsNeeded }: Pending): string {
  const by = approvedBy.length === 0 ? 'Nobody has approved it yet' : `Approved by ${approvedBy.join(', ')}`;
  const left = Math.max(0, approvalsNeeded - approvedBy.length);
  return left === 0 ? `${by}.` : `${by}; ${counted(left, 'approval')} to go.`;
}

interface DialogProps {
  readonly pending: Pending;
  readonly onDone: (outcome: Outcome) => void;
  readonly onClose: () => void;
}

function ApproveDialog({ pending, data, onDone, onClose }: DialogProps & { readonly data: Rollouts }) {
  const api = useApi();
  async function act() {
    const body = await signWithPasskey(pending.challenge, data.approvers);
    const answer = await api.call('approve', { params: { digest: pending.digest }, body });
    const left = answer.pending.filter(({ digest }) => digest === pending.digest);
    onDone({ tone: left.length === 0 ? 'good' : 'warn', title: 'Approved.', detail: pendingWords(left) });
  }
  return (
    <ActDialog title="Approve this?" verb="Approve with passkey" act={act} onClose={onClose}>
      <p className="pending-what">{pending.what}</p>
      <p>
        Your passkey signs the digest of exactly this, and the signer checks it. More hosts may install the build then.
      </p>
      <p className="quiet">
        <code>{pending.digest}</code>
      </p>
    </ActDialog>
  );
}

function WithdrawDialog({ pending, onDone, onClose }: DialogProps) {
  const api = useApi();
  async function act() {
    await api.call('withdrawApproval', { params: { digest: pending.digest } });
    onDone({ tone: 'good', title: 'Taken back.', detail: 'It waits for nobody any more.' });
  }
  return (
    <ActDialog title="Take this back?" verb="Take it back" isDestructive act={act} onClose={onClose}>
      <p className="pending-what">{pending.what}</p>
      <p>
        {pending.kind === 'plan'
          ? 'The rollout is given up before it begins, and approvals that were given for it count for nothing.'
          : 'The change is not made, and approvals that were given for it count for nothing.'}
      </p>
    </ActDialog>
  );
}
