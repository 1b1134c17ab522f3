/** Asks for a preview: of what, how much is evaluated, and with which rules. */
import type { PreviewView } from '@springline/api/shapes/sync';
import { useState } from 'react';
import { Button } from 'react-aria-components/Button';
import { ChoiceField, LineField } from '../look/fields.tsx';
import { Icon } from '../look/icon.tsx';
import { counted } from '../look/number-words.ts';
import { ReasonedButton } from '../look/reasoned-button.tsx';
import { Section } from '../upgrades/upgrade-page.tsx';
import { type Obstacle, obstacleFrom } from './obstacle.ts';
import { type RuleFile, readRuleFiles } from './rule-files.ts';
import { ObstacleBar } from './server-page.tsx';
import type { ServerPlace } from './server-place.ts';
import { askHost, pageRows } from './sync-queries.ts';

interface PreviewFormProps {
  readonly place: ServerPlace;
  readonly object: string | undefined;
  readonly onMade: (preview: PreviewView, object: string | undefined) => void;
}

export function PreviewForm({ place, object = '', onMade }: PreviewFormProps) {
  const [text, setText] = useState(object);
  const [mode, setMode] = useState<'delta' | 'full'>('delta');
  const [files, setFiles] = useState<readonly RuleFile[]>([]);
  const [isMaking, setMaking] = useState(false);
  const [failure, setFailure] = useState<Obstacle>();
  const wanted = text.trim();

  async function make() {
    if (isMaking || place.previewRefusal !== undefined) return;
    setMaking(true);
    setFailure(undefined);
    try {
      const answer = await askHost(place.api, place.agentId, 'preview', {
        mode,
        limit: pageRows,
        ...(wanted === '' ? {} : { object: wanted }),
        ...(files.length === 0 ? {} : { rules: [...files] }),
      });
      onMade(answer, wanted === '' ? undefined : wanted);
    } catch (error) {
      setFailure(obstacleFrom(error instanceof Error ? error : new Error(String(error)), place.host));
    } finally {
      setMaking(false);
    }
  }

  async function takeFiles(chosen: FileList | null) {
    setFailure(undefined);
    try {
      setFiles(await readRuleFiles([...(chosen ?? [])]));
    } catch (error) {
      setFiles([]);
      setFailure({ tone: 'bad', title: 'These files cannot be tried.', detail: String(error).replace(/^Error: /, '') });
    }
  }

  return (
    <Section id="make-preview" title="Make a preview">
      <form
        className="preview-form"
        onSubmit={(event) => {
          event.preventDefault();
          void make();
        }}
      >
        <div className="field-row">
          <LineField
            label="Object"
            value={text}
            onChange={setText}
            placeholder="Every object"
            hint="A DN, an anchor or a source anchor. Empty: every object."
            maxLength={2_048}
          />
          <ChoiceField
            label="Evaluate"
            value={mode}
            choices={[
              { id: 'delta', title: 'What changed (delta)' },
              { id: 'full', title: 'Everything again (full)' },
            ]}
            onChange={(id) => setMode(id === 'full' ? 'full' : 'delta')}
            hint="Full shows what a changed rule does to every object."
          />
          <div className="field">
            <label className="field-label" htmlFor="rule-files">
              Custom rules to try
            </label>
            <input
              id="rule-files"
              className="file-input"
              type="file"
              multiple
              accept=".yaml,.yml"
              aria-describedby="rule-files-hint"
              onChange={(event) => void takeFiles(event.target.files)}
            />
            <span id="rule-files-hint" className="field-hint">
              {files.length === 0
                ? 'YAML files in place of the host’s custom rules. Nothing is installed.'
                : `${counted(files.length, 'file')} in place of the host’s custom rules.`}
            </span>
          </div>
        </div>
        <p className="form-acts">
          {place.previewRefusal === undefined ? (
            <Button type="submit" className="primary with-icon">
              <Icon name="eye" />
              <span>{isMaking ? `${place.host} evaluates…` : 'Make the preview'}</span>
            </Button>
          ) : (
            <ReasonedButton look="primary" refusal={place.previewRefusal} onPress={() => {}}>
              Make the preview
            </ReasonedButton>
          )}
          <span className="quiet" role="status">
            {isMaking ? 'This may take up to a minute; nothing is exported.' : null}
          </span>
        </p>
        {failure === undefined ? null : <ObstacleBar obstacle={failure} />}
      </form>
    </Section>
  );
}
