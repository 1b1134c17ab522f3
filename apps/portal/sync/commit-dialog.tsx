/** Synchronises and exports the one object that was previewed. */
import { useState } from 'react';
import { resultTone, resultWords } from '../home/result-words.ts';
import { ActDialog } from '../look/act-dialog.tsx';
import { LineField } from '../look/fields.tsx';
import { ReasonedButton } from '../look/reasoned-button.tsx';
import type { Outcome } from '../upgrades/upgrade-page.tsx';
import { Dn } from './dn.tsx';
import type { ServerPlace } from './server-place.ts';
import { askHost } from './sync-queries.ts';

interface CommitCommandProps {
  readonly place: ServerPlace;
  /** Undefined: the preview is of everything. */
  readonly object: string | undefined;
  readonly plan: string;
  readonly onDone: (outcome: Outcome) => void;
}

export function CommitCommand(props: CommitCommandProps) {
  const { place, object, plan } = props;
  const [isOpen, setOpen] = useState(false);
  const refusal =
    place.decideRefusal ??
    (plan === ''
      ? 'Make a preview of one object first.'
      : object === undefined
        ? 'Everything is exported by a run: this is for one object.'
        : undefined);
  return (
    <>
      <ReasonedButton icon="play" refusal={refusal} onPress={() => setOpen(true)}>
        Export this object now
      </ReasonedButton>
      {isOpen && object !== undefined ? (
        <CommitDialog {...props} object={object} onClose={() => setOpen(false)} />
      ) : null}
    </>
  );
}

interface CommitDialogProps extends CommitCommandProps {
  readonly object: string;
  readonly onClose: () => void;
}

function CommitDialog({ place, object, onDone, onClose }: CommitDialogProps) {
  const [reason, setReason] = useState('');
  async function act() {
    const said = reason.trim();
    const run = await askHost(place.api, place.agentId, 'preview.commit', {
      object,
      ...(said === '' ? {} : { reason: said }),
    });
    await place.outdate();
    onDone({ tone: resultTone(run.result), title: `Run ${run.number}:`, detail: resultWords(run.result) });
  }
  return (
    <ActDialog title="Export this object now?" verb="Export the object" act={act} onClose={onClose}>
      <p>
        <strong>
          <Dn text={object} />
        </strong>
      </p>
      <p>
        {place.host} reads it once more, synchronises it by its own rules and exports what changed. A delete is not
        carried out this way, and rules that were only tried play no part.
      </p>
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
