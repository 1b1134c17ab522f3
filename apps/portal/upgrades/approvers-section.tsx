/** Who may approve, and by which rule. Approvers are made on the signer's machine and through no page. */
import type { Rollouts } from '@springline/api/shapes/rollout';
import { Icon } from '../look/icon.tsx';
import { ReasonedButton } from '../look/reasoned-button.tsx';
import { ruleWords } from './rollout-words.ts';
import { Section } from './upgrade-page.tsx';

interface ApproversSectionProps {
  readonly data: Rollouts;
  readonly onMake: () => void;
}

export function ApproversSection({ data, onMake }: ApproversSectionProps) {
  return (
    <Section id="approvers" title="Approvers">
      {data.rule === undefined ? null : <p className="section-words">{ruleWords[data.rule]}</p>}
      {data.approvers.length === 0 ? (
        <div className="empty">
          <p>
            Nobody yet. Make a passkey in this browser, and hand what it shows to the person at the signer’s machine,
            who runs <code>springline rollout approver add FILE</code>.
          </p>
          <p className="empty-act">
            <ReasonedButton icon="key" onPress={onMake}>
              Make a passkey
            </ReasonedButton>
          </p>
        </div>
      ) : (
        <ul className="plain-list">
          {data.approvers.map(({ name, credentialId, rpId }) => (
            <li key={credentialId}>
              <div>
                <p className="plain-list-title">
                  <Icon name="key" />
                  <strong>{name}</strong>
                </p>
                <p className="quiet">
                  Passkey for {rpId}, <code>{credentialId.slice(0, 16)}…</code>
                </p>
              </div>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
