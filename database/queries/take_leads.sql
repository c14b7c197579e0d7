-- Locks the leads of one bucket that are due, oldest first, leaving out those that somebody else holds.
-- $1 campaign id, $2 zone ('' for not looked at), $3 list id (nil for none), $4 priority, $5 how many, $6 ids to leave out,
-- $7 and $8 due time and id of the lead to go on after
select id, phone, phone_e164 as "phoneE164", timezone, dial_timezone as "dialTimezone", attempts, dials,
  moving_from_attempt_id as "movingFrom", to_json(due_at)#>>'{}' as "dueAt"
from leads
where campaign_id = $1 and status in ('NEW', 'RETRY')
  and coalesce(dial_timezone, '') = $2 and coalesce(list_id, '00000000-0000-0000-0000-000000000000') = $3::uuid
  and priority = $4 and due_at <= clock_timestamp() and (due_at, id) > ($7::timestamptz, $8::uuid)
  and not id = any($6::uuid[])
order by due_at, id
limit $5
for update skip locked
