-- Queues attempts, in phone order; a lead or a number that is live already gets none. $1 rows, $2 campaign, $3 account
insert into call_attempts (
  id, account_id, campaign_id, lead_id, attempt_number, previous_attempt_id, phone_e164, state, trunk_id, voice_node,
  caller_id_used, slot_at, deadline_at, deadline_type)
select given.id, $3, $2, given.lead_id, given.attempt_number, given.previous_attempt_id, given.phone_e164, 'QUEUED',
  given.trunk_id, given.voice_node, given.caller_id, given.slot_at, given.deadline_at, 'QUEUE'
from jsonb_to_recordset($1::jsonb) as given (
  id uuid, lead_id uuid, attempt_number int, previous_attempt_id uuid, phone_e164 text, trunk_id uuid, voice_node text,
  caller_id text, slot_at timestamptz, deadline_at timestamptz)
order by given.phone_e164
on conflict do nothing
returning id, lead_id as "leadId"
