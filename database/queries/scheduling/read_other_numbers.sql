-- Numbers of locked leads, other than the next one, that may be dialled now by their own state, in their order. None for a lead
-- whose next number is in a call: the person may be on that telephone. $1 account, $2 lead ids
select lead.id as "leadId", number.id as "phoneId", number.phone, number.phone_e164 as "phoneE164",
  coalesce(lead.timezone, number.dial_timezone) as "zone"
from unnest($2::uuid[]) with ordinality as given (id, nth)
join leads as lead on lead.id = given.id
left join lead_phones as next on next.id = lead.dial_phone_id
cross join lateral (
  select null::uuid as id, 0 as position, lead.created_at, lead.phone, lead.phone_e164, null::text as dial_timezone
  where lead.dial_phone_id is not null and lead.phone_e164 is not null and lead.phone_state in ('NEW', 'TRIED')
    and coalesce(lead.phone_next_attempt_at, '-infinity') <= clock_timestamp()
  union all
  select further.id, further.position, further.created_at, further.phone, further.phone_e164, further.dial_timezone
  from lead_phones as further
  where further.lead_id = lead.id and further.id is distinct from lead.dial_phone_id and further.state in ('NEW', 'TRIED')
    and coalesce(further.next_attempt_at, '-infinity') <= clock_timestamp()
) as number
where not exists (
  select from call_attempts as live
  where live.account_id = $1 and live.end_at is null
    and dialer_phone_key(live.phone_e164) = dialer_phone_key(case when lead.dial_phone_id is null then lead.phone_e164 else next.phone_e164 end))
order by given.nth, number.position, number.created_at, number.id
