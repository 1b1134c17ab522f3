/** While a campaign runs and servers are below: how long is left, who, and the three ways on. */
import type { Minimums } from '@springline/api/shapes/campaign';
import { useNavigate } from '@tanstack/react-router';
import { Icon } from '../look/icon.tsx';
import { ReasonedButton } from '../look/reasoned-button.tsx';
import { belowWords, campaignTone, daysLeftWords } from './campaign-words.ts';

export function CampaignBanner({ minimums }: { readonly minimums: Minimums }) {
  const navigate = useNavigate();
  const below = belowWords(minimums);
  if (minimums.campaign === undefined || below === undefined) return null;
  const tone = campaignTone(minimums);
  return (
    <section className="campaign-banner" data-tone={tone} aria-label="Campaign">
      <p className="campaign-banner-words">
        <Icon name={tone} />
        <span>
          <strong>{daysLeftWords(minimums.campaign.daysLeft)}:</strong> {below}
        </span>
      </p>
      <div className="campaign-banner-acts">
        <ReasonedButton onPress={() => void navigate({ to: '/upgrades/minimums' })}>See who</ReasonedButton>
        <ReasonedButton onPress={() => void navigate({ to: '/upgrades/rollouts', search: {} })}>Upgrade</ReasonedButton>
        <ReasonedButton onPress={() => void navigate({ to: '/download' })}>Download</ReasonedButton>
        <ReasonedButton
          refusal="The assessment of whether Cloud Sync fits is not part of this version."
          onPress={() => {}}
        >
          Consider Cloud Sync
        </ReasonedButton>
      </div>
    </section>
  );
}
