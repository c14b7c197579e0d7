-- Appends events of known attempts; repeats are left out, and so are the particulars of erased attempts. $1 rows {attempt_id, at,
-- kind, dedup_key, detail}
insert into call_attempt_events (attempt_id, account_id, at, kind, dedup_key, detail)
select given.attempt_id, attempt.account_id, given.at, given.kind, given.dedup_key,
  case when attempt.erased_at is null then given.detail else '{}' end
from jsonb_to_recordset($1::jsonb) as given (attempt_id uuid, at timestamptz, kind text, dedup_key text, detail jsonb)
join call_attempts as attempt on attempt.id = given.attempt_id
order by given.attempt_id, given.dedup_key
on conflict do nothing
