-- Ends what is left of a test call, a conversation included. $1 lead
select hangup_attempt(id) from call_attempts where lead_id = $1 and end_at is null
