-- Locks due leads with further numbers whose next number's zone is closed now, as take_leads does; none if all numbers of the
-- campaign's leads are in these zones. $1 campaign id, $2 the zones, $3 how many at most
with recursive zone as (
  (select coalesce(dial_timezone, '') as name from lead_phones where campaign_id = $1 order by coalesce(dial_timezone, '') limit 1)
  union all
  select next.name from zone
  cross join lateral (
    select coalesce(dial_timezone, '') as name from lead_phones
    where campaign_id = $1 and coalesce(dial_timezone, '') > zone.name
    order by coalesce(dial_timezone, '') limit 1
  ) as next
)
select 0 as "partition", lead.*
from (select true as is_so where exists (select from zone where not name = any($2::text[]))) as elsewhere
cross join unnest($2::text[]) as closed (zone)
cross join lateral (
  select id, dial_phone_id as "phoneId",
    case when dial_phone_id is null then phone else (select number.phone from lead_phones as number where number.id = dial_phone_id)
      end as phone,
    case when dial_phone_id is null then phone_e164
      else (select number.phone_e164 from lead_phones as number where number.id = dial_phone_id) end as "phoneE164",
    exists (select from lead_phones as number where number.lead_id = leads.id) as "hasMore",
    timezone, dial_timezone as "dialTimezone", attempts, dials, last_outcome as "lastOutcome", false as "calledBack",
    moving_from_attempt_id as "movingFrom", to_json(due_at)#>>'{}' as "dueAt"
  from leads
  where campaign_id = $1 and status in ('NEW', 'RETRY') and has_more and status_reason is distinct from 'CALLBACK'
    and coalesce(dial_timezone, '') = closed.zone and due_at <= statement_timestamp()
  order by due_at, id
  limit $3
  for update skip locked
) as lead
limit $3
