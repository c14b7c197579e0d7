-- What speaks for and against dialling these locked leads now; the read numbers of new leads are written. A number that the
-- campaign already has makes a new lead INVALID. If a lead has further numbers, one that cannot be dialled gives way to the next.
-- Only attempts of the last days are considered. A do-not-call entry without an end counts as one of a hundred years. $1 rows
-- {id, e164, zone, reason, is_fresh, moving_from, phone_id, has_more}, $2 account, $3 campaign, $4 gap seconds, $5 start of the
-- account's day; returns those that have a number
with given as (
  select given.*, lead.timezone, row_number() over (
    partition by given.phone_id is null, dialer_phone_key(given.e164) order by lead.created_at, lead.id) as nth
  from jsonb_to_recordset($1::jsonb) as given (
    id uuid, e164 text, zone text, reason text, is_fresh boolean, moving_from uuid, phone_id uuid, has_more boolean)
  join leads as lead on lead.id = given.id
), judged as (
  select given.id, given.e164, given.zone, given.is_fresh, given.moving_from, given.phone_id, given.has_more, given.timezone,
    case
      when given.e164 is null then given.reason
      when given.is_fresh and given.phone_id is null and (given.nth > 1 or exists (
        select from leads as other
        where other.campaign_id = $3 and dialer_phone_key(other.phone_e164) = dialer_phone_key(given.e164) and other.id <> given.id
      )) then 'DUPLICATE'
      -- A telephone is dialled for one lead of a campaign: whose further number was dialled already, else whose first number it
      -- is, else whose further number came first.
      when not exists (select from lead_phones where lead_phones.campaign_id = $3) then null
      when exists (
        select from lead_phones as other
        left join lead_phones as mine on mine.id = given.phone_id
        where other.campaign_id = $3 and dialer_phone_key(other.phone_e164) = dialer_phone_key(given.e164)
          and other.lead_id <> given.id and mine.state is distinct from 'TRIED' and mine.state is distinct from 'REACHED'
          and (other.state in ('TRIED', 'REACHED', 'SPENT', 'INVALID')
            or (other.state <> 'DUPLICATE' and (other.created_at, other.id) < (mine.created_at, mine.id)))
      ) then 'DUPLICATE'
      when given.phone_id is not null and exists (
        select from leads as other
        join lead_phones as mine on mine.id = given.phone_id
        where other.campaign_id = $3 and dialer_phone_key(other.phone_e164) = dialer_phone_key(given.e164)
          and (other.id = given.id or mine.state not in ('TRIED', 'REACHED'))
      ) then 'DUPLICATE'
    end as reason
  from given
), other as materialized (
  select judged.id, next.*
  from judged cross join lateral dialer_next_number(
    judged.id, judged.phone_id, case when judged.reason = 'DUPLICATE' then 'DUPLICATE' else 'INVALID' end, null, clock_timestamp()) as next
  -- Whose first number another lead has is that lead over again, whatever other numbers it has.
  where judged.reason is not null and judged.has_more and not (judged.phone_id is null and judged.reason = 'DUPLICATE')
), written as (
  update leads
  set has_more = leads.has_more or judged.has_more,
    phone_e164 = case
      when judged.phone_id is not null then leads.phone_e164
      when judged.reason is null then judged.e164
      when judged.is_fresh then null else leads.phone_e164 end,
    phone_state = case when judged.phone_id is null and judged.reason is not null
      then case when judged.reason = 'DUPLICATE' then 'DUPLICATE' else 'INVALID' end else leads.phone_state end,
    dial_phone_id = case when other.is_there then other.phone_id else leads.dial_phone_id end,
    dial_timezone = case
      when other.is_there then coalesce(leads.timezone, (
        select number.dial_timezone from lead_phones as number where number.id = other.phone_id))
      else judged.zone end,
    next_attempt_at = case when other.is_there then coalesce(other.next_at, leads.next_attempt_at) else leads.next_attempt_at end,
    status = case when judged.reason is null or other.is_there then leads.status else 'INVALID' end,
    status_reason = case when other.is_there then leads.status_reason else coalesce(judged.reason, leads.status_reason) end
  from judged left join other on other.id = judged.id
  where leads.id = judged.id and (judged.is_fresh or judged.reason is not null)
    and (judged.phone_id is null or dialer_write_number(
      judged.phone_id,
      case when judged.reason = 'DUPLICATE' then 'DUPLICATE' when judged.reason is not null then 'INVALID' end,
      null, case when judged.timezone is null then judged.zone end))
)
select judged.id,
  (
    select extract(epoch from
      least(max(coalesce(dnc.expires_at, 'infinity')), clock_timestamp() + interval '100 years')) * 1000
    from (
      select entry.expires_at from dnc_entries as entry
      where entry.account_id = $2 and dialer_phone_key(entry.phone_e164) = dialer_phone_key(judged.e164)
        and (entry.campaign_id is null or entry.campaign_id = $3)
        and (entry.expires_at is null or entry.expires_at > clock_timestamp())
      union all
      -- Of persons who were erased a hash is left; few accounts have one.
      select erased.until
      from (
        select case when exists (select from erased_do_not_call where account_id = $2)
          then dialer_erased_until($2, $3, judged.e164) end as until) as erased
      where erased.until is not null
    ) as dnc
    having count(*) > 0
  ) as "dncUntilMs",
  exists (
    select from call_attempts as live
    where live.account_id = $2 and dialer_phone_key(live.phone_e164) = dialer_phone_key(judged.e164)
      and live.end_at is null
  ) as "isLive",
  (
    select count(*)::int from call_attempts as dialled
    where dialled.account_id = $2 and dialer_phone_key(dialled.phone_e164) = dialer_phone_key(judged.e164)
      and dialled.originate_at >= $5::timestamptz
  ) as "dialsToday",
  -- The length of a call is right by the PBX's clock, its end may be hours off by ours.
  (
    select extract(epoch from max(greatest(rang.end_at, rang.originate_at
      + (coalesce(rang.ring_duration_ms, 0) + coalesce(rang.answered_duration_ms, 0)) * interval '1 ms'))) * 1000
    from call_attempts as rang
    where rang.account_id = $2 and dialer_phone_key(rang.phone_e164) = dialer_phone_key(judged.e164)
      and rang.originate_at > statement_timestamp() - $4::int * interval '1 s' - interval '1 day'
      and coalesce(rang.ring_at, rang.early_media_at, rang.answer_at) is not null
  ) as "lastRangMs",
  (select moved.trunk_id from call_attempts as moved where moved.id = judged.moving_from) as "movedFromTrunkId"
from judged
where judged.reason is null
