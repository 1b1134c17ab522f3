/** A command to copy: by its button, or by one click that selects all of it. */
import { useState } from 'react';
import { Button } from 'react-aria-components/Button';
import { Icon } from './icon.tsx';

type Copied = 'no' | 'yes' | 'refused';

export function CopyLine({
  text,
  what,
}: {
  readonly text: string /** As in `Copy the command`. */;
  readonly what: string;
}) {
  const [copied, setCopied] = useState<Copied>('no');
  async function copy() {
    try {
      // Missing where the page is neither https nor localhost.
      await navigator.clipboard.writeText(text);
      setCopied('yes');
    } catch {
      setCopied('refused');
    }
  }
  return (
    <div className="copy-line">
      <pre className="command-text">
        <code>{text}</code>
      </pre>
      <Button className="command" aria-label={`Copy ${what}`} onPress={() => void copy()}>
        <Icon name={copied === 'yes' ? 'good' : 'copy'} />
        <span>{copied === 'yes' ? 'Copied' : 'Copy'}</span>
      </Button>
      <span className={copied === 'refused' ? 'quiet' : 'unseen'} role="status">
        {copied === 'yes' ? `Copied ${what}.` : null}
        {copied === 'refused'
          ? 'The browser does not let this page copy. One click on the text selects all of it.'
          : null}
      </span>
    </div>
  );
}
