/** Bearer tokens of programs: which there are, a new one with scopes and an end, an end before that. */
import { type Scope, scopes } from '@springline/api/route';
import { type TokenView, tokenLifetimeDays } from '@springline/api/shapes/access';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Answer } from '../api-client.ts';
import { useApi } from '../api-context.ts';
import { sessionQuery } from '../home/home-query.ts';
import { ActDialog } from '../look/act-dialog.tsx';
import { Badge } from '../look/badge.tsx';
import { LineField, TickField } from '../look/fields.tsx';
import { counted } from '../look/number-words.ts';
import { ReasonedButton } from '../look/reasoned-button.tsx';
import { useNowMs, When } from '../look/when.tsx';
import { useRefusal } from '../upgrades/access.ts';
import { type Outcome, Section } from '../upgrades/upgrade-page.tsx';
import { type OnDone, SecretDialog, SettingsPage } from './settings-page.tsx';
import { tokensQuery } from './settings-queries.ts';
import { lifetimeProblem, nameProblem, scopeWords } from './settings-words.ts';

type Asked =
  | { readonly act: 'create' }
  | { readonly act: 'revoke'; readonly token: TokenView }
  | { readonly act: 'created'; readonly token: Answer<'createToken'> };

export function TokensPage() {
  const api = useApi();
  const client = useQueryClient();
  const tokens = useQuery({ ...tokensQuery(api), enabled: useRefusal('administer') === undefined });
  const [asked, setAsked] = useState<Asked>();
  const [outcome, setOutcome] = useState<Outcome>();
  const close = () => setAsked(undefined);
  const onDone: OnDone = (words) => {
    setOutcome(words);
    void client.invalidateQueries({ queryKey: ['tokens'] });
  };
  const known = tokens.data?.tokens ?? [];
  return (
    <SettingsPage
      title="Tokens"
      purpose="Bearer tokens with which programs call the API."
      asked={[tokens]}
      outcome={outcome}
      commands={
        <ReasonedButton icon="plus" onPress={() => setAsked({ act: 'create' })}>
          Make a token
        </ReasonedButton>
      }
    >
      <Section id="tokens" title="Tokens" beside={<p className="quiet">{counted(known.length, 'token')}</p>}>
        {known.length === 0 ? (
          <p className="empty">None. Make one for each program, with as few scopes as it needs.</p>
        ) : null}
        <ul className="plain-list">
          {known.map((token) => (
            <TokenLine key={token.id} token={token} onRevoke={() => setAsked({ act: 'revoke', token })} />
          ))}
        </ul>
      </Section>
      {asked?.act === 'create' ? (
        <CreateDialog
          onMade={(token) => {
            onDone({ tone: 'good', title: `Token ${token.name} is made.`, detail: 'Its secret was shown once.' });
            setAsked({ act: 'created', token });
          }}
          onClose={close}
        />
      ) : null}
      {asked?.act === 'created' ? (
        <SecretDialog title={`Token ${asked.token.name}`} secret={asked.token.secret} what="the token" onClose={close}>
          <p>
            Programs send it as <code>Authorization: Bearer …</code>. It may: {asked.token.scopes.join(', ')}.
          </p>
        </SecretDialog>
      ) : null}
      {asked?.act === 'revoke' ? <RevokeDialog token={asked.token} onDone={onDone} onClose={close} /> : null}
    </SettingsPage>
  );
}

/** The file of the home: the server refuses to end it. */
const homeTokenName = 'admin-token';

function TokenLine({ token, onRevoke }: { readonly token: TokenView; readonly onRevoke: () => void }) {
  const now = useNowMs();
  const { name, person, createdAt, expiresAt, lastUsedAt } = token;
  const isOver = expiresAt !== undefined && Date.parse(expiresAt) <= now;
  const refusal = name === homeTokenName ? 'It is a file of the home: delete the file and start again.' : undefined;
  return (
    <li>
      <div>
        <p className="plain-list-title">
          <strong>{name}</strong>
          <Badge tone={isOver ? 'none' : 'good'}>{isOver ? 'Over' : 'Works'}</Badge>
        </p>
        <p className="quiet">
          In the place of {person.name}. May: {token.scopes.length === 0 ? 'nothing any more' : token.scopes.join(', ')}
          .
        </p>
        <p className="quiet">
          Made <When at={createdAt} />,{' '}
          {lastUsedAt === undefined ? (
            'never used'
          ) : (
            <>
              last used <When at={lastUsedAt} />
            </>
          )}
          {expiresAt === undefined ? (
            ', no end'
          ) : (
            <>
              , {isOver ? 'ended' : 'ends'} <When at={expiresAt} />
            </>
          )}
          .
        </p>
      </div>
      <ReasonedButton icon="close" refusal={refusal} onPress={onRevoke}>
        Revoke {name}
      </ReasonedButton>
    </li>
  );
}

interface CreateDialogProps {
  readonly onMade: (token: Answer<'createToken'>) => void;
  readonly onClose: () => void;
}

function CreateDialog({ onMade, onClose }: CreateDialogProps) {
  const api = useApi();
  const own = useQuery(sessionQuery(api)).data?.scopes ?? [];
  const [name, setName] = useState('');
  const [days, setDays] = useState(String(tokenLifetimeDays.default));
  const [chosen, setChosen] = useState<readonly Scope[]>(['read']);
  const lifetime = lifetimeProblem(days);
  const refusal =
    nameProblem(name) ??
    (lifetime === undefined ? undefined : `Days: ${lifetime}`) ??
    (chosen.length === 0 ? 'Choose at least one scope.' : undefined);
  async function act() {
    const body = { name: name.trim(), scopes: [...chosen], lifetimeDays: Number(days) };
    onMade(await api.call('createToken', { body }));
  }
  return (
    <ActDialog title="Make a token" verb="Make the token" refusal={refusal} act={act} staysOpen onClose={onClose}>
      <LineField label="Name" value={name} onChange={setName} isRequired maxLength={100} hint="As in: monitoring" />
      <LineField label="Lives for" type="number" unit="days" value={days} onChange={setDays} />
      <fieldset className="ticks">
        <legend className="field-label">It may</legend>
        {scopes
          .filter((scope) => own.includes(scope))
          .map((scope) => (
            <TickField
              key={scope}
              label={
                <>
                  <code>{scope}</code> {scopeWords[scope]}
                </>
              }
              isTicked={chosen.includes(scope)}
              onChange={(isTicked) =>
                setChosen(isTicked ? [...chosen, scope] : chosen.filter((each) => each !== scope))
              }
            />
          ))}
      </fieldset>
      <p className="quiet">It acts in your place and never may do more than you: those are your own scopes.</p>
    </ActDialog>
  );
}

interface RevokeDialogProps {
  readonly token: TokenView;
  readonly onDone: OnDone;
  readonly onClose: () => void;
}

function RevokeDialog({ token, onDone, onClose }: RevokeDialogProps) {
  const api = useApi();
  async function act() {
    await api.call('revokeToken', { params: { tokenId: token.id } });
    onDone({ tone: 'good', title: `Token ${token.name} is revoked.`, detail: 'It is refused from now on.' });
  }
  return (
    <ActDialog title={`Revoke ${token.name}?`} verb="Revoke the token" isDestructive act={act} onClose={onClose}>
      <p>The program that uses it is refused from its next call on. This cannot be undone; make a new one instead.</p>
    </ActDialog>
  );
}
