-- What speaks for and against dialling these locked leads now; what the numbers of fresh ones turned out to be is written. A
-- number the campaign already has makes a fresh lead INVALID. The attempts looked at are those of the last days only. A
-- do-not-call entry without an end counts as one of a hundred years.
-- $1 rows {id, e164, zone, reason, is_fresh, moving_from}, $2 account, $3 campaign, $4 gap seconds, $5 start of the
-- account's day; returns those that have a number
with given as (
  select given.*, row_number() over (partition by given.e164 order by lead.created_at, lead.id) as nth
  from jsonb_to_recordset($1::jsonb) as given (
    id uuid, e164 text, zone text, reason text, is_fresh boolean, moving_from uuid)
  join leads as lead on lead.id = given.id
), judged as (
  select given.id, given.e164, given.zone, given.is_fresh, given.moving_from,
    case
      when given.e164 is null then given.reason
      when given.is_fresh and (given.nth > 1 or exists (
        select from leads as other
        where other.campaign_id = $3 and other.phone_e164 = given.e164 and other.id <> given.id
      )) then 'DUPLICATE'
    end as reason
  from given
), written as (
  update leads
  set phone_e164 = case when judged.reason is null then judged.e164 end,
    dial_timezone = judged.zone,
    status = case when judged.reason is null then leads.status else 'INVALID' end,
    status_reason = coalesce(judged.reason, leads.status_reason)
  from judged
  where leads.id = judged.id and judged.is_fresh
)
select judged.id,
  (
    select extract(epoch from
      least(max(coalesce(dnc.expires_at, 'infinity')), clock_timestamp() + interval '100 years')) * 1000
    from dnc_entries as dnc
    where dnc.account_id = $2 and dnc.phone_e164 = judged.e164 and (dnc.campaign_id is null or dnc.campaign_id = $3)
      and (dnc.expires_at is null or dnc.expires_at > clock_timestamp())
    having count(*) > 0
  ) as "dncUntilMs",
  exists (
    select from call_attempts as live
    where live.account_id = $2 and live.phone_e164 = judged.e164 and live.end_at is null
  ) as "isLive",
  (
    select count(*)::int from call_attempts as dialled
    where dialled.account_id = $2 and dialled.phone_e164 = judged.e164 and dialled.originate_at >= $5::timestamptz
  ) as "dialsToday",
  -- The length of a call is right by the PBX's clock, its end may be hours off by ours.
  (
    select extract(epoch from max(greatest(rang.end_at, rang.originate_at
      + (coalesce(rang.ring_duration_ms, 0) + coalesce(rang.answered_duration_ms, 0)) * interval '1 ms'))) * 1000
    from call_attempts as rang
    where rang.account_id = $2 and rang.phone_e164 = judged.e164
      and rang.originate_at > clock_timestamp() - $4::int * interval '1 s' - interval '1 day'
      and coalesce(rang.ring_at, rang.early_media_at, rang.answer_at) is not null
  ) as "lastRangMs",
  (select moved.trunk_id from call_attempts as moved where moved.id = judged.moving_from) as "movedFromTrunkId"
from judged
where judged.reason is null
