-- Calls of a node that were sent and are not over. $1 node
select id, answer_at is not null as answered, originate_at as "originateAt",
  extract(epoch from clock_timestamp() - originate_at) * 1000 as "ageMs"
from call_attempts
where voice_node = $1 and end_at is null and state <> 'QUEUED'
order by id
