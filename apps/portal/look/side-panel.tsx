/** Details over the right edge of the page: its frame, its head with the way to close it, and its list of facts. */
import type { ReactNode } from 'react';
import { Button } from 'react-aria-components/Button';
import { Dialog } from 'react-aria-components/Dialog';
import { Heading } from 'react-aria-components/Heading';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';
import { Icon } from './icon.tsx';

interface SidePanelProps {
  readonly isOpen: boolean;
  readonly title: string;
  /** Below the title: a badge. */
  readonly state?: ReactNode;
  /** For what stands side by side. */
  readonly isWide?: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

export function SidePanel({ isOpen, title, state, isWide = false, onClose, children }: SidePanelProps) {
  return (
    <ModalOverlay
      className="panel-veil"
      isOpen={isOpen}
      isDismissable
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
    >
      <Modal className={isWide ? 'panel wide-panel' : 'panel'}>
        <Dialog className="panel-dialog">
          <div className="panel-head">
            <div>
              <Heading slot="title" level={2}>
                {title}
              </Heading>
              {state}
            </div>
            <Button className="icon-button" aria-label="Close" onPress={onClose}>
              <Icon name="close" />
            </Button>
          </div>
          {children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

export function Fact({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{title}</dt>
      <dd>{children}</dd>
    </div>
  );
}
