/**
 * Asks before something is done: names what will happen and on whom, takes what is needed for it, does it, and stays open
 * with the reason when it could not be done.
 */
import { type ReactNode, useState } from 'react';
import { Button } from 'react-aria-components/Button';
import { Dialog } from 'react-aria-components/Dialog';
import { Heading } from 'react-aria-components/Heading';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';
import { ApiError } from '../api-client.ts';
import { MessageBar } from './message-bar.tsx';

export interface ActDialogProps {
  readonly title: string;
  /** Of the button that does it: a verb with its object. */
  readonly verb: string;
  readonly isDestructive?: boolean;
  /** Why it cannot be done yet; the button says so. */
  readonly refusal?: string | undefined;
  /** Done when it resolves; the dialog then closes, unless `staysOpen`. */
  readonly act: () => Promise<void>;
  /** What came of it is shown in place of this dialog. */
  readonly staysOpen?: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

export function ActDialog(props: ActDialogProps) {
  const { title, verb, isDestructive = false, refusal, act, staysOpen = false, onClose, children } = props;
  const [pending, setPending] = useState(false);
  const [failure, setFailure] = useState<string>();

  async function carryOut() {
    if (pending) return;
    if (refusal !== undefined) return setFailure(refusal);
    setPending(true);
    setFailure(undefined);
    try {
      await act();
      if (!staysOpen) onClose();
    } catch (error) {
      setFailure(actFailureWords(error));
    } finally {
      setPending(false);
    }
  }

  return (
    <ModalOverlay
      className="dialog-veil"
      isOpen
      onOpenChange={(open) => {
        if (!open && !pending) onClose();
      }}
    >
      <Modal className="dialog-box">
        <Dialog className="dialog" role={isDestructive ? 'alertdialog' : 'dialog'}>
          <Heading slot="title" level={2}>
            {title}
          </Heading>
          <form
            className="dialog-form"
            onSubmit={(event) => {
              event.preventDefault();
              void carryOut();
            }}
          >
            {children}
            {failure === undefined ? null : (
              <MessageBar tone="bad" title="This was not done." role="alert">
                {failure}
              </MessageBar>
            )}
            <div className="dialog-acts">
              <Button type="submit" className={isDestructive ? 'danger' : 'primary'}>
                {pending ? 'One moment…' : verb}
              </Button>
              <Button className="secondary" onPress={onClose}>
                Cancel
              </Button>
            </div>
          </form>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

/** What a person is told of something that failed. */
export function actFailureWords(error: unknown): string {
  if (error instanceof ApiError) return `${error.detail} (${error.code})`;
  return error instanceof Error ? error.message : String(error);
}
