/** Asks before held deletes are carried out or never sent: names what will happen, and takes the reason. */
import type { HeldDeleteView } from '@springline/api/shapes/sync';
import { useState } from 'react';
import { ActDialog } from '../look/act-dialog.tsx';
import { LineField } from '../look/fields.tsx';
import { counted } from '../look/number-words.ts';
import type { Outcome } from '../upgrades/upgrade-page.tsx';
import { type Decision, decisionWords, heldAct, heldSum } from './delete-words.ts';
import type { ServerPlace } from './server-place.ts';
import { askHost } from './sync-queries.ts';

interface DecideDialogProps {
  readonly place: ServerPlace;
  readonly decision: Decision;
  /** Name of exactly this list. */
  readonly list: string;
  readonly held: readonly HeldDeleteView[];
  readonly onDone: (outcome: Outcome) => void;
  readonly onClose: () => void;
}

/** Names that the question shows; the page behind it has them all. */
const namedRows = 5;

export function DecideDialog({ place, decision, list, held, onDone, onClose }: DecideDialogProps) {
  const [reason, setReason] = useState('');
  const isApproval = decision === 'approve';
  async function act() {
    try {
      const { decided } = await askHost(place.api, place.agentId, `deletes.${decision}`, {
        list,
        reason: reason.trim(),
      });
      onDone({
        tone: 'good',
        title: isApproval ? 'Approved.' : 'Rejected.',
        detail: isApproval
          ? `${counted(decided, 'held delete')}: the export goes on.`
          : `${counted(decided, 'held delete')} will never be sent.`,
      });
    } finally {
      // Also when it was refused: the list has changed then.
      await place.outdate();
    }
  }
  return (
    <ActDialog
      title={isApproval ? 'Carry these deletes out?' : 'Keep these objects?'}
      verb={isApproval ? 'Carry the deletes out' : 'Reject the deletes'}
      isDestructive={isApproval}
      refusal={reason.trim() === '' ? 'Give a reason: it goes into the audit log.' : undefined}
      act={act}
      onClose={onClose}
    >
      {decisionWords(decision, heldSum(held)).map((words) => (
        <p key={words}>{words}</p>
      ))}
      <ul className="held-names" aria-label="Held deletes">
        {held.slice(0, namedRows).map((row) => (
          <li key={`${row.kind} ${row.sourceAnchor}`}>
            <strong>{row.name}</strong> <span className="quiet">{heldAct(row)}</span>
          </li>
        ))}
        {held.length > namedRows ? <li className="quiet">and {counted(held.length - namedRows, 'more row')}</li> : null}
      </ul>
      <LineField
        label="Reason"
        value={reason}
        onChange={setReason}
        isRequired
        hint="It goes into the audit log and into the log of the host."
        maxLength={256}
      />
    </ActDialog>
  );
}
