-- Locks due leads of several partitions, in the order of the partitions and within one oldest first, without those that another
-- transaction holds. $1 campaign id, $2 partitions, each with its zone ('' for not looked at), its list (nil for none), its priority
-- and the lead behind which to continue, $3 how many leads in all, $4 ids to leave out; returns with each the place of its
-- partition, from 0
-- Leads that are not due are not read: the index ends at a time that is one for the whole statement. The statement stops at the
-- count: the numbers that `with ordinality` gives come in order, so nothing is sorted.
select (chosen.nth - 1)::int as "partition", lead.*
from rows from (jsonb_to_recordset($2::jsonb) as (
    zone text, list_id uuid, priority int, after_due_at timestamptz, after_id uuid)) with ordinality
  as chosen (zone, list_id, priority, after_due_at, after_id, nth)
cross join lateral (
  select id, dial_phone_id as "phoneId",
    case when dial_phone_id is null then phone else (select number.phone from lead_phones as number where number.id = dial_phone_id)
      end as phone,
    case when dial_phone_id is null then phone_e164
      else (select number.phone_e164 from lead_phones as number where number.id = dial_phone_id) end as "phoneE164",
    -- Asked lead by lead only where the campaign has any.
    (select exists (select from lead_phones as number where number.campaign_id = $1))
      and exists (select from lead_phones as number where number.lead_id = leads.id) as "hasMore",
    timezone, dial_timezone as "dialTimezone", attempts, dials, last_outcome as "lastOutcome",
    status_reason is not distinct from 'CALLBACK' as "calledBack",
    moving_from_attempt_id as "movingFrom", to_json(due_at)#>>'{}' as "dueAt"
  from leads
  where campaign_id = $1 and status in ('NEW', 'RETRY')
    and coalesce(dial_timezone, '') = chosen.zone
    and coalesce(list_id, '00000000-0000-0000-0000-000000000000') = chosen.list_id
    and priority = chosen.priority and due_at <= statement_timestamp() and (due_at, id) > (chosen.after_due_at, chosen.after_id)
    and not id = any($4::uuid[])
  order by due_at, id
  limit $3
  for update skip locked
) as lead
order by chosen.nth
limit $3
