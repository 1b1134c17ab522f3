/** Where notices go: channels, a test of each, and how the last notices went. Passwords and secrets are written, never read. */
import type { NoticeChannelView } from '@springline/api/shapes/notice';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Answer } from '../api-client.ts';
import { useApi } from '../api-context.ts';
import { ActDialog, actFailureWords } from '../look/act-dialog.tsx';
import { Badge } from '../look/badge.tsx';
import { LineField } from '../look/fields.tsx';
import { ReasonedButton } from '../look/reasoned-button.tsx';
import type { Tone } from '../look/tone.ts';
import { When } from '../look/when.tsx';
import { useRefusal } from '../upgrades/access.ts';
import { type Outcome, Section } from '../upgrades/upgrade-page.tsx';
import { type OnDone, SecretDialog, SettingsPage } from './settings-page.tsx';
import { channelsQuery, noticesQuery } from './settings-queries.ts';
import { addressesIn, type EmailForm, emailProblem, emptyEmail, webhookProblem } from './settings-words.ts';

type Asked =
  | { readonly act: 'email' | 'webhook' }
  | { readonly act: 'remove'; readonly channel: NoticeChannelView }
  | { readonly act: 'made'; readonly channel: Answer<'addWebhookChannel'> };

export function NoticesPage() {
  const api = useApi();
  const client = useQueryClient();
  const enabled = useRefusal('administer') === undefined;
  const channels = useQuery({ ...channelsQuery(api), enabled });
  const notices = useQuery({ ...noticesQuery(api), enabled });
  const [asked, setAsked] = useState<Asked>();
  const [outcome, setOutcome] = useState<Outcome>();
  const close = () => setAsked(undefined);
  const onDone: OnDone = (words) => {
    setOutcome(words);
    void client.invalidateQueries({ queryKey: ['notice-channels'] });
  };
  async function test({ id, name }: NoticeChannelView) {
    setOutcome({ tone: 'busy', title: `Testing ${name}.`, detail: 'One moment…' });
    try {
      const { outcome: went, problem } = await api.call('testNoticeChannel', { params: { channelId: id } });
      setOutcome(
        went === 'sent'
          ? { tone: 'good', title: `Test sent by ${name}.`, detail: 'See that it arrived.' }
          : { tone: 'bad', title: `The test of ${name} failed.`, detail: problem ?? 'No reason is known.' },
      );
    } catch (error) {
      setOutcome({ tone: 'bad', title: `${name} was not tested.`, detail: actFailureWords(error) });
    }
  }
  const known = channels.data?.channels ?? [];
  return (
    <SettingsPage
      title="Notices"
      purpose="Who is told of deadlines, rollouts that halt themselves, and a restored database."
      asked={[channels, notices]}
      outcome={outcome}
      commands={
        <>
          <ReasonedButton icon="plus" onPress={() => setAsked({ act: 'email' })}>
            Add e-mail
          </ReasonedButton>
          <ReasonedButton icon="plus" onPress={() => setAsked({ act: 'webhook' })}>
            Add a webhook
          </ReasonedButton>
        </>
      }
    >
      <Section id="channels" title="Channels">
        {known.length === 0 ? <p className="empty">None: nobody is told. Add e-mail or a webhook.</p> : null}
        <ul className="plain-list">
          {known.map((channel) => (
            <li key={channel.id}>
              <div>
                <p className="plain-list-title">
                  <strong>{channel.name}</strong>
                  <Badge tone="none">{channel.kind === 'email' ? 'E-mail' : 'Webhook'}</Badge>
                </p>
                <p className="quiet">
                  {channel.target}. Since <When at={channel.createdAt} />.
                </p>
              </div>
              <div className="settings-acts">
                <ReasonedButton icon="play" onPress={() => void test(channel)}>
                  Test {channel.name}
                </ReasonedButton>
                <ReasonedButton icon="close" onPress={() => setAsked({ act: 'remove', channel })}>
                  Remove {channel.name}
                </ReasonedButton>
              </div>
            </li>
          ))}
        </ul>
      </Section>
      <LastNotices notices={notices.data?.notices ?? []} />
      {asked?.act === 'email' ? <EmailDialog onDone={onDone} onClose={close} /> : null}
      {asked?.act === 'webhook' ? (
        <WebhookDialog
          onMade={(channel) => {
            onDone({ tone: 'good', title: `Notices go to ${channel.name}.`, detail: 'Test it now.' });
            setAsked({ act: 'made', channel });
          }}
          onClose={close}
        />
      ) : null}
      {asked?.act === 'made' ? (
        <SecretDialog
          title={`Signing secret of ${asked.channel.name}`}
          secret={asked.channel.secret}
          what="the signing secret"
          onClose={close}
        >
          <p>Give it to the receiver: every webhook is signed with it, and what is not must be thrown away.</p>
        </SecretDialog>
      ) : null}
      {asked?.act === 'remove' ? <RemoveDialog channel={asked.channel} onDone={onDone} onClose={close} /> : null}
    </SettingsPage>
  );
}

const deliveryTones: Readonly<Record<'due' | 'sent' | 'given-up', Tone>> = {
  due: 'busy',
  sent: 'good',
  'given-up': 'bad',
};
const deliveryWords = { due: 'waits', sent: 'sent', 'given-up': 'given up' } as const;

function LastNotices({ notices }: { readonly notices: Answer<'listNotices'>['notices'] }) {
  return (
    <Section id="last" title="Last notices">
      {notices.length === 0 ? <p className="empty">None yet.</p> : null}
      <ul className="plain-list">
        {notices.map(({ id, subject, createdAt, deliveries }) => (
          <li key={id}>
            <div>
              <p className="plain-list-title">
                <strong>{subject}</strong>
              </p>
              <p className="quiet">
                <When at={createdAt} />
                {deliveries.length === 0 ? ', to nobody: there was no channel' : null}
              </p>
            </div>
            <ul className="settings-acts">
              {deliveries.map(({ channel = 'a removed channel', state, lastError }, at) => (
                // Two removed channels look alike.
                // biome-ignore lint/suspicious/noArrayIndexKey: the order of the deliveries of one notice stays.
                <li key={at}>
                  <Badge tone={deliveryTones[state]}>
                    {channel}: {deliveryWords[state]}
                    {state === 'sent' || lastError === undefined ? null : `, ${lastError}`}
                  </Badge>
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </Section>
  );
}

interface DialogProps {
  readonly onDone: OnDone;
  readonly onClose: () => void;
}

function EmailDialog({ onDone, onClose }: DialogProps) {
  const api = useApi();
  const [form, setForm] = useState<EmailForm>(emptyEmail);
  const line = (name: keyof EmailForm, label: string, more: Partial<Parameters<typeof LineField>[0]> = {}) => (
    <LineField label={label} value={form[name]} onChange={(text) => setForm({ ...form, [name]: text })} {...more} />
  );
  async function act() {
    const { name, smtp, from, to, user, password } = form;
    const account = user === '' ? {} : { user, password };
    const body = { name: name.trim(), smtp: smtp.trim(), from: from.trim(), to: addressesIn(to), ...account };
    const channel = await api.call('addEmailChannel', { body });
    onDone({ tone: 'good', title: `Notices go to ${channel.name}.`, detail: 'Test it now.' });
  }
  return (
    <ActDialog title="Add e-mail" verb="Add e-mail" refusal={emailProblem(form)} act={act} onClose={onClose}>
      {line('name', 'Name', { isRequired: true, maxLength: 100 })}
      {line('smtp', 'Mail server', {
        isRequired: true,
        placeholder: 'smtp://mail.example.org:587',
        hint: 'smtp:// is encrypted by STARTTLS, smtps:// from the start.',
      })}
      {line('from', 'From', { isRequired: true, placeholder: 'springline@example.org' })}
      {line('to', 'To', { isRequired: true, placeholder: 'ops@example.org', hint: 'At most 20, with commas between.' })}
      {line('user', 'User')}
      {line('password', 'Password', { type: 'password', hint: 'Kept encrypted; no page and no call shows it again.' })}
    </ActDialog>
  );
}

interface WebhookDialogProps {
  readonly onMade: (channel: Answer<'addWebhookChannel'>) => void;
  readonly onClose: () => void;
}

function WebhookDialog({ onMade, onClose }: WebhookDialogProps) {
  const api = useApi();
  const [name, setName] = useState('webhook');
  const [url, setUrl] = useState('');
  async function act() {
    onMade(await api.call('addWebhookChannel', { body: { name: name.trim(), url: url.trim() } }));
  }
  return (
    <ActDialog
      title="Add a webhook"
      verb="Add the webhook"
      refusal={webhookProblem(name, url)}
      act={act}
      staysOpen
      onClose={onClose}
    >
      <LineField label="Name" value={name} onChange={setName} isRequired maxLength={100} />
      <LineField
        label="Address"
        value={url}
        onChange={setUrl}
        isRequired
        maxLength={2_000}
        placeholder="https://hooks.example.org/…"
      />
      <p>Notices are sent there as JSON and signed. The signing secret is shown once.</p>
    </ActDialog>
  );
}

function RemoveDialog({ channel, onDone, onClose }: DialogProps & { readonly channel: NoticeChannelView }) {
  const api = useApi();
  async function act() {
    await api.call('removeNoticeChannel', { params: { channelId: channel.id } });
    onDone({ tone: 'good', title: `${channel.name} is removed.`, detail: 'Nothing is sent there any more.' });
  }
  return (
    <ActDialog title={`Remove ${channel.name}?`} verb="Remove the channel" isDestructive act={act} onClose={onClose}>
      <p>Nothing goes to {channel.target} any more, also not what is due. Its secret is gone with it.</p>
    </ActDialog>
  );
}
