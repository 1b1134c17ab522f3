/** The questions that concern every rollout at once: halt everything, a freeze, a passkey for approving. */
import { useState } from 'react';
import { Button } from 'react-aria-components/Button';
import { useApi } from '../api-context.ts';
import { saveFile } from '../home/save-file.ts';
import { ActDialog } from '../look/act-dialog.tsx';
import { LineField } from '../look/fields.tsx';
import { Icon } from '../look/icon.tsx';
import { freezeRefusal } from './freeze-form.ts';
import type { Freeze } from './freezes-section.tsx';
import { makePasskey, type NewApprover, passkeyRefusal } from './passkey.ts';
import { pendingWords } from './rollout-words.ts';
import type { Outcome } from './upgrade-page.tsx';

interface DialogProps {
  readonly onDone: (outcome: Outcome) => void;
  readonly onClose: () => void;
}

export function HaltAllDialog({ isHalted, onDone, onClose }: DialogProps & { readonly isHalted: boolean }) {
  const api = useApi();
  async function act() {
    const { pending } = await api.call('changeRolloutPolicy', { body: { halt: !isHalted } });
    onDone({
      tone: pending.length === 0 ? 'good' : 'warn',
      title: isHalted ? 'Going on asked for.' : 'Everything is halted.',
      detail: pendingWords(pending),
    });
  }
  return isHalted ? (
    <ActDialog title="Go on after the halt?" verb="Let rollouts go on" act={act} onClose={onClose}>
      <p>Every running rollout goes on where it stood. This may have to be approved.</p>
    </ActDialog>
  ) : (
    <ActDialog title="Halt everything?" verb="Halt everything" isDestructive act={act} onClose={onClose}>
      <p>
        No host of any tenant installs anything from its next look on, whatever its rollout says. Upgrades that are
        under way finish. What is installed stays. To go on later may have to be approved.
      </p>
    </ActDialog>
  );
}

const nameLimit = 100;

export function FreezeDialog({ taken, onDone, onClose }: DialogProps & { readonly taken: readonly Freeze[] }) {
  const api = useApi();
  const [name, setName] = useState('');
  const [from, setFrom] = useState('');
  const [until, setUntil] = useState('');
  const [fromMs, untilMs] = [new Date(from).getTime(), new Date(until).getTime()];
  const refusal = freezeRefusal(name.trim(), fromMs, untilMs, taken);
  async function act() {
    const addFreeze = {
      name: name.trim(),
      from: new Date(fromMs).toISOString(),
      until: new Date(untilMs).toISOString(),
    };
    const { pending } = await api.call('changeRolloutPolicy', { body: { addFreeze } });
    onDone({ tone: 'good', title: `Freeze ${addFreeze.name}.`, detail: pendingWords(pending) });
  }
  return (
    <ActDialog title="Add a freeze" verb="Add the freeze" refusal={refusal} act={act} onClose={onClose}>
      <p>No host of any tenant installs anything between the two times, which are those of your own clock.</p>
      <LineField label="Name" value={name} onChange={setName} isRequired maxLength={nameLimit} hint="As in: Year end" />
      <LineField label="From" type="datetime-local" value={from} onChange={setFrom} isRequired />
      <LineField label="Until" type="datetime-local" value={until} onChange={setUntil} isRequired />
    </ActDialog>
  );
}

export function MakePasskeyDialog({ onClose }: { readonly onClose: () => void }) {
  const [name, setName] = useState('');
  const [made, setMade] = useState<NewApprover>();
  if (made !== undefined) return <PasskeyMade made={made} onClose={onClose} />;
  return (
    <ActDialog
      title="Make a passkey for approving"
      verb="Make a passkey"
      refusal={passkeyRefusal() ?? (name.trim() === '' ? 'Say whose it is.' : undefined)}
      act={async () => setMade(await makePasskey(name.trim()))}
      staysOpen
      onClose={onClose}
    >
      <p>
        It is made in this browser, for {globalThis.location.hostname}. It approves nothing until a person has added it
        on the signer’s machine: nobody becomes an approver through a web page.
      </p>
      <LineField
        label="Name of the approver"
        value={name}
        onChange={setName}
        isRequired
        maxLength={nameLimit}
        hint="As it will stand beside approvals."
      />
    </ActDialog>
  );
}

function PasskeyMade({ made, onClose }: { readonly made: NewApprover; readonly onClose: () => void }) {
  const json = `${JSON.stringify(made, null, 2)}\n`;
  return (
    <ActDialog title="The passkey is made" verb="Done" act={async () => {}} onClose={onClose}>
      <p>Hand this file to the person at the signer’s machine, in a way that nobody else can change it.</p>
      <pre className="command-text made-key">
        <code>{json}</code>
      </pre>
      <Button className="command" onPress={() => saveFile('approver.json', 'application/json', json)}>
        <Icon name="download" />
        <span>Save as approver.json</span>
      </Button>
      <p>That person then runs:</p>
      <pre className="command-text">
        <code>springline rollout approver add approver.json</code>
      </pre>
    </ActDialog>
  );
}
