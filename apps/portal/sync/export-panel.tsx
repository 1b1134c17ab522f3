/** One pending export: each attribute as it is and as it will be, references added and removed, and the rules behind it. */
import type { AttributeChangeView, PendingExportView } from '@springline/api/shapes/sync-objects';
import { Link } from '@tanstack/react-router';
import { Badge } from '../look/badge.tsx';
import { MessageBar } from '../look/message-bar.tsx';
import { counted, countWords } from '../look/number-words.ts';
import { Fact, SidePanel } from '../look/side-panel.tsx';
import { cutValues, operationWords, valueDiff } from './export-words.ts';
import { keyed } from './values.tsx';

interface ExportPanelProps {
  readonly item: PendingExportView | undefined;
  /** The address names one that is not among those shown. */
  readonly isMissing: boolean;
  readonly agentId: string;
  readonly onClose: () => void;
}

export function ExportPanel({ item, isMissing, agentId, onClose }: ExportPanelProps) {
  return (
    <SidePanel
      isOpen={item !== undefined || isMissing}
      title={item?.name ?? 'This export is not among those shown'}
      state={
        item === undefined ? null : (
          <Badge tone={operationWords[item.operation].tone}>
            {operationWords[item.operation].words} {item.objectType}
          </Badge>
        )
      }
      onClose={onClose}
    >
      {item === undefined ? (
        <p className="quiet">It may be exported by now, or stand further down: show more first.</p>
      ) : (
        <ExportDetails item={item} agentId={agentId} />
      )}
    </SidePanel>
  );
}

function ExportDetails({ item, agentId }: { readonly item: PendingExportView; readonly agentId: string }) {
  const { attributes, references } = item;
  return (
    <>
      {item.held ? (
        <MessageBar tone="warn" title="The delete guard holds it.">
          It waits for a decision under{' '}
          <Link to="/sync/servers/$agentId/deletes" params={{ agentId }}>
            Delete approval
          </Link>
          .
        </MessageBar>
      ) : null}
      <dl className="facts">
        <Fact title="Connector">{item.connector}</Fact>
        <Fact title="Source anchor">
          <code>{item.sourceAnchor}</code>
        </Fact>
        <Fact title="Wanted by">
          <ul className="why-rules">
            {item.why.map((rule) => (
              <li key={rule}>
                <Link to="/sync/servers/$agentId/rules" params={{ agentId }} search={{ words: rule }}>
                  {rule}
                </Link>
              </li>
            ))}
          </ul>
        </Fact>
      </dl>
      {item.operation === 'delete' ? <p>The object goes from the target, with everything that it holds.</p> : null}
      {attributes.length === 0 ? null : (
        <>
          <h3>Attributes</h3>
          <ul className="diff" aria-label="Attributes">
            {attributes.map((change) => (
              <Change key={change.name} change={change} />
            ))}
          </ul>
        </>
      )}
      {references.map(({ attribute, added, removed, addedCount, removedCount }) => (
        <section key={attribute} aria-label={attribute} className="reference-change">
          <h3>{attribute}</h3>
          <p className="quiet">
            {countWords(addedCount)} added, {countWords(removedCount)} removed
          </p>
          <DiffLines removed={removed} added={added} />
          {addedCount + removedCount > added.length + removed.length ? (
            <p className="quiet">
              {counted(addedCount + removedCount - added.length - removed.length, 'more reference')} not shown.
            </p>
          ) : null}
        </section>
      ))}
    </>
  );
}

function Change({ change }: { readonly change: AttributeChangeView }) {
  const { removed, added, kept } = valueDiff(change);
  const cut = cutValues(change);
  return (
    <li>
      <span className="diff-name">{change.name}</span>
      <div>
        <DiffLines removed={removed} added={added} />
        {kept === 0 ? null : <p className="quiet">{counted(kept, 'value')} as before</p>}
        {cut === 0 ? null : <p className="quiet">{counted(cut, 'value')} not shown</p>}
      </div>
    </li>
  );
}

function DiffLines({ removed, added }: { readonly removed: readonly string[]; readonly added: readonly string[] }) {
  return (
    <ul className="diff-lines">
      {keyed(removed).map(({ key, value }) => (
        <li key={key} data-kind="removed">
          <span className="unseen">removed: </span>
          <del>{value}</del>
        </li>
      ))}
      {keyed(added).map(({ key, value }) => (
        <li key={key} data-kind="added">
          <span className="unseen">added: </span>
          <ins>{value}</ins>
        </li>
      ))}
    </ul>
  );
}
