-- Calls started per second since $1 timestamptz. What was started since then either lives or ended since then, and both
-- have an index.
select date_trunc('second', originate_at) as at, count(*)::int as calls
from (
  select originate_at from call_attempts where end_at is null and originate_at >= $1
  union all
  select originate_at from call_attempts where end_at >= $1 and originate_at >= $1) as started
group by 1
