/** What the tenant wishes for one host: shown in words, changed in a dialog that says what will happen. */
import type { WishView } from '@springline/api/shapes/rollout';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useApi } from '../api-context.ts';
import { ActDialog } from '../look/act-dialog.tsx';
import { LineField, TickField } from '../look/fields.tsx';
import { ReasonedButton } from '../look/reasoned-button.tsx';
import { When } from '../look/when.tsx';
import { useRefusal } from './access.ts';
import { minutesWords } from './rollout-words.ts';
import type { FleetAgent } from './why-not.ts';
import { formOf, isEmptyWish, type WishForm, wishOf, wishProblems } from './wish-form.ts';

interface WishSectionProps {
  readonly agent: FleetAgent;
  readonly wish: WishView;
}

export function WishSection({ agent, wish }: WishSectionProps) {
  const [isOpen, setOpen] = useState(false);
  const refusal = useRefusal('administer');
  return (
    <>
      <h3>Wish of the tenant</h3>
      {isEmptyWish(wish) ? (
        <p className="quiet">None: the host follows the rollouts. A wish can only hold its upgrades back.</p>
      ) : (
        <WishWords wish={wish} />
      )}
      <div>
        <ReasonedButton icon="pause" refusal={refusal} onPress={() => setOpen(true)}>
          {isEmptyWish(wish) ? 'Hold upgrades back' : 'Change the wish'}
        </ReasonedButton>
      </div>
      {isOpen ? <WishDialog agent={agent} wish={wish} onClose={() => setOpen(false)} /> : null}
    </>
  );
}

function WishWords({ wish }: { readonly wish: WishView }) {
  const { disabled, pin, ring, notBefore, freezes = [], afterStagingSoakMinutes } = wish;
  return (
    <ul className="wish-words">
      {disabled === true ? <li>Opted out: nothing is upgraded by itself.</li> : null}
      {pin === undefined ? null : <li>Pinned: never above {pin}.</li>}
      {ring === undefined ? null : <li>Waits for the ring {ring} too.</li>}
      {notBefore === undefined ? null : (
        <li>
          Not before <When at={notBefore} full />.
        </li>
      )}
      {freezes.map(({ name, from, until }) => (
        <li key={`${name} ${from}`}>
          Frozen from <When at={from} full /> until <When at={until} full />.
        </li>
      ))}
      {afterStagingSoakMinutes === undefined ? null : (
        <li>Waits until its staging server has run the build for {minutesWords(afterStagingSoakMinutes)}.</li>
      )}
    </ul>
  );
}

function WishDialog({ agent, wish, onClose }: WishSectionProps & { readonly onClose: () => void }) {
  const api = useApi();
  const client = useQueryClient();
  const [form, setForm] = useState<WishForm>(() => formOf(wish));
  const problems = wishProblems(form);
  async function act() {
    const body = wishOf(form);
    if (body === undefined) throw new Error(Object.values(problems)[0]);
    const answer = await api.call('setWish', { params: { agentId: agent.agentId }, body });
    client.setQueryData(['wish', agent.agentId], answer);
  }
  return (
    <ActDialog
      title={`Hold upgrades of ${agent.hostName} back`}
      verb="Save the wish"
      refusal={Object.values(problems)[0]}
      act={act}
      onClose={onClose}
    >
      <p>
        {agent.hostName} honours this from its next heartbeat on. It holds security fixes back too, and alone it makes
        nothing come sooner.
      </p>
      <TickField
        label="Opt out: upgrade nothing here by itself"
        isTicked={form.isOptedOut}
        onChange={(isOptedOut) => setForm({ ...form, isOptedOut })}
      />
      <LineField
        label="Pin: never above"
        value={form.pin}
        onChange={(pin) => setForm({ ...form, pin })}
        problem={problems.pin}
        placeholder="2.3.2.0"
        maxLength={40}
      />
      <LineField
        label="Wait for this ring too"
        value={form.ring}
        onChange={(ring) => setForm({ ...form, ring })}
        problem={problems.ring}
        placeholder="broad"
        maxLength={32}
      />
      <div className="field-row">
        <LineField
          label="Freeze from"
          type="datetime-local"
          value={form.freezeFrom}
          onChange={(freezeFrom) => setForm({ ...form, freezeFrom })}
          problem={problems.freeze}
        />
        <LineField
          label="until"
          type="datetime-local"
          value={form.freezeUntil}
          onChange={(freezeUntil) => setForm({ ...form, freezeUntil })}
        />
      </div>
    </ActDialog>
  );
}
