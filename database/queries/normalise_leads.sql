-- Writes what the numbers of fresh leads turned out to be. A number the campaign already has makes the lead INVALID.
-- $1 rows {id, e164, zone, reason}, in any order; returns the ids that may be dialled
with given as (
  select given.*, row_number() over (partition by given.e164 order by lead.created_at, lead.id) as nth, lead.campaign_id
  from jsonb_to_recordset($1::jsonb) as given (id uuid, e164 text, zone text, reason text)
  join leads as lead on lead.id = given.id
), judged as (
  select given.id, given.zone,
    case
      when given.e164 is null then given.reason
      when given.nth > 1 or exists (
        select from leads as other
        where other.campaign_id = given.campaign_id and other.phone_e164 = given.e164 and other.id <> given.id
      ) then 'DUPLICATE'
    end as reason,
    given.e164
  from given
), written as (
  update leads
  set phone_e164 = case when judged.reason is null then judged.e164 end,
    dial_timezone = judged.zone,
    status = case when judged.reason is null then leads.status else 'INVALID' end,
    status_reason = coalesce(judged.reason, leads.status_reason)
  from judged
  where leads.id = judged.id
  returning leads.id, leads.status
)
select id from written where status <> 'INVALID'
