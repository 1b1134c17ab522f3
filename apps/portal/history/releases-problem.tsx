/** Why releases may be missing from what is shown; nothing where none are. */
import { MessageBar } from '../look/message-bar.tsx';

export function ReleasesProblem({ problem }: { readonly problem: string | undefined }) {
  if (problem === undefined) return null;
  return (
    <MessageBar tone="warn" title="Releases may be missing.">
      {problem}
    </MessageBar>
  );
}
