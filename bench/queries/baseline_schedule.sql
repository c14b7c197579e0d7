-- Queues the next leads of a campaign. $1 campaign, $2 how many, $3 trunk ids
with picked as (
  select lead.id, lead.account_id, coalesce(lead.phone_e164, '+55' || lead.phone) as e164, lead.dials
  from leads as lead
  where lead.campaign_id = $1 and lead.status in ('NEW', 'RETRY') and lead.due_at <= clock_timestamp()
    and not exists (
      select from dnc_entries as dnc
      where dnc.account_id = lead.account_id and dnc.phone_e164 = coalesce(lead.phone_e164, '+55' || lead.phone)
        and (dnc.campaign_id is null or dnc.campaign_id = lead.campaign_id))
  order by lead.priority, lead.due_at
  limit $2
  for update of lead skip locked
), queued as (
  insert into call_attempts (
    account_id, campaign_id, lead_id, attempt_number, phone_e164, state, trunk_id, voice_node, slot_at, deadline_at,
    deadline_type)
  select account_id, $1, id, dials + 1, e164, 'QUEUED',
    ($3::uuid[])[1 + (row_number() over ())::int % cardinality($3::uuid[])], 'default', clock_timestamp(),
    clock_timestamp() + interval '15 s', 'QUEUE'
  from picked
  on conflict do nothing
  returning lead_id, phone_e164
)
update leads set status = 'IN_PROGRESS', phone_e164 = queued.phone_e164
from queued where leads.id = queued.lead_id
