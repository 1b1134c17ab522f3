/** Warns of deletes that wait for a person, and says how to decide. */
import { Link } from '@tanstack/react-router';
import { MessageBar } from '../look/message-bar.tsx';
import { counted } from '../look/number-words.ts';
import type { SyncingAgent } from './answers.ts';

export function HeldDeletes({ held }: { readonly held: readonly SyncingAgent[] }) {
  return held.map(({ agent, sync }) => (
    <MessageBar key={agent.id} tone="warn" title={`${counted(sync.heldDeletes, 'delete')} held back`}>
      on {sync.connector} ({agent.hostName}). The cloud directory keeps these objects until you decide: run{' '}
      <code>springline sync deletes approve</code> to delete them, or <code>springline sync deletes reject</code> to
      keep them. Or look at them under{' '}
      <Link to="/sync/servers/$agentId/deletes" params={{ agentId: agent.id }}>
        Delete approval
      </Link>
      .
    </MessageBar>
  ));
}
