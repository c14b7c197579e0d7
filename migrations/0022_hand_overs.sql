-- What each answered call says about the hand-over, for the brake, by one clock; and the index that finds the last of them.

alter table call_attempts add column hand_over_at timestamptz;
alter table call_attempts add column hand_over_is_short boolean not null default false;
comment on column call_attempts.hand_over_at is
  'When its answer became known here, by this database''s clock; null when the call says nothing about the hand-over.';
comment on column call_attempts.hand_over_is_short is
  'It ended within 3 s of the answer, and not for a reason of its own: a sign of a broken hand-over, which the brake counts.';

create index call_attempts_hand_overs on call_attempts (campaign_id, hand_over_at desc) where hand_over_at is not null;
drop index call_attempts_answered;
comment on column campaigns.activated_at is 'When it last became ACTIVE; the brake looks at calls whose answer became known since.';
