/** Starts a run on a server: what kind, and what that will do. */
import type { SyncConnectorView } from '@springline/api/shapes/sync';
import { useState } from 'react';
import { resultTone, resultWords } from '../home/result-words.ts';
import { ActDialog } from '../look/act-dialog.tsx';
import { ChoiceField, LineField } from '../look/fields.tsx';
import { ReasonedButton } from '../look/reasoned-button.tsx';
import type { Outcome } from '../upgrades/upgrade-page.tsx';
import { isProfile, isRunChoice, type RunChoice, runChoices, runParameters, runWords } from './run-words.ts';
import type { ServerPlace } from './server-place.ts';
import { askHost } from './sync-queries.ts';

interface RunCommandProps {
  readonly place: ServerPlace;
  readonly connectors: readonly SyncConnectorView[];
  readonly onDone: (outcome: Outcome) => void;
}

export function RunCommand(props: RunCommandProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <ReasonedButton icon="play" refusal={props.place.decideRefusal} onPress={() => setOpen(true)}>
        Run now
      </ReasonedButton>
      {isOpen ? <RunDialog {...props} onClose={() => setOpen(false)} /> : null}
    </>
  );
}

function RunDialog({ place, connectors, onDone, onClose }: RunCommandProps & { readonly onClose: () => void }) {
  const [choice, setChoice] = useState<RunChoice>('delta');
  const [name, setName] = useState(connectors[0]?.name ?? '');
  const [reason, setReason] = useState('');
  const connector = connectors.find((each) => each.name === name);
  async function act() {
    const { api, agentId, outdate } = place;
    const parameters = { ...runParameters(choice, name), ...(reason.trim() === '' ? {} : { reason: reason.trim() }) };
    const { lastCycle } = await askHost(api, agentId, 'run', parameters);
    await outdate();
    onDone(
      lastCycle === undefined
        ? { tone: 'busy', title: 'It runs.', detail: 'Its end is seen in the run history.' }
        : {
            tone: resultTone(lastCycle.result),
            title: `Run ${lastCycle.number}:`,
            detail: resultWords(lastCycle.result),
          },
    );
  }
  return (
    <ActDialog
      title={`Run on ${place.host}`}
      verb="Run now"
      refusal={isProfile(choice) && connector === undefined ? 'Choose a connector.' : undefined}
      act={act}
      onClose={onClose}
    >
      <ChoiceField
        label="What"
        value={choice}
        choices={runChoices}
        onChange={(id) => isRunChoice(id) && setChoice(id)}
      />
      {isProfile(choice) ? (
        <ChoiceField
          label="Connector"
          value={name}
          choices={connectors.map((each) => ({ id: each.name, title: each.name }))}
          onChange={setName}
        />
      ) : null}
      <p>{runWords(choice, connector)}</p>
      <LineField
        label="Reason"
        value={reason}
        onChange={setReason}
        hint="May be empty. It goes into the audit log."
        maxLength={256}
      />
    </ActDialog>
  );
}
