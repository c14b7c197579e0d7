-- The outcomes of the attempts so far; `sent`: those for which an Originate was sent, including refused ones. $1
-- campaign
select outcome, count(*)::int as "count",
  (count(*) filter (where (originate_at is not null or refusal is not null) and not exists (
    select from call_attempt_events as event where event.attempt_id = attempt.id and event.kind = 'NOT_SENT')))::int as "sent"
from call_attempts as attempt
where campaign_id = $1 and outcome is not null
group by outcome
order by count(*) desc, outcome
